"""The books are checked at the start and every night; what does not add up stops trading."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import connect, transaction
from db.events import Events, RecordedEvent
from db.heads import chain_heads
from db.trading_state import TradingState
from desk.books_check import check_tonight, checked_books, halt_where_books_differ
from fund.clock import FixedClock
from support.database import DatabaseServer, own_database
from support.kept_books import keep_books
from support.mandates import some_levels

LEVELS = some_levels()
MIDNIGHT = datetime(2026, 11, 1, tzinfo=UTC)
NOW = MIDNIGHT.replace(hour=3, minute=30)


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


def test_a_check_that_cannot_be_made_says_so_and_the_next_one_can(database_server: DatabaseServer) -> None:
    url = database_server.clone()
    engine = connect(url)
    try:
        with engine.begin() as connection:
            connection.execute(text("RESET ROLE"))
            connection.execute(text("ALTER TABLE desk.fills RENAME TO gone"))
        with pytest.raises(DBAPIError, match="fills"):
            check_tonight(engine, LEVELS, FixedClock(NOW))
        with engine.begin() as connection:
            connection.execute(text("RESET ROLE"))
            connection.execute(text("ALTER TABLE desk.gone RENAME TO fills"))
        check_tonight(engine, LEVELS, FixedClock(NOW + timedelta(days=1)))
        assert last_event(engine).event.kind == "books_verified"
    finally:
        engine.dispose()
        database_server.drop(url)
