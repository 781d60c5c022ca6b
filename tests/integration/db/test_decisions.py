"""Decisions: one per slot, unchanged for ever, chained, found again by their session."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine, select

from db.chain import GENESIS
from db.decisions import Decisions
from db.engine import transaction
from db.leases import Lease, Leases
from db.ledger import Ledger
from db.tables import cycles
from fund.errors import LedgerError, TradingHaltedError
from fund.portfolio.proposal import Proposal
from support.books import MONDAY, TUESDAY, at_close
from support.records import NOON, a_cycle_record

MINUTE = timedelta(minutes=1)


def record(
    connection: Connection, cycle_id: str = "cycle-1", session: date = MONDAY, **changes: object
) -> None:
    cycle = a_cycle_record(cycle_id, session, **changes)  # type: ignore[arg-type]
    Decisions(connection).record_cycle(cycle, job="daily", slot=cycle_id, recorded_at=cycle.as_of)


def test_a_decision_comes_back_exactly_as_it_was_taken(connection: Connection) -> None:
    cycle = a_cycle_record(
        cause="the LLM said \x00 and \ud800, 1E+2 % of it",
        equity=Decimal("1E+5"),
        proposal=Proposal(
            weights={"AAPL": Decimal("NaN")}, evidence={"nested": [1, 2.5, None, {"a": "é\x00"}]}
        ),
    )
    stored = Decisions(connection).record_cycle(cycle, job="daily", slot="1", recorded_at=NOON)
    found = Decisions(connection).get(cycle.cycle_id)
    assert stored == cycle
    assert repr(found) == repr(cycle)


def test_the_same_slot_twice_is_one_decision(connection: Connection) -> None:
    decisions = Decisions(connection)
    first = a_cycle_record("cycle-1")
    second = a_cycle_record("cycle-2", equity=Decimal(7))
    assert decisions.record_cycle(first, job="daily", slot="1", recorded_at=NOON) == first
    assert decisions.record_cycle(second, job="daily", slot="1", recorded_at=NOON) == first
    assert decisions.record_cycle(first, job="daily", slot="1", recorded_at=NOON) == first
    assert decisions.get("cycle-2") is None
    assert decisions.get("cycle-1") == first


def test_a_decision_belongs_to_one_slot(connection: Connection) -> None:
    record(connection)
    with pytest.raises(LedgerError, match="belongs to one slot"):
        Decisions(connection).record_cycle(a_cycle_record(), job="daily", slot="2", recorded_at=NOON)


def test_nothing_is_found_before_the_first_decision(connection: Connection) -> None:
    decisions = Decisions(connection)
    assert decisions.latest() is None
    assert decisions.get("cycle-1") is None
    assert decisions.by_session(MONDAY) == ()
    assert decisions.head() == GENESIS


def test_decisions_are_found_by_session_and_the_latest_by_its_view(connection: Connection) -> None:
    record(connection, "late", TUESDAY)
    record(connection, "early", MONDAY)
    record(connection, "again", MONDAY)
    decisions = Decisions(connection)
    assert [cycle.cycle_id for cycle in decisions.by_session(MONDAY)] == ["early", "again"]
    latest = decisions.latest()
    assert latest is not None
    assert latest.cycle_id == "late"


def test_each_decision_carries_the_hash_of_the_one_before(connection: Connection) -> None:
    for number in range(3):
        record(connection, f"cycle-{number}", MONDAY + timedelta(days=number))
    found = connection.execute(select(cycles).order_by(cycles.c.seq)).all()
    assert [row.seq for row in found] == [1, 2, 3]
    assert [row.previous_hash for row in found] == [GENESIS, found[0].hash, found[1].hash]
    assert Decisions(connection).head() == found[2].hash


def test_a_rolled_back_decision_leaves_no_gap(engine: Engine) -> None:
    with engine.connect() as connection:
        record(connection, "lost")
        connection.rollback()
        record(connection, "kept")
        assert connection.execute(select(cycles.c.seq)).scalars().all() == [1]
        connection.rollback()


def test_a_halted_cycle_is_a_decision_too(connection: Connection) -> None:
    record(connection, status="halted", cause="paused by its owner", proposal=None, review=None, orders=())
    found = Decisions(connection).latest()
    assert found is not None
    assert (found.status, found.cause, found.proposal) == ("halted", "paused by its owner", None)


def take(connection: Connection, owner: str, minutes: int = 0) -> Lease | None:
    return Leases(connection).take(
        "daily", "1", owner=owner, now=NOON + minutes * MINUTE, duration=10 * MINUTE
    )


def test_a_slot_is_leased_to_one_owner_until_it_expires(connection: Connection) -> None:
    first = take(connection, "a")
    assert first is not None
    assert take(connection, "b", minutes=9) is None
    second = take(connection, "b", minutes=10)
    assert second is not None
    assert second.token > first.token
    Leases(connection).require(second)
    with pytest.raises(TradingHaltedError, match="taken it over"):
        Leases(connection).require(first)


def test_an_owner_renews_its_lease_and_the_old_token_is_void(connection: Connection) -> None:
    first, renewed = take(connection, "a"), take(connection, "a", minutes=5)
    assert first is not None
    assert renewed is not None
    assert renewed.expires_at == NOON + 15 * MINUTE
    with pytest.raises(TradingHaltedError):
        Leases(connection).require(first)


def test_a_lease_that_was_given_back_is_free_and_its_token_never_returns(connection: Connection) -> None:
    first = take(connection, "a")
    assert first is not None
    Leases(connection).give_back(first, now=NOON)
    second = take(connection, "b")
    assert second is not None
    assert second.token > first.token
    Leases(connection).give_back(first, now=NOON)
    assert take(connection, "c", minutes=1) is None


def test_a_lease_of_another_slot_is_no_lease_here(connection: Connection) -> None:
    lease = take(connection, "a")
    assert lease is not None
    with pytest.raises(TradingHaltedError, match="None now"):
        Leases(connection).require(replace(lease, slot="2"))


def test_two_processes_recording_one_slot_make_one_decision(engine: Engine) -> None:
    for cycle_id in ("mine", "theirs"):
        with transaction(engine) as connection:
            cycle = a_cycle_record(cycle_id, TUESDAY)
            Decisions(connection).record_cycle(cycle, job="race", slot="1", recorded_at=at_close(TUESDAY))
    with engine.connect() as connection:
        assert [cycle.cycle_id for cycle in Decisions(connection).by_session(TUESDAY)] == ["mine"]


def test_the_decisions_that_ordered_something_of_a_ticker_are_found(connection: Connection) -> None:
    for cycle_id, session, tickers in (
        ("cycle-1", MONDAY, ("AAPL",)),
        ("cycle-2", TUESDAY, ("KO", "XOM")),
    ):
        record(connection, cycle_id, session, tickers=tickers)
        Ledger(connection).record_orders(a_cycle_record(cycle_id, session, tickers).orders)
    found = Decisions(connection)
    assert [each.cycle_id for each in found.ordering("AAPL")] == ["cycle-1"]
    assert [each.cycle_id for each in found.ordering("XOM")] == ["cycle-2"]
    assert found.ordering("IBM") == ()
