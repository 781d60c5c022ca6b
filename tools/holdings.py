"""What is held and why, and which orders wait: the book as an answer shows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from db.decisions import Decisions
from fund.cycle import CycleRecord
from fund.execution.lifecycle import OrderState
from fund.market.bars import Mark
from fund.market.view import MarketView
from fund.portfolio.book import Book, Position
from fund.portfolio.fill import Fill
from fund.portfolio.marking import current_mark
from fund.risk.limits import UNKNOWN_SECTOR
from tools.exposure import Exposure, exposure_of, rounded

CENT, ZERO = Decimal("0.01"), Decimal(0)
HISTORY = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One open position: amounts in USD, weights and returns as fractions."""

    ticker: str
    name: str
    sector: str
    quantity: Decimal
    average_cost: Decimal
    """USD a share, commissions not included."""
    mark: Decimal
    marked: date
    """Session of the mark; older than the desk's session where the mark is stale."""
    stale: bool
    value: Decimal
    weight: Decimal
    unrealised: Decimal
    unrealised_fraction: float
    """Of what the open quantity cost."""
    opened: date
    held_sessions: int
    why: str
    """The committee's reason at its last trade in this name, in its own words; empty where it gave none."""
    why_session: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order that waits for the next open, or for its price."""

    ticker: str
    side: str
    quantity: Decimal
    reference_price: Decimal
    """The mark the decision saw, USD."""
    cycle_id: str
    kind: str = "market_on_open"
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    filled: Decimal = Decimal(0)
    """Shares of it that have traded already."""
    purpose: str = "rebalance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """The book at the desk's clock, marked at its last closes."""

    session: date
    equity: Decimal
    cash: Decimal
    unrealised: Decimal
    holdings: tuple[Holding, ...]
    """Largest position first."""
    exposure: Exposure
    open_orders: tuple[OpenOrder, ...]
    coming: Decimal = ZERO
    """What the owner brings in at the next open, below 0 takes out; in no other figure here, USD."""


def coming_money(amount: Decimal) -> str:
    """Say what the owner moves at the next open; nothing where that is nothing."""
    if not amount:
        return ""
    moved = "A deposit" if amount > 0 else "A withdrawal"
    return f"{moved} of {abs(amount):,.2f} USD is booked for the next open and not counted here yet."


def portfolio_of(
    book: Book,
    view: MarketView,
    records: Mapping[str, CycleRecord],
    orders: Sequence[OrderState] = (),
    coming: Decimal = ZERO,
) -> Portfolio:
    """Value a book at a view's marks; `records` holds the cycle of each ticker's last trade."""
    marks = {ticker: current_mark(view, ticker) for ticker in book.positions}
    prices = {ticker: mark.price for ticker, mark in marks.items()}
    weights = book.weights(prices)
    sessions = view.sessions(HISTORY)
    holdings = [
        _holding(position, marks[ticker], weights[ticker], view, sessions, records.get(ticker))
        for ticker, position in book.positions.items()
    ]
    return Portfolio(
        session=view.session,
        equity=book.equity(prices).quantize(CENT),
        cash=book.cash.quantize(CENT),
        unrealised=book.unrealised(prices).quantize(CENT),
        holdings=tuple(sorted(holdings, key=lambda h: (-abs(h.value), h.ticker))),
        exposure=exposure_of(book, view),
        open_orders=tuple(open_order(order) for order in orders),
        coming=coming,
    )


def reason_of(record: CycleRecord, ticker: str) -> str:
    """Return why a cycle traded a ticker: the proposal's words, or the limit that demanded it."""
    said = record.proposal.reasons.get(ticker, "") if record.proposal is not None else ""
    if said or record.review is None:
        return said
    cuts = [clamp for clamp in record.review.clamps if clamp.ticker == ticker]
    return f"cut by {cuts[-1].limit}: {cuts[-1].reason}" if cuts else ""


def last_trades(
    book: Book, fills: Iterable[Fill], sessions: Sequence[date], decisions: Decisions
) -> dict[str, CycleRecord]:
    """Return the cycle that explains each open position; `fills` come newest first.

    That is the cycle behind the last fill, or, where a limit and not the committee asked for that one,
    the cycle that opened the position.
    """
    before = dict(zip(sessions[1:], sessions, strict=False))
    read: dict[date, tuple[CycleRecord, ...]] = {}

    def ordered_on(filled: date, ticker: str) -> CycleRecord | None:
        decided = before.get(filled)
        if decided is None:
            return None
        if decided not in read:
            read[decided] = decisions.by_session(decided)
        return next((r for r in read[decided] if any(o.ticker == ticker for o in r.orders)), None)

    last = {fill.ticker: fill.session for fill in reversed(list(fills))}
    found: dict[str, CycleRecord] = {}
    for ticker, position in book.positions.items():
        record = ordered_on(last.get(ticker, position.opened), ticker)
        if not _explained(record, ticker):
            record = ordered_on(position.opened, ticker) or record
        if record is not None:
            found[ticker] = record
    return found


def _explained(record: CycleRecord | None, ticker: str) -> bool:
    return record is not None and record.proposal is not None and bool(record.proposal.reasons.get(ticker))


def _holding(
    position: Position,
    mark: Mark,
    weight: Decimal,
    view: MarketView,
    sessions: Sequence[date],
    record: CycleRecord | None,
) -> Holding:
    instrument = view.instrument(position.ticker)
    value = position.quantity * mark.price
    unrealised = value - position.cost
    return Holding(
        ticker=position.ticker,
        name=instrument.name,
        sector=instrument.sector or UNKNOWN_SECTOR,
        quantity=position.quantity,
        average_cost=(position.cost / position.quantity).quantize(CENT),
        mark=mark.price,
        marked=mark.session,
        stale=mark.stale,
        value=value.quantize(CENT),
        weight=rounded(weight),
        unrealised=unrealised.quantize(CENT),
        unrealised_fraction=float(unrealised / abs(position.cost)) if position.cost else 0.0,
        opened=position.opened,
        held_sessions=sum(1 for session in sessions if session > position.opened),
        why=reason_of(record, position.ticker) if record is not None else "",
        why_session=record.session if record is not None else None,
    )


def open_order(state: OrderState) -> OpenOrder:
    """Return an order that waits, as it is shown."""
    order = state.order
    return OpenOrder(
        ticker=order.ticker,
        side=order.side,
        quantity=order.quantity,
        reference_price=order.reference_price,
        cycle_id=order.cycle_id,
        kind=order.kind,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        filled=state.filled,
        purpose=order.purpose,
    )
