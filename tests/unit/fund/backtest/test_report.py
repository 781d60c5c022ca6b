"""A report never shows a return without its sample, its interval, its costs and its baselines."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from fund.backtest.engine import BacktestResult, run_backtest
from fund.backtest.report import report_on, win_rate
from fund.backtest.strategies import BuyAndHold, EqualWeight, unconstrained
from fund.errors import NoDataError
from fund.market.history import History
from fund.portfolio.book import ClosedTrade
from support.mandates import a_mandate, real_costs
from support.markets import a_quiet_history, a_spell

D = Decimal


def a_walk(sessions: int = 80, names: int = 4, drift: float = 0.0) -> History:
    steps = np.random.default_rng(7).normal(drift, 0.01, (names + 1, sessions))
    prices = np.round(50.0 * np.exp(np.cumsum(steps, axis=1)), 2)
    tickers = [*(f"N{k}" for k in range(names)), "SPY"]
    closes = {t: [float(p) for p in prices[k]] for k, t in enumerate(tickers)}
    return a_quiet_history(
        closes,
        opens={t: [round(p * 0.997, 4) for p in path] for t, path in closes.items()},
        membership=tuple(a_spell(t) for t in tickers[:-1]),
    )


def a_result(history: History | None = None, **changes: object) -> BacktestResult:
    history = history or a_walk()
    sessions = history.panel.sessions
    mandate = a_mandate(
        **{"initial_cash": D(10_000), "costs": replace(real_costs(), max_participation=D(1)), **changes}
    )
    return run_backtest(EqualWeight(), history, mandate, sessions[0], sessions[-1])


def a_trade(profit: int) -> ClosedTrade:
    return ClosedTrade(
        trade_id="t",
        ticker="AAA",
        opened=date(2016, 3, 7),
        closed=date(2016, 3, 8),
        bought=D(100),
        realised=D(profit + 3),
        dividends=D(0),
        fees=D(3),
    )


def test_every_return_stands_beside_its_sample_interval_costs_and_baselines() -> None:
    history = a_walk()
    report = report_on(a_result(history), history, trials=3)
    for series in (report.net, report.benchmark, report.equal_weight):
        assert series.mean is not None
        assert series.sharpe is not None
        assert series.sessions == series.mean.n == series.sharpe.n == 79
        assert series.mean.low < series.mean.value < series.mean.high
    assert (report.benchmark.name, report.equal_weight.name) == ("SPY", "S&P 500, equal weight")
    assert report.over_benchmark.n == report.over_equal_weight.n == 79
    assert (report.trials, report.mandate_hash) == (3, "0" * 64)
    assert report.data_version == history.data_version
    assert report.fill_rule == "decided on the close, filled at the next open"
    assert (report.first, report.last) == (history.panel.sessions[0], history.panel.sessions[-1])


def test_the_same_backtest_gives_the_same_report() -> None:
    history = a_walk()
    result = a_result(history)
    assert report_on(result, history) == report_on(result, history)


def test_the_net_return_is_that_of_the_equity_curve() -> None:
    history = a_walk()
    result = a_result(history)
    report = report_on(result, history)
    assert report.net.total == pytest.approx(float(result.marks[-1].equity / result.marks[0].equity) - 1)


def test_equal_weight_through_the_book_follows_equal_weight_on_paper() -> None:
    history = a_walk()
    report = report_on(a_result(history, costs=a_mandate().costs, initial_cash=D(100_000)), history)
    assert report.over_equal_weight.value == pytest.approx(0.0, abs=0.10)
    assert report.net.volatility == pytest.approx(report.equal_weight.volatility, rel=0.1)


def test_costs_and_turnover_are_those_of_the_fills() -> None:
    history = a_walk()
    result = a_result(history)
    report = report_on(result, history)
    traded = sum(float(f.quantity * f.price) for f in result.fills)
    mean = float(np.mean([float(mark.equity) for mark in result.marks]))
    assert report.turnover == pytest.approx(traded / 2 / mean / (79 / 252))
    assert report.costs.commissions == pytest.approx(len(result.fills) * 1.00)
    assert report.costs.slippage > 0
    taken = report.costs.commissions + report.costs.slippage
    assert report.costs.yearly_fraction == pytest.approx(taken / mean / (79 / 252))
    assert report.fills == len(result.fills)
    assert report.trades == len(result.closed)


def test_without_costs_there_are_none() -> None:
    history = a_walk()
    costs = report_on(a_result(history, costs=a_mandate().costs), history).costs
    assert (costs.commissions, costs.slippage, costs.yearly_fraction) == (0, 0, 0)


def test_what_did_not_trade_is_counted_by_reason() -> None:
    history = a_walk()
    report = report_on(a_result(history, costs=replace(real_costs(), max_participation=D("0.001"))), history)
    assert report.unfilled["volume_cap"] > 0
    assert list(report.unfilled) == sorted(report.unfilled)


def test_a_short_sample_has_a_total_and_no_estimate() -> None:
    history = a_walk(sessions=10)
    report = report_on(a_result(history), history)
    assert (report.net.sessions, report.net.total is None) == (9, False)
    assert (report.net.mean, report.net.sharpe, report.over_benchmark) == (None, None, None)


def test_one_session_is_no_sample() -> None:
    history = a_walk(sessions=1)
    with pytest.raises(NoDataError, match="at least two sessions, found 1"):
        report_on(a_result(history), history)


def test_sessions_without_an_answer_are_counted() -> None:
    history = a_walk(sessions=5)
    sessions = history.panel.sessions
    quiet = run_backtest(BuyAndHold("SPY"), history, unconstrained(a_mandate()), sessions[0], sessions[-1])
    silenced = replace(quiet, records=tuple(replace(r, status="held") for r in quiet.records))
    assert report_on(quiet, history).silent_sessions == 0
    assert report_on(silenced, history).silent_sessions == 5


def test_a_result_too_good_to_be_true_is_doubted() -> None:
    lucky = a_walk(drift=0.01)
    (doubt,) = report_on(a_result(lucky), lucky).doubts
    assert "suspected look-ahead until it is explained" in doubt
    plain = a_walk()
    assert report_on(a_result(plain), plain).doubts == ()


def test_the_win_rate_is_a_share_of_the_closed_trades() -> None:
    assert win_rate([]) is None
    rate = win_rate([a_trade(5)] * 8 + [a_trade(-5)] * 2)
    assert rate is not None
    assert (rate.value, rate.n) == (0.8, 10)
    assert (rate.low, rate.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_a_trade_that_only_earns_its_fees_back_is_no_win() -> None:
    rate = win_rate([a_trade(0)])
    assert rate is not None
    assert rate.value == 0
