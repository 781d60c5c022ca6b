"""Equal weight as an index: the bundle's own reference figure, and nothing where there are no members."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.market import Market
from desk.members_index import MembersIndex
from fund.market.history import History
from support.markets import a_history, bundle_history

FIRST, LAST = date(2015, 3, 20), date(2017, 3, 31)


@pytest.fixture(scope="module")
def bundle() -> History:
    return bundle_history()


def test_it_reproduces_the_bundles_reference_figure(bundle: History) -> None:
    sessions = bundle.calendar.sessions(FIRST, LAST)
    levels = MembersIndex(Market(bundle)).levels(sessions)
    assert levels is not None
    assert len(levels) == len(sessions) == 513
    assert levels[0] == 1.0
    assert round(100 * (levels[-1] - 1), 4) == 14.6803
    falls = levels / np.maximum.accumulate(levels) - 1
    assert round(100 * float(falls.min()), 4) == -17.2163


def test_a_later_start_is_the_same_index_rebased(bundle: History) -> None:
    sessions = bundle.calendar.sessions(FIRST, LAST)[200:240]
    index = MembersIndex(Market(bundle))
    whole, later = index.levels(sessions), index.levels(sessions[15:])
    assert whole is not None
    assert later is not None
    assert later == pytest.approx(whole[15:] / whole[15], rel=1e-12)


def test_before_there_are_members_with_bars_there_is_no_index(bundle: History) -> None:
    early = bundle.calendar.sessions(date(2014, 1, 2), date(2014, 1, 31))
    assert MembersIndex(Market(bundle)).levels(early) is None


def test_sessions_without_bars_have_no_index(bundle: History) -> None:
    beyond = bundle.calendar.sessions(date(2017, 3, 30), date(2017, 4, 5))
    assert MembersIndex(Market(bundle)).levels(beyond) is None


def test_one_session_is_one_and_none_is_nothing(bundle: History) -> None:
    index = MembersIndex(Market(bundle))
    assert index.levels([LAST]) is not None
    assert np.array_equal(index.levels([LAST]), [1.0])
    assert np.array_equal(index.levels([]), [])


@given(seed=st.integers(0, 2**32 - 1), place=st.integers(2, 44))
def test_later_sessions_change_no_earlier_level(seed: int, place: int) -> None:
    history = a_history(seed)
    days = history.panel.sessions
    cut = history.truncated(history.calendar.decision_time(days[place]))
    until = days[: place + 1]
    now, then = MembersIndex(Market(history)).levels(until), MembersIndex(Market(cut)).levels(until)
    assert (now is None) == (then is None)
    assert now is None or np.array_equal(now, then)
