"""What splits make of a share: the exact ratio, and how many shares one of an earlier day has become."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from fund.errors import LedgerError
from fund.market.facts import CorporateAction

RATIO_STEP = Fraction(1, 1_000_000)
"""Split ratios are published to six decimals: 0.333333 is one for three."""


@lru_cache(maxsize=256)
def split_ratio(ratio: Decimal) -> Fraction:
    """Return the fraction a published ratio stands for: one for three must leave no dust of a share.

    Raises `LedgerError` for a ratio that is no finite number above 0.
    """
    if not ratio.is_finite() or ratio <= 0:
        raise LedgerError(f"a split ratio must be finite and above 0, was {ratio!r}; quarantine the action")
    published = Fraction(ratio)
    simple = published.limit_denominator(100)
    return simple if abs(simple - published) < RATIO_STEP else published


def shares_since(actions: Iterable[CorporateAction], day: date) -> Decimal:
    """Return how many shares one share of the close of a day has become by the splits among `actions`."""
    shares = Decimal(1)
    for action in actions:
        if action.kind == "split" and action.ex_date > day:
            ratio = split_ratio(action.value)
            shares = shares * ratio.numerator / ratio.denominator
    return shares
