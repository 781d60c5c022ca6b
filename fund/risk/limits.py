"""The limits of the mandate, and what a review of a target book says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from fund.metrics.tail import TailMethod
from fund.risk.buckets import STATED, UNLIMITED, BucketLimits
from fund.risk.contradictions import refuse_contradictions
from fund.risk.market_risk import MarketRisk

WEIGHT_STEP = Decimal("0.0001")
"""Weights are whole basis points, rounded towards zero."""
LARGEST_WEIGHT = Decimal(100)
"""Beyond this a number is a mistake, not a wish: no limit can be set above 4."""
ZERO = Decimal(0)
UNKNOWN_SECTOR = "unknown"
"""Names without a sector share one cap: not knowing is no way around a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """Caps as fractions of equity; set in the mandate and nowhere else.

    A cap of `UNLIMITED` is none. Limits that contradict each other, or under which nothing can be held,
    raise `ConfigError`.
    """

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
    max_daily_turnover: Decimal = field(default=UNLIMITED, metadata=STATED)
    """Sum over names of |change| in one session; reductions come first and are never held up."""
    max_volume_share: Decimal = field(default=UNLIMITED, metadata=STATED)
    """Growth of a position in one session as a share of its average daily dollar volume."""
    volume_sessions: int = field(default=20, metadata=STATED)
    max_loss_to_stop: Decimal = field(default=UNLIMITED, metadata=STATED)
    """Weight times the distance to the stop: what a position loses when its stop is hit."""
    max_var: Decimal = field(default=UNLIMITED, metadata=STATED)
    """Value at risk of the book over one session."""
    max_cvar: Decimal = field(default=UNLIMITED, metadata=STATED)
    var_method: TailMethod = field(default="ewma", metadata=STATED)
    var_confidence: Decimal = field(default=Decimal("0.95"), metadata=STATED)
    var_sessions: int = field(default=252, metadata=STATED)
    """Sessions of returns that VaR, CVaR, beta, volatility and correlations are measured on."""
    max_beta: Decimal = field(default=UNLIMITED, metadata=STATED)
    """Absolute beta of the book to the benchmark."""
    max_cluster: Decimal = field(default=UNLIMITED, metadata=STATED)
    """Gross weight of one cluster of correlated names."""
    cluster_correlation: Decimal = field(default=Decimal("0.7"), metadata=STATED)
    """Mean correlation from which names are one cluster."""
    buckets: BucketLimits = field(default=BucketLimits(), metadata={"section": "buckets"})

    def __post_init__(self) -> None:
        refuse_contradictions(self)

    @property
    def measures_returns(self) -> bool:
        """Whether a limit binds that needs the returns of a name: without them it may not grow."""
        return min(self.max_var, self.max_cvar, self.max_beta, self.max_cluster) < UNLIMITED

    @property
    def measures_tail(self) -> bool:
        """Whether VaR or CVaR is limited."""
        return min(self.max_var, self.max_cvar) < UNLIMITED


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
    market: MarketRisk | None = None
    """What was measured of the names; None where no limit asks for it."""
    daily_volume: Mapping[str, Decimal] = field(default_factory=dict)
    """Average daily dollar volume as a fraction of equity; a name without one may not grow."""
    stop_distance: Mapping[str, Decimal] = field(default_factory=dict)
    """How far below (above) its price the stop of a position is, as a fraction of the price."""


def is_weight(value: Decimal) -> bool:
    """Say whether a number can be meant as a fraction of equity: finite, and not absurdly large."""
    return value.is_finite() and abs(value) <= LARGEST_WEIGHT


def rounded(weight: Decimal) -> Decimal:
    """Return a weight in whole basis points, rounded towards zero."""
    return weight.quantize(WEIGHT_STEP, ROUND_DOWN)
