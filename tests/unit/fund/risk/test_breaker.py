"""The breaker tightens at a close by what is measured, and nothing in it can loosen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from math import nan
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import ConfigError
from fund.portfolio.book import Book
from fund.portfolio.session_mark import MarkedPosition, SessionMark, mark_book
from fund.risk.breaker import (
    CAUSES,
    STRICTNESS,
    BreakerState,
    Cause,
    SessionFacts,
    State,
    Trip,
    assess,
    drawdown_of,
    session_return,
    tightens,
    tripped,
)
from support.closes import DAY_ONE, closes, closes_of, moments
from support.mandates import issue_levels

LEVELS = issue_levels()
CLOSED = BreakerState()


def judged(*returns: float, standing: BreakerState = CLOSED, **facts: object) -> Trip | None:
    return assess(standing, LEVELS, SessionFacts(marks=closes(*returns), **facts))  # type: ignore[arg-type]


def test_a_quiet_close_trips_nothing() -> None:
    assert judged(0.01, -0.01, 0.005) is None


@pytest.mark.parametrize(("loss", "trips"), [(0.0249, False), (0.0251, True), (0.3, True)])
def test_a_session_that_loses_as_much_as_the_mandate_allows_opens(loss: float, trips: bool) -> None:
    trip = judged(0.05, 0.05, -loss)
    assert (trip is not None) == trips
    if trip is not None:
        assert trip.state == "open"
        assert trip.cause in ("daily_loss", "drawdown")


def test_a_trip_says_what_was_measured_and_which_level_it_passed() -> None:
    trip = judged(0.10, -0.03)
    assert trip is not None
    assert (trip.cause, trip.level) == ("daily_loss", 0.025)
    assert trip.value == pytest.approx(0.03)
    assert trip.reason == (
        f"the book lost 3.00% in the session of {DAY_ONE + timedelta(days=1)}, the mandate stops at 2.50%"
    )


def test_the_first_session_is_measured_against_the_money_that_was_brought_in() -> None:
    trip = judged(-0.03)
    assert trip is not None
    assert trip.cause == "daily_loss"


def test_a_slow_fall_first_lets_positions_only_shrink_and_then_opens() -> None:
    slow = [0.0] + [-0.02] * 5
    states = []
    for n in range(1, len(slow) + 1):
        trip = judged(*slow[:n])
        states.append(trip and (trip.state, trip.cause))
    assert states[:3] == [None, None, None]
    assert states[3:] == [("reducing", "drawdown"), ("reducing", "drawdown"), ("open", "drawdown")]


def test_after_an_approval_in_spite_of_the_drawdown_the_peak_counts_from_there() -> None:
    fallen = [0.0] + [-0.02] * 5
    since = DAY_ONE + timedelta(days=5)
    resumed = BreakerState(version=2, session=since, drawdown_from=since)
    assert judged(*fallen, 0.001, standing=resumed) is None
    again = judged(*fallen, *[-0.02] * 5, standing=resumed)
    assert again is not None
    assert (again.state, again.cause) == ("open", "drawdown")


def test_orders_in_a_row_that_came_to_nothing_open() -> None:
    assert judged(0.0, rejects_in_a_row=9) is None
    trip = judged(0.0, rejects_in_a_row=10)
    assert trip is not None
    assert (trip.state, trip.cause, trip.value) == ("open", "reject_streak", 10.0)


def test_a_benchmark_without_a_bar_opens() -> None:
    trip = judged(0.0, benchmark_priced=False)
    assert trip is not None
    assert trip.cause == "stale_data"


def held(*stale: bool) -> tuple[MarkedPosition, ...]:
    return tuple(
        MarkedPosition(
            ticker=f"T{n}", quantity=Decimal(1), cost=Decimal(1), price=Decimal(1), priced_on=DAY_ONE, stale=s
        )
        for n, s in enumerate(stale)
    )


@pytest.mark.parametrize(
    ("stale", "trips"), [((), False), ((True, False), False), ((True, True, False), True)]
)
def test_more_stale_names_than_the_mandate_allows_open(stale: Sequence[bool], trips: bool) -> None:
    marks = [replace(closes(0.0)[0], positions=held(*stale))]
    trip = assess(CLOSED, LEVELS, SessionFacts(marks=marks))
    assert (trip is not None and trip.cause == "stale_data") == trips


def test_wrong_books_open_and_are_told_even_where_the_owner_has_paused() -> None:
    paused = BreakerState(state="open", cause="owner", version=1)
    for standing in (CLOSED, paused):
        trip = judged(standing=standing, books_differ="fills f-1: only the journal has it")
        assert trip is not None
        assert (trip.state, trip.cause) == ("open", "ledger")
    latched = BreakerState(state="open", cause="kill_switch", latched=True, version=1)
    assert judged(standing=latched, books_differ="fills f-1") is None
    already = BreakerState(state="open", cause="ledger", version=1)
    assert judged(standing=already, books_differ="fills f-1") is None


def test_a_cycle_held_for_want_of_budget_opens() -> None:
    trip = judged(0.0, budget_refused="nothing left of 2 USD")
    assert trip is not None
    assert (trip.state, trip.cause, trip.reason) == ("open", "llm_budget", "nothing left of 2 USD")


@pytest.mark.parametrize("value", [nan, 0.0, -1.0, float("inf")])
def test_a_value_of_the_book_that_is_no_number_stops_trading(value: float) -> None:
    marks = [replace(closes(0.0)[0], unit_value=value)]
    trip = assess(CLOSED, LEVELS, SessionFacts(marks=marks))
    assert trip is not None
    assert (trip.state, trip.cause) == ("open", "ledger")


def test_every_cause_has_its_words() -> None:
    assert set(CAUSES) == set(get_args(Cause))


states = st.builds(
    BreakerState,
    state=st.sampled_from(get_args(State)),
    cause=st.sampled_from(get_args(Cause)),
    latched=st.booleans(),
    version=st.integers(0, 9),
)
returns = st.lists(st.floats(-0.2, 0.2), min_size=1, max_size=12)


@given(states, returns, st.integers(0, 30), st.booleans(), st.sampled_from(["", "a row"]))
def test_nothing_that_is_measured_ever_loosens(
    standing: BreakerState, moves: list[float], rejects: int, priced: bool, differ: str
) -> None:
    facts = SessionFacts(
        marks=closes(*moves), rejects_in_a_row=rejects, benchmark_priced=priced, books_differ=differ
    )
    trip = assess(standing, LEVELS, facts)
    if trip is not None:
        after = tripped(standing, trip, DAY_ONE)
        assert STRICTNESS[after.state] >= STRICTNESS[standing.state]
        assert after.version == standing.version + 1
        assert not tightens(after, trip), "tripped twice by the same, it stays as it is"
        for figure in (trip.value, trip.level):
            assert figure is None or figure == figure


amounts = st.integers(-40, 400).map(lambda percent: Decimal(percent) / 100)


@given(st.lists(st.tuples(st.sampled_from(moments), amounts), min_size=2, max_size=10))
def test_deposits_and_withdrawals_neither_mask_nor_create_a_loss(
    sessions: list[tuple[float, Decimal]],
) -> None:
    plain, moved = closes_of([(r, Decimal(0)) for r, _ in sessions]), closes_of(sessions)
    assert [m.unit_value for m in plain] == pytest.approx([m.unit_value for m in moved])
    assert drawdown_of(plain, None)[0] == pytest.approx(drawdown_of(moved, None)[0], abs=1e-9)
    assert session_return(plain) == pytest.approx(session_return(moved), abs=1e-9)


def test_the_closes_above_are_those_of_the_book_itself() -> None:
    book = Book(cash=Decimal(100), deposits=Decimal(100))
    mark = mark_book(None, book, {}, session=DAY_ONE, at=closes(0.0)[0].at, benchmark_index=None)
    assert mark.unit_value == closes_of([(0.0, Decimal(0))])[0].unit_value


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"daily_loss": Decimal(0)}, "breaker.daily_loss must be above 0 and at most 1, was 0"),
        ({"drawdown": Decimal("NaN")}, "breaker.drawdown must be above 0"),
        ({"drawdown": Decimal(2)}, "breaker.drawdown must be above 0 and at most 1, was 2"),
        ({"rejects_in_a_row": 0}, "breaker.rejects_in_a_row must be between 1 and 10000, was 0"),
        ({"resume_sharpe_sessions": 1}, "breaker.resume_sharpe_sessions must be between 2 and"),
        ({"resume_sharpe": Decimal("Infinity")}, "breaker.resume_sharpe must be between -10 and 10"),
        ({"reduce_drawdown": Decimal("0.09")}, r"reduce_drawdown \(0.09\) cannot be above breaker.drawdown"),
        ({"resume_drawdown": Decimal("0.06")}, r"resume_drawdown \(0.06\) cannot be above breaker.reduce"),
    ],
)
def test_levels_that_cannot_be_right_are_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        issue_levels(**changes)


def test_a_date_is_that_of_the_close() -> None:
    marks: Sequence[SessionMark] = closes(0.01, 0.01)
    assert [m.session for m in marks] == [date(2016, 3, 1), date(2016, 3, 2)]
