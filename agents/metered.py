"""The door's side of the conversation: the assistant's calls share the budget, and are kept."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from secrets import token_hex
from time import perf_counter
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from agents.caller import DoorLimits
from agents.calls import CallLog, CallStatus, RecordedCall, prompt_hash
from agents.errors import BILLED_PERHAPS, call_errors, classify
from agents.heard import tokens_of, words_of
from agents.roster import Seat
from fund.clock import Clock
from fund.errors import BudgetError, LLMUnavailableError

ASSISTANT = "assistant"
Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One call as it is sent: its text decides its hash, its size and the most it can cost."""

    text: str
    call_id: str
    started_at: datetime
    reserved: Decimal


class MeteredCalls(AgentMiddleware[Any, Any, Any]):
    """Reserves before each call of the assistant, enforces its deadline, and records what it cost.

    Unlike a role's question, a turn of a conversation is never replayed: asking again is a new call.
    """

    def __init__(self, *, seat: Seat, log: CallLog, clock: Clock, limits: DoorLimits) -> None:
        super().__init__()
        self._seat = seat
        self._log = log
        self._clock = clock
        self._limits = limits

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """Make one call; raises `BudgetError` before it and `LLMUnavailableError` when no answer came."""
        asked = await self._reserved(_sent(request))
        began = perf_counter()
        try:
            async with asyncio.timeout(self._limits.call_seconds):
                response = await handler(request)
        except call_errors() as error:
            failure = classify(
                error,
                provider=self._seat.spec.provider,
                now=self._clock.now(),
                secrets=self._seat.secrets,
            )
            cost = asked.reserved if failure.kind in BILLED_PERHAPS else Decimal(0)
            await self._record(asked, began, "failed", error=f"{failure.kind}: {failure.detail}", cost=cost)
            raise LLMUnavailableError(failure.detail) from error
        spoken = [message for message in response.result if isinstance(message, AIMessage)]
        said = words_of(spoken, self._seat.secrets)
        tokens = tokens_of(spoken, asked.text, said)
        cost = self._seat.price.cost(*tokens)
        await self._record(asked, began, "answered", answer=said, tokens=tokens, cost=cost)
        return response

    async def _reserved(self, text: str) -> _Asked:
        worst = self._seat.worst_case(text)
        asked = _Asked(
            text=text,
            call_id=prompt_hash(ASSISTANT, self._seat.spec.llm_id, text, token_hex(8)),
            started_at=self._clock.now(),
            reserved=worst,
        )
        budget = self._limits.budget_usd
        if worst and not await self._log.reserve(asked.call_id, asked.started_at, worst, budget):
            raise BudgetError(
                f"a call of {self._seat.spec.llm_id} could cost {worst} USD, more than is left of today's "
                f"{budget} USD; the rules answer until the next UTC day or a higher budget"
            )
        return asked

    async def _record(
        self,
        asked: _Asked,
        began: float,
        status: CallStatus,
        *,
        answer: str = "",
        error: str = "",
        tokens: tuple[int, int] = (0, 0),
        cost: Decimal,
    ) -> None:
        await self._log.record(
            RecordedCall(
                call_id=asked.call_id,
                cycle_id="",
                role=ASSISTANT,
                attempt=0,
                provider=self._seat.spec.provider,
                llm=self._seat.spec.llm,
                prompt_hash=prompt_hash(asked.text),
                prompt_characters=len(asked.text),
                status=status,
                answer=answer,
                error=error,
                input_tokens=tokens[0],
                output_tokens=tokens[1],
                cost_usd=cost,
                latency_ms=round((perf_counter() - began) * 1000),
                started_at=asked.started_at,
            )
        )


def _sent(request: ModelRequest[Any]) -> str:
    """Return everything a call sends, as text: instructions, messages with their tool calls, tools."""
    messages = [request.system_message, *request.messages]
    parts = [message.model_dump_json() for message in messages if message is not None]
    tools = [tool if isinstance(tool, dict) else convert_to_openai_tool(tool) for tool in request.tools]
    return "\n".join([*parts, json.dumps(tools, default=str)])
