"""How the mandate wants positions sized: one rule and its parameters."""

from dataclasses import dataclass
from decimal import Decimal

from fund.errors import ConfigError

AS_PROPOSED = "as_proposed"
PER_NAME_RULES = ("kelly", "volatility_target", "atr_risk")
"""They only shrink: no target becomes larger than it was proposed."""
WHOLE_BOOK_RULES = ("equal_risk", "mean_variance", "risk_parity", "hrp", "min_cvar")
"""They share the gross weight of the proposal out anew between the names it wants to hold."""
SIZING_RULES = (AS_PROPOSED, *PER_NAME_RULES, *WHOLE_BOOK_RULES)

_FRACTIONS = {
    "kelly_fraction": (Decimal(0), Decimal(1)),
    "kelly_cap": (Decimal(0), Decimal(4)),
    "target_volatility": (Decimal(0), Decimal(4)),
    "risk_per_trade": (Decimal(0), Decimal(1)),
    "atr_multiple": (Decimal(0), Decimal(20)),
    "risk_aversion": (Decimal(0), Decimal(1000)),
}
"""Above the first, at most the second."""
_COUNTS = {
    "kelly_prior_n": (0, 100_000),
    "atr_sessions": (2, 250),
    "lookback_sessions": (20, 2_520),
    "minimum_sessions": (20, 2_520),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingRules:
    """The sizing rule of the mandate and its parameters; weights and risks are fractions of equity."""

    rule: str = AS_PROPOSED
    """One of `SIZING_RULES`."""
    kelly_fraction: Decimal = Decimal("0.25")
    """Part of the full Kelly weight that is bet."""
    kelly_cap: Decimal = Decimal("0.10")
    """Largest weight the Kelly rule gives."""
    kelly_prior_n: int = 250
    """Sessions of record at which half of a forecaster's edge, Kelly's or mean-variance's, is believed."""
    target_volatility: Decimal = Decimal("0.12")
    """Annualised standard deviation of the book's daily returns."""
    risk_per_trade: Decimal = Decimal("0.005")
    """What one stop may cost."""
    atr_sessions: int = 14
    """Span of the average true range."""
    atr_multiple: Decimal = Decimal(3)
    """Distance of the stop, in average true ranges."""
    lookback_sessions: int = 250
    """Returns the whole-book rules and the volatility target look at."""
    minimum_sessions: int = 60
    """A name with fewer returns is not sized by them, and does not grow."""
    risk_aversion: Decimal = Decimal(5)
    """What a unit of variance costs in expected return; half of it, as in Markowitz's utility."""
    min_weight: Decimal = Decimal(0)
    """Least weight a whole-book rule gives a name the proposal wants."""
    cvar_level: Decimal = Decimal("0.95")
    """Minimum CVaR averages the sessions worse than this quantile."""

    def __post_init__(self) -> None:
        if self.rule not in SIZING_RULES:
            raise ConfigError(f"sizing.rule must be one of {', '.join(SIZING_RULES)}, was {self.rule!r}")
        for name, (low, high) in _FRACTIONS.items():
            value: Decimal = getattr(self, name)
            if not value.is_finite() or not low < value <= high:
                raise ConfigError(f"sizing.{name} must be above {low} and at most {high}, was {value}")
        for name, (least, most) in _COUNTS.items():
            count: int = getattr(self, name)
            if not least <= count <= most:
                raise ConfigError(f"sizing.{name} must be between {least} and {most}, was {count}")
        if self.minimum_sessions > self.lookback_sessions:
            raise ConfigError(
                f"sizing.minimum_sessions ({self.minimum_sessions}) cannot be above "
                f"sizing.lookback_sessions ({self.lookback_sessions})"
            )
        if not self.min_weight.is_finite() or not 0 <= self.min_weight <= 1:
            raise ConfigError(f"sizing.min_weight must be between 0 and 1, was {self.min_weight}")
        if not self.cvar_level.is_finite() or not Decimal("0.5") <= self.cvar_level <= Decimal("0.99"):
            raise ConfigError(f"sizing.cvar_level must be between 0.5 and 0.99, was {self.cvar_level}")
