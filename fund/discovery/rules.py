"""What discovery may do and how its metric picker filters: the mandate's [discovery]."""

from dataclasses import dataclass
from decimal import Decimal

from fund.errors import ConfigError

MOST_SUGGESTIONS = 30
MOST_LISTED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryRules:
    """Which pickers speak, how long the two halves of the watchlist may be, and what is filtered out."""

    metric: bool = True
    fuzzy: bool = True
    scout: bool = True
    suggestions: int = 10
    """Names that each picker gives, and that the ensemble keeps, in one run."""
    most_watched: int = 12
    """Names on the owner's half of the watchlist."""
    most_discovered: int = 8
    """Names on the discovered half; 0 lists none."""
    before_committee: int = 3
    """How many of the discovered names take a place before the committee; 0 for none."""
    patience_runs: int = 6
    """A discovered name that was not suggested in so many runs leaves the list."""
    diverged_below: Decimal = Decimal("0.01")
    """The pickers diverge when the mean overlap of their lists, two by two, is below this."""
    min_price: Decimal = Decimal(5)
    """USD a share."""
    min_dollar_volume: Decimal = Decimal(20_000_000)
    """USD a session, the mean of 20."""
    max_spread: Decimal = Decimal("0.02")
    """Estimated spread as a fraction of the price; the estimate overstates that of a large cap."""
    min_market_cap: Decimal = Decimal(0)
    """USD, where reports give it; a name of which they do not is kept, and it is said."""
    min_beta: Decimal = Decimal("0.2")
    max_beta: Decimal = Decimal("2.5")

    def __post_init__(self) -> None:
        for name, least, most in (
            ("suggestions", 1, MOST_SUGGESTIONS),
            ("most_watched", 0, MOST_LISTED),
            ("most_discovered", 0, MOST_LISTED),
            ("before_committee", 0, MOST_LISTED),
            ("patience_runs", 1, 1000),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise ConfigError(f"discovery.{name} must be between {least} and {most}, was {value}")
        for name in ("min_price", "min_dollar_volume", "min_market_cap"):
            amount = getattr(self, name)
            if not amount.is_finite() or amount < 0:
                raise ConfigError(f"discovery.{name} must be at least 0, was {amount}")
        for name in ("diverged_below", "max_spread"):
            part = getattr(self, name)
            if not part.is_finite() or not 0 <= part <= 1:
                raise ConfigError(f"discovery.{name} must be between 0 and 1, was {part}")
        if not (self.min_beta.is_finite() and self.max_beta.is_finite() and self.min_beta < self.max_beta):
            raise ConfigError(
                "discovery.min_beta must be a number below discovery.max_beta, was "
                f"{self.min_beta} and {self.max_beta}"
            )
