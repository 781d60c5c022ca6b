"""What a strategy says; from here on it is arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Target weights a strategy would like to hold.

    A ticker that is missing keeps its position; only an explicit zero closes one. Weights are
    fractions of equity, negative for shorts.
    """

    weights: Mapping[str, Decimal]
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why, per ticker, in the strategy's own words."""
    evidence: Mapping[str, object] = field(default_factory=dict)
    """Plain JSON: what was looked at and who said what. Recorded, never read by a limit."""
