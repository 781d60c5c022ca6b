"""No future changes the past: whatever comes later, a view answers the same, to the last bit."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import NoDataError
from fund.market.history import History
from support.markets import a_history, a_quiet_history, a_spell, differences, everything, with_future

seeds = st.integers(0, 2**32 - 1)
places = st.integers(2, 43)
hours_after_close = st.sampled_from([0.0, 0.25, 0.5, 3.0, 17.0, 65.0])


def moment_after(history: History, place: int, hours: float) -> datetime:
    return history.calendar.close_at(history.panel.sessions[place]) + timedelta(hours=hours)


@given(market=seeds, future=seeds, place=places, hours=hours_after_close)
@settings(max_examples=40)
def test_another_future_changes_no_answer(market: int, future: int, place: int, hours: float) -> None:
    history = a_history(market)
    as_of = moment_after(history, place, hours)
    other = with_future(history, as_of, future)
    assert differences(history.view(as_of), other.view(as_of)) == []


@given(market=seeds, place=places, hours=hours_after_close)
@settings(max_examples=25)
def test_a_truncated_history_gives_the_same_view_and_version(market: int, place: int, hours: float) -> None:
    history = a_history(market)
    as_of = moment_after(history, place, hours)
    truncated = history.truncated(as_of)
    assert differences(history.view(as_of), truncated.view(as_of)) == []
    assert truncated.data_version == history.view(as_of).data_version


@given(market=seeds, place=places)
@settings(max_examples=15)
def test_truncating_twice_is_truncating_once(market: int, place: int) -> None:
    history = a_history(market)
    early, late = moment_after(history, place, 0.5), moment_after(history, 44, 0.5)
    assert history.truncated(late).truncated(early).data_version == history.truncated(early).data_version


@pytest.mark.parametrize("seed", range(4))
def test_the_made_up_futures_are_seen_once_they_have_come(seed: int) -> None:
    history = a_history(seed)
    as_of = moment_after(history, 20, 0.5)
    later = moment_after(history, 22, 0.5)
    futures = {everything(with_future(history, as_of, future).view(later)) for future in range(3)}
    assert len(futures) == 3


def test_a_spell_that_will_end_looks_like_one_that_goes_on() -> None:
    closes = {"AAA": [10.0] * 30}
    history = a_quiet_history(closes)
    leaving = history.panel.sessions[10]
    as_of = history.calendar.decision_time(history.panel.sessions[5])
    ends = a_quiet_history(closes, membership=(a_spell(end=leaving),))
    stays = a_quiet_history(closes, membership=(a_spell(),))
    assert ends.view(as_of).data_version == stays.view(as_of).data_version
    assert ends.view(as_of).members() == stays.view(as_of).members() == {"AAA"}


def test_an_error_names_no_ticker_that_is_listed_later() -> None:
    missing = float("nan")
    history = a_quiet_history({"AAB": [10.0] * 10, "AAC": [missing] * 5 + [10.0] * 5})
    early = history.view(history.calendar.decision_time(history.panel.sessions[2]))
    with pytest.raises(NoDataError, match=r"found 'AAC'; nearest: AAB$"):
        early.mark("AAC")
    late = history.view(history.calendar.decision_time(history.panel.sessions[7]))
    with pytest.raises(NoDataError, match="nearest: AAC, AAB"):
        late.mark("AACC")
