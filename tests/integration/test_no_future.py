"""No future changes the past: a decision is the same bytes whatever comes to be known after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from db.decisions import Decisions
from db.engine import transaction
from db.ledger import Ledger
from db.memory import MemoryStore
from db.record_codec import to_json
from desk.bootstrap import Desk
from desk.cycle import track_of
from fund.cycle import CycleRecord, decide
from fund.market.history import History
from fund.portfolio.book import Book
from fund.portfolio.journal import Transaction
from graph.research import TrackRecord
from support.committee import (
    Table,
    a_small_book,
    a_table,
    remember_at_random,
    small_history,
    trained_forecasts,
)
from support.markets import with_future
from tools.forecasts import ForecastTools

pytest_plugins = ["support.desks"]

TRAINED = date(2015, 12, 18)
WITHIN, BEYOND = date(2015, 12, 11), date(2016, 1, 15)
"""A session of the training's own walk-forward, and one that is forecast live."""
TRACK = TrackRecord(drawdown=-0.02, return_since_start=0.031)
COSTLY = (Phase.explicit, Phase.generate)
"""Without shrinking: an example takes seconds, and its seed says everything."""
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def table(engine: Engine) -> Iterator[Table]:
    with a_table(engine) as made:
        yield made


@pytest.fixture(scope="module")
def forecasts() -> ForecastTools:
    return trained_forecasts(small_history(), TRAINED)


def decided(
    table: Table, history: History, session: date, forecasts: ForecastTools | None = None
) -> CycleRecord:
    """Decide with everything made anew from a history: forecasters, book, evidence."""
    known = forecasts or trained_forecasts(history, min(session, TRAINED))
    book = a_small_book(history, history.calendar.shift(session, -10))
    return table.decide(history, session, forecasts=known, book=book, track=TRACK)


@contextmanager
def remembering(engine: Engine, seed: int, session: date) -> Iterator[None]:
    """Remember what was known by a session's decision, some of it at that very moment."""
    as_of = small_history().calendar.decision_time(session)
    remember_at_random(engine, seed, 40, first=as_of - timedelta(days=200), last=as_of)
    remember_at_random(engine, seed + 1, 15, first=as_of, last=as_of, prefix="now")
    try:
        yield
    finally:
        with transaction(engine) as connection:
            for kind in ("trade", "conditions"):
                MemoryStore(connection).forget(kind)


def remember_later(engine: Engine, seed: int, session: date, days: int = 90) -> None:
    """Remember more, known from a second after a session's decision on."""
    as_of = small_history().calendar.decision_time(session)
    late = as_of + timedelta(days=days)
    remember_at_random(engine, seed, 80, first=as_of + timedelta(seconds=1), last=late, prefix="late")


@pytest.mark.parametrize("session", [WITHIN, BEYOND])
@given(memory=seeds, future=seeds)
@settings(max_examples=3, phases=COSTLY, suppress_health_check=[HealthCheck.too_slow])
def test_another_future_changes_no_byte_of_a_committees_decision(
    table: Table, session: date, memory: int, future: int
) -> None:
    history = small_history()
    as_of = history.calendar.decision_time(session)
    with remembering(table.engine, memory, session):
        before = to_json(decided(table, history, session))
        remember_later(table.engine, future, session)
        assert to_json(decided(table, with_future(history, as_of, future), session)) == before
        assert to_json(decided(table, history.truncated(as_of), session)) == before


@given(future=seeds)
@settings(max_examples=20, phases=COSTLY, suppress_health_check=[HealthCheck.too_slow])
def test_memories_of_the_future_are_never_recalled(
    table: Table, forecasts: ForecastTools, future: int
) -> None:
    history = small_history()
    with remembering(table.engine, 7, WITHIN):
        before = to_json(decided(table, history, WITHIN, forecasts))
        remember_later(table.engine, future, WITHIN)
        assert to_json(decided(table, history, WITHIN, forecasts)) == before


