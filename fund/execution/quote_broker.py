"""The paper broker on quotes: orders meet a simulated order book around every quote."""

from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from fund.execution.blotter import Blotter
from fund.execution.costs import CostModel
from fund.execution.lifecycle import OrderState
from fund.execution.order_book import LimitOrderBook, Trade
from fund.execution.orders import WHOLE, ZERO, in_steps
from fund.execution.quotes import Quote, book_around, chance_of
from fund.execution.refusing import refused
from fund.market.bars import PRICE_STEP
from fund.market.refusal import Refusal
from fund.portfolio.book import Book
from fund.portfolio.fill import Fill, Side

LARGEST_FLOW = 2.0
"""What others may trade between two quotes, at most, as a multiple of the size quoted."""


class QuoteBroker(Blotter):
    """A `Broker` for cycles driven by quotes; the same seed and quotes give the same fills.

    An order meets quotes that came after its decision. It crosses the spread as far as its limit, its cash
    and its share of the depth go; what is left of a limit order joins the queue behind everything quoted at
    its price, and trades only when others have traded all of that. There are no auctions here.
    """

    def __init__(self, book: Book, costs: CostModel, *, seed: int, share_step: Decimal = WHOLE) -> None:
        super().__init__(book, costs, share_step=share_step, auctions=False)
        self._seed = seed
        self._last: dict[str, datetime] = {}

    def quote(self, quote: Quote) -> tuple[Fill, ...] | Refusal:
        """Let the working orders of a ticker meet a quote, in order of arrival, and return their fills.

        A quote that is not sound, or not later than the last of its ticker, is refused and trades nothing.
        """
        if not quote.is_sound:
            detail = f"expected finite prices above 0 with the bid below the ask, found {quote!r}"
            return refused("price", "bad_figure", quote.session, quote.ticker, detail)
        last = self._last.get(quote.ticker)
        if last is not None and quote.at <= last:
            detail = f"the quote of {quote.at.isoformat()} is not later than that of {last.isoformat()}"
            return refused("price", "stale_price", quote.session, quote.ticker, detail)
        self._last[quote.ticker] = quote.at
        seen = len(self._fills)
        chance = chance_of(self._seed, quote)
        book = book_around(quote, chance)
        left = {"buy": self._share(book, "buy"), "sell": self._share(book, "sell")}
        resting = [
            state.order.order_id
            for state in self._working()
            if state.order.ticker == quote.ticker and state.order.decided_at < quote.at
        ]
        for order_id in resting:
            self._cross(order_id, book, quote, left)
        for order_id in resting:
            self._queue(order_id, book)
        flow = {
            side: Decimal(repr(round(float(chance.uniform(0, LARGEST_FLOW)), 2))) for side in ("buy", "sell")
        }
        self._others(book, quote, flow)
        return self.fills_since(seen)

    def close(self, session: date) -> None:
        """End the day orders: the session is over."""
        for state in self._working():
            if state.order.time_in_force == "day" and state.order.decided_at.date() <= session:
                self._end(state, "expired", "session_over")

    def _share(self, book: LimitOrderBook, side: Side) -> Decimal:
        """Return what all orders of a side may take of the depth they meet."""
        shown = sum((quantity for _, quantity in book.depth("sell" if side == "buy" else "buy")), ZERO)
        return in_steps(shown * self._costs.max_participation, self._step)

    def _limit_at(self, state: OrderState, quote: Quote) -> tuple[bool, Decimal | None]:
        """Return whether an order may trade now, and its limit, if it has one."""
        order = state.order
        if order.stop_price is None or state.triggered:
            return True, order.limit_price
        at_stop = quote.ask >= order.stop_price if order.side == "buy" else quote.bid <= order.stop_price
        if at_stop:
            self._move(state, state.status, triggered=True)
        return at_stop, order.limit_price

    def _cross(self, order_id: str, book: LimitOrderBook, quote: Quote, left: dict[str, Decimal]) -> None:
        state = self._states[order_id]
        ready, limit = self._limit_at(state, quote)
        state = self._states[order_id]
        side = state.order.side
        wanted = min(state.remaining, left[side])
        if not ready or wanted <= 0:
            return
        quantity, price = _walked(book, side, wanted, limit)
        if quantity > 0:
            cash = self.book.cash - (self.reservations.total - self.reservations.of(order_id))
            quantity = self._affordable(state.order, quantity, price, cash)
        if quantity <= 0:
            return
        trades = book.add(order_id, side, quantity, limit)
        book.cancel(order_id)
        left[side] -= quantity
        self._fill(state, quantity, _paid(trades, side), quote.session, quote.at, quote.at.isoformat())

    def _queue(self, order_id: str, book: LimitOrderBook) -> None:
        state = self._states[order_id]
        limit, side = state.order.limit_price, state.order.side
        waits = state.is_working and limit is not None
        if not waits or limit is None or (state.order.stop_price is not None and not state.triggered):
            return
        best = book.best("sell" if side == "buy" else "buy")
        if best is None or (limit < best if side == "buy" else limit > best):
            book.add(order_id, side, state.remaining, limit)

    def _others(self, book: LimitOrderBook, quote: Quote, flow: dict[str, Decimal]) -> None:
        """Let others trade into the book, and fill what of ours they reach at its limit."""
        sizes: tuple[tuple[Side, Decimal], ...] = (("buy", quote.ask_size), ("sell", quote.bid_size))
        for side, size in sizes:
            quantity = in_steps(size * flow[side], self._step)
            if quantity <= 0:
                continue
            for trade in book.add(f"others-{side}", side, quantity, None):
                state = self._states.get(trade.resting_id)
                if state is not None:
                    self._reached(state, trade, quote)

    def _reached(self, state: OrderState, trade: Trade, quote: Quote) -> None:
        cash = self.book.cash - (self.reservations.total - self.reservations.of(state.order.order_id))
        quantity = self._affordable(state.order, trade.quantity, trade.price, cash)
        if quantity > 0:
            cause = f"{quote.at.isoformat()}|queue"
            self._fill(state, quantity, trade.price, quote.session, quote.at, cause)


def _walked(
    book: LimitOrderBook, side: Side, wanted: Decimal, limit: Decimal | None
) -> tuple[Decimal, Decimal]:
    """Return what a walk through the other side would trade, and the worst price of it."""
    got, worst = ZERO, ZERO
    for price, quantity in book.depth("sell" if side == "buy" else "buy"):
        beyond = limit is not None and (price > limit if side == "buy" else price < limit)
        if beyond or got >= wanted:
            break
        got, worst = got + min(quantity, wanted - got), price
    return got, worst


def _paid(trades: tuple[Trade, ...], side: Side) -> Decimal:
    """Return the average price of some trades, rounded against whoever took them."""
    quantity = sum((trade.quantity for trade in trades), ZERO)
    value = sum((trade.quantity * trade.price for trade in trades), ZERO)
    rounding = ROUND_CEILING if side == "buy" else ROUND_FLOOR
    return (value / quantity).quantize(PRICE_STEP, rounding=rounding)
