"""The desk's results worked out of what the ledger holds: marks, closed trades and fills in, figures out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

import numpy as np

from fund.errors import QueryRefusedError
from fund.metrics.returns import FloatArray, returns_of
from fund.portfolio.book import ClosedTrade
from fund.portfolio.fill import Fill
from fund.portfolio.session_mark import SessionMark
from tools.drawdowns import DrawdownEpisode, episodes_of
from tools.equity_chart import equity_figure
from tools.figures import (
    ENOUGH,
    Figure,
    against_figures,
    excess_figure,
    extreme_figures,
    profit_figures,
    return_figures,
    trade_figures,
)
from tools.spans import ALL_SESSIONS, Span

CENT = Decimal("0.01")
BEST = 3


class UniverseIndex(Protocol):
    """Knows what holding every member in equal parts would have earned."""

    def levels(self, sessions: Sequence[date]) -> FloatArray | None:
        """Return the index level at each session's close, shape [len(sessions)]; None if unknown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The same figures for something the desk is measured against."""

    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeResult:
    """A closed trade: profit in USD net of costs, and as a fraction of what was put in."""

    ticker: str
    opened: date
    closed: date
    profit: Decimal
    return_fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What trading has cost over the span, USD; slippage is inside the fill prices."""

    commissions: Decimal
    traded: Decimal
    fills: int
    turnover: float
    """Traded value, both sides, over mean equity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceReport:
    """The desk over one span of sessions, with the benchmark beside it."""

    span: str
    base: date
    """The close everything is measured from."""
    last: date
    sessions: int
    equity: Decimal
    profit: Decimal
    """Change of equity less deposits made inside the span, USD."""
    desk: tuple[Figure, ...]
    comparisons: tuple[Comparison, ...]
    above_benchmark: Figure | None
    trades: tuple[Figure, ...]
    best: tuple[TradeResult, ...]
    worst: tuple[TradeResult, ...]
    costs: Costs
    note: str
    """What the span is too short to tell; empty when it is not."""
    against: tuple[Figure, ...] = ()
    """How the desk moves with its benchmark; empty where that has no price for every session."""
    deepest: DrawdownEpisode | None = None
    """The deepest drawdown with its dates; None where nothing was lost."""
    best_day: date | None = None
    worst_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyValue:
    """One session's close."""

    session: date
    equity: Decimal
    deposits: Decimal
    return_fraction: float | None
    benchmark_return: float | None
    drawdown: float
    """Distance below the highest close of the chart so far, as a fraction, <= 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityChart:
    """The equity curve as a Plotly figure, and the values behind it."""

    title: str
    figure: dict[str, object]
    values: tuple[DailyValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeList:
    """What was traded over a span, newest first, and the trades that came to their end in it."""

    span: str
    fills: tuple[Fill, ...]
    closed: tuple[TradeResult, ...]
    figures: tuple[Figure, ...]


def report_of(
    marks: Sequence[SessionMark],
    trades: Sequence[ClosedTrade],
    fills: Sequence[Fill],
    span: Span = ALL_SESSIONS,
    benchmark: str = "SPY",
    universe: UniverseIndex | None = None,
) -> PerformanceReport:
    """Work out the report of a span from what the ledger holds.

    Raises:
        QueryRefusedError: No session of the span has a return.
    """
    chosen = with_base(marks, span)
    base, last = chosen[0], chosen[-1]
    returns = returns_of(np.array([mark.unit_value for mark in chosen]))
    levels = benchmark_levels(chosen)
    comparisons = [] if levels is None else [(f"{benchmark} (total return)", returns_of(levels))]
    members = universe.levels([mark.session for mark in chosen]) if universe is not None else None
    if members is not None:
        comparisons.append(("members, equal weight", returns_of(members)))
    closed = [trade for trade in trades if base.session < trade.closed <= last.session]
    ranked = sorted(closed, key=lambda trade: (-trade.profit, trade.trade_id))
    return PerformanceReport(
        span=described(span, chosen[1].session, last.session),
        base=base.session,
        last=last.session,
        sessions=len(returns),
        equity=last.equity.quantize(CENT),
        profit=(last.equity - base.equity - (last.deposits - base.deposits)).quantize(CENT),
        desk=figures_over(returns),
        comparisons=tuple(Comparison(name=name, figures=figures_over(r)) for name, r in comparisons),
        above_benchmark=None if levels is None else excess_figure(returns, comparisons[0][1]),
        trades=(*trade_figures(closed), *profit_figures(closed)),
        best=tuple(result_of(t) for t in ranked[:BEST] if t.profit > 0),
        worst=tuple(result_of(t) for t in ranked[::-1][:BEST] if t.profit < 0),
        costs=_costs([f for f in fills if base.session < f.session <= last.session], chosen),
        note="" if len(returns) >= ENOUGH else _too_short(len(returns)),
        against=() if levels is None else against_figures(returns, comparisons[0][1]),
        deepest=next(iter(episodes_of(chosen)), None),
        best_day=chosen[int(np.argmax(returns)) + 1].session,
        worst_day=chosen[int(np.argmin(returns)) + 1].session,
    )


def figures_over(returns: FloatArray) -> tuple[Figure, ...]:
    """Return every statistic of a series of returns, in the order in which things are compared."""
    return (*return_figures(returns), *extreme_figures(returns))


def _too_short(sessions: int) -> str:
    are = "session is" if sessions == 1 else "sessions are"
    return f"{sessions} {are} too few to say how good the desk is; {ENOUGH} are the least"


def chart_of(marks: Sequence[SessionMark], benchmark: str) -> EquityChart:
    """Draw marks, the first being the base, as equity against the benchmark."""
    sessions = [mark.session for mark in marks]
    levels = benchmark_levels(marks)
    desk = np.array([mark.unit_value for mark in marks])
    own, below = returns_of(desk), desk / np.maximum.accumulate(desk) - 1
    other = None if levels is None else returns_of(levels)
    return EquityChart(
        title=f"Equity against {benchmark}" if levels is not None else "Equity",
        figure=equity_figure(sessions, desk, levels, f"{benchmark} (total return)"),
        values=tuple(
            DailyValue(
                session=mark.session,
                equity=mark.equity.quantize(CENT),
                deposits=mark.deposits.quantize(CENT),
                return_fraction=float(own[place - 1]) if place else None,
                benchmark_return=float(other[place - 1]) if place and other is not None else None,
                drawdown=float(below[place]),
            )
            for place, mark in enumerate(marks)
        ),
    )


def with_base(marks: Sequence[SessionMark], span: Span) -> Sequence[SessionMark]:
    """Return the span's marks with the close before them, from which their first return is measured."""
    if not marks:
        raise QueryRefusedError(NO_SESSION)
    days = [mark.session for mark in marks[1:]]
    chosen = span.select(days)
    return marks[chosen.start : chosen.stop + 1]


