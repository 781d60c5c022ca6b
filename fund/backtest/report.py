"""What a backtest was worth: no return without its sample size, its interval, its costs and its baselines."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.backtest.baselines import equal_weight_returns, ticker_returns
from fund.backtest.engine import BacktestResult, Ending
from fund.errors import NoDataError
from fund.market.history import History
from fund.market.view import FloatArray
from fund.metrics.bootstrap import bootstrap_interval
from fund.metrics.inference import Interval, share_interval
from fund.metrics.returns import (
    SESSIONS_A_YEAR,
    annualised_return,
    annualised_volatility,
    max_drawdown,
    returns_of,
    sharpe_ratios,
    total_return,
)
from fund.portfolio.book import ClosedTrade

FILL_RULE = "decided on the close, filled at the next open"
SUSPICIOUS_SHARPE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """One series of daily returns, as fractions; None where the sample is too small to say."""

    name: str
    sessions: int
    total: float | None
    annual: float | None
    volatility: float | None
    """Annualised."""
    max_drawdown: float | None
    """<= 0, on closes."""
    sharpe: Interval | None
    mean: Interval | None
    """Mean return times 252, stationary bootstrap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What trading took, USD."""

    commissions: float
    slippage: float
    """What fills were worse than the opens they were made at."""
    yearly_fraction: float
    """Both, a year, over mean equity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestReport:
    """A backtest's figures with all that is needed to believe or to doubt them."""

    strategy: str
    first: date
    last: date
    fill_rule: str
    trials: int
    """How many configurations were tried, this one included."""
    mandate_hash: str
    data_version: str
    net: Performance
    """After commissions and slippage."""
    benchmark: Performance
    """The mandate's benchmark, dividends reinvested, before costs."""
    equal_weight: Performance
    """The universe, the same weight in every member, rebalanced every close, before costs."""
    over_benchmark: Interval | None
    """Mean difference of daily returns times 252."""
    over_equal_weight: Interval | None
    turnover: float
    """Half of what was bought and sold, a year, over mean equity."""
    costs: Costs
    orders: int
    fills: int
    unfilled: Mapping[str, int]
    """Reason to count."""
    trades: int
    """Positions opened and closed again."""
    win_rate: Interval | None
    """Share of closed trades with a profit after fees, Wilson interval."""
    silent_sessions: int
    """Sessions without an answer of the strategy."""
    endings: tuple[Ending, ...]
    """Positions whose series ended, closed at the last traded price."""
    doubts: tuple[str, ...]
    """What must be explained before the figures are believed."""


def report_on(result: BacktestResult, history: History, *, trials: int = 1, seed: int = 0) -> BacktestReport:
    """Measure a backtest beside its baselines; the same result and seed give the same report.

    Raises `NoDataError` below two sessions.
    """
    if len(result.marks) < 2:
        raise NoDataError(f"a report needs at least two sessions, found {len(result.marks)}")
    sessions = tuple(mark.session for mark in result.marks)
    returns = returns_of(np.array([mark.unit_value for mark in result.marks]))
    benchmark = ticker_returns(history, result.mandate.benchmark, sessions)
    members = equal_weight_returns(history, sessions)
    net = _performance(result.strategy, returns, seed)
    return BacktestReport(
        strategy=result.strategy,
        first=sessions[0],
        last=sessions[-1],
        fill_rule=FILL_RULE,
        trials=trials,
        mandate_hash=result.mandate.mandate_hash,
        data_version=result.data_version,
        net=net,
        benchmark=_performance(result.mandate.benchmark, benchmark, seed),
        equal_weight=_performance(f"{result.mandate.index}, equal weight", members, seed),
        over_benchmark=_interval(returns - benchmark, _yearly_means, seed),
        over_equal_weight=_interval(returns - members, _yearly_means, seed),
        turnover=_turnover(result),
        costs=_costs(result, history),
        orders=sum(len(record.orders) for record in result.records),
        fills=len(result.fills),
        unfilled=dict(sorted(Counter(lapsed.reason for lapsed in result.unfilled).items())),
        trades=len(result.closed),
        win_rate=win_rate(result.closed),
        silent_sessions=sum(record.status != "decided" for record in result.records),
        endings=result.endings,
        doubts=_doubts(net),
    )


def win_rate(trades: Sequence[ClosedTrade]) -> Interval | None:
    """Return the share of trades with a profit after fees."""
    return share_interval(sum(trade.profit > 0 for trade in trades), len(trades))


def _performance(name: str, returns: FloatArray, seed: int) -> Performance:
    return Performance(
        name=name,
        sessions=len(returns),
        total=total_return(returns),
        annual=annualised_return(returns),
        volatility=annualised_volatility(returns),
        max_drawdown=max_drawdown(returns),
        sharpe=_interval(returns, sharpe_ratios, seed),
        mean=_interval(returns, _yearly_means, seed),
    )


def _interval(
    returns: FloatArray, statistic: Callable[[FloatArray], FloatArray], seed: int
) -> Interval | None:
    bounds = bootstrap_interval(returns, statistic, seed=seed)
    if bounds is None:
        return None
    return Interval(value=float(statistic(returns)), low=bounds.low, high=bounds.high, n=len(returns))


def _yearly_means(paths: FloatArray) -> FloatArray:
    means: FloatArray = np.mean(paths, axis=-1) * SESSIONS_A_YEAR
    return means


def _mean_equity(result: BacktestResult) -> float:
    return float(np.mean([float(mark.equity) for mark in result.marks]))


def _years(result: BacktestResult) -> float:
    return (len(result.marks) - 1) / SESSIONS_A_YEAR


def _turnover(result: BacktestResult) -> float:
    traded = sum(float(fill.quantity * fill.price) for fill in result.fills)
    return traded / 2 / _mean_equity(result) / _years(result)


def _costs(result: BacktestResult, history: History) -> Costs:
    commissions = sum(float(fill.commission) for fill in result.fills)
    slippage = 0.0
    for fill in result.fills:
        opened = history.next_bars(fill.session)[fill.ticker].open
        slippage += float(fill.quantity * abs(fill.price - opened))
    return Costs(
        commissions=commissions,
        slippage=slippage,
        yearly_fraction=(commissions + slippage) / _mean_equity(result) / _years(result),
    )


def _doubts(net: Performance) -> tuple[str, ...]:
    if net.sharpe is None or net.sharpe.value <= SUSPICIOUS_SHARPE:
        return ()
    return (
        f"a net Sharpe ratio of {net.sharpe.value:.2f} on daily data is a suspected look-ahead "
        "until it is explained",
    )
