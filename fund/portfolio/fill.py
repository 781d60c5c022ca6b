"""A fill: the moment an order became a position."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Side = Literal["buy", "sell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """An execution at the price actually paid, USD."""

    fill_id: str
    order_id: str
    ticker: str
    side: Side
    quantity: Decimal
    price: Decimal
    commission: Decimal
    session: date
    filled_at: datetime
