"""The door's record of calls on PostgreSQL: what it forgets costs money, what it invents costs trust."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from agents.calls import CallLog, RecordedCall
from agents.llm import DoorLimits, LLMDoor
from agents.roster import Roster
from agents.scripted import Line, ScriptedChatModel
from db.engine import transaction
from db.llm_calls import LLMCalls
from fund.clock import FixedClock
from graph.call_log import DatabaseCallLog
from support.call_log import InMemoryCallLog
from support.llms import NOW, a_request, a_script, a_seat, broken, macro_json

BUDGET = Decimal("1.00")
PATIENCE_SECONDS = 10.0


def a_call(call_id: str, **changes: object) -> RecordedCall:
    """Return an answered call of three cents."""
    call = RecordedCall(
        call_id=call_id,
        cycle_id="daily-2016-06-24",
        role="macro_researcher",
        attempt=1,
        provider="anthropic",
        llm="test-llm",
        prompt_hash="f" * 64,
        prompt_characters=1234,
        status="answered",
        answer=macro_json(),
        error="",
        input_tokens=900,
        output_tokens=80,
        cost_usd=Decimal("0.0300"),
        latency_ms=812,
        started_at=NOW,
    )
    return replace(call, **changes)  # type: ignore[arg-type]


@pytest.fixture
def log(engine: Engine) -> DatabaseCallLog:
    return DatabaseCallLog(engine)


@pytest.mark.parametrize(
    "call",
    [
        a_call("answered"),
        a_call("rejected", status="rejected", answer="I would rather not", error="expected one JSON object"),
        a_call("failed", status="failed", answer="", error="timeout: no answer in 120 s", output_tokens=0),
        a_call("free", provider="offline", llm="rules", cost_usd=Decimal(0), input_tokens=0, output_tokens=0),
        a_call("unicode", answer='{"summary": "1 % ≤ ½ – 好"}'),
        a_call("elsewhere", started_at=NOW.astimezone(timezone(timedelta(hours=9)))),
    ],
    ids=lambda call: call.call_id,
)
async def test_a_call_comes_back_as_it_was_recorded(log: DatabaseCallLog, call: RecordedCall) -> None:
    await log.record(call)
    assert await log.find(call.call_id) == call


async def test_what_an_llm_may_say_and_a_text_column_may_not_hold_is_kept_readable(
    log: DatabaseCallLog,
) -> None:
    await log.record(a_call("nul", status="rejected", answer="a\x00b", error="\ud800"))
    found = await log.find("nul")
    assert found is not None
    assert (found.status, found.answer[0], found.answer[-1]) == ("rejected", "a", "b")


async def test_a_call_that_was_never_made_or_only_reserved_is_not_found(log: DatabaseCallLog) -> None:
    assert await log.find("never") is None
    assert await log.reserve("open", NOW, Decimal("0.05"), BUDGET)
    assert await log.find("open") is None


async def test_the_first_end_of_a_call_stays(log: DatabaseCallLog) -> None:
    first = a_call("ended", status="rejected", error="no JSON")
    await log.record(first)
    await log.record(a_call("ended", answer="another", cost_usd=Decimal(9)))
    assert await log.find("ended") == first


async def test_recording_gives_back_what_was_reserved_and_not_used(
    log: DatabaseCallLog, engine: Engine
) -> None:
    day = NOW + timedelta(days=1)
    assert await log.reserve("dear", day, Decimal("0.90"), BUDGET)
    assert not await log.reserve("second", day, Decimal("0.20"), BUDGET)
    await log.record(a_call("dear", started_at=day, cost_usd=Decimal("0.10")))
    assert await log.reserve("second", day, Decimal("0.20"), BUDGET)
    with transaction(engine) as connection:
        assert LLMCalls(connection).spent(day.date()) == Decimal("0.10")


async def test_a_refused_reservation_leaves_no_trace(log: DatabaseCallLog, engine: Engine) -> None:
    assert not await log.reserve("too dear", NOW, Decimal("1.01"), BUDGET)
    with transaction(engine) as connection:
        assert LLMCalls(connection).find("too dear") is None


async def test_calls_that_are_made_at_once_never_reserve_more_than_the_budget(log: DatabaseCallLog) -> None:
    day = NOW + timedelta(days=2)
    asked = (log.reserve(f"parallel-{n}", day, Decimal("0.30"), BUDGET) for n in range(8))
    assert sum(await asyncio.gather(*asked)) == 3


steps = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "answered", "rejected", "failed"]),
        st.sampled_from(["a", "b", "c"]),
        st.decimals("0.01", "0.60", places=2),
        st.integers(0, 3),
    ),
    max_size=12,
)


@given(history=steps)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_remembers_and_reserves_exactly_as_the_log_in_memory_does(
    engine: Engine, history: list[tuple[str, str, Decimal, int]]
) -> None:
    def told(log: CallLog, prefix: str, first: datetime) -> list[object]:
        return asyncio.run(retold(log, history, prefix, first))

    number = Random(repr(history)).randrange(10**9)
    first = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(days=4 * (number % 10_000))
    in_memory = told(InMemoryCallLog(), f"{number}-", first)
    assert told(DatabaseCallLog(engine), f"{number}-", first) == in_memory


async def retold(
    log: CallLog, history: list[tuple[str, str, Decimal, int]], prefix: str, first: datetime
) -> list[object]:
    """Return what a log says while a history happens to it, on four days of its own."""
    said: list[object] = []
    for what, name, cost, day in history:
        call_id, at = prefix + name, first + timedelta(days=day)
        if what == "reserve":
            said.append(await log.reserve(call_id, at, cost, BUDGET))
        else:
            await log.record(a_call(call_id, status=what, cost_usd=cost, started_at=at))
        said.append(await log.find(call_id))
    return said


def a_door(engine: Engine, chat: ScriptedChatModel) -> LLMDoor:
    return LLMDoor(
        roster=Roster(seats=(a_seat(chat),)),
        log=DatabaseCallLog(engine),
        clock=FixedClock(NOW + timedelta(days=3)),
        limits=DoorLimits(backoff_seconds=0.0),
        rng=Random(7),
    )


async def test_a_turn_with_a_failure_a_refused_answer_and_a_repair_is_replayed_without_a_call(
    engine: Engine,
) -> None:
    request = a_request(cycle_id="replayed")
    chat = a_script(broken(529), "this is no JSON", macro_json(summary="on the third try"))
    first = await a_door(engine, chat).ask(request)
    assert [call.status for call in first.calls] == ["failed", "rejected", "answered"]
    silent = a_script()
    again = await a_door(engine, silent).ask(request)
    assert (again.answer, again.calls) == (first.answer, first.calls)
    assert silent.heard == ()
    assert again.answer is not None
    assert again.answer.summary == "on the third try"


async def test_a_turn_that_was_cut_off_after_a_refused_answer_asks_only_for_the_repair(
    engine: Engine,
) -> None:
    request = a_request(cycle_id="cut off")
    never = asyncio.Event()
    interrupted = a_script("no JSON", Line(text="too late", after=never))
    turn = asyncio.create_task(a_door(engine, interrupted).ask(request))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(interrupted.heard) < 2:
            await asyncio.sleep(0)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    chat = a_script(macro_json())
    again = await a_door(engine, chat).ask(request)
    assert [call.status for call in again.calls] == ["rejected", "answered"]
    assert len(chat.heard) == 1
