"""One LLM call: found in the record or made within deadline, circuit and budget, then recorded."""

import asyncio
import logging
from dataclasses import dataclass
from decimal import Decimal

from langchain_core.messages import AIMessage

from agents.answers import Answer
from agents.calls import CallLog, CallStatus, RecordedCall, call_key, prompt_hash
from agents.clients import ChatClient
from agents.errors import BILLED_PERHAPS, FAILURE_KINDS, Failure, FailureKind, call_errors, classify
from agents.heard import tokens_of, words_of
from agents.roster import Seat
from agents.schema import schema_text
from agents.strict import parse_answer
from fund.circuit import Circuit
from fund.clock import Clock
from fund.errors import AnswerError, BudgetError, LLMUnavailableError

log = logging.getLogger(__name__)


class OutOfTimeError(LLMUnavailableError):
    """The cycle's deadline has passed, or would pass before the next try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """How long, how often and how dearly the desk asks."""

    call_seconds: float = 120.0
    cycle_seconds: float = 600.0
    """From the first question of a cycle in this process."""
    retries: int = 2
    backoff_seconds: float = 1.0
    """Before the first retry; doubled each time, with jitter from half to one and a half."""
    budget_usd: Decimal = Decimal(2)
    """For one UTC day, over everything that shares the call log."""
    probe_seconds: float = 10.0
    failures_to_open: int = 3
    rest_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What one call asks; its key is a pure function of these and the LLM."""

    cycle_id: str
    role: str
    attempt: int
    system: str
    brief: str
    answer_type: type[Answer]

    @property
    def prompt_hash(self) -> str:
        """Return the hash of everything the LLM is sent, the schema of its answer included."""
        return prompt_hash(self.system, self.brief, schema_text(self.answer_type))

    def call_id(self, seat: Seat) -> str:
        """Return the key of this question to one seat."""
        return call_key(
            cycle_id=self.cycle_id,
            role=self.role,
            attempt=self.attempt,
            llm_id=seat.spec.llm_id,
            prompt=self.prompt_hash,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """A finished call; `failure` is None when text came, `fresh` False when it was replayed."""

    call: RecordedCall
    failure: Failure | None
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What came back: an answer's text, or a failure, with the tokens used."""

    text: str = ""
    failure: Failure | None = None
    problem: str = ""
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def status(self) -> CallStatus:
        if self.failure is not None:
            return "failed"
        return "rejected" if self.problem else "answered"

    @property
    def error(self) -> str:
        return f"{self.failure.kind}: {self.failure.detail}" if self.failure else self.problem


class Caller:
    """Makes calls one at a time per question; holds the circuits of the process."""

    def __init__(self, *, log: CallLog, clock: Clock, limits: DoorLimits) -> None:
        self._log = log
        self._clock = clock
        self._limits = limits
        self._circuits: dict[str, Circuit] = {}

    async def call(self, seat: Seat, question: Question, ends: float) -> CallResult:
        """Return the recorded call with this key, or make it; `ends` is in the event loop's seconds.

        Raises `OutOfTimeError` after `ends`, `LLMUnavailableError` while the circuit is open and
        `BudgetError` when the day's budget would not hold the worst case; nothing was sent then. Cut
        off in between, its reservation stands: the provider may have done the work.
        """
        found = await self._log.find(question.call_id(seat))
        if found is not None:
            return CallResult(call=found, failure=_recorded_failure(found), fresh=False)
        left = ends - _now()
        if left <= 0:
            raise OutOfTimeError(f"the cycle's {self._limits.cycle_seconds:.0f} s are over; holding")
        circuit = self._circuit(seat)
        if blocked := circuit.blocked(_now()):
            raise LLMUnavailableError(f"{seat.spec.llm_id}: {blocked}")
        client = seat.client()
        reserved = await self._reserve(seat, question)
        began, started_at = _now(), self._clock.now()
        heard = await self._listen(client, seat, question, min(left, self._limits.call_seconds))
        self._judge(circuit, heard.failure)
        cost = seat.price.cost(heard.input_tokens, heard.output_tokens)
        if heard.failure and heard.failure.kind in BILLED_PERHAPS:
            cost = reserved
        call = RecordedCall(
            call_id=question.call_id(seat),
            cycle_id=question.cycle_id,
            role=question.role,
            attempt=question.attempt,
            provider=seat.spec.provider,
            llm=seat.spec.llm,
            prompt_hash=question.prompt_hash,
            prompt_characters=len(question.system) + len(question.brief),
            status=heard.status,
            answer=heard.text,
            error=heard.error,
            input_tokens=heard.input_tokens,
            output_tokens=heard.output_tokens,
            cost_usd=cost,
            latency_ms=round((_now() - began) * 1000),
            started_at=started_at,
        )
        await self._log.record(call)
        return CallResult(call=call, failure=heard.failure, fresh=True)

    async def probe(self, seat: Seat) -> Failure | None:
        """Return what stands between the desk and this seat, None when its key works; costs nothing."""
        try:
            async with asyncio.timeout(self._limits.probe_seconds):
                await seat.client().list_llms()
        except call_errors() as error:
            return self._classified(error, seat)
        return None

    def _classified(self, error: BaseException, seat: Seat) -> Failure:
        return classify(error, provider=seat.spec.provider, now=self._clock.now(), secrets=seat.secrets)

    def _circuit(self, seat: Seat) -> Circuit:
        fresh = Circuit(
            failures_to_open=self._limits.failures_to_open, rest_seconds=self._limits.rest_seconds
        )
        return self._circuits.setdefault(seat.spec.host, fresh)

    async def _reserve(self, seat: Seat, question: Question) -> Decimal:
        """Set the worst case aside; what costs nothing needs no budget."""
        sent = question.system + question.brief + schema_text(question.answer_type)
        worst = seat.worst_case(sent)
        if worst == 0:
            return worst
        budget = self._limits.budget_usd
        if not await self._log.reserve(question.call_id(seat), self._clock.now(), worst, budget):
            raise BudgetError(
                f"a call of {seat.spec.llm_id} could cost {worst} USD, more than is left of "
                f"today's {budget} USD; holding until the next UTC day or a higher budget"
            )
        return worst

    async def _listen(self, client: ChatClient, seat: Seat, question: Question, seconds: float) -> _Heard:
        try:
            async with asyncio.timeout(seconds):
                message = await client.answer(question.system, question.brief, question.answer_type)
            return _hear(message, question, seat)
        except call_errors() as error:
            failure = self._classified(error, seat)
            log.warning("%s: %s", question.role, failure.detail)
            return _Heard(failure=failure)

    def _judge(self, circuit: Circuit, failure: Failure | None) -> None:
        if failure is None:
            circuit.succeeded()
        elif failure.kind == "refused_key":
            circuit.refuse(failure.detail)
        elif failure.kind != "refused_request":
            circuit.failed(_now())


def _hear(message: AIMessage, question: Question, seat: Seat) -> _Heard:
    """Read text, tokens and verdict off a message."""
    text, problem = words_of([message], seat.secrets), ""
    try:
        parse_answer(text, question.answer_type)
    except AnswerError as error:
        problem = str(error)
    input_tokens, output_tokens = tokens_of([message], question.system + question.brief, text)
    return _Heard(text=text, problem=problem, input_tokens=input_tokens, output_tokens=output_tokens)


def _recorded_failure(call: RecordedCall) -> Failure | None:
    if call.status != "failed":
        return None
    kind, _, detail = call.error.partition(": ")
    known: FailureKind = next((k for k in FAILURE_KINDS if k == kind), "garbage")
    return Failure(kind=known, detail=detail)


def _now() -> float:
    return asyncio.get_running_loop().time()