def benchmark_levels(marks: Sequence[SessionMark]) -> FloatArray | None:
    """Return the benchmark's index at each close; None where it misses one."""
    levels = [mark.benchmark_index for mark in marks]
    known = all(level is not None and level > 0 for level in levels)
    return np.array(levels, dtype=float) if known else None


def _costs(fills: Sequence[Fill], marks: Sequence[SessionMark]) -> Costs:
    traded = sum((fill.quantity * fill.price for fill in fills), Decimal(0))
    mean_equity = sum((mark.equity for mark in marks), Decimal(0)) / len(marks)
    return Costs(
        commissions=sum((fill.commission for fill in fills), Decimal(0)).quantize(CENT),
        traded=traded.quantize(CENT),
        fills=len(fills),
        turnover=float(traded / mean_equity),
    )


def result_of(trade: ClosedTrade) -> TradeResult:
    """Return how a closed trade ended."""
    return TradeResult(
        ticker=trade.ticker,
        opened=trade.opened,
        closed=trade.closed,
        profit=trade.profit.quantize(CENT),
        return_fraction=trade.return_fraction,
    )


def described(span: Span, first: date, last: date) -> str:
    """Return a span in words, with the sessions it came to."""
    days = first.isoformat() if first == last else f"{first.isoformat()} to {last.isoformat()}"
    return days if span.first or span.last else f"{span.label}, {days}"


NO_SESSION = "the desk has no session on its books yet; advance it by a session first"
