"""The baselines are the published figures of the bundle, and what they say they are."""

import math

import numpy as np
import pytest

from fund.backtest.baselines import equal_weight_returns, ticker_returns
from fund.errors import NoDataError
from fund.market.view import FloatArray
from fund.metrics.returns import annualised_return, annualised_volatility, max_drawdown, total_return
from support.markets import a_dividend, a_quiet_history, a_spell, a_split, bundle_history

NO_BAR = float("nan")


def percent(returns: FloatArray) -> tuple[float, ...]:
    figures = (total_return, annualised_return, annualised_volatility, max_drawdown)
    return tuple(round((figure(returns) or 0.0) * 100, 4) for figure in figures)


def test_the_benchmark_reproduces_the_reference_figures() -> None:
    history = bundle_history()
    sessions = [day for day in history.panel.sessions if day.isoformat() >= "2015-03-20"]
    returns = ticker_returns(history, "SPY", sessions)
    assert len(returns) == 512
    assert percent(returns) == pytest.approx((16.7928, 7.9397, 13.6395, -13.0229), abs=1e-4)


def test_equal_weight_reproduces_the_reference_figures() -> None:
    history = bundle_history()
    sessions = [day for day in history.panel.sessions if day.isoformat() >= "2015-03-20"]
    returns = equal_weight_returns(history, sessions)
    assert percent(returns) == pytest.approx((14.6803, 6.9743, 14.6626, -17.2163), abs=1e-4)


def test_a_tickers_return_counts_splits_and_dividends() -> None:
    closes = {"AAA": [10.0, 5.0, 4.5]}
    _, second, third = a_quiet_history(closes).panel.sessions
    actions = (a_split("AAA", second, "2"), a_dividend("AAA", third, "0.50"))
    history = a_quiet_history(closes, actions=actions)
    assert ticker_returns(history, "AAA", history.panel.sessions) == pytest.approx([0.0, 0.0])


def test_a_gap_is_no_move_and_its_end_is_the_whole_of_it() -> None:
    history = a_quiet_history({"AAA": [10.0, NO_BAR, 12.0], "SPY": [1.0, 1.0, 1.0]})
    assert ticker_returns(history, "AAA", history.panel.sessions) == pytest.approx([0.0, 0.2])


def test_equal_weight_is_the_mean_of_who_was_a_member_the_session_before() -> None:
    closes = {"AAA": [10.0, 11.0, 11.0], "BBB": [10.0, 10.0, 15.0], "GAP": [10.0, NO_BAR, 30.0]}
    joins = a_quiet_history(closes).panel.sessions[1]
    spells = (a_spell("AAA"), a_spell("BBB", joins), a_spell("GAP"))
    history = a_quiet_history(closes, membership=spells)
    assert equal_weight_returns(history, history.panel.sessions) == pytest.approx([0.1, 0.25])


def test_a_baseline_that_is_not_there_is_named() -> None:
    history = a_quiet_history({"AAA": [10.0, 11.0], "LATE": [NO_BAR, 5.0]})
    sessions = history.panel.sessions
    for ticker in ("NOPE", "LATE"):
        with pytest.raises(NoDataError, match=f"needs bars of '{ticker}'"):
            ticker_returns(history, ticker, sessions)
    with pytest.raises(NoDataError, match="needs members with bars"):
        equal_weight_returns(history, sessions)
    with pytest.raises(NoDataError, match="found none on 2016-01-06"):
        ticker_returns(history, "AAA", [*sessions, history.calendar.next_session(sessions[-1])])


def test_the_baselines_of_one_session_are_empty_and_never_nan() -> None:
    history = a_quiet_history({"AAA": [10.0, 11.0]}, membership=(a_spell("AAA"),))
    assert len(ticker_returns(history, "AAA", history.panel.sessions[:1])) == 0
    returns = equal_weight_returns(history, history.panel.sessions)
    assert not np.isnan(returns).any()
    assert math.isclose(returns[0], 0.1)
