"""Lists of names held on paper in equal weights, costs included, so that lists can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fund.errors import DataError
from fund.market.actions import BoolArray
from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTrack:
    """What holding a list came to, session by session."""

    returns: FloatArray
    """[T - 1] simple returns after costs, from the second session on."""
    costs: float
    """Sum of what trading cost, as a fraction of what was held."""
    turnover: float
    """Sum of what was traded, bought and sold together, as a fraction of what was held."""
    held: BoolArray
    """[T - 1] whether anything was held on the session, from its close before or from its open."""


def paper_track(
    lists: Sequence[frozenset[int]],
    index: FloatArray,
    open_to_close: FloatArray,
    cost_a_side: float,
) -> PaperTrack:
    """Return what a list earned that is followed from the open after each close it stood at.

    From a close to the next open the names that were held earn; at that open the list of the close is bought
    in equal weights, where it is another than the one held; then those names earn to the close. In between
    weights drift. A name without an open is sold at its last close, as a company that is taken over pays it.
    Trading costs `cost_a_side` of the value that is bought or sold. Nothing listed is cash.

    Args:
        lists: For each of T sessions the columns that were on the list at its close.
        index: Total-return index, [T, N]; a gap is carried, so that a name without a bar earns nothing.
        open_to_close: Close over open of each session, less 1, [T, N]; NaN where there is no open.
        cost_a_side: Fraction of what is traded.
    """
    if index.shape != open_to_close.shape or len(lists) != len(index):
        raise DataError(f"expected lists and prices of one shape, found {len(lists)}, {index.shape!r}")
    carried = _carried(index)
    weights: dict[int, float] = {}
    returns, held, costs, turnover = [], [], 0.0, 0.0
    for row in range(1, len(lists)):
        within = open_to_close[row]
        overnight = {c: _overnight(carried, within, row, c) for c in weights}
        value = 1.0 + sum(weight * overnight[c] for c, weight in weights.items())
        drifted = {c: weight * (1 + overnight[c]) / value for c, weight in weights.items()}
        wanted = {c for c in lists[row - 1] if np.isfinite(within[c])}
        target = drifted if wanted == weights.keys() else dict.fromkeys(wanted, 1 / max(len(wanted), 1))
        traded = sum(abs(target.get(c, 0.0) - drifted.get(c, 0.0)) for c in target.keys() | drifted.keys())
        cost = traded * cost_a_side
        inside = {c: float(np.nan_to_num(within[c])) for c in target}
        grown = 1.0 + sum(weight * inside[c] for c, weight in target.items())
        weights = {c: weight * (1 + inside[c]) / grown for c, weight in target.items()}
        returns.append(value * (1 - cost) * grown - 1.0)
        held.append(bool(target or drifted))
        costs, turnover = costs + cost, turnover + traded
    return PaperTrack(
        returns=np.array(returns), costs=costs, turnover=turnover, held=np.array(held, dtype=bool)
    )


def columns_of(tickers: Mapping[str, int], listed: frozenset[str]) -> frozenset[int]:
    """Return the columns of names, those without one left out."""
    return frozenset(tickers[ticker] for ticker in listed if ticker in tickers)


def _overnight(carried: FloatArray, within: FloatArray, row: int, column: int) -> float:
    """Return what a name earned from the close before to the open; the whole session where it has none."""
    whole = float(carried[row, column] / carried[row - 1, column])
    opened = float(within[column])
    return (whole if not np.isfinite(opened) else whole / (1 + opened)) - 1.0


def _carried(values: FloatArray) -> FloatArray:
    rows = np.where(np.isfinite(values), np.arange(len(values))[:, None], 0)
    carried: FloatArray = np.take_along_axis(values, np.maximum.accumulate(rows, axis=0), axis=0)
    return carried
