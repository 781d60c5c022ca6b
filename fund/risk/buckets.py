"""Four buckets of capital: core, growth, speculative and hedge, and the rule that puts a name into one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf
from typing import Literal, get_args

from fund.errors import ConfigError

Bucket = Literal["core", "growth", "speculative", "hedge"]
BUCKETS: tuple[Bucket, ...] = get_args(Bucket)
UNLIMITED = Decimal(4)
"""A cap of this much is none: nothing a mandate allows reaches it."""

STATED: Mapping[str, bool] = {"stated": True}
"""Of a field with a default that a mandate must set all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketLimits:
    """Caps on the gross weight of each bucket, as fractions of equity, and the rule of assignment."""

    max_core: Decimal = field(default=UNLIMITED, metadata=STATED)
    max_growth: Decimal = field(default=UNLIMITED, metadata=STATED)
    max_speculative: Decimal = field(default=UNLIMITED, metadata=STATED)
    max_hedge: Decimal = field(default=UNLIMITED, metadata=STATED)
    core_volatility: Decimal = field(default=Decimal("0.25"), metadata=STATED)
    """Annualised volatility up to which a name is core."""
    growth_volatility: Decimal = field(default=Decimal("0.40"), metadata=STATED)
    """Annualised volatility up to which a name is growth; above it, or unknown, it is speculative."""
    hedge_tickers: tuple[str, ...] = field(default=(), metadata=STATED)
    """Names that are a hedge whichever way they are held; every short is one."""

    def __post_init__(self) -> None:
        for bucket in BUCKETS:
            cap = self.cap(bucket)
            if not (cap.is_finite() and 0 <= cap <= UNLIMITED):
                raise ConfigError(f"buckets.max_{bucket} must be between 0 and {UNLIMITED}, was {cap}")
        for name in ("core_volatility", "growth_volatility"):
            value: Decimal = getattr(self, name)
            if not (value.is_finite() and 0 < value <= 10):
                raise ConfigError(f"buckets.{name} must be above 0 and at most 10, was {value}")
        if self.core_volatility > self.growth_volatility:
            raise ConfigError(
                f"buckets.core_volatility ({self.core_volatility}) cannot be above "
                f"buckets.growth_volatility ({self.growth_volatility})"
            )
        if not any(self.cap(bucket) for bucket in BUCKETS):
            raise ConfigError("buckets.max_core is 0 and so is every other bucket: nothing could be held")
        if len(set(self.hedge_tickers)) < len(self.hedge_tickers):
            raise ConfigError(f"buckets.hedge_tickers names a ticker twice: {list(self.hedge_tickers)!r}")

    @property
    def binding(self) -> bool:
        """Whether any bucket has a cap."""
        return min(self.cap(bucket) for bucket in BUCKETS) < UNLIMITED

    def cap(self, bucket: Bucket) -> Decimal:
        """Return the cap of a bucket."""
        cap: Decimal = getattr(self, f"max_{bucket}")
        return cap

    def buckets_of(
        self, weights: Mapping[str, Decimal], volatilities: Mapping[str, float]
    ) -> dict[str, Bucket]:
        """Return the bucket of each position; volatilities are annualised, absent where not known."""
        core, growth = float(self.core_volatility), float(self.growth_volatility)
        found: dict[str, Bucket] = {}
        for ticker, weight in weights.items():
            volatility = volatilities.get(ticker, inf)
            if weight < 0 or ticker in self.hedge_tickers:
                found[ticker] = "hedge"
            elif volatility <= core:
                found[ticker] = "core"
            else:
                found[ticker] = "growth" if volatility <= growth else "speculative"
        return found
