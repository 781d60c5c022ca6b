"""Daily total returns of several names over the sessions they all have in common."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.errors import NoDataError
from fund.market.view import FloatArray, MarketView


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedReturns:
    """Simple daily total returns, and which names had to be left out."""

    tickers: tuple[str, ...]
    """In alphabetical order, the columns of `returns`."""
    returns: FloatArray
    """[sessions, names], oldest first, all finite."""
    left_out: Mapping[str, str]
    """Ticker to reason."""

    def of(self, ticker: str) -> FloatArray:
        """Return the returns of one name, shape [sessions]."""
        return self.returns[:, self.tickers.index(ticker)]


def aligned_returns(view: MarketView, tickers: Iterable[str], count: int, minimum: int) -> AlignedReturns:
    """Return up to `count` returns of each name, over the sessions on which all of them have a bar.

    A name is left out that was never seen, has fewer than `minimum` returns in these sessions, has none
    of the last session, or never moved. Where those that stay have fewer than `minimum` in common, all are.
    """
    days = view.sessions(count + 1)
    members = dict(zip(sorted(view.members()), view.members_index(len(days)).T, strict=True))
    columns: dict[str, FloatArray] = {}
    left_out: dict[str, str] = {}
    for ticker in sorted(set(tickers)):
        column = members[ticker] if ticker in members else _levels(view, ticker, days)
        why = _why_not(column, minimum)
        if column is not None and why is None:
            columns[ticker] = column
        elif why is not None:
            left_out[ticker] = why
    levels = np.column_stack(list(columns.values())) if columns else np.empty((0, 0))
    levels = levels[np.isfinite(levels).all(axis=1)]
    if columns and len(levels) <= minimum:
        why = f"only {max(len(levels) - 1, 0)} returns in common with the others, {minimum} are needed"
        return AlignedReturns(
            tickers=(), returns=np.empty((0, 0)), left_out={**left_out, **dict.fromkeys(columns, why)}
        )
    return AlignedReturns(
        tickers=tuple(columns),
        returns=levels[1:] / levels[:-1] - 1.0 if columns else levels,
        left_out=left_out,
    )


def _levels(view: MarketView, ticker: str, days: tuple[date, ...]) -> FloatArray | None:
    """Return a name's total-return index on each of the days, NaN without a bar; None if never seen."""
    try:
        bars = view.bars(ticker, len(days))
        index = view.total_return_index(ticker, len(days))
    except NoDataError:
        return None
    place = {day: n for n, day in enumerate(days)}
    levels = np.full(len(days), np.nan)
    for bar, level in zip(bars[::-1], index[::-1], strict=False):
        if bar.session in place and level > 0:
            levels[place[bar.session]] = level
    return levels


def _why_not(levels: FloatArray | None, minimum: int) -> str | None:
    if levels is None:
        return "nothing is known of it"
    known = levels[np.isfinite(levels)]
    if len(known) <= minimum:
        return f"only {max(len(known) - 1, 0)} returns are known, {minimum} are needed"
    if not np.isfinite(levels[-1]):
        return "it has no bar of this session"
    if bool(np.all(known == known[0])):
        return f"its price did not move in {len(known)} sessions"
    return None
