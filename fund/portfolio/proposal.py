"""What a strategy says; from here on it is arithmetic."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """What a forecaster gives for a rise of one ticker: its own calibrated figures, never an LLM's words."""

    probability: float
    """Calibrated probability of a rise over the horizon, above 0 and below 1."""
    payoff: float
    """What a rise brings over what a fall costs, above 0."""
    expected: float
    """Expected return over the horizon, as a simple fraction."""
    horizon_sessions: int
    sample_sessions: int
    """Sessions of out-of-sample forecasts its record rests on."""
    forecaster: str

    @property
    def usable(self) -> bool:
        """Say whether these figures can be odds at all; what cannot is as good as none."""
        return (
            0 < self.probability < 1
            and 0 < self.payoff < math.inf
            and math.isfinite(self.expected)
            and self.horizon_sessions >= 1
            and self.sample_sessions >= 0
        )


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
    odds: Mapping[str, Odds] = field(default_factory=dict)
    """Per ticker, what a forecaster gives for a rise; a ticker may have none."""
