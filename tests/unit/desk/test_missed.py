"""A slot that went by undecided is told; none is due twice, whatever the clock and its zone do (INV-14)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.missed import missed_slots
from fund.market.calendar import nyse

CALENDAR = nyse()
AUTUMN, SPRING = date(2021, 11, 5), date(2021, 3, 12)


@pytest.mark.parametrize("friday", [AUTUMN, SPRING])
def test_a_session_before_the_clocks_change_is_late_from_the_next_open_on(friday: date) -> None:
    monday = CALENDAR.next_session(friday)
    opens = CALENDAR.open_at(monday)
    assert missed_slots(CALENDAR, [friday], CALENDAR.decision_time(friday)) == ()
    assert missed_slots(CALENDAR, [friday], opens - timedelta(microseconds=1)) == ()
    assert missed_slots(CALENDAR, [friday, monday], opens) == (friday,)


@pytest.mark.parametrize("friday", [AUTUMN, SPRING])
def test_a_change_of_clocks_moves_the_open_and_leaves_one_slot_a_session(friday: date) -> None:
    monday = CALENDAR.next_session(friday)
    moved = CALENDAR.open_at(monday).time().hour - CALENDAR.open_at(friday).time().hour
    assert abs(moved) == 1
    week = CALENDAR.sessions(friday - timedelta(days=4), friday + timedelta(days=7))
    moments = [CALENDAR.decision_time(session) for session in week]
    assert moments == sorted(set(moments))


@given(st.lists(st.integers(-200, 300), min_size=1, max_size=60), st.sampled_from([AUTUMN, SPRING]))
def test_whoever_plays_what_is_due_plays_no_slot_twice_even_when_the_clock_is_set_back(
    steps: list[int], around: date
) -> None:
    now = datetime.combine(around - timedelta(days=6), datetime.min.time(), UTC)
    sessions = CALENDAR.sessions(around - timedelta(days=6), around + timedelta(days=8))
    played: list[date] = []
    for minutes in steps:
        now += timedelta(minutes=10 * minutes)
        due = [s for s in sessions if CALENDAR.decision_time(s) <= now and (not played or s > played[-1])]
        assert set(missed_slots(CALENDAR, due, now)) <= set(due)
        played += due
    assert played == list(sessions[: len(played)])
