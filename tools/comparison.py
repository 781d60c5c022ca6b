"""The desk beside other things one could have held over the same sessions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from fund.errors import QueryRefusedError
from fund.market.view import MarketView
from fund.metrics.returns import FloatArray, returns_of
from fund.portfolio.session_mark import SessionMark
from tools.directory import Directory
from tools.equity_chart import lines_figure
from tools.figures import Figure, excess_figure
from tools.spans import Span
from tools.track_record import UniverseIndex, described, figures_over, with_base

DESK = "Desk"
MOST = 5
"""Names compared in one answer."""
LOOKED_BACK = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One thing over the span: dividends reinvested, no costs but the desk's own."""

    name: str
    figures: tuple[Figure, ...]
    """return, annualised return, volatility, Sharpe ratio, max drawdown and the rest, the same for all."""
    desk_above: Figure | None
    """How much more the desk returned; None of the desk itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """The desk and others over one span of sessions."""

    span: str
    base: date
    last: date
    sessions: int
    desk: Compared
    others: tuple[Compared, ...]
    left_out: tuple[str, ...]
    """What could not be compared, each with the reason."""


def side_by_side(
    marks: Sequence[SessionMark],
    tickers: Sequence[str],
    span: Span,
    view: MarketView,
    universe: UniverseIndex | None = None,
) -> SideBySide:
    """Compare the desk with tickers, and with the members in equal parts, over the sessions of a span."""
    days, levels, left_out = _paths(marks, tickers, span, view, universe)
    returns = returns_of(levels.pop(DESK))
    return SideBySide(
        span=described(span, days[1], days[-1]),
        base=days[0],
        last=days[-1],
        sessions=len(returns),
        desk=Compared(name=DESK, figures=figures_over(returns), desk_above=None),
        others=tuple(_compared(name, returns_of(path), returns) for name, path in levels.items()),
        left_out=left_out,
    )


def comparison_figure(
    marks: Sequence[SessionMark],
    tickers: Sequence[str],
    span: Span,
    view: MarketView,
    universe: UniverseIndex | None = None,
) -> dict[str, object]:
    """Return the same things as lines of a Plotly figure, indexed to 100 at the base."""
    days, levels, _ = _paths(marks, tickers, span, view, universe)
    return lines_figure(days, {name: path.tolist() for name, path in levels.items()})


def named_tickers(tickers: Sequence[str], directory: Directory, benchmark: str) -> tuple[str, ...]:
    """Return the tickers asked for, each once, by ticker or company name; the benchmark where none is."""
    found = dict.fromkeys(
        benchmark if asked.strip().upper() == benchmark else directory.find(asked).ticker for asked in tickers
    )
    if len(found) > MOST:
        raise QueryRefusedError(f"at most {MOST} tickers can be compared at once, were {len(found)}")
    return tuple(found) or (benchmark,)


def _paths(
    marks: Sequence[SessionMark],
    tickers: Sequence[str],
    span: Span,
    view: MarketView,
    universe: UniverseIndex | None,
) -> tuple[tuple[date, ...], dict[str, FloatArray], tuple[str, ...]]:
    """Return the closes of a span with its base, everything's value at them, the desk first, and the rest."""
    chosen = with_base(marks, span)
    days = tuple(mark.session for mark in chosen)
    prices, left_out = _levels(view, tickers, days)
    members = universe.levels(days) if universe is not None else None
    if members is not None:
        prices["members, equal weight"] = members
    return days, {DESK: np.array([mark.unit_value for mark in chosen]), **prices}, left_out


def _levels(
    view: MarketView, tickers: Sequence[str], days: Sequence[date]
) -> tuple[dict[str, FloatArray], tuple[str, ...]]:
    """Return the total return index of each ticker on the days; a gap leaves a ticker out."""
    sessions = view.sessions(LOOKED_BACK)
    place = {session: at for at, session in enumerate(sessions)}
    missing = [day for day in days if day not in place]
    if missing:
        raise QueryRefusedError(f"the market has no session of {missing[0].isoformat()}")
    index = view.total_return_matrix(tuple(tickers), len(sessions))
    rows = [place[day] - len(sessions) + len(index) for day in days]
    levels: dict[str, FloatArray] = {}
    left_out: list[str] = []
    for column, ticker in enumerate(tickers):
        path = index[rows, column] if min(rows) >= 0 else np.array([np.nan])
        priced = int(np.sum(np.isfinite(path)))
        if priced == len(days):
            levels[ticker] = path / path[0]
        else:
            left_out.append(f"{ticker} has a price on {priced} of {len(days)} closes")
    return levels, tuple(left_out)


def _compared(name: str, returns: FloatArray, desk: FloatArray) -> Compared:
    above = replace(excess_figure(desk, returns), name=f"desk above {name}")
    return Compared(name=name, figures=figures_over(returns), desk_above=above)
