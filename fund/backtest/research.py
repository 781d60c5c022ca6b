"""What an order of names comes to once it is traded: turnover first, then Sharpe ratios net of costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from fund.backtest.accounting import Account, Tape, TradingCosts, keep_account
from fund.backtest.report import FILL_RULE, SUSPICIOUS_SHARPE
from fund.errors import DataError, NoDataError
from fund.market.view import FloatArray
from fund.metrics.bootstrap import percentile_bounds, redrawn
from fund.metrics.inference import Interval
from fund.metrics.ranks import average_ranks
from fund.metrics.returns import SESSIONS_A_YEAR, returns_of, sharpe_ratios

COSTS_BPS = (0.0, 5.0, 10.0, 20.0)
"""A side."""
INVESTED = 0.98
"""Of equity, so that opens above the closes of the decision do not run out of cash."""
FRACTION = 0.000001


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingRule:
    """How scores become weights."""

    share: float = 0.1
    """Of the names with a score, those at the top (and at the bottom)."""
    every_sessions: int = 5
    long_short: bool = False
    """Half of equity long the top, half short the bottom; otherwise all of it long the top."""

    def __post_init__(self) -> None:
        if not 0.0 < self.share <= 0.5 or self.every_sessions < 1:
            raise DataError(f"expected a share above 0 and up to a half and a session, found {self!r}")

    def __str__(self) -> str:
        sides = "long the top and short the bottom" if self.long_short else "long the top"
        return f"{sides} {self.share:.0%}, equal weights, every {self.every_sessions} sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetFigures:
    """What was left at one level of costs; every interval is a 95 % stationary bootstrap over sessions."""

    bps: float
    sharpe: Interval | None
    yearly: Interval | None
    """Mean return times 252."""
    equal_weight_sharpe: Interval | None
    """All names with a score on the same sessions, at the same costs."""
    over_equal_weight: Interval | None
    """Mean difference of daily returns times 252."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResearchReport:
    """One order of names, traded by one rule."""

    name: str
    rule: TradingRule
    fill_rule: str
    first: date
    """The first decision."""
    last: date
    sessions: int
    orders: int
    unfilled: int
    """Orders of which nothing traded: no open, or no cash."""
    turnover: float
    """Half of what was bought and sold, a year, over mean equity, at no costs."""
    equal_weight_turnover: float
    gross: float
    """Mean gross exposure as a fraction of equity."""
    net: tuple[NetFigures, ...]
    """By costs, ascending."""
    trials: int
    doubts: tuple[str, ...]
    """What must be explained before the figures are believed."""

    @property
    def verdict(self) -> str:
        """Say what is left: beyond equal weight of the same names, of a book long and short beyond cash."""
        other = "cash" if self.rule.long_short else "equal weight of the same names"
        edges = [(n.bps, n.yearly if self.rule.long_short else n.over_equal_weight) for n in self.net]
        known = [(bps, edge) for bps, edge in edges if edge is not None]
        if not known:
            return f"too few sessions to say anything ({self.sessions})"
        above = [bps for bps, edge in known if edge.low > 0.0]
        below = [bps for bps, edge in known if edge.high < 0.0]
        if above:
            return f"above {other} up to {max(above):g} bp a side ({self.sessions} sessions)"
        if below:
            return f"below {other} from {min(below):g} bp a side on ({self.sessions} sessions)"
        return f"not told from {other} at any of these costs ({self.sessions} sessions)"


def target_weights(scores: FloatArray, rule: TradingRule) -> FloatArray:
    """Return the weights an order of names asks for, [T, N]; NaN rows between decisions.

    The first session with any score decides first, then every so many. Names that share a rank at the edge
    are all in or all out: where fewer than the share stand out, the places left are held in all names alike,
    so that a rule of few views is not judged by its cash. Long and short, they stay in cash.
    """
    rows = _decision_rows(scores, rule.every_sessions)
    weights = np.full_like(scores, np.nan)
    ranks = average_ranks(np.ascontiguousarray(scores[rows]))
    sides = [(ranks > round(1.0 - rule.share, 12), 1.0)]  # 1 - 0.07 is below 0.93, and the sides uneven
    if rule.long_short:
        sides.append((ranks < rule.share, -1.0))
    most = np.maximum(np.floor(np.isfinite(ranks).sum(axis=1, keepdims=True) * rule.share), 1.0)
    weights[rows] = 0.0
    for chosen, sign in sides:
        count = np.maximum(chosen.sum(axis=1, keepdims=True), most)
        weights[rows] += chosen * (sign * INVESTED / len(sides) / count)
    if not rule.long_short:
        weights[rows] += _alike(scores[rows], INVESTED - weights[rows].sum(axis=1, keepdims=True))
    return weights


def equal_weights(scores: FloatArray, every_sessions: int) -> FloatArray:
    """Return the same weight for every name with a score, on the same sessions."""
    rows = _decision_rows(scores, every_sessions)
    weights = np.full_like(scores, np.nan)
    weights[rows] = _alike(scores[rows], np.full((len(rows), 1), INVESTED))
    return weights


