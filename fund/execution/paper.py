"""The paper broker on bars: every working order meets the bar of the session, in one fixed order."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from fund.errors import LedgerError
from fund.execution.bar_fills import AT_THE_OPEN, MOMENTS, Offer, offer_of, touched
from fund.execution.blotter import Blotter
from fund.execution.costs import CostModel
from fund.execution.lifecycle import HELD_UP, EndReason, OrderState
from fund.execution.orders import WHOLE, ZERO, Order, in_steps
from fund.execution.waiting import Increase, increases_of
from fund.market.bars import Bar
from fund.portfolio.book import Book
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.position import LotMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfilled:
    """What of an order did not trade, and why; a day order's remainder expires."""

    order_id: str
    ticker: str
    quantity: Decimal
    reason: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What one session made of a list of orders."""

    book: Book
    transactions: tuple[Transaction, ...]
    fills: tuple[Fill, ...]
    unfilled: tuple[Unfilled, ...]
    orders: tuple[OrderState, ...]
    """Every order as the session left it, those that go on among them."""


class PaperBroker(Blotter):
    """A `Broker` that fills inside the bar, within volume and cash, and never before the decision."""

    def __init__(
        self, book: Book, costs: CostModel, *, share_step: Decimal = WHOLE, lots: LotMethod = "average"
    ) -> None:
        super().__init__(book, costs, share_step=share_step, lots=lots)
        self._last: date | None = None
        self._volume: dict[str, Decimal] = {}
        self._outside: list[str] = []
        self._increases: dict[str, Increase] = {}
        self._traded: dict[str, Decimal] = {}

    def trade(
        self,
        session: date,
        bars: Mapping[str, Bar],
        suspect_opens: Set[str],
        *,
        opened_at: datetime,
        closed_at: datetime,
    ) -> tuple[Unfilled, ...]:
        """Let every working order meet its bar, then end the day orders; return what of those is left.

        What trades at the open comes first, then what trades within the bar, then the close, each in the
        order of arrival. The orders of one ticker share its volume, the buys of one open share the cash
        that is not set aside for others. An increase trades no further than the reductions that were decided
        with it and come before it (`fund.execution.waiting`). A session delivered again, or late, trades
        nothing. A bar of another day, or an order decided at or after the open, raises `LedgerError` (INV-8).
        """
        if self._last is not None and session <= self._last:
            return ()
        working = self._working()
        _check(session, bars, working, opened_at)
        self._last, self._volume, self._traded = session, {}, {}
        self._increases = increases_of(working, self.book)
        self._outside = [s.order.order_id for s in working if s.order.kind not in AT_THE_OPEN]
        why: dict[str, list[tuple[EndReason, Decimal]]] = {}
        met: list[tuple[int, str, Offer]] = []
        for state in working:
            order_id = state.order.order_id
            found = self._offer(state, bars, suspect_opens)
            if isinstance(found, Offer):
                met.append((MOMENTS.index(found.moment), order_id, found))
            else:
                why[order_id] = [(found, state.remaining)]
        for _, order_id, offer in sorted(met, key=lambda each: each[0]):
            at = opened_at if offer.moment == "open" else closed_at
            bar = bars[self._states[order_id].order.ticker]
            why[order_id] = self._meet(self._states[order_id], bar, offer, at)
        return tuple(each for state in working for each in self._expired(state.order.order_id, why))

    def _offer(
        self, state: OrderState, bars: Mapping[str, Bar], suspect_opens: Set[str]
    ) -> Offer | EndReason:
        order, bar = state.order, bars.get(state.order.ticker)
        if bar is None:
            return "no_bar"
        suspect = order.ticker in suspect_opens
        offer = offer_of(order, bar, triggered=state.triggered, suspect_open=suspect)
        if not state.triggered and touched(order, bar):
            self._move(state, state.status, triggered=True)
        if offer is not None:
            return offer
        needs_open = order.kind in AT_THE_OPEN or (order.kind == "stop" and state.triggered)
        return "suspect_open" if needs_open else "not_reached"

    def _meet(
        self, state: OrderState, bar: Bar, offer: Offer, at: datetime
    ) -> list[tuple[EndReason, Decimal]]:
        """Fill what volume and cash allow and return what they did not."""
        order, wanted = state.order, state.remaining
        increase = self._increases.get(order.order_id)
        allowed = increase.may_trade(self._traded, self._step) if increase is not None else wanted
        cap = in_steps(self._costs.max_participation * bar.volume, self._step)
        left = self._volume.get(order.ticker, cap)
        tradable = min(allowed, left)
        slippage = self._costs.slippage(offer.price, tradable, bar.volume)
        price = offer.after_slippage(slippage)
        quantity = max(self._affordable(order, tradable, price, self._cash_for(order)), ZERO)
        self._volume[order.ticker] = left - quantity
        self._traded[order.order_id] = quantity
        if quantity > 0:
            self._fill(state, quantity, price, bar.session, at, bar.session.isoformat())
        cuts: list[tuple[EndReason, Decimal]] = [
            (HELD_UP, wanted - allowed),
            ("volume_cap", allowed - tradable),
            ("insufficient_cash", tradable - quantity),
        ]
        return [cut for cut in cuts if cut[1] > 0]

    def _cash_for(self, order: Order) -> Decimal:
        """Return the cash an order may spend: all but what is set aside for others.

        The orders that meet at the open draw on one pot, first come first served.
        """
        others = self.reservations.total - self.reservations.of(order.order_id)
        if order.kind in AT_THE_OPEN:
            others = sum((self.reservations.of(each) for each in self._outside), ZERO)
        return self.book.cash - others

    def _expired(
        self, order_id: str, why: Mapping[str, Sequence[tuple[EndReason, Decimal]]]
    ) -> list[Unfilled]:
        state = self._states[order_id]
        if not state.is_working or state.order.time_in_force == "gtc":
            return []
        left = [
            Unfilled(order_id=order_id, ticker=state.order.ticker, quantity=quantity, reason=reason)
            for reason, quantity in why[order_id]
        ]
        self._end(state, "expired", "; ".join(each.reason for each in left))
        return left


def fill_orders(
    orders: Sequence[Order],
    bars: Mapping[str, Bar],
    suspect_opens: Set[str],
    book: Book,
    costs: CostModel,
    *,
    opened_at: datetime,
) -> Execution:
    """Fill new orders in the bars of one session, in their order, within volume and cash.

    A buy pays the open plus slippage, never more than the bar's high; a sell receives the open less
    slippage, never less than its low (INV-8). Buys stop where the cash ends; the orders of one ticker
    share its volume. An order decided at or after the open is look-ahead and raises `LedgerError`.
    """
    session = next((bar.session for bar in bars.values()), opened_at.date())
    return work_orders(
        [OrderState(order=order) for order in orders],
        bars,
        suspect_opens,
        book,
        costs,
        session=session,
        opened_at=opened_at,
        closed_at=opened_at,
    )


def work_orders(
    states: Sequence[OrderState],
    bars: Mapping[str, Bar],
    suspect_opens: Set[str],
    book: Book,
    costs: CostModel,
    *,
    session: date,
    opened_at: datetime,
    closed_at: datetime,
    share_step: Decimal = WHOLE,
    lots: LotMethod = "average",
) -> Execution:
    """Take orders, new and carried over, through one session."""
    broker = PaperBroker(book, costs, share_step=share_step, lots=lots)
    for state in states:
        broker.carry(state)
    turned_away = tuple(
        Unfilled(
            order_id=s.order.order_id,
            ticker=s.order.ticker,
            quantity=s.order.quantity,
            reason="bad_figure" if s.reason == "bad_figure" else "insufficient_cash",
        )
        for s in broker.states
        if s.status == "rejected"
    )
    unfilled = broker.trade(session, bars, suspect_opens, opened_at=opened_at, closed_at=closed_at)
    return Execution(
        book=broker.book,
        transactions=broker.transactions,
        fills=broker.fills_since(0),
        unfilled=(*turned_away, *unfilled),
        orders=broker.states,
    )


def _check(
    session: date, bars: Mapping[str, Bar], working: Sequence[OrderState], opened_at: datetime
) -> None:
    for state in working:
        order = state.order
        if order.decided_at >= opened_at:
            raise LedgerError(
                f"order {order.order_id!r} was decided at {order.decided_at.isoformat()} and can only fill "
                f"later, not at {opened_at.isoformat()}"
            )
        bar = bars.get(order.ticker)
        if bar is not None and bar.session != session:
            raise LedgerError(
                f"order {order.order_id!r} meets bars of {session.isoformat()}, was given one of "
                f"{bar.session.isoformat()}: a stale price trades nothing"
            )
