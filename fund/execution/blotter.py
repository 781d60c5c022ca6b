"""The blotter of a paper broker: its orders, the cash they hold, and the fills they became."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from fund.errors import LedgerError
from fund.execution.costs import CostModel
from fund.execution.lifecycle import EndReason, OrderReport, OrderState, after, report_of
from fund.execution.orders import WHOLE, ZERO, Order, OrderKind, OrderStatus, in_steps
from fund.execution.refusing import refused
from fund.execution.reservations import Reservations
from fund.market.refusal import Refusal
from fund.portfolio.book import Book
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.position import LotMethod
from fund.portfolio.postings import post_fill

BOUNDED: frozenset[OrderKind] = frozenset({"limit", "stop_limit"})
"""Kinds that say what they cost at most; others are reserved for by an estimate."""
AUCTIONS: frozenset[OrderKind] = frozenset({"market_on_open", "market_on_close"})
LIMITED: frozenset[OrderKind] = frozenset({"limit", "stop_limit"})
STOPPED: frozenset[OrderKind] = frozenset({"stop", "stop_limit"})


def flaw_of(order: Order) -> EndReason | None:
    """Return why no broker could work an order whatever the market does, None where it could."""
    figures = [order.quantity, order.reference_price]
    if order.kind in LIMITED:
        figures.append(order.limit_price if order.limit_price is not None else ZERO)
    if order.kind in STOPPED:
        figures.append(order.stop_price if order.stop_price is not None else ZERO)
    return None if all(f.is_finite() and f > 0 for f in figures) else "bad_figure"


class Blotter:
    """What every paper broker keeps; how a market meets the orders is up to each of them.

    Cash is set aside when an order is taken and comes back once, at its end. An order whose price is not
    bounded is reserved for at its reference price, as far as cash is free: what sells first may pay for it.
    """

    def __init__(
        self,
        book: Book,
        costs: CostModel,
        *,
        share_step: Decimal = WHOLE,
        lots: LotMethod = "average",
        auctions: bool = True,
    ) -> None:
        self.book = book
        self.reservations = Reservations()
        self._costs = costs
        self._step = share_step
        self._lots: LotMethod = lots
        self._auctions = auctions
        self._first: dict[str, Order] = {}
        self._states: dict[str, OrderState] = {}
        self._fills: list[Fill] = []
        self._fills_of: dict[str, int] = {}
        self._transactions: list[Transaction] = []

    @property
    def states(self) -> tuple[OrderState, ...]:
        """Return every order that was taken or turned away, in order of arrival."""
        return tuple(self._states.values())

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """Return what the fills so far booked, in order."""
        return tuple(self._transactions)

    def submit(self, order: Order) -> OrderReport | Refusal:
        """Take an order; delivered again it is the same order, other content under its id is refused."""
        known = self._first.get(order.order_id)
        if known is None:
            self._first[order.order_id] = order
            self._admit(order)
        elif known != order:
            return refused(
                "order",
                "duplicate",
                order.decided_at.date(),
                order.ticker,
                f"order {order.order_id!r} was submitted as {known!r} and came again as {order!r}",
            )
        return report_of(self._states[order.order_id])

    def carry(self, state: OrderState) -> None:
        """Take over an order as an earlier session, or a process that died, left it.

        An order whose outcome was unknown is reconciled: nothing happened to it but its fills.
        """
        order = state.order
        if order.order_id in self._first:
            return
        if state.status == "pending":
            self.submit(order)
            return
        self._first[order.order_id] = order
        if state.status == "unknown":
            state = after(state, "partially_filled" if state.filled else "accepted")
        self._states[order.order_id] = state
        if state.is_working:
            need = self._need(order, state.remaining)
            self.reservations.hold(order.order_id, min(need, self._free()))

    def cancel(self, order_id: str) -> OrderReport | Refusal:
        """Take an order back; one that has ended stays as it ended, an unknown one is refused."""
        state = self._states.get(order_id)
        if state is None:
            return refused(
                "order", "unknown_order", date.min, None, f"order {order_id!r} to be cancelled never arrived"
            )
        if state.is_working:
            self._end(state, "cancelled", "asked")
        return report_of(self._states[order_id])

    def report(self, order_id: str) -> OrderReport | None:
        """Return where an order stands, None when it never arrived."""
        state = self._states.get(order_id)
        return None if state is None else report_of(state)

    def fills_since(self, seen: int) -> tuple[Fill, ...]:
        """Return the fills after the first `seen`, in the order they happened."""
        return tuple(self._fills[seen:])

    def _working(self) -> list[OrderState]:
        return [state for state in self._states.values() if state.is_working]

    def _admit(self, order: Order) -> None:
        reason = flaw_of(order)
        if reason is None and order.kind in AUCTIONS and not self._auctions:
            reason = "no_auction"
        need, free = ZERO if reason else self._need(order, order.quantity), self._free()
        if reason is None and order.kind in BOUNDED and need > free:
            reason = "insufficient_cash"
        if reason is not None:
            self._states[order.order_id] = OrderState(
                order=order, status="rejected", reason=reason, sequence=1
            )
            return
        self.reservations.hold(order.order_id, min(need, free))
        self._states[order.order_id] = OrderState(order=order, status="accepted", sequence=1)

    def _free(self) -> Decimal:
        return max(self.book.cash - self.reservations.total, ZERO)

    def _need(self, order: Order, quantity: Decimal) -> Decimal:
        """Return the cash a buy sets aside: buying back a short is not held up by cash."""
        opens = quantity - self._covers(order, quantity)
        if order.side == "sell" or opens <= 0:
            return ZERO
        price = order.limit_price if order.kind in BOUNDED else order.stop_price
        amount = opens * (price if price is not None else order.reference_price)
        return amount + self._costs.commission(opens, amount)

    def _covers(self, order: Order, quantity: Decimal) -> Decimal:
        held = self.book.positions.get(order.ticker)
        return min(quantity, -held.quantity) if held is not None and held.quantity < 0 else ZERO

    def _affordable(self, order: Order, quantity: Decimal, price: Decimal, cash: Decimal) -> Decimal:
        """Return what of a quantity may trade with some cash: a sale, or covering a short, always may.

        Beyond the short a buy must leave that cash at or above zero, commission included.
        """
        covers = self._covers(order, quantity)
        if order.side == "sell" or covers == quantity:
            return quantity
        if quantity * price + self._commission(quantity, price) <= cash:
            return quantity
        payable = min(quantity, in_steps(max(cash, ZERO) / price, self._step))
        payable = in_steps((cash - self._commission(payable, price)) / price, self._step)
        return max(covers, payable)

    def _commission(self, quantity: Decimal, price: Decimal) -> Decimal:
        return self._costs.commission(quantity, quantity * price)

    def _fill(
        self, state: OrderState, quantity: Decimal, price: Decimal, session: date, at: datetime, cause: str
    ) -> Fill:
        """Book a fill; its id is a pure function of the order and of what in the market filled it."""
        order = state.order
        if order.decided_at >= at:
            raise LedgerError(
                f"order {order.order_id!r} was decided at {order.decided_at.isoformat()} and can only fill "
                f"later, not at {at.isoformat()}"
            )
        fill = Fill(
            fill_id="fil-" + sha256(f"{order.order_id}|{cause}".encode()).hexdigest()[:24],
            order_id=order.order_id,
            ticker=order.ticker,
            side=order.side,
            quantity=quantity,
            price=price,
            commission=self._commission(quantity, price),
            session=session,
            filled_at=at,
        )
        transaction = post_fill(self.book, fill, lots=self._lots)
        self.book = self.book.apply(transaction)
        self._fills.append(fill)
        self._transactions.append(transaction)
        if order.side == "buy":
            self.reservations.spend(order.order_id, quantity * price + fill.commission)
        filled = state.filled + quantity
        self._move(state, "filled" if filled == order.quantity else "partially_filled", filled=filled)
        return fill

    def _move(self, state: OrderState, status: OrderStatus, **changes: object) -> OrderState:
        """Give an order its next status; at its end its cash comes back."""
        moved = after(state, status, **changes)
        self._states[state.order.order_id] = moved
        if not moved.is_working:
            self.reservations.release(state.order.order_id)
        return moved

    def _end(self, state: OrderState, status: OrderStatus, reason: str) -> None:
        self._move(state, status, reason=reason)


def with_order(state: OrderState, **changes: object) -> OrderState:
    """Return a state whose order reads differently: what a split or a new ticker makes of it."""
    return replace(state, order=replace(state.order, **changes))  # type: ignore[arg-type]
