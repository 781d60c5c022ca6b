"""What buying and selling a hypothetical position costs, for figures about trades that were never made."""

from decimal import Decimal

from fund.execution.costs import BASIS_POINT, CostModel

NOTIONAL = Decimal(10_000)
"""USD of the position that is supposed: too small to move a price, so impact is left out."""


def round_trip_cost(costs: CostModel, price: float) -> float:
    """Return the commission and half the spread of buying and of selling, as a fraction of the position."""
    commission = costs.commission(NOTIONAL / Decimal(repr(price)), NOTIONAL)
    return float(2 * (commission / NOTIONAL + costs.half_spread_bps * BASIS_POINT))
