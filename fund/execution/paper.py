"""The paper broker: market-on-open orders meet the open of the session after the decision."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from hashlib import sha256
from typing import Literal

from fund.execution.costs import CostModel
from fund.execution.orders import WHOLE, Order
from fund.market.bars import Bar
from fund.portfolio.book import Book
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.postings import post_fill

RejectReason = Literal["no_bar", "suspect_open", "insufficient_cash", "volume_cap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfilled:
    """What of an order did not trade, and why; a day order's remainder lapses."""

    order_id: str
    ticker: str
    quantity: Decimal
    reason: RejectReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What one session made of a list of orders."""

    book: Book
    transactions: tuple[Transaction, ...]
    fills: tuple[Fill, ...]
    unfilled: tuple[Unfilled, ...]


def fill_orders(
    orders: Sequence[Order],
    bars: Mapping[str, Bar],
    suspect_opens: Set[str],
    book: Book,
    costs: CostModel,
    *,
    opened_at: datetime,
) -> Execution:
    """Fill orders at the open, in their order, within volume and cash.

    A buy pays the open plus slippage, never more than the bar's high; a sell receives the open less
    slippage, never less than its low (INV-8). Buys stop where the cash ends.
    """
    transactions: list[Transaction] = []
    fills: list[Fill] = []
    unfilled: list[Unfilled] = []
    for order in orders:
        bar = bars.get(order.ticker)
        if bar is None or order.ticker in suspect_opens:
            reason: RejectReason = "no_bar" if bar is None else "suspect_open"
            unfilled.append(_lapsed(order, order.quantity, reason))
            continue
        quantity = min(order.quantity, _whole(costs.max_participation * bar.volume))
        if quantity < order.quantity:
            unfilled.append(_lapsed(order, order.quantity - quantity, "volume_cap"))
        price = _fill_price(order, bar, quantity, costs)
        affordable = min(quantity, _affordable(order, price, book, costs))
        if affordable < quantity:
            unfilled.append(_lapsed(order, quantity - affordable, "insufficient_cash"))
        if affordable <= 0:
            continue
        fill = Fill(
            fill_id="fil-" + sha256(f"{order.order_id}|{bar.session.isoformat()}".encode()).hexdigest()[:24],
            order_id=order.order_id,
            ticker=order.ticker,
            side=order.side,
            quantity=affordable,
            price=price,
            commission=costs.commission(affordable),
            session=bar.session,
            filled_at=opened_at,
        )
        transaction = post_fill(book, fill)
        book = book.apply(transaction)
        fills.append(fill)
        transactions.append(transaction)
    return Execution(
        book=book, transactions=tuple(transactions), fills=tuple(fills), unfilled=tuple(unfilled)
    )


def _lapsed(order: Order, quantity: Decimal, reason: RejectReason) -> Unfilled:
    return Unfilled(order_id=order.order_id, ticker=order.ticker, quantity=quantity, reason=reason)


def _whole(quantity: Decimal) -> Decimal:
    return quantity.quantize(WHOLE, rounding=ROUND_DOWN)


def _fill_price(order: Order, bar: Bar, quantity: Decimal, costs: CostModel) -> Decimal:
    slippage = costs.slippage(bar.open, quantity, bar.volume)
    if order.side == "buy":
        return min(bar.open + slippage, max(bar.high, bar.open))
    return max(bar.open - slippage, min(bar.low, bar.open))


def _affordable(order: Order, price: Decimal, book: Book, costs: CostModel) -> Decimal:
    """Shares the cash pays for; a sale, or buying back a short, is not held up by it."""
    held = book.positions.get(order.ticker)
    covers = held is not None and held.quantity < 0
    if order.side == "sell" or covers:
        return order.quantity
    budget = book.cash - costs.minimum_commission
    return max(_whole(budget / (price + costs.commission_per_share)), Decimal(0))


def adjusted_for_split(order: Order, ratio: Decimal) -> Order:
    """Return the order in shares of after the split; a fraction of a share is dropped."""
    return replace(
        order, quantity=_whole(order.quantity * ratio), reference_price=order.reference_price / ratio
    )
