"""The average true range in today's shares, blind to splits and dividends: the one every rule reads."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from fund.errors import NoDataError
from fund.market.bars import Bar
from fund.market.facts import CorporateAction
from fund.market.splits import shares_since
from fund.market.view import MarketView

ZERO = Decimal(0)
WARM_UP = 5
"""Averaging lengths read before the last one, so that the first bar weighs less than 1 %."""


def average_true_range(view: MarketView, ticker: str, sessions: int) -> Decimal | None:
    """Return Wilder's average true range, USD a share of the view's session.

    A true range is max(high, close before) - min(low, close before); the first `sessions` of them are
    averaged, then smoothed by 1 / `sessions` (Wilder, 1978, "New Concepts in Technical Trading Systems").
    Bars before a split are restated in today's shares, and a dividend is taken off the close before it, so
    that neither is a range. None with fewer than `sessions` + 1 bars, or where the price has not moved at
    all; a ticker that was never seen raises `NoDataError`.
    """
    found = _measured(view, ticker, sessions)
    return None if found is None else found[0]


def relative_true_range(view: MarketView, ticker: str, sessions: int) -> Decimal | None:
    """Return the average true range as a fraction of the last close, which may be a stale one.

    None too for a ticker that was never seen.
    """
    try:
        found = _measured(view, ticker, sessions)
    except NoDataError:
        return None
    return None if found is None else found[0] / found[1]


def _measured(view: MarketView, ticker: str, sessions: int) -> tuple[Decimal, Decimal] | None:
    """Return the average true range and the last close, both USD a share of the view's session."""
    bars = view.bars(ticker, WARM_UP * sessions + 1)
    if sessions < 1 or len(bars) <= sessions:
        return None
    actions = view.actions(ticker, bars[0].session)
    ranges = list(_restated_ranges(bars, actions) if actions else _ranges(bars))
    average = sum(ranges[:sessions], ZERO) / sessions
    for true_range in ranges[sessions:]:
        average += (true_range - average) / sessions
    if average <= 0:
        return None
    return average, bars[-1].close / shares_since(actions, bars[-1].session)


def _ranges(bars: Sequence[Bar]) -> Iterator[Decimal]:
    for before, bar in pairwise(bars):
        yield max(bar.high, before.close) - min(bar.low, before.close)


def _restated_ranges(bars: Sequence[Bar], actions: Sequence[CorporateAction]) -> Iterator[Decimal]:
    for before, bar in pairwise(bars):
        between = [a for a in actions if before.session < a.ex_date <= bar.session]
        paid = (a.value / shares_since(between, a.ex_date) for a in between if a.kind == "dividend")
        close = before.close / shares_since(between, before.session) - sum(paid, ZERO)
        yield (max(bar.high, close) - min(bar.low, close)) / shares_since(actions, bar.session)
