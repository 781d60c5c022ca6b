"""Doors, seats and requests for tests, and an event loop whose time jumps instead of passing."""

import asyncio
import json
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from agents.answers import MacroAnswer, ManagerAnswer
from agents.calls import CallLog
from agents.clients import ChatClient, as_written
from agents.llm import DoorLimits, LLMDoor
from agents.llm_spec import LLMSpec, Provider
from agents.metered import MeteredCalls
from agents.prices import Price
from agents.replies import RoleRequest
from agents.roster import Roster, Seat
from agents.scripted import Line, ScriptedChatModel
from fund.clock import FixedClock
from support.call_log import InMemoryCallLog

T = TypeVar("T")
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
KEY = "sk-test-0123456789abcdef"


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[valid-type, misc]
    """Never waits for a timer: it tells the loop that the time has come."""

    jumped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("expected something to happen, found a loop that would wait for ever")
        if not ready and timeout:
            self.jumped += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop in which an hour of sleeping takes no time, and deadlines still fire in order."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return 1000.0 + self._jumping.jumped


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


class WireError(RuntimeError):
    """What a provider's client raises for an HTTP status."""

    def __init__(self, status: int, *, retry_after: str | None = None, text: str = "refused") -> None:
        super().__init__(text)
        self.status_code = status
        headers = {"retry-after": retry_after} if retry_after else {}
        self.response = type("Response", (), {"headers": headers})()


def broken(status: int, **more: Any) -> Line:
    """Return a script line that fails with an HTTP status."""
    return Line(error=WireError(status, **more))


def macro_json(**changes: Any) -> str:
    """Return a macro answer as an LLM would write it."""
    plain = {
        "regime": "risk_on",
        "exposure": 0.8,
        "confidence": 0.6,
        "drivers": ["breadth 66 %"],
        "sectors_to_avoid": [],
        "summary": "Calm and rising.",
    }
    return json.dumps({**plain, **changes})


def manager_json(**weights: float) -> str:
    """Return a manager's answer with a target per ticker."""
    targets = [
        {"ticker": ticker, "weight": weight, "reason": "because"} for ticker, weight in weights.items()
    ]
    return json.dumps({"targets": targets, "summary": "As asked."})


def a_script(*lines: Line | str) -> ScriptedChatModel:
    return ScriptedChatModel(script=list(lines))


def a_seat(
    chat: BaseChatModel,
    *,
    provider: Provider = "anthropic",
    llm: str = "test-llm",
    price: Price | None = None,
) -> Seat:
    """Return a seat whose LLM is `chat`, at 1 and 10 USD per million tokens."""
    usual = Price(input=Decimal(1), output=Decimal(10), known=True)
    seat = Seat(
        spec=LLMSpec(provider=provider, llm=llm, base_url=f"http://{provider}.test"),
        price=price or usual,
        key=SecretStr(KEY),
    )
    seat._client = ChatClient(chat=chat, bind=as_written)
    return seat


def a_door(*seats: Seat, log: InMemoryCallLog | None = None, **limits: Any) -> LLMDoor:
    """Return a door over these seats with a steady hand (seeded jitter)."""
    return LLMDoor(
        roster=Roster(seats=seats),
        log=InMemoryCallLog() if log is None else log,
        clock=FixedClock(NOW),
        limits=DoorLimits(**limits),
        rng=Random(7),
    )


def a_meter(
    chat: BaseChatModel, *, log: CallLog | None = None, price: Price | None = None, **limits: Any
) -> MeteredCalls:
    """Return the meter of a conversation with `chat`."""
    return MeteredCalls(
        seat=a_seat(chat, price=price),
        log=InMemoryCallLog() if log is None else log,
        clock=FixedClock(NOW),
        limits=DoorLimits(**limits),
    )


def a_request(**changes: Any) -> RoleRequest[MacroAnswer]:
    plain: dict[str, Any] = {
        "cycle_id": "cycle-1",
        "role": "macro_researcher",
        "system": "You read markets.",
        "brief": '{"role": "macro_researcher"}',
        "answer_type": MacroAnswer,
    }
    return RoleRequest(**{**plain, **changes})


def a_manager_request(**changes: Any) -> RoleRequest[ManagerAnswer]:
    plain: dict[str, Any] = {
        "cycle_id": "cycle-1",
        "role": "portfolio_manager",
        "system": "You decide.",
        "brief": '{"role": "portfolio_manager"}',
        "answer_type": ManagerAnswer,
        "allowed_tickers": frozenset({"AAPL", "MSFT"}),
    }
    return RoleRequest(**{**plain, **changes})
