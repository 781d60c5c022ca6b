"""A limit that trading broke, and the rule by which that is told from drift."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

POINT = Decimal("0.0001")
"""Weights are whole basis points, rounded towards zero: so much a name is no violation."""
NO_CAP = Decimal(4)
"""A cap of the mandate that is none."""
MEASURED = Decimal("0.005")
"""The part of its cap by which a measured figure (VaR, beta ...) may pass it: what rounding does to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One limit broken by the fills of one session."""

    session: date
    limit: str
    """As the mandate calls it; rules without a figure there are `no_price`, `universe`, `unmeasured`,
    `halted`, `undecided`, `cash` and `books` (the book is not worth what it says)."""
    about: str
    """A name, a sector, a bucket; empty for the whole book."""
    value: float
    cap: float


def made_worse(after: Decimal, before: Decimal, cap: Decimal, slack: Decimal = POINT) -> bool:
    """Say whether trading broke a cap: it is passed, and by more than before the trading.

    Both figures are at the prices the decision saw. A book that prices carried over a cap breaks nothing,
    and neither does one that trades some of the way back.
    """
    return after > cap + slack and after > before
