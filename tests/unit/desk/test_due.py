"""Which sessions are due: decided by now, following the last one, and with nearly all of their bars."""

from datetime import date, timedelta

import numpy as np
import pytest

from desk.due import arrival, due_sessions, newest_complete, waits_for
from fund.market.history import History
from support.markets import a_quiet_history

NAMES = [f"N{place:02}" for place in range(99)]
SESSIONS = 6


def a_market(absent: dict[int, int] | None = None, *, without_benchmark: int | None = None) -> History:
    """Return 99 names and SPY; `absent` says how many names have no bar on a session by its place."""
    closes = {name: [10.0] * SESSIONS for name in (*NAMES, "SPY")}
    for place, count in (absent or {}).items():
        for name in NAMES[:count]:
            closes[name][place] = np.nan
    if without_benchmark is not None:
        closes["SPY"][without_benchmark] = np.nan
    return a_quiet_history(closes)


def after(history: History, place: int) -> tuple[date, ...]:
    """Return what is due after the second session, once the session of that place was decided."""
    now = history.calendar.decision_time(history.panel.sessions[place])
    return due_sessions(history, history.panel.sessions[1], now, "SPY")


@pytest.mark.parametrize(("absent", "complete"), [(0, True), (5, True), (6, False), (99, False)])
def test_a_session_is_complete_with_ninety_five_of_a_hundred_names(absent: int, complete: bool) -> None:
    history = a_market({3: absent})
    found = arrival(history, history.panel.sessions[3], "SPY")
    assert (found.arrived, found.expected, found.complete) == (100 - absent, 100, complete)


def test_without_its_benchmark_a_session_is_not_complete() -> None:
    history = a_market(without_benchmark=3)
    found = arrival(history, history.panel.sessions[3], "SPY")
    assert (found.arrived, found.complete, found.benchmark) == (99, False, "SPY")


def test_a_name_that_was_not_there_before_does_not_stand_in_for_one_that_was() -> None:
    history = a_market({0: 50, 1: 50, 2: 0})
    assert arrival(history, history.panel.sessions[2], "SPY").expected == 50


def test_a_half_delivered_session_does_not_lower_what_the_next_must_have() -> None:
    history = a_market({3: 60, 4: 60})
    found = arrival(history, history.panel.sessions[4], "SPY")
    assert (found.arrived, found.expected, found.complete) == (40, 100, False)


def test_the_first_session_is_complete_with_its_benchmark() -> None:
    history = a_market()
    assert arrival(history, history.first_session, "SPY").complete


def test_what_is_due_ends_with_the_last_decision_time_that_has_come() -> None:
    history = a_market()
    sessions = history.panel.sessions
    assert after(history, 1) == ()
    assert after(history, 4) == sessions[2:5]
    just_before = history.calendar.decision_time(sessions[4]) - timedelta(microseconds=1)
    assert due_sessions(history, sessions[1], just_before, "SPY") == sessions[2:4]
    assert due_sessions(history, None, just_before, "SPY") == sessions[:4]


def test_an_incomplete_session_waits_until_a_later_one_is_complete() -> None:
    history = a_market({3: 6, 4: 6})
    assert after(history, 4) == history.panel.sessions[2:3]
    assert after(history, 5) == history.panel.sessions[2:6]


def test_the_newest_complete_session_is_over_and_has_its_bars() -> None:
    history = a_market({2: 30, 5: 30})
    sessions, calendar = history.panel.sessions, history.calendar
    assert newest_complete(history, calendar.decision_time(sessions[5]), "SPY") == sessions[4]
    assert newest_complete(history, calendar.decision_time(sessions[3]), "SPY") == sessions[3]
    assert newest_complete(history, calendar.close_at(sessions[0]), "SPY") is None


def test_what_is_waited_for_is_said() -> None:
    history = a_market({3: 88}, without_benchmark=3)
    session, calendar = history.panel.sessions[3], history.calendar
    decided = calendar.decision_time(session)
    early = waits_for(history, session, decided - timedelta(minutes=1), "SPY")
    assert early == f"waiting for the decision time of {session}, 16:30 in New York"
    waiting = waits_for(history, session, decided, "SPY")
    assert waiting == f"waiting for the bars of {session}: 11 of 100 names, SPY is missing"
    assert waits_for(a_market(), session, decided, "SPY") == ""


def test_a_session_without_any_bar_is_counted_against_the_last_that_has() -> None:
    history = a_market()
    following = history.calendar.next_session(history.last_session)
    now = history.calendar.decision_time(following)
    said = waits_for(history, following, now, "SPY")
    assert said == f"waiting for the bars of {following}: 0 of 100 names, SPY is missing"
