"""What trading costs: commission, half the spread, and the price moving away from one's own size."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from fund.errors import ConfigError
from fund.market.bars import PRICE_STEP

CENT = Decimal("0.01")
BASIS_POINT = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostModel:
    """Costs of the paper broker, set in the mandate.

    Impact follows the square-root law: moving a share f of the session's volume costs
    `impact_bps * sqrt(f)` (Almgren, Thum, Hauptmann and Li, "Direct estimation of equity market
    impact", 2005; Grinold and Kahn, "Active Portfolio Management", ch. 16).
    """

    commission_per_share: Decimal
    """USD."""
    minimum_commission: Decimal
    """USD an order."""
    half_spread_bps: Decimal
    impact_bps: Decimal
    """Cost of trading a whole session's volume, basis points; about one daily standard deviation."""
    max_participation: Decimal
    """Largest share of the session's volume one order may take."""
    commission_bps: Decimal = Decimal(0)
    """Of the traded value, on top of the commission per share."""
    borrow_bps: Decimal = Decimal(0)
    """Fee for borrowed shares, basis points of their value a year."""

    def __post_init__(self) -> None:
        bounded = (
            "commission_per_share",
            "commission_bps",
            "minimum_commission",
            "half_spread_bps",
            "impact_bps",
            "borrow_bps",
        )
        for name in bounded:
            value = getattr(self, name)
            if not value.is_finite() or not 0 <= value <= 10_000:
                raise ConfigError(f"costs.{name} must be between 0 and 10000, was {value}")
        if not self.max_participation.is_finite() or not 0 < self.max_participation <= 1:
            raise ConfigError(
                f"costs.max_participation must be above 0 and at most 1, was {self.max_participation}"
            )

    def commission(self, quantity: Decimal, value: Decimal = Decimal(0)) -> Decimal:
        """Return the commission in USD, to the cent, of so many shares traded for so much."""
        due = quantity * self.commission_per_share + value * self.commission_bps * BASIS_POINT
        due = max(self.minimum_commission, due)
        return due.quantize(CENT, rounding=ROUND_HALF_EVEN)

    def slippage(self, price: Decimal, quantity: Decimal, volume: int) -> Decimal:
        """Return how much worse than `price` the order trades, USD a share."""
        share = min(quantity / volume, Decimal(1)) if volume > 0 else Decimal(1)
        bps = self.half_spread_bps + self.impact_bps * share.sqrt()
        return (price * bps * BASIS_POINT).quantize(PRICE_STEP, rounding=ROUND_HALF_EVEN)
