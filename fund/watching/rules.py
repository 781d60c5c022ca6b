"""What the event monitor takes for sudden: the mandate's [monitor]."""

from dataclasses import dataclass
from decimal import Decimal

from fund.errors import ConfigError

FRACTIONS = ("move", "gap", "volatility_move", "outlier")
COUNTS = {
    "window_minutes": (1, 60),
    "cooldown_minutes": (1, 390),
    "volume_sessions": (1, 250),
    "outlier_seconds": (1, 900),
    "many_from": (1, 60),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorRules:
    """From when on a price, a volume or the volatility index is worth a cycle of its own."""

    window_minutes: int = 15
    """How far back a move, a volume spike and a jump of the volatility index look, within one session."""
    cooldown_minutes: int = 15
    """How long a ticker is left alone after it was told of."""
    move: Decimal = Decimal("0.05")
    """Up from the lowest or down from the highest price of the window, as a fraction of it."""
    gap: Decimal = Decimal("0.05")
    """The first price of a session against the close before it, splits and dividends taken out."""
    volume_ratio: Decimal = Decimal(10)
    """Shares of the window as a multiple of what an average day trades in the same minutes."""
    volume_sessions: int = 20
    """Sessions the average day is taken over."""
    volatility_move: Decimal = Decimal("0.15")
    """A rise of the volatility index within the window, or at the open, as a fraction."""
    volatility_level: Decimal = Decimal(30)
    """Index points; to rise to it from below is told once a session."""
    outlier: Decimal = Decimal("0.02")
    """A price further than this from the last one waits until the next one has not taken it back ..."""
    outlier_seconds: int = 120
    """... or until none has come for so long."""
    many_from: int = 5
    """When more than so many tickers are told of at once, they become one cycle."""

    def __post_init__(self) -> None:
        for name in FRACTIONS:
            value: Decimal = getattr(self, name)
            if not value.is_finite() or not 0 < value < 1:
                raise ConfigError(f"monitor.{name} must be above 0 and below 1, was {value}")
        if not self.volume_ratio.is_finite() or not 1 < self.volume_ratio <= 1000:
            raise ConfigError(f"monitor.volume_ratio must be above 1, up to 1000, was {self.volume_ratio}")
        if not self.volatility_level.is_finite() or not 0 < self.volatility_level <= 1000:
            raise ConfigError(
                f"monitor.volatility_level must be above 0, up to 1000, was {self.volatility_level}"
            )
        for name, (least, most) in COUNTS.items():
            if not least <= getattr(self, name) <= most:
                raise ConfigError(
                    f"monitor.{name} must be between {least} and {most}, was {getattr(self, name)}"
                )
