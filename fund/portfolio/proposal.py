"""What a strategy says; from here on it is arithmetic."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fund.errors import DataError


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

    def __post_init__(self) -> None:
        if not 0 < self.probability < 1:
            raise DataError(f"the probability of odds must be between 0 and 1, was {self.probability!r}")
        if not (math.isfinite(self.payoff) and self.payoff > 0 and math.isfinite(self.expected)):
            raise DataError(
                f"the payoff of odds must be above 0 and the expected return finite, "
                f"were {self.payoff!r} and {self.expected!r}"
            )
        if self.horizon_sessions < 1 or self.sample_sessions < 0:
            raise DataError(
                f"odds need a horizon of at least 1 session and a sample of at least 0, "
                f"were {self.horizon_sessions!r} and {self.sample_sessions!r}"
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
