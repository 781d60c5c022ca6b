"""Orders: what has to be traded to get from the book to the reviewed weights."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from hashlib import sha256

from fund.portfolio.book import Book
from fund.portfolio.fill import Side
from fund.risk.limits import RiskReview

WHOLE = Decimal(1)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A market-on-open day order for the session after the decision."""

    order_id: str
    cycle_id: str
    ticker: str
    side: Side
    quantity: Decimal
    """Whole shares, above 0."""
    reference_price: Decimal
    """The mark the decision saw, USD."""
    decided_at: datetime


def order_id(cycle_id: str, ticker: str, side: Side, leg: int) -> str:
    """Return the id, a pure function of what caused the order: a second delivery is the same order."""
    return "ord-" + sha256(f"{cycle_id}|{ticker}|{side}|{leg}".encode()).hexdigest()[:24]


def plan_orders(
    cycle_id: str,
    reviewed: RiskReview,
    book: Book,
    marks: Mapping[str, Decimal],
    *,
    decided_at: datetime,
    min_trade: Decimal,
    untradable: Set[str],
) -> tuple[Order, ...]:
    """Plan whole-share orders towards the reviewed weights, reductions first.

    A difference below `min_trade` (a fraction of equity) is not worth its costs and is left, unless it
    closes a position or a limit demands it. Untradable tickers are left alone.
    """
    equity = book.equity(marks)
    clamped = {clamp.ticker for clamp in reviewed.clamps}
    orders: list[Order] = []
    for ticker, weight in sorted(reviewed.weights.items()):
        if ticker in untradable:
            continue
        held = book.positions[ticker].quantity if ticker in book.positions else ZERO
        target = (weight * equity / marks[ticker]).quantize(WHOLE, rounding=ROUND_DOWN)
        change = target - held
        small = abs(change) * marks[ticker] < min_trade * equity
        forced = target == 0 or (ticker in clamped and abs(target) < abs(held))
        if change == 0 or (small and not forced):
            continue
        side: Side = "buy" if change > 0 else "sell"
        orders.append(
            Order(
                order_id=order_id(cycle_id, ticker, side, 1),
                cycle_id=cycle_id,
                ticker=ticker,
                side=side,
                quantity=abs(change),
                reference_price=marks[ticker],
                decided_at=decided_at,
            )
        )
    return tuple(sorted(orders, key=lambda o: (not _reduces(o, book), o.ticker)))


def _reduces(order: Order, book: Book) -> bool:
    held = book.positions.get(order.ticker)
    return held is not None and (held.quantity > 0) == (order.side == "sell")
