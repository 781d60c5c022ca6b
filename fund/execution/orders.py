"""Orders: what has to be traded to get from the book to the reviewed weights."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from hashlib import sha256
from typing import Literal

from fund.portfolio.book import Book
from fund.portfolio.fill import Side
from fund.risk.limits import RiskReview

WHOLE = Decimal(1)
ZERO = Decimal(0)

OrderKind = Literal["market", "limit", "stop", "stop_limit", "market_on_open", "market_on_close"]
TimeInForce = Literal["day", "gtc"]
OrderStatus = Literal[
    "pending", "accepted", "partially_filled", "filled", "cancelled", "expired", "rejected", "unknown"
]
Purpose = Literal["rebalance", "exit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be traded; by default market-on-open for the session after the decision."""

    order_id: str
    cycle_id: str
    ticker: str
    side: Side
    quantity: Decimal
    """Shares, above 0: multiples of the account's step, but for the fraction after a split that a close
    takes along."""
    reference_price: Decimal
    """The mark the decision saw, USD."""
    decided_at: datetime
    kind: OrderKind = "market_on_open"
    time_in_force: TimeInForce = "day"
    limit_price: Decimal | None = None
    """USD; of limit and stop-limit orders."""
    stop_price: Decimal | None = None
    """USD; of stop and stop-limit orders."""
    purpose: Purpose = "rebalance"
    """An exit protects: it may trade while nothing else may (INV-13)."""


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
    left_alone: Set[str],
    share_step: Decimal = WHOLE,
    exits: Set[str] = frozenset(),
) -> tuple[Order, ...]:
    """Plan orders towards the reviewed weights, reductions first; tickers `left_alone` are not touched.

    An increase below `min_trade` (a fraction of equity) is not worth its costs and is left; a reduction is
    not, because a limit may demand it. Neither is a change of side, which closes what is held, nor anything
    in a book of longs and shorts: its net was reviewed with both sides in it. Going through zero takes two
    orders, as it does at a broker: leg 1 closes, leg 2 opens the other side and waits its turn behind every
    reduction. Quantities are multiples of `share_step`, whole shares unless the account trades fractions.
    The order that closes one of the `exits` says that it protects.
    """
    equity = book.equity(marks)
    hedged = len({weight > 0 for weight in reviewed.weights.values() if weight}) > 1
    reductions: list[Order] = []
    increases: list[Order] = []
    for ticker, weight in sorted(reviewed.weights.items()):
        if ticker in left_alone:
            continue
        held = book.positions[ticker].quantity if ticker in book.positions else ZERO
        target = in_steps(weight * equity / marks[ticker], share_step)
        small = abs(target - held) * marks[ticker] < min_trade * equity
        if small and not hedged and abs(target) > abs(held) and target * held >= 0:
            continue
        for leg, change in enumerate(_legs(held, target, share_step), start=1):
            order = Order(
                order_id=order_id(cycle_id, ticker, _side(change), leg),
                cycle_id=cycle_id,
                ticker=ticker,
                side=_side(change),
                quantity=abs(change),
                reference_price=marks[ticker],
                decided_at=decided_at,
                purpose="exit" if ticker in exits else "rebalance",
            )
            (reductions if leg == 1 and change * held < 0 else increases).append(order)
    return (*reductions, *increases)


def _legs(held: Decimal, target: Decimal, step: Decimal) -> tuple[Decimal, ...]:
    """Return the signed changes that lead from what is held to the target, none of them zero."""
    if held * target < 0:
        return (-held, target)
    change = target - held if target == 0 else in_steps(target - held, step)
    return (change,) if change else ()


def _side(change: Decimal) -> Side:
    return "buy" if change > 0 else "sell"


def in_steps(quantity: Decimal, step: Decimal) -> Decimal:
    """Return a quantity rounded towards zero to a step: a power of ten, at most one whole share."""
    return quantity.quantize(step, rounding=ROUND_DOWN)
