"""What holds for the door whatever providers do and whenever the process dies."""

import asyncio
import sys
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.answers import MacroAnswer
from agents.calls import RecordedCall
from agents.replies import RoleReply
from agents.scripted import Line, ScriptedChatModel
from support.call_log import InMemoryCallLog
from support.llms import NOW, a_door, a_request, a_seat, broken, macro_json, run

KINDS = (
    "good",
    "bad_value",
    "prose",
    "garbage",
    "busy",
    "overloaded",
    "refused_key",
    "refused",
    "gone",
    "stalled",
)
BUDGET = Decimal("0.9")


def a_line(kind: str) -> Line | str:
    """Return a script line that does what its name says."""
    lines: dict[str, Line | str] = {
        "good": macro_json(),
        "bad_value": macro_json(exposure=9),
        "prose": "It depends.",
        "garbage": Line(error=AttributeError("'str' object has no attribute 'choices'")),
        "busy": broken(429, retry_after="20"),
        "overloaded": broken(529),
        "refused_key": broken(401),
        "refused": broken(400),
        "gone": Line(error=ConnectionResetError("gone")),
    }
    return lines[kind] if kind in lines else Line(text="late", after=asyncio.Event())


Scripts = tuple[list[str], list[str]]
SCRIPTS = st.tuples(*[st.lists(st.sampled_from(KINDS), min_size=5, max_size=5)] * 2)


async def play(scripts: Scripts, log: InMemoryCallLog) -> tuple[RoleReply[MacroAnswer], int, float]:
    """Return the reply, how many calls were heard, and how long it took."""
    chats = [ScriptedChatModel(script=[a_line(kind) for kind in script]) for script in scripts]
    seats = [a_seat(chat, provider=p) for chat, p in zip(chats, ("anthropic", "openai"), strict=True)]
    began = asyncio.get_running_loop().time()
    door = a_door(*seats, log=log, call_seconds=50.0, cycle_seconds=120.0, budget_usd=BUDGET)
    reply = await door.ask(a_request())
    took = asyncio.get_running_loop().time() - began
    return reply, sum(len(chat.heard) for chat in chats), took


@given(SCRIPTS)
def test_any_pair_of_providers_gives_an_answer_or_a_silence_in_time_and_in_budget(scripts: Scripts) -> None:
    log = InMemoryCallLog()
    reply, heard, took = run(play(scripts, log))
    assert (reply.answer is None) == (reply.silence is not None)
    assert took <= 120.01
    assert heard == len(log.calls) <= 8
    assert log.spent(NOW.date()) <= BUDGET
    assert sum(call.status == "answered" for call in log.calls) == (reply.answer is not None)


@given(SCRIPTS)
def test_a_finished_turn_is_replayed_word_for_word_without_a_call(scripts: Scripts) -> None:
    log = InMemoryCallLog()
    first, _, took = run(play(scripts, log))
    if first.silence is not None and first.silence.cause != "answer":
        return
    assert took < 120
    recorded = log.calls
    again, heard, _ = run(play((["refused"] * 5, ["refused"] * 5), log))
    assert (again.answer, again.silence) == (first.answer, first.silence)
    assert (heard, log.calls) == (0, recorded)


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing catches it."""


@dataclass
class DyingLog(InMemoryCallLog):
    """A call log in a process that dies at its n-th touch, before or after the touch took effect."""

    dies_at: int = -1
    after: bool = False
    touches: int = 0
    kept: InMemoryCallLog = field(default_factory=InMemoryCallLog)

    def _die(self, moment_is_after: bool) -> None:
        if self.touches == self.dies_at and moment_is_after == self.after:
            raise Killed

    async def find(self, call_id: str) -> RecordedCall | None:
        self.touches += 1
        self._die(False)
        found = await self.kept.find(call_id)
        self._die(True)
        return found

    async def reserve(
        self, call_id: str, started_at: datetime, cost_usd: Decimal, budget_usd: Decimal
    ) -> bool:
        self.touches += 1
        self._die(False)
        held = await self.kept.reserve(call_id, started_at, cost_usd, budget_usd)
        self._die(True)
        return held

    async def record(self, call: RecordedCall) -> None:
        self.touches += 1
        self._die(False)
        await self.kept.record(call)
        self._die(True)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", range(1, 10))
def test_a_process_killed_at_any_touch_of_the_record_repeats_no_answered_call(
    dies_at: int, after: bool
) -> None:
    """The script needs three calls: an overload, a refused answer, and its repair."""
    kept = InMemoryCallLog()
    sent: list[str] = []

    def provider(messages: object) -> Line | str:
        recorded = [call.status for call in kept.calls]
        sent.append(f"after {len(recorded)}")
        steps: list[Line | str] = [broken(529), "prose", macro_json()]
        return steps[len(recorded)]

    dying = DyingLog(dies_at=dies_at, after=after, kept=kept)
    with pytest.raises(Killed):
        run(a_door(a_seat(ScriptedChatModel(script=provider)), log=dying).ask(a_request()))
    reply = run(a_door(a_seat(ScriptedChatModel(script=provider)), log=kept).ask(a_request()))
    assert reply.answer is not None
    assert [(call.attempt, call.status) for call in kept.calls] == [
        (0, "failed"),
        (1, "rejected"),
        (2, "answered"),
    ]
    repeated = len(sent) - 3
    assert repeated == (1 if dies_at % 3 == 0 and not after else 0)
    assert len({call.call_id for call in kept.calls}) == 3
    assert kept.spent(NOW.date()) == sum((call.cost_usd for call in kept.calls), Decimal(0))


def test_a_client_that_cannot_be_built_costs_nothing_and_the_next_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = InMemoryCallLog()
    unbuildable = a_seat(ScriptedChatModel(script=[]))
    unbuildable._client = None
    monkeypatch.setitem(sys.modules, "langchain_anthropic", None)
    spare = a_seat(ScriptedChatModel(script=[macro_json()]), provider="openai")
    reply = run(a_door(unbuildable, spare, log=log).ask(a_request()))
    assert reply.label == "openai:test-llm"
    assert "anthropic:test-llm cannot be used: ModuleNotFoundError" in reply.notes[0]
    assert [call.provider for call in log.calls] == ["openai"]


def test_a_cancelled_call_keeps_its_reservation_because_it_may_be_billed() -> None:
    log = InMemoryCallLog()

    async def cancel() -> Decimal:
        stalled = Line(text="late", after=asyncio.Event())
        asked = asyncio.create_task(
            a_door(a_seat(ScriptedChatModel(script=[stalled])), log=log).ask(a_request())
        )
        await asyncio.sleep(1)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        assert asked.cancelled()
        return log.spent(NOW.date())

    assert run(cancel()) > Decimal("0.12")
    assert log.calls == ()
