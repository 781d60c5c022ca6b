"""The paper broker: market-on-open orders meet the open of the session after the decision."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from typing import Literal

from fund.errors import LedgerError
from fund.execution.costs import CostModel
from fund.execution.orders import Order, whole_shares
from fund.market.bars import PRICE_STEP, Bar
from fund.market.facts import CorporateAction
from fund.portfolio.book import Book
from fund.portfolio.fill import Fill
from fund.portfolio.journal import ZERO, Transaction
from fund.portfolio.position import LotMethod
from fund.portfolio.postings import post_fill, shares_after, split_ratio

RejectReason = Literal["no_bar", "suspect_open", "insufficient_cash", "volume_cap", "split_fraction", "ended"]


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
    lots: LotMethod = "average",
) -> Execution:
    """Fill orders at the open, in their order, within volume and cash.

    A buy pays the open plus slippage, never more than the bar's high; a sell receives the open less
    slippage, never less than its low (INV-8). Buys stop where the cash ends; the orders of one ticker
    share its volume. An order decided at or after the open is look-ahead and raises `LedgerError`.
    """
    transactions: list[Transaction] = []
    fills: list[Fill] = []
    unfilled: list[Unfilled] = []
    volume_left: dict[str, Decimal] = {}
    for order in orders:
        if order.decided_at >= opened_at:
            raise LedgerError(
                f"order {order.order_id!r} was decided at {order.decided_at.isoformat()} and can only fill "
                f"later, not at {opened_at.isoformat()}"
            )
        bar = bars.get(order.ticker)
        if bar is None or order.ticker in suspect_opens:
            unfilled.append(_lapsed(order, order.quantity, "no_bar" if bar is None else "suspect_open"))
            continue
        left = volume_left.get(order.ticker, whole_shares(costs.max_participation * bar.volume))
        tradable = min(order.quantity, left)
        if tradable < order.quantity:
            unfilled.append(_lapsed(order, order.quantity - tradable, "volume_cap"))
        price = _fill_price(order, bar, tradable, costs)
        quantity = _affordable(order, tradable, price, book, costs)
        if quantity < tradable:
            unfilled.append(_lapsed(order, tradable - quantity, "insufficient_cash"))
        volume_left[order.ticker] = left - quantity
        if quantity <= 0:
            continue
        fill = _fill(order, bar.session, quantity, price, costs.commission(quantity), opened_at)
        transaction = post_fill(book, fill, lots=lots)
        book = book.apply(transaction)
        fills.append(fill)
        transactions.append(transaction)
    return Execution(
        book=book, transactions=tuple(transactions), fills=tuple(fills), unfilled=tuple(unfilled)
    )


def restated(
    orders: Sequence[Order], splits: Sequence[CorporateAction]
) -> tuple[list[Order], list[Unfilled]]:
    """Return orders decided before some splits in shares of after them; what becomes of a fraction lapses."""
    standing: list[Order] = []
    lapsed: list[Unfilled] = []
    for order in orders:
        now = order
        for split in splits:
            if split.ticker == order.ticker:
                now = _restated(now, split.value)
        if now.quantity > 0:
            standing.append(now)
        else:
            lapsed.append(_lapsed(order, order.quantity, "split_fraction"))
    return standing, lapsed


def _restated(order: Order, published: Decimal) -> Order:
    ratio = split_ratio(published)
    price = (order.reference_price * ratio.denominator / ratio.numerator).quantize(
        PRICE_STEP, rounding=ROUND_HALF_EVEN
    )
    quantity = whole_shares(shares_after(order.quantity, published))
    return replace(order, quantity=quantity, reference_price=max(price, PRICE_STEP))


def _lapsed(order: Order, quantity: Decimal, reason: RejectReason) -> Unfilled:
    return Unfilled(order_id=order.order_id, ticker=order.ticker, quantity=quantity, reason=reason)


def _fill(
    order: Order, session: date, quantity: Decimal, price: Decimal, commission: Decimal, at: datetime
) -> Fill:
    return Fill(
        fill_id="fil-" + sha256(f"{order.order_id}|{session.isoformat()}".encode()).hexdigest()[:24],
        order_id=order.order_id,
        ticker=order.ticker,
        side=order.side,
        quantity=quantity,
        price=price,
        commission=commission,
        session=session,
        filled_at=at,
    )


def _fill_price(order: Order, bar: Bar, quantity: Decimal, costs: CostModel) -> Decimal:
    slippage = costs.slippage(bar.open, quantity, bar.volume)
    if order.side == "buy":
        return min(bar.open + slippage, max(bar.high, bar.open))
    return max(bar.open - slippage, min(bar.low, bar.open))


def _affordable(order: Order, quantity: Decimal, price: Decimal, book: Book, costs: CostModel) -> Decimal:
    """Return what of a quantity may trade: a sale, or buying back a short, is not held up by cash.

    Beyond the short a buy must leave cash at or above zero, commission included.
    """
    held = book.positions.get(order.ticker)
    covers = min(quantity, -held.quantity) if held is not None and held.quantity < 0 else ZERO
    if order.side == "sell" or covers == quantity:
        return quantity
    if quantity * price + costs.commission(quantity) <= book.cash:
        return quantity
    payable = min(quantity, whole_shares(max(book.cash, ZERO) / price))
    payable = whole_shares((book.cash - costs.commission(payable)) / price)
    return max(covers, payable)
