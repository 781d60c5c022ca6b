"""The average true range in today's shares, blind to splits and dividends."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

from fund.market.facts import CorporateAction
from fund.market.view import MarketView
from fund.portfolio.postings import split_ratio

ZERO = Decimal(0)
WARM_UP = 5
"""Averaging lengths read before the last one, so that the first bar weighs less than 1 %."""


def average_true_range(view: MarketView, ticker: str, sessions: int) -> Decimal | None:
    """Return Wilder's average true range, USD a share of the view's session.

    The mean of the first `sessions` true ranges, then smoothed by 1 / `sessions` (Wilder, 1978). Bars
    before a split are restated, and a dividend is taken off the close before it. None with fewer
    than `sessions` + 1 bars, or where the price has not moved at all.
    """
    bars = view.bars(ticker, WARM_UP * sessions + 1)
    if len(bars) <= sessions:
        return None
    actions = view.actions(ticker, bars[0].session)
    ranges = []
    for before, bar in pairwise(bars):
        between = [a for a in actions if before.session < a.ex_date <= bar.session]
        dividend = sum((a.value / _shares(between, a.ex_date) for a in between if a.kind == "dividend"), ZERO)
        close = before.close / _shares(between, before.session) - dividend
        true_range = max(bar.high, close) - min(bar.low, close)
        ranges.append(true_range / _shares(actions, bar.session))
    average = sum(ranges[:sessions], ZERO) / sessions
    for true_range in ranges[sessions:]:
        average += (true_range - average) / sessions
    return average if average > 0 else None


def dividends_per_share(view: MarketView, ticker: str, after: date) -> Decimal:
    """Return the cash dividends that went ex after a day, USD a share of the view's session."""
    actions = view.actions(ticker, after)
    return sum((a.value / _shares(actions, a.ex_date) for a in actions if a.kind == "dividend"), ZERO)


def _shares(actions: list[CorporateAction] | tuple[CorporateAction, ...], after: date) -> Decimal:
    """Return how many shares one share of a day has become by splits since."""
    shares = Decimal(1)
    for action in actions:
        if action.kind == "split" and action.ex_date > after:
            ratio = split_ratio(action.value)
            shares = shares * ratio.numerator / ratio.denominator
    return shares
