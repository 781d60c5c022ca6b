"""A history that goes on is the one that would be made of all its facts at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError
from fund.market.growth import grown
from fund.market.history import History
from support.markets import a_headline, a_history, a_quiet_history, an_observation, differences


def facts_of(history: History) -> dict[str, object]:
    names = ("instruments", "membership", "actions", "series", "macro", "headlines", "tellings", "reports")
    return {name: getattr(history, name) for name in names}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 5_000), row=st.integers(1, 43), warm=st.booleans())
def test_a_history_that_grew_tells_nothing_else_than_one_made_whole(seed: int, row: int, warm: bool) -> None:
    whole = a_history(seed)
    moment = whole.calendar.decision_time(whole.panel.sessions[row])
    known = whole.truncated(moment)
    if warm:
        assert known.data_version == whole.version_at(moment)
    made = grown(known, panel=whole.panel, **facts_of(whole))
    assert made.data_version == whole.data_version
    assert made.version_at(moment) == whole.version_at(moment)
    last = whole.calendar.decision_time(whole.last_session)
    assert differences(made.view(last), whole.view(last)) == []


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 5_000), rows=st.lists(st.integers(1, 43), min_size=2, max_size=5, unique=True))
def test_growing_in_steps_is_growing_at_once(seed: int, rows: list[int]) -> None:
    whole = a_history(seed)
    known: History | None = None
    for row in sorted(rows):
        at = whole.truncated(whole.calendar.decision_time(whole.panel.sessions[row]))
        known = at if known is None else grown(known, panel=at.panel, **facts_of(at))
        assert known.data_version == at.data_version


def test_a_bar_that_comes_late_changes_the_version_of_its_session() -> None:
    nan = float("nan")
    known = a_quiet_history({"AAA": [10.0, nan, 12.0], "BBB": [5.0, 5.5, 6.0]})
    whole = a_quiet_history({"AAA": [10.0, 11.0, 12.0], "BBB": [5.0, 5.5, 6.0]})
    first = known.data_version
    made = grown(known, panel=whole.panel)
    assert made.data_version == whole.data_version != first


def test_what_got_nothing_new_is_not_worked_out_again() -> None:
    known = a_quiet_history({"AAA": [10.0, 11.0]}, macro=[an_observation("VIX"), an_observation("CPI")])
    more = (*known.macro, an_observation("CPI", known.last_session))
    made = grown(known, panel=known.panel, macro=more)
    assert made.macro_by_series["VIX"] is known.macro_by_series["VIX"]
    assert len(made.macro_by_series["CPI"]) == 2
    assert made.headlines_by_time is known.headlines_by_time


def test_a_fact_no_history_may_hold_is_refused_as_ever() -> None:
    known = a_quiet_history({"AAA": [10.0, 11.0]})
    naive = a_headline(known_at=known.calendar.open_at(known.first_session).replace(tzinfo=None))
    with pytest.raises(DataError, match="known_at with a timezone"):
        grown(known, panel=known.panel, headlines=(naive,))


def test_the_old_history_stays_as_it_was() -> None:
    whole = a_history(3)
    known = whole.truncated(whole.calendar.decision_time(whole.panel.sessions[20]))
    version, close = known.data_version, known.panel.close.copy()
    grown(known, panel=whole.panel, **facts_of(whole))
    assert known.data_version == version
    assert np.array_equal(known.panel.close, close, equal_nan=True)
