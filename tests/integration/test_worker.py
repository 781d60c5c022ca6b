"""The worker: sessions on a thread of its own, told step by step, stopped only between two of them."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import time, timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import select

from db.engine import transaction
from db.jobs import Jobs
from db.ledger import Ledger
from db.tables import llm_calls
from db.trading_state import TradingState
from db.verify import verify_ledger
from desk.bootstrap import Desk
from desk.rehearsal import rehearse
from desk.schedule.job import Job
from desk.slot import Slots
from desk.worker import DeskWorker
from fund.errors import QueryRefusedError, TradingHaltedError
from fund.market.timetable import Nightly, Slot
from fund.portfolio.session_mark import SessionMark
from graph.chat_events import ChatEvent, Progress, StepFinished, StepStarted
from graph.desk_control import AdvanceSummary
from support.started_desks import UNPLAYED

pytest_plugins = ["support.desks"]
pytestmark = pytest.mark.long

ROLES = ["macro_researcher", "quant_researcher", "portfolio_manager", "validator", "risk_officer"]
PATIENCE_SECONDS = 10.0


@pytest.fixture
def worker(desk: Desk) -> Iterator[DeskWorker]:
    with closing(DeskWorker(desk)) as made:
        yield made


def curve(desk: Desk) -> tuple[SessionMark, ...]:
    with transaction(desk.engine) as connection:
        return Ledger(connection).equity_curve()


def ignore(event: ChatEvent) -> None:
    """Watch nothing."""


async def advanced(worker: DeskWorker, sessions: int) -> tuple[AdvanceSummary, list[ChatEvent]]:
    seen: list[ChatEvent] = []
    return await worker.advance(sessions, seen.append), seen


async def test_an_advance_is_told_session_by_session_and_role_by_role(desk: Desk, worker: DeskWorker) -> None:
    due = desk.unplayed()[:2]
    _, seen = await advanced(worker, 2)
    told = [event for event in seen if not isinstance(event, Progress)]
    for session, place in zip(due, (0, len(told) // 2), strict=True):
        steps = told[place : place + len(told) // 2]
        first, last = steps[0], steps[-1]
        assert isinstance(first, StepStarted)
        assert isinstance(last, StepFinished)
        assert first.step_id == last.step_id == f"daily-{session}"
        begun = [step for step in steps[1:-1] if isinstance(step, StepStarted)]
        assert {step.parent_id for step in begun} == {first.step_id}
        assert sorted({step.name for step in begun}) == sorted(ROLES)
        assert sorted(s.step_id for s in steps if isinstance(s, StepFinished)) == sorted(
            s.step_id for s in steps if isinstance(s, StepStarted)
        )


async def test_progress_says_how_many_sessions_are_done(worker: DeskWorker) -> None:
    _, seen = await advanced(worker, 2)
    played = [event for event in seen if isinstance(event, Progress) and event.label == "Sessions played"]
    assert [(event.done, event.total) for event in played] == [(0, 2), (1, 2), (2, 2)]
    assert seen[0] == played[0]
    assert seen[-1] == played[-1]


async def test_the_summary_is_what_the_books_say(desk: Desk, worker: DeskWorker) -> None:
    before, due = curve(desk)[-1], desk.unplayed()
    summary, _ = await advanced(worker, 2)
    after = curve(desk)[-2:]
    assert [each.session for each in summary.played] == list(due[:2])
    assert [each.equity for each in summary.played] == [mark.equity for mark in after]
    for played, mark, previous in zip(summary.played, after, (before, after[0]), strict=True):
        assert (played.status, played.cause) == ("decided", "")
        assert played.return_fraction == mark.unit_value / previous.unit_value - 1
        assert mark.benchmark_index is not None
        assert previous.benchmark_index is not None
        assert played.benchmark_return == mark.benchmark_index / previous.benchmark_index - 1
    assert (summary.unplayed, summary.stopped) == (len(due) - 2, "")
    with transaction(desk.engine) as connection:
        fills = Ledger(connection).fills()
        assert [each.fills for each in summary.played] == [
            sum(fill.session == each.session for fill in fills) for each in summary.played
        ]


def test_status_says_where_the_desk_stands(desk: Desk, worker: DeskWorker) -> None:
    status, unplayed = worker.status(), desk.unplayed()
    assert (status.mode, status.session) == ("replay", curve(desk)[-1].session)
    assert (status.next_session, status.unplayed) == (unplayed[0], len(unplayed))
    assert status.provider == "offline rules, no LLM"


@pytest.mark.parametrize("sessions", [0, -1])
async def test_less_than_one_session_is_refused(desk: Desk, worker: DeskWorker, sessions: int) -> None:
    due = desk.unplayed()
    with pytest.raises(QueryRefusedError, match=f"at least 1 session to play, was {sessions}"):
        await worker.advance(sessions, ignore)
    assert desk.unplayed() == due


def at_the_end_of_the_first(act: Callable[[], None]) -> Callable[[ChatEvent], None]:
    """Return what acts once, when the first session is finished."""
    done = Event()

    def on_event(event: ChatEvent) -> None:
        if isinstance(event, StepFinished) and event.step_id.count("/") == 0 and not done.is_set():
            done.set()
            act()

    return on_event


async def test_cancelling_ends_between_two_sessions(desk: Desk, worker: DeskWorker) -> None:
    due, loop, cancelled = desk.unplayed(), asyncio.get_running_loop(), Event()

    def cancel() -> None:
        loop.call_soon_threadsafe(task.cancel)
        assert cancelled.wait(PATIENCE_SECONDS)

    task = asyncio.create_task(worker.advance(5, at_the_end_of_the_first(cancel)))
    with pytest.raises(asyncio.CancelledError):
        await task
    cancelled.set()
    await asyncio.to_thread(worker.close)
    assert desk.unplayed() == due[1:]


async def test_closing_finishes_the_session_being_played_and_takes_no_more(
    desk: Desk, worker: DeskWorker
) -> None:
    due = desk.unplayed()
    closer = Thread(target=worker.close)

    def close() -> None:
        closer.start()
        closer.join(0.2)
        assert closer.is_alive()

    summary = await worker.advance(5, at_the_end_of_the_first(close))
    closer.join(PATIENCE_SECONDS)
    assert not closer.is_alive()
    assert [each.session for each in summary.played] == [due[0]]
    assert (summary.stopped, summary.unplayed) == ("it was stopped", len(due) - 1)
    with pytest.raises(TradingHaltedError, match="the desk is ending"):
        await worker.advance(1, ignore)
    worker.close()


async def test_a_night_of_hours_holds_up_no_session_and_ends_with_the_desk(
    desk: Desk, worker: DeskWorker
) -> None:
    began, over = Event(), Event()

    def wait(slot: Slot) -> str:
        began.set()
        assert over.wait(PATIENCE_SECONDS)
        return "it was done"

    night = Job(name="long", what="", timing=Nightly(time(0)), late="newest", work=wait, aside=True)
    worker.runner.jobs = (night,)
    long_ago = desk.clock.now() - timedelta(days=2)
    with transaction(desk.engine) as connection:
        Jobs(connection).know(["long"], now=long_ago)
    await worker.keep_time()
    assert await asyncio.to_thread(began.wait, PATIENCE_SECONDS)
    summary, _ = await advanced(worker, 1)
    assert len(summary.played) == 1
    await worker.keep_time()
    closer = Thread(target=worker.close)
    closer.start()
    over.set()
    closer.join(PATIENCE_SECONDS)
    assert not closer.is_alive()
    with transaction(desk.engine) as connection:
        newest, earlier = Jobs(connection).latest("long")
    assert (newest.status, newest.attempts, earlier.status) == ("done", 1, "skipped")


async def test_a_session_another_process_is_playing_ends_the_advance_with_a_sentence(
    desk: Desk, worker: DeskWorker
) -> None:
    due = desk.unplayed()
    with closing(Slots(desk.engine, desk.clock, "another")) as other, other.held(f"daily-{due[1]}"):
        summary, seen = await advanced(worker, 3)
    assert [each.session for each in summary.played] == [due[0]]
    assert summary.stopped == f"another process is playing daily-{due[1]}; wait until it is done"
    assert summary.unplayed == len(due) - 1
    assert isinstance(seen[-1], StepFinished)
    assert seen[-1].failed


async def test_whoever_asks_first_plays_first_and_nobody_plays_twice(desk: Desk, worker: DeskWorker) -> None:
    due = desk.unplayed()
    one, two = await asyncio.gather(worker.advance(1, ignore), worker.advance(2, ignore))
    assert [each.session for each in (*one.played, *two.played)] == list(due[:3])


async def test_while_trading_is_paused_no_role_is_asked(desk: Desk, worker: DeskWorker) -> None:
    due = desk.unplayed()[:2]
    with transaction(desk.engine) as connection:
        TradingState(connection).pause(by="owner", reason="on holiday", at=desk.clock.now())
    try:
        summary, seen = await advanced(worker, 2)
    finally:
        with transaction(desk.engine) as connection:
            TradingState(connection).resume(by="owner", reason="back", at=desk.clock.now())
    assert [(each.status, each.orders) for each in summary.played] == [("halted", 0)] * 2
    assert all("on holiday" in each.cause for each in summary.played)
    assert not [event for event in seen if isinstance(event, StepStarted) and event.kind == "role"]
    with transaction(desk.engine) as connection:
        asked = select(llm_calls.c.call_id).where(
            llm_calls.c.cycle_id.in_([f"daily-{session}" for session in due])
        )
        assert connection.execute(asked).all() == []
    assert [mark.session for mark in curve(desk)[-2:]] == list(due)
    again, _ = await advanced(worker, 1)
    assert again.played[0].status == "decided"


def test_a_rehearsal_decides_as_the_last_cycle_did_and_orders_nothing(desk: Desk) -> None:
    before = curve(desk)
    record = rehearse(desk)
    assert record.status == "decided"
    assert record.session == before[-1].session
    assert record.inputs == desk.player.inputs_at(before[-1].at)
    assert record.proposal is not None
    told = record.proposal.evidence["evidence"]["book"]
    assert told["return_since_start"] == before[-1].unit_value - 1
    assert told["drawdown"] == before[-1].drawdown
    assert (curve(desk), rehearse(desk)) == (before, record)


def test_a_rehearsal_under_other_limits_is_another_question(desk: Desk) -> None:
    first = rehearse(desk).cycle_id
    desk.versions["forecaster_gbm"] = "gbm-another"
    try:
        assert rehearse(desk).cycle_id != first
    finally:
        desk.use(desk.sources)
    assert rehearse(desk).cycle_id == first


async def test_the_desk_plays_to_the_end_of_its_data_and_learns_on_the_way(
    desk: Desk, worker: DeskWorker
) -> None:
    trained, left = desk.sources[0].last, len(desk.unplayed())
    assert left < UNPLAYED
    summary, seen = await advanced(worker, left + 3)
    assert (len(summary.played), summary.unplayed) == (left, 0)
    assert summary.stopped == "the data end there"
    assert desk.sources[0].last > trained
    assert {event.label for event in seen if isinstance(event, Progress)} > {"Sessions played"}
    assert (await advanced(worker, 1))[0] == AdvanceSummary(
        played=(), unplayed=0, stopped="the data end there"
    )
    assert (worker.status().next_session, worker.status().unplayed) == (None, 0)
    with transaction(desk.engine) as connection:
        assert verify_ledger(connection) == ()
