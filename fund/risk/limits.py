"""The limits of the mandate, and what a review of a target book says."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import ROUND_DOWN, Decimal

from fund.errors import ConfigError

WEIGHT_STEP = Decimal("0.0001")
"""Weights are whole basis points, rounded towards zero."""
LARGEST_WEIGHT = Decimal(100)
"""Beyond this a number is a mistake, not a wish: no limit can be set above 4."""
ZERO = Decimal(0)
UNKNOWN_SECTOR = "unknown"
"""Names without a sector share one cap: not knowing is no way around a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """Caps as fractions of equity; set in the mandate and nowhere else."""

    max_position: Decimal
    max_sector: Decimal
    """Gross weight of one sector."""
    max_gross: Decimal
    max_net: Decimal
    """Absolute net weight."""
    min_cash: Decimal
    max_names: int
    max_daily_increase: Decimal
    """Sum over names of how much exposure may grow in one session; reductions are never held up."""
    allow_short: bool = False

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Decimal) and not (value.is_finite() and ZERO <= value <= 4):
                raise ConfigError(f"limits.{item.name} must be between 0 and 4, was {value}")
        if self.max_names < 1:
            raise ConfigError(f"limits.max_names must be at least 1, was {self.max_names}")
        if self.min_cash > 1:
            raise ConfigError(f"limits.min_cash must be at most 1, was {self.min_cash}")
        if self.max_net > self.max_gross:
            raise ConfigError(
                f"limits.max_net ({self.max_net}) cannot be above limits.max_gross ({self.max_gross})"
            )
        if self.max_position > self.max_sector:
            raise ConfigError(
                f"limits.max_position ({self.max_position}) cannot be above "
                f"limits.max_sector ({self.max_sector})"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clamp:
    """One cut: which limit took how much from which target, and why."""

    limit: str
    ticker: str
    before: Decimal
    after: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskReview:
    """What is left of a target book after the limits, and every cut on the way."""

    weights: Mapping[str, Decimal]
    clamps: tuple[Clamp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewContext:
    """What the limits need to know beside the targets."""

    current: Mapping[str, Decimal]
    """Weights of the book as it stands."""
    sectors: Mapping[str, str]
    untradable: Mapping[str, str]
    """Ticker to reason (stale price): such a name stays where it is, and the others make room for it."""
    reducing: Mapping[str, str] = field(default_factory=dict)
    """Ticker to reason (left the universe): such a name may shrink but not grow."""
    min_trade: Decimal = ZERO
    """Fraction of equity below which a change is not worth its costs."""


def is_weight(value: Decimal) -> bool:
    """Say whether a number can be meant as a fraction of equity: finite, and not absurdly large."""
    return value.is_finite() and abs(value) <= LARGEST_WEIGHT


def rounded(weight: Decimal) -> Decimal:
    """Return a weight in whole basis points, rounded towards zero."""
    return weight.quantize(WEIGHT_STEP, rounding=ROUND_DOWN)
