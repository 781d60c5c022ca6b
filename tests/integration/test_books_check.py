"""The books are checked at the start and every night; what does not add up stops trading."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from db.engine import connect, transaction
from db.events import Events, RecordedEvent
from db.heads import chain_heads
from db.trading_state import TradingState
from desk.books_check import NIGHT, Nights, check_tonight, checked_books, halt_where_books_differ, night_after
from fund.clock import FixedClock
from support.database import DatabaseServer, own_database
from support.kept_books import keep_books
from support.mandates import some_levels

LEVELS = some_levels()
MIDNIGHT = datetime(2026, 11, 1, tzinfo=UTC)
NOW = MIDNIGHT.replace(hour=3, minute=30)


class HandClock:
    """A clock that shows what it is set to."""

    def __init__(self, now: datetime) -> None:
        self.shown = now

    def now(self) -> datetime:
        return self.shown


@pytest.fixture
def kept(database_server: DatabaseServer) -> Iterator[Engine]:
    """Books of four sessions in a database of their own."""
    with own_database(database_server) as engine:
        with transaction(engine) as connection:
            keep_books(connection)
        yield engine


def last_event(engine: Engine) -> RecordedEvent:
    with transaction(engine) as connection:
        return Events(connection).latest(limit=1)[0]


def spoil(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("RESET ROLE"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE desk.equity_daily SET cash = cash + 1 WHERE session = '2016-03-09'"))


def test_books_that_add_up_at_night_are_an_event_with_the_heads_of_the_chains(kept: Engine) -> None:
    with transaction(kept) as connection:
        heads = chain_heads(connection)
    check_tonight(kept, LEVELS, FixedClock(NOW))
    event = last_event(kept).event
    assert (event.kind, event.severity) == ("books_verified", "info")
    assert event.data == {"heads": heads.plain}
    assert checked_books(kept).findings == ()


def test_the_same_night_is_told_once(kept: Engine) -> None:
    check_tonight(kept, LEVELS, FixedClock(NOW))
    first = last_event(kept)
    check_tonight(kept, LEVELS, FixedClock(NOW + timedelta(hours=1)))
    assert last_event(kept) == first


def test_books_that_differ_stop_trading_with_a_critical_event_that_names_the_row(kept: Engine) -> None:
    spoil(kept)
    check_tonight(kept, LEVELS, FixedClock(NOW))
    event = last_event(kept).event
    assert (event.kind, event.severity) == ("books_wrong", "critical")
    assert [(found["table"], found["row"]) for found in event.data["findings"]] == [
        ("equity_daily", "2016-03-09")
    ]
    with transaction(kept) as connection:
        state = TradingState(connection).get()
    assert (state.is_paused, state.changed_by) == (True, "desk")
    assert "equity_daily 2016-03-09" in state.reason


def test_the_start_stops_trading_in_the_same_way_and_says_nothing_of_whole_books(kept: Engine) -> None:
    before = last_event(kept)
    assert halt_where_books_differ(kept, LEVELS, FixedClock(NOW)).findings == ()
    assert last_event(kept) == before
    spoil(kept)
    assert halt_where_books_differ(kept, LEVELS, FixedClock(NOW)).findings
    assert last_event(kept).event.kind == "books_wrong"


def test_a_summary_whose_heads_are_gone_shows_that_the_end_was_cut_off(kept: Engine) -> None:
    check_tonight(kept, LEVELS, FixedClock(NOW))
    with kept.begin() as connection:
        connection.execute(text("RESET ROLE"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        last = "(SELECT transaction_id FROM desk.journal_transactions ORDER BY seq DESC LIMIT 1)"
        connection.execute(text(f"DELETE FROM desk.journal_entries WHERE transaction_id = {last}"))
        connection.execute(text(f"DELETE FROM desk.journal_transactions WHERE transaction_id = {last}"))
    assert "the end was cut off" in " ".join(found.problem for found in checked_books(kept).findings)


def test_a_check_that_cannot_be_made_is_logged_and_the_next_night_tries_again(
    database_server: DatabaseServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = database_server.clone()
    engine = connect(url)
    try:
        with engine.begin() as connection:
            connection.execute(text("RESET ROLE"))
            connection.execute(text("ALTER TABLE desk.fills RENAME TO gone"))
        with caplog.at_level(logging.ERROR):
            check_tonight(engine, LEVELS, FixedClock(NOW))
        assert "the next night tries again" in caplog.text
        with engine.begin() as connection:
            connection.execute(text("RESET ROLE"))
            connection.execute(text("ALTER TABLE desk.gone RENAME TO fills"))
        check_tonight(engine, LEVELS, FixedClock(NOW + timedelta(days=1)))
        assert last_event(engine).event.kind == "books_verified"
    finally:
        engine.dispose()
        database_server.drop(url)


def test_a_night_comes_once_however_often_one_asks() -> None:
    clock = HandClock(NOW - timedelta(minutes=1))
    nights = Nights(clock)
    seen = []
    for minutes in range(0, 3 * 24 * 60, 10):
        clock.shown = NOW - timedelta(minutes=1) + timedelta(minutes=minutes)
        if nights.has_come():
            seen.append(clock.shown.date())
    assert seen == [(NOW + timedelta(days=day)).date() for day in range(3)]


@given(st.lists(st.integers(-180, 240), max_size=60))
def test_no_night_comes_twice_whatever_the_clock_does(steps: list[int]) -> None:
    clock = HandClock(MIDNIGHT)
    nights, seen = Nights(clock), []
    for minutes in steps:
        clock.shown += timedelta(minutes=minutes)
        if nights.has_come():
            seen.append(clock.shown.date() if clock.shown.time() >= NIGHT else None)
    assert None not in seen
    assert seen == sorted(set(seen))


def test_a_night_is_the_same_moment_in_every_zone() -> None:
    east = datetime(2026, 11, 1, 5, 29, tzinfo=timezone(timedelta(hours=2)))
    assert night_after(east) == NOW
    assert night_after(NOW) == NOW + timedelta(days=1)


async def test_a_served_desk_asks_for_the_check_when_the_night_comes() -> None:
    from desk.serving import keep_nights

    clock, asked = HandClock(NOW - timedelta(minutes=1)), asyncio.Event()

    class Checker:
        async def check_books(self) -> None:
            asked.set()

    nights = Nights(clock)
    clock.shown = NOW
    task = asyncio.create_task(keep_nights(Checker(), nights))
    async with asyncio.timeout(5):
        await asked.wait()
    task.cancel()
