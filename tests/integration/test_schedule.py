"""What a live desk does by itself beside its sessions: hearings, nights, and what it makes up for."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from db.engine import transaction
from db.events import Events
from db.hearings import Hearings
from db.jobs import Jobs
from db.trading_state import TradingState
from fund.errors import DataError, QueryRefusedError
from support.live_stage import CALENDAR, Live, Stage

pytest_plugins = ["support.desks", "support.live_desks"]
pytestmark = pytest.mark.long


def slots_of(live: Live, job: str) -> list[tuple[str, str]]:
    with transaction(live.desk.engine) as connection:
        return [(run.slot, run.status) for run in reversed(Jobs(connection).latest(job, limit=50))]


def test_the_committee_is_heard_before_the_open_and_orders_nothing(stage: Stage) -> None:
    days = stage.days
    with stage.desk() as live:
        live.round()
        before = kept_orders(live)
        stage.clock.move(CALENDAR.open_at(days[1]) - timedelta(minutes=30))
        live.round()
        live.round()
        assert slots_of(live, "before_open") == [(days[1].isoformat(), "done")]
        heard = live.worker.room.asked_for(f"hearing-before_open-{days[1]}")
        assert heard is not None
        assert (heard.status, heard.session, heard.as_of) == ("heard", days[0], stage.clock.now())
        assert heard.said.endswith("nothing was ordered")
        assert kept_orders(live) == before


def kept_orders(live: Live) -> list[str]:
    with transaction(live.desk.engine) as connection:
        return list(connection.execute(text("SELECT order_id FROM desk.orders ORDER BY 1")).scalars())


def test_an_event_calls_the_committee_once_with_what_happened(stage: Stage) -> None:
    stage.clock.move(CALENDAR.open_at(stage.days[1]) + timedelta(hours=2))
    with stage.desk() as live:
        live.worker.room.asked = lambda: None
        held = sorted(live.desk.player.book().positions)
        reason = f"{held[0]} fell 6.2 % within 15 minutes, to 93.10 USD at 11:30 in New York"
        ids = {
            live.worker.room.submit(slot="one", tickers=held[:1], reason=reason, by="monitor")
            for _ in range(3)
        }
        assert ids == {"hearing-event-one"}
        waiting = live.worker.room.asked_for("hearing-event-one")
        assert waiting is not None
        assert waiting.status == "waiting"
        live.round()
        live.round()
        with transaction(live.desk.engine) as connection:
            record = Hearings(connection).record("hearing-event-one")
            told = [e.event for e in Events(connection).latest(kind="hearing_heard")]
        assert record is not None
        assert (record.orders, record.inputs["occasion"]) == ((), reason)
        assert [event.event_id for event in told if "event" in event.event_id] == ["hearing-event-one"]
        assert told[0].text.startswith(reason)
        with pytest.raises(QueryRefusedError):
            live.worker.room.submit(slot="two", tickers=["NOTATICKER"], reason="", by="monitor")
        with pytest.raises(DataError, match="at most 60"):
            live.worker.room.submit(slot="two", tickers=["AAPL"] * 61, reason="", by="monitor")


def test_while_the_breaker_is_open_nobody_is_heard(stage: Stage) -> None:
    with stage.desk() as live:
        live.worker.room.asked = lambda: None
        live.round()
        with transaction(live.desk.engine) as connection:
            TradingState(connection).pause(by="anna", reason="a holiday", at=stage.clock.now())
        stage.clock.move(CALENDAR.open_at(stage.days[1]) - timedelta(minutes=20))
        hearing_id = live.worker.room.submit(slot="one", tickers=(), reason="a move", by="monitor")
        live.round()
        assert slots_of(live, "before_open") == [(stage.days[1].isoformat(), "skipped")]
        heard = live.worker.room.asked_for(hearing_id)
        assert heard is not None
        assert (heard.status, heard.said) == ("skipped", "trading was paused by anna: a holiday")


def test_a_week_without_a_desk_is_told_and_the_nights_are_made_up_for(stage: Stage) -> None:
    with stage.desk() as live:
        live.round()
    stage.clock.move(CALENDAR.open_at(stage.days[0] + timedelta(days=7)) + timedelta(hours=1))
    with stage.desk() as live:
        live.round()
        assert {status for _, status in slots_of(live, "before_open")} == {"missed"}
        statuses = [status for _, status in slots_of(live, "verify")]
        assert statuses == ["skipped"] * (len(statuses) - 1) + ["done"]
        assert [status for _, status in slots_of(live, "retrain")] == ["done"]
        live.round()
        evenings = [status for _, status in slots_of(live, "retraining")]
        assert set(evenings[:-1]) <= {"skipped"}, "one look after a week away, not one for every evening"
        assert len(evenings) >= 4


def test_the_pickers_look_for_names_within_the_hours_and_what_came_of_them_is_filled_in(stage: Stage) -> None:
    days = stage.days
    with stage.desk() as live:
        live.round()
        stage.clock.move(CALENDAR.open_at(days[1]) + timedelta(minutes=1))
        live.round()
        stage.clock.move(CALENDAR.open_at(days[1]) + timedelta(hours=5))
        live.round()
        assert [status for _, status in slots_of(live, "discovery")] == ["done", "done"]
        stage.bring(days[1])
        stage.evening(days[1])
        live.round()
        stage.clock.move(CALENDAR.close_at(days[1]) + timedelta(minutes=76))
        live.round()
        assert slots_of(live, "follow")[-1] == (days[1].isoformat(), "done")
        assert slots_of(live, "forecasters")[-1] == (days[1].isoformat(), "done")
        with transaction(live.desk.engine) as connection:
            entries = connection.execute(text("SELECT DISTINCT entry_session FROM desk.discovery_runs")).all()
        assert {row[0] for row in entries} == {days[2]}


def test_the_pickers_are_asked_once_by_whoever_asks(stage: Stage) -> None:
    with stage.desk() as live:
        live.worker.room.asked = lambda: None
        ids = {
            live.worker.room.pickers.submit(slot="one", tickers=(), reason="a look", by="anna")
            for _ in range(2)
        }
        assert ids == {"hearing-discovery-one"}
        live.round()
        standing = live.worker.room.pickers.status("hearing-discovery-one")
        assert standing is not None
        assert standing.status == "heard"
        assert standing.detail.startswith("the pickers suggest ")
        with transaction(live.desk.engine) as connection:
            (heard,) = Events(connection).latest(kind="discovery_heard")
        assert heard.event.text == f"a look: {standing.detail}"