def test_what_is_tried_is_a_real_decision_from_every_kind_of_evidence(
    table: Table, forecasts: ForecastTools
) -> None:
    with remembering(table.engine, 7, WITHIN):
        record = decided(table, small_history(), WITHIN, forecasts)
    assert (record.status, record.cause) == ("decided", None)
    assert record.orders
    assert record.proposal is not None
    evidence = record.proposal.evidence["evidence"]
    assert len(evidence["candidates"]) == 20
    assert all(len(candidate["similar"]) == 5 for candidate in evidence["candidates"])
    assert all(len(candidate["forecasts"]) == 2 for candidate in evidence["candidates"])
    assert len(evidence["market"]["similar_conditions"]) == 5
    assert evidence["market"]["headlines"]
    assert evidence["market"]["readings"]
    assert any(candidate["report"] for candidate in evidence["candidates"])
    assert evidence["book"]["drawdown"] == TRACK.drawdown


def test_what_became_known_at_the_very_moment_of_the_decision_is_recalled(
    table: Table, forecasts: ForecastTools
) -> None:
    with remembering(table.engine, 7, WITHIN):
        with_now = decided(table, small_history(), WITHIN, forecasts)
    recalled = [trade["memory_id"] for trade in _similar(with_now)]
    assert any(memory.startswith("now-") for memory in recalled)


def test_memories_and_futures_that_come_before_a_later_decision_do_change_it(
    table: Table, forecasts: ForecastTools
) -> None:
    history = small_history()
    later = history.calendar.shift(WITHIN, 3)
    as_of = history.calendar.decision_time(WITHIN)
    with remembering(table.engine, 7, WITHIN):
        before = decided(table, history, later, forecasts)
        remember_later(table.engine, 11, WITHIN, days=4)
        remembered = decided(table, history, later, forecasts)
        another = decided(table, with_future(history, as_of, 3), later, forecasts)
    assert _similar(remembered) != _similar(before)
    assert another.inputs["data_version"] != before.inputs["data_version"]
    assert to_json(another) != to_json(remembered)


def _similar(record: CycleRecord) -> list[dict[str, object]]:
    assert record.proposal is not None
    candidates = record.proposal.evidence["evidence"]["candidates"]
    return [trade for candidate in candidates for trade in candidate["similar"]]


def played(desk: Desk) -> tuple[list[CycleRecord], list[Transaction], dict[date, TrackRecord]]:
    with transaction(desk.engine) as connection:
        ledger = Ledger(connection)
        curve, journal = ledger.equity_curve(), list(ledger.journal())
        decisions = Decisions(connection)
        records = [record for mark in curve for record in decisions.by_session(mark.session)]
    return records, journal, {mark.session: track_of(mark) for mark in curve}


def test_every_decision_on_record_can_be_taken_again_byte_for_byte(desk: Desk) -> None:
    """With all that the desk has remembered since, and the book folded from its journal (INV-14)."""
    records, journal, tracks = played(desk)
    book, booked = Book(), 0
    assert len(records) == 25
    for record in records:
        while booked < len(journal) and journal[booked].session <= record.session:
            book, booked = book.apply(journal[booked]), booked + 1
        desk.track.current = tracks[record.session]
        again = decide(
            desk.seating.rules,
            desk.history.view(record.as_of),
            book,
            desk.mandate,
            cycle_id=record.cycle_id,
            inputs=record.inputs,
        )
        assert to_json(again) == to_json(record)
    assert booked == len(journal)


def test_the_decisions_that_are_taken_again_ordered_and_remembered(desk: Desk) -> None:
    records, _, tracks = played(desk)
    assert sum(bool(record.orders) for record in records) > len(records) / 2
    assert _similar(records[-1])
    assert any(later != earlier for earlier, later in pairwise(tracks.values()))
    assert [record.inputs for record in records] == [
        desk.player.inputs_at(record.as_of) | {"breaker": "closed@0"} for record in records
    ]
    assert len({record.inputs["data_version"] for record in records}) == len(records)
