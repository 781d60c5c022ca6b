"""The second half of the heartbeat: `settle` what was decided at prices that did not exist yet."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from fund.errors import LedgerError
from fund.execution.lifecycle import OrderState
from fund.execution.orders import Order
from fund.execution.paper import Unfilled, work_orders
from fund.execution.restating import restated, without_fractions_paid
from fund.mandate import Mandate
from fund.market.bars import Bar
from fund.market.facts import CorporateAction
from fund.market.refusal import Refusal, RefusalReason, refusal
from fund.portfolio.book import Book, ClosedTrade, closed_trades
from fund.portfolio.corporate import ABSURD_PRICE, Actions, book_actions, new_tickers
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What one session did to the book before its close."""

    session: date
    book: Book
    transactions: tuple[Transaction, ...]
    fills: tuple[Fill, ...]
    unfilled: tuple[Unfilled, ...]
    closed: tuple[ClosedTrade, ...]
    at: datetime
    """The open."""
    refused: tuple[Refusal, ...] = ()
    """What could not be believed or booked; nothing of it is in the book."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Tickers that changed before the open, old to new; orders follow."""
    ended: Mapping[str, str] = field(default_factory=dict)
    """Tickers that a merger or a delisting took before the open, to which of the two; orders expire."""
    orders: tuple[OrderState, ...] = ()
    """Every order as the session left it."""

    @property
    def working(self) -> tuple[OrderState, ...]:
        """Return the orders that go on to the next session."""
        return tuple(state for state in self.orders if state.is_working)


def settle(
    orders: Sequence[Order],
    book: Book,
    mandate: Mandate,
    *,
    session: date,
    opened_at: datetime,
    bars: Mapping[str, Bar],
    suspect_opens: Set[str],
    actions: Sequence[CorporateAction],
    last_prices: Mapping[str, Decimal] = MappingProxyType({}),
    known: Set[str] | None = None,
    working: Sequence[OrderState] = (),
    closed_at: datetime | None = None,
) -> Settlement:
    """Book the session's corporate actions, then take the orders through it: `working` ones came before.

    What trades after the open is stamped `closed_at`, the moment its bar is known.
    `actions` are those that go ex on this session, `bars` the session's bars of every ticker held or
    ordered, `last_prices` the closes before it, `known` the tickers that have a price, where that is to be
    checked of a new one. Orders decided before a split or under an old ticker are
    restated; one delivered twice is one order. An action or a price that cannot be believed is refused
    and moves nothing. A bar of another day raises `LedgerError`.
    """
    arrived = {state.order.order_id: state for state in working}
    for order in orders:
        arrived.setdefault(order.order_id, OrderState(order=order))
    ordered = {state.order.ticker for state in arrived.values()}
    tickers = {*book.positions, *ordered, *new_tickers(actions)}
    bars, bad_prices = _believable({t: bars[t] for t in sorted(tickers) if t in bars}, session)
    opens = {ticker: bar.open for ticker, bar in bars.items() if ticker not in suspect_opens}
    done = book_actions(
        book, actions, opens, session=session, at=opened_at, last_prices=last_prices, known=known
    )
    came = tuple(arrived.values())
    standing, lapsed = restated(came, done.believed, share_step=mandate.share_step)
    standing, paid = without_fractions_paid(standing, came, book, done.book)
    execution = work_orders(
        standing,
        bars,
        suspect_opens,
        done.book,
        mandate.costs,
        session=session,
        opened_at=opened_at,
        closed_at=closed_at or opened_at,
        share_step=mandate.share_step,
        lots=mandate.lots,
    )
    transactions = (*done.transactions, *execution.transactions)
    return Settlement(
        session=session,
        book=execution.book,
        transactions=transactions,
        fills=execution.fills,
        unfilled=(*lapsed, *paid, *execution.unfilled),
        closed=closed_trades(book, transactions),
        at=opened_at,
        refused=(*bad_prices, *done.refused, *_unplaced(arrived.values(), done, session)),
        renamed=done.renamed,
        ended=done.ended,
        orders=execution.orders,
    )


def _unplaced(states: Iterable[OrderState], done: Actions, session: date) -> list[Refusal]:
    """Return a refusal for every order on what was merged or delisted before the open."""
    return [
        refusal(
            "order",
            "after_delisting",
            session,
            state.order.ticker,
            f"expected a ticker that trades, found a {done.ended[state.order.ticker]} before the open; "
            f"order {state.order.order_id}",
        )
        for state in states
        if state.is_working and state.order.ticker in done.ended
    ]


def _believable(bars: Mapping[str, Bar], session: date) -> tuple[dict[str, Bar], list[Refusal]]:
    """Return the bars whose prices can be believed, and a refusal for each of the others.

    A bar of another day raises `LedgerError`: an order would be filled at a stale price (INV-8).
    """
    wrong = {f"bar of {t}": bar.session.isoformat() for t, bar in bars.items() if bar.session != session}
    if wrong:
        raise LedgerError(f"settling {session.isoformat()}: everything must be of that day, was {wrong!r}")
    good: dict[str, Bar] = {}
    refused: list[Refusal] = []
    for ticker, bar in bars.items():
        prices = (bar.open, bar.high, bar.low, bar.close)
        figures = all(price.is_finite() and price > 0 for price in prices) and bar.volume >= 0
        if figures and max(prices) <= ABSURD_PRICE:
            good[ticker] = bar
            continue
        reason: RefusalReason = "absurd_price" if figures else "bad_figure"
        detail = f"expected prices above 0 and at most {ABSURD_PRICE} USD and a volume, found {bar!r}"
        refused.append(refusal("price", reason, session, ticker, detail))
    return good, refused
