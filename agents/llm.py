"""The only door to LLMs: one typed question in, one typed answer or a typed silence out.

Deadlines, retries, the roster, circuits, the day's budget, the strict parse and the record all sit
behind it, so that no role and no graph node can forget one of them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Generic

from agents.caller import Caller, CallResult, DoorLimits, OutOfTimeError, Question
from agents.calls import CallLog, RecordedCall
from agents.errors import RETRYABLE, Failure
from agents.replies import AnswerT, RoleReply, RoleRequest, Silence, SilenceCause
from agents.roster import Roster, Seat
from agents.strict import keep_allowed, parse_answer
from fund.clock import Clock
from fund.errors import AnswerError, BudgetError, ConfigError, LLMUnavailableError

__all__ = ["DoorLimits", "LLMDoor"]

_CYCLES_REMEMBERED = 64
_QUOTED_ANSWER = 4000


@dataclass(slots=True, kw_only=True)
class _Turn(Generic[AnswerT]):
    """One role's turn: what has been heard and noted so far."""

    request: RoleRequest[AnswerT]
    ends: float
    notes: list[str] = field(default_factory=list)
    results: list[CallResult] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Tries:
    """How often one seat was asked in this turn, retries and the repair together."""

    asked: int = 0
    retried: int = 0


class LLMDoor:
    """Asks the roster on behalf of roles; build one per process and close it at the end.

    `clock` must be the wall clock even in a replay: money and the record live in real time. Elapsed
    time is read from the running event loop.
    """

    def __init__(
        self,
        *,
        roster: Roster,
        log: CallLog,
        clock: Clock,
        limits: DoorLimits | None = None,
        rng: Random | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._roster = roster
        self._limits = limits or DoorLimits()
        self._caller = Caller(log=log, clock=clock, limits=self._limits)
        self._rng = rng or Random()  # noqa: S311 - jitter, not a secret
        self._sleep = sleep
        self._cycle_ends: OrderedDict[str, float] = OrderedDict()

    async def ask(self, request: RoleRequest[AnswerT]) -> RoleReply[AnswerT]:
        """Put a question to the first of the role's seats that answers; who gets no answer is silent.

        A call found in the log is replayed, never repeated, so the same request after a crash goes on
        where it stopped. An exhausted budget, or two refused answers in a row, end the turn: no other
        seat is tried.
        """
        turn = _Turn(request=request, ends=self._cycle_end(request.cycle_id))
        for seat in self._roster.seats_for(request.role):
            try:
                answer = await self._ask_seat(seat, turn)
            except OutOfTimeError as error:
                return _silent(turn, "deadline", str(error))
            except (LLMUnavailableError, ConfigError) as error:
                turn.notes.append(str(error))
            except BudgetError as error:
                return _silent(turn, "budget", str(error))
            except AnswerError as error:
                return _silent(turn, "answer", str(error))
            else:
                return _spoken(turn, seat, answer)
        return _silent(turn, "unavailable", "; ".join(turn.notes) or "nobody is on the roster")

    async def check_keys(self) -> tuple[str, ...]:
        """Try every seat's key, free of charge; return in words what else keeps a seat from working.

        Raises `ConfigError` naming the provider whose key is refused. Call it once at start.
        """
        failures = [await self._caller.probe(seat) for seat in self._roster.everybody]
        for failure in failures:
            if failure is not None and failure.kind == "refused_key":
                raise ConfigError(failure.detail)
        return tuple(failure.detail for failure in failures if failure is not None)

    async def aclose(self) -> None:
        """Close the connections of every seat."""
        await self._roster.aclose()

    async def _ask_seat(self, seat: Seat, turn: _Turn[AnswerT]) -> AnswerT:
        """Return one seat's answer, after at most one repair."""
        if not seat.price.known:
            turn.notes.append(
                f"no price is listed for {seat.spec.llm_id}; its budget assumes {seat.price}; state your own "
                f'in the mandate: [llm.prices] "{seat.spec.llm_id}" = {{ input = ..., output = ... }}'
            )
        tries = _Tries()
        brief = turn.request.brief
        call = await self._answered_call(seat, turn, tries, brief)
        try:
            return parse_answer(call.answer, turn.request.answer_type)
        except AnswerError as problem:
            turn.notes.append(f"an answer of {seat.spec.llm_id} was refused: {problem}")
            repair = _repair(brief, call.answer, problem)
        call = await self._answered_call(seat, turn, tries, repair)
        return parse_answer(call.answer, turn.request.answer_type)

    async def _answered_call(
        self, seat: Seat, turn: _Turn[AnswerT], tries: _Tries, brief: str
    ) -> RecordedCall:
        """Call until some text comes; raises `LLMUnavailableError` when trying again is of no use."""
        while True:
            result = await self._caller.call(seat, _question(turn.request, tries.asked, brief), turn.ends)
            tries.asked += 1
            turn.results.append(result)
            if result.failure is None:
                return result.call
            turn.notes.append(result.failure.detail)
            if result.failure.kind not in RETRYABLE or tries.retried >= self._limits.retries:
                raise LLMUnavailableError(f"{seat.spec.llm_id} gave no answer in {tries.asked} tries")
            tries.retried += 1
            if result.fresh:
                await self._wait(seat, turn.ends, result.failure, tries.retried)

    async def _wait(self, seat: Seat, ends: float, failure: Failure, retry: int) -> None:
        """Sleep before a retry: as long as the provider asks, or backing off with jitter.

        Raises `LLMUnavailableError` at once when the cycle would be over before the retry.
        """
        backoff = self._limits.backoff_seconds * 2 ** (retry - 1) * (0.5 + self._rng.random())
        seconds = max(backoff, failure.retry_after_seconds or 0.0)
        if asyncio.get_running_loop().time() + seconds >= ends:
            raise LLMUnavailableError(
                f"{seat.spec.llm_id} asks to wait {seconds:.0f} s, longer than the cycle has left"
            )
        await self._sleep(seconds)

    def _cycle_end(self, cycle_id: str) -> float:
        now = asyncio.get_running_loop().time()
        end = self._cycle_ends.setdefault(cycle_id, now + self._limits.cycle_seconds)
        while len(self._cycle_ends) > _CYCLES_REMEMBERED:
            self._cycle_ends.popitem(last=False)
        return end


def _question(request: RoleRequest[AnswerT], attempt: int, brief: str) -> Question:
    return Question(
        cycle_id=request.cycle_id,
        role=request.role,
        attempt=attempt,
        system=request.system,
        brief=brief,
        answer_type=request.answer_type,
    )


def _repair(brief: str, answer: str, problem: AnswerError) -> str:
    """Ask again in one message: every provider understands that, and the brief is still at hand."""
    return (
        f"{brief}\n\nYour previous answer was refused: {problem}\n"
        f"It was (quoted as data):\n<<<\n{answer[:_QUOTED_ANSWER]}\n>>>\n"
        "Answer the brief again in full, as exactly one JSON object that fits the schema."
    )


def _spoken(turn: _Turn[AnswerT], seat: Seat, answer: AnswerT) -> RoleReply[AnswerT]:
    allowed = turn.request.allowed_tickers
    if allowed is not None:
        answer, dropped = keep_allowed(answer, allowed)
        turn.notes.extend(f"dropped {ticker!r}: not a candidate of this cycle" for ticker in dropped)
    return RoleReply(
        answer=answer,
        silence=None,
        label=seat.label,
        notes=tuple(turn.notes),
        calls=tuple(result.call for result in turn.results),
    )


def _silent(turn: _Turn[AnswerT], cause: SilenceCause, detail: str) -> RoleReply[AnswerT]:
    return RoleReply(
        answer=None,
        silence=Silence(cause=cause, detail=detail),
        label="silent",
        notes=tuple(turn.notes),
        calls=tuple(result.call for result in turn.results),
    )