def study(
    name: str,
    scores: FloatArray,
    tape: Tape,
    rule: TradingRule,
    *,
    costs_bps: Sequence[float] = COSTS_BPS,
    borrow_bps: float = 0.0,
    trials: int = 1,
    seed: int = 0,
) -> ResearchReport:
    """Trade an order of names, [T, N] of scores as of each close, beside equal weight of the same names.

    The scores of a signal are its convictions, those of a `ForecastTable` its scores. The same arguments
    give the same report. `NoDataError` where fewer than two sessions follow the first score.
    """
    if not costs_bps or trials < 1:
        raise DataError(
            f"expected a level of costs or more and a trial or more, found "
            f"{tuple(costs_bps)!r} and {trials!r}; "
            "costs are never left out, and this run is a trial"
        )
    if scores.shape != tape.close.shape:
        raise DataError(f"expected scores of shape {tape.close.shape!r}, found {scores.shape!r}; align them")
    first = _first(scores)
    if len(scores) - first < 3:
        raise NoDataError(
            f"expected scores two sessions before the end, found the first at {first!r} of {len(scores)!r}"
        )
    scores, tape = scores[first:], _from(tape, first)
    asked, all_names = target_weights(scores, rule), equal_weights(scores, rule.every_sessions)
    levels = sorted({0.0, *costs_bps})
    ours, others = (
        {
            bps: keep_account(tape, each, TradingCosts(bps=bps, borrow_bps=borrow_bps), share_step=FRACTION)
            for bps in levels
        }
        for each in (asked, all_names)
    )
    free, held = ours[0.0], others[0.0]
    net = tuple(_net(bps, ours[bps], others[bps], seed) for bps in sorted(set(costs_bps)))
    return ResearchReport(
        name=name,
        rule=rule,
        fill_rule=FILL_RULE,
        first=tape.sessions[0],
        last=tape.sessions[-1],
        sessions=len(tape.sessions) - 1,
        orders=free.orders,
        unfilled=free.orders - free.fills,
        turnover=free.turnover or 0.0,
        equal_weight_turnover=held.turnover or 0.0,
        gross=float(np.mean(free.gross / free.equity)),
        net=net,
        trials=trials,
        doubts=_doubts(net),
    )


def _decision_rows(scores: FloatArray, every: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(_first(scores), len(scores), every, dtype=np.int64)


def _alike(scores: FloatArray, invested: FloatArray) -> FloatArray:
    """Spread what is invested, [T, 1], over every name with a score."""
    known = np.isfinite(scores)
    weights: FloatArray = known * (invested / np.maximum(known.sum(axis=1, keepdims=True), 1))
    return weights


def _first(scores: FloatArray) -> int:
    known = np.flatnonzero(np.isfinite(scores).any(axis=1))
    return int(known[0]) if len(known) else len(scores)


def _from(tape: Tape, row: int) -> Tape:
    return replace(
        tape,
        sessions=tape.sessions[row:],
        opened=tape.opened[row:],
        close=tape.close[row:],
        split=tape.split[row:],
        dividend=tape.dividend[row:],
        closing=tape.closing[row:],
    )


def _net(bps: float, traded: Account, held: Account, seed: int) -> NetFigures:
    returns, others = returns_of(traded.equity), returns_of(held.equity)
    sharpe, yearly = _intervals(returns, (sharpe_ratios, _yearly_means), seed)
    (other,) = _intervals(others, (sharpe_ratios,), seed)
    (over,) = _intervals(returns - others, (_yearly_means,), seed)
    return NetFigures(
        bps=bps, sharpe=sharpe, yearly=yearly, equal_weight_sharpe=other, over_equal_weight=over
    )


def _intervals(
    returns: FloatArray, statistics: Sequence[Callable[[FloatArray], FloatArray]], seed: int
) -> list[Interval | None]:
    """Return an interval of each statistic over the same redrawn paths; None on too few sessions."""
    paths = redrawn(returns, seed=seed)
    found: list[Interval | None] = []
    for statistic in statistics:
        bounds = None if paths is None else percentile_bounds(statistic(paths))
        value = float(statistic(returns))
        found.append(
            None
            if bounds is None
            else Interval(value=value, low=bounds.low, high=bounds.high, n=len(returns))
        )
    return found


def _yearly_means(paths: FloatArray) -> FloatArray:
    means: FloatArray = np.mean(paths, axis=-1) * SESSIONS_A_YEAR
    return means


def _doubts(net: tuple[NetFigures, ...]) -> tuple[str, ...]:
    return tuple(
        f"a Sharpe ratio of {each.sharpe.value:.2f} at {each.bps:g} bp a side on daily data is a suspected "
        "look-ahead until it is explained"
        for each in net
        if each.sharpe is not None and each.sharpe.value > SUSPICIOUS_SHARPE
    )
