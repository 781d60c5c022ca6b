"""Splits and dividends: how a holding grows through them, forward in time only.

Nothing here ever rewrites the past. The total-return index starts at 1 on a ticker's first bar and
grows from there, so an action that goes ex later changes later values alone; prices adjusted
backwards from today would carry every future dividend into every past row.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError, NoDataError
from fund.market.facts import CorporateAction
from fund.market.panel import BarPanel
from fund.market.view import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

BAR_COLUMNS = ("open", "high", "low", "close", "volume")


def panel_of(
    *,
    sessions: Sequence[date],
    tickers: Sequence[str],
    prices: Mapping[str, FloatArray],
    actions: Iterable[CorporateAction],
) -> BarPanel:
    """Return a panel of raw bars with its total-return index; the arrays become read-only.

    `prices` holds open, high, low, close and volume, each [T, N], NaN where there is no bar. Raises
    `NoDataError` without a single session, `DataError` for a price that is not positive.
    """
    shape = (len(sessions), len(tickers))
    if 0 in shape:
        raise NoDataError(
            f"expected bars of at least one session and ticker, found {shape}; ingest some first"
        )
    columns = {name: _frozen(prices[name], name, shape) for name in BAR_COLUMNS}
    index = total_return_index(sessions, tickers, columns["close"], actions)
    index.setflags(write=False)
    return BarPanel(sessions=tuple(sessions), tickers=tuple(tickers), total_return_index=index, **columns)


def total_return_index(
    sessions: Sequence[date],
    tickers: Sequence[str],
    close: FloatArray,
    actions: Iterable[CorporateAction],
) -> FloatArray:
    """Return the value of one dollar put into each ticker at its first close, [T, N], NaN without a bar.

    From one bar to the next, `index[t] = index[t-1] * close[t] * split / (close[t-1] - cash)`: cash is
    reinvested at the previous close less itself. A gap is spanned from the last bar before it, and an
    action that goes ex inside a gap applies at the first bar after it; one on or before the first bar
    applies to nobody, and only splits and dividends count. Raises `DataError` where a dividend is not
    below the price it is paid from.
    """
    has_bar = np.isfinite(close)
    last = _last_bar_before(has_bar)
    columns = np.arange(close.shape[1])
    paid = (action for action in actions if action.kind in ("split", "dividend"))
    previous = np.where(last >= 0, close[last, columns], np.nan)
    growth = np.where(has_bar & (last >= 0), close / previous, 1.0)
    for (row, column), due in _due_at_bar(sessions, tickers, has_bar, paid).items():
        if last[row, column] >= 0:
            growth[row, column] *= _action_growth(float(previous[row, column]), due)
    index: FloatArray = np.cumprod(growth, axis=0, dtype=np.float64)
    index[~has_bar] = np.nan
    return index


def split_factor(
    sessions: Sequence[date], tickers: Sequence[str], close: FloatArray, actions: Iterable[CorporateAction]
) -> FloatArray:
    """Return how many shares one share of the first bar has become, [T, N], growing forward.

    Volumes divided by it are in shares of the first bar; it does not count dividends.
    """
    splits = (action for action in actions if action.kind == "split")
    factor = np.ones(close.shape)
    for (row, column), due in _due_at_bar(sessions, tickers, np.isfinite(close), splits).items():
        factor[row, column] = float(np.prod([float(action.value) for action in due]))
    grown: FloatArray = np.cumprod(factor, axis=0, dtype=np.float64)
    return grown


def _frozen(values: FloatArray, name: str, shape: tuple[int, int]) -> FloatArray:
    array = np.ascontiguousarray(values, dtype=np.float64).view()
    if array.shape != shape:
        raise DataError(f"expected {name} of shape {shape} (sessions, tickers), found {array.shape}")
    if name != "volume" and bool((array <= 0).any()):
        raise DataError(
            f"expected positive prices in {name}, found {float(np.nanmin(array))!r}; quarantine the bar"
        )
    array.setflags(write=False)
    return array


def _last_bar_before(has_bar: BoolArray) -> IntArray:
    rows = np.arange(has_bar.shape[0], dtype=np.int64)[:, None]
    latest = np.maximum.accumulate(np.where(has_bar, rows, -1), axis=0)
    return np.vstack([np.full((1, has_bar.shape[1]), -1, dtype=np.int64), latest[:-1]])


def _due_at_bar(
    sessions: Sequence[date], tickers: Sequence[str], has_bar: BoolArray, actions: Iterable[CorporateAction]
) -> Mapping[tuple[int, int], Sequence[CorporateAction]]:
    """Return the splits and dividends due at each bar's (row, column), in the order they take effect."""
    column_of = {ticker: column for column, ticker in enumerate(tickers)}
    due: defaultdict[tuple[int, int], list[CorporateAction]] = defaultdict(list)
    moving = (each for each in actions if each.kind in ("split", "dividend") and each.is_plausible)
    for action in sorted(moving, key=_effect_order):
        column = column_of.get(action.ticker)
        row = bisect_left(sessions, action.ex_date)
        if column is None or row == len(sessions):
            continue
        row += int(np.argmax(has_bar[row:, column]))
        if has_bar[row, column]:
            due[row, column].append(action)
    return due


def _effect_order(action: CorporateAction) -> tuple[date, bool, str, Decimal]:
    """On one day dividends come before splits: they are stated per share held before the ex-date."""
    return (action.ex_date, action.kind == "split", action.detail, action.value)


def _action_growth(price: float, due: Sequence[CorporateAction]) -> float:
    growth = 1.0
    for action in due:
        value = float(action.value)
        if action.kind == "split":
            growth *= value
            price /= value
        elif value < price:
            growth *= price / (price - value)
            price -= value
        else:
            raise DataError(
                f"expected a dividend below the price it is paid from, found {action!r} at a price of "
                f"{price:.4f} USD; quarantine the action"
            )
    return growth
