"""Returns side by side: the sessions names have in common, and the names that are left out."""

from math import nan

import numpy as np
import pytest

from fund.market.history_view import HistoryView
from fund.portfolio.aligned_returns import aligned_returns
from support.markets import a_quiet_history, a_spell

SESSIONS = 40


def closes() -> dict[str, list[float]]:
    return {t: [10.0 + n % days for n in range(SESSIONS)] for t, days in (("AAA", 7), ("BBB", 5))}


def seen(series: dict[str, list[float]], *members: str) -> HistoryView:
    history = a_quiet_history(series, membership=tuple(a_spell(t) for t in members))
    return history.view(history.calendar.decision_time(history.panel.sessions[-1]))


@pytest.mark.parametrize("members", [(), ("AAA",), ("AAA", "BBB")])
def test_returns_are_those_of_common_sessions_in_order_of_tickers(members: tuple[str, ...]) -> None:
    series = closes()
    series["AAA"][20] = nan
    aligned = aligned_returns(seen(series, *members), ["BBB", "AAA", "BBB"], 30, 20)
    assert aligned.tickers == ("AAA", "BBB")
    assert aligned.returns.shape == (29, 2)
    assert np.isfinite(aligned.returns).all()
    assert 1 + aligned.of("BBB")[10] == pytest.approx(series["BBB"][21] / series["BBB"][19])


@pytest.mark.parametrize("members", [(), ("AAA", "BBB")])
def test_a_name_with_too_few_returns_is_left_out_with_their_number(members: tuple[str, ...]) -> None:
    series = closes()
    series["AAA"][20] = nan
    alone = aligned_returns(seen(series, *members), ["BBB", "AAA"], 30, 30)
    assert alone.tickers == ("BBB",)
    assert alone.left_out == {"AAA": "only 29 returns are known, 30 are needed"}


@pytest.mark.parametrize("members", [(), ("AAA", "BBB")])
def test_names_with_too_few_sessions_in_common_are_all_left_out(members: tuple[str, ...]) -> None:
    series = closes()
    series["AAA"][20] = series["BBB"][25] = nan
    aligned = aligned_returns(seen(series, *members), series, 30, 29)
    why = "only 28 returns in common with the others, 29 are needed"
    assert (aligned.tickers, aligned.left_out) == ((), {"AAA": why, "BBB": why})


def test_no_names_and_unknown_names_have_no_returns() -> None:
    assert aligned_returns(seen(closes()), [], 30, 20).tickers == ()
    unknown = aligned_returns(seen(closes(), "AAA"), ["NOPE"], 30, 20)
    assert (unknown.tickers, unknown.left_out) == ((), {"NOPE": "nothing is known of it"})


def test_a_name_that_ended_or_never_moved_is_left_out() -> None:
    series = {**closes(), "CCC": [5.0] * SESSIONS}
    series["BBB"][-1] = nan
    aligned = aligned_returns(seen(series, "AAA", "CCC"), series, 30, 20)
    assert aligned.tickers == ("AAA",)
    assert aligned.left_out == {
        "BBB": "it has no bar of this session",
        "CCC": "its price did not move in 31 sessions",
    }
