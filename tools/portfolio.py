"""What the desk holds and why, what is left in cash, and how much of every limit is used."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Engine

from db.decisions import Decisions
from db.ledger import Ledger
from db.trading_state import TradingState
from fund.cycle import CycleRecord
from fund.errors import QueryRefusedError
from fund.execution.lifecycle import OrderState
from fund.mandate import Mandate
from fund.market.bars import Mark
from fund.market.view import MarketView
from fund.portfolio.book import Book, Position
from fund.portfolio.fill import Fill
from fund.portfolio.marking import current_mark
from fund.portfolio.session_mark import SessionMark
from fund.risk.limits import UNKNOWN_SECTOR
from tools.exposure import Exposure, LimitsReport, exposure_of, limits_of, rounded
from tools.refused import Refused, refused_lately

CENT = Decimal("0.01")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """What was received and paid since the start, USD."""

    session: date
    dividends: Decimal
    fees: Decimal


class PortfolioTools:
    """Questions about the book, answered from the journal at the marks of the desk's clock."""

    def __init__(self, engine: Engine, view: Callable[[], MarketView], mandate: Mandate) -> None:
        self._engine = engine
        self._view = view
        self._mandate = mandate

    def holdings(self) -> Portfolio:
        """Return every position with its cost, mark, profit and the reason it is held; cash; open orders."""
        view = self._view()
        with self._engine.connect() as connection:
            ledger = Ledger(connection)
            book, orders = _funded(ledger.load_book()), ledger.working_orders()
            records = last_trades(book, ledger.fills(), view.sessions(HISTORY), Decisions(connection))
        return portfolio_of(book, view, records, orders)

    def income(self) -> Income:
        """Return the dividends received and the fees paid since the start."""
        with self._engine.connect() as connection:
            book = _funded(Ledger(connection).load_book())
        return Income(
            session=self._view().session,
            dividends=book.dividends.quantize(CENT),
            fees=book.fees.quantize(CENT),
        )

    def held_on(self, day: date) -> SessionMark:
        """Return the book as it was marked at a past close; of a day without one, at the close before.

        Args:
            day: The day asked for.
        """
        with self._engine.connect() as connection:
            marks = Ledger(connection).equity_curve()
        found = [mark for mark in marks if mark.session <= day]
        if not found or day > marks[-1].session:
            known = f"; it has {marks[0].session} to {marks[-1].session}" if marks else ""
            raise QueryRefusedError(f"the desk has no book of {day.isoformat()}{known}")
        return found[-1]

    def limits(self) -> LimitsReport:
        """Return each limit of the mandate with its cap and how much of it the book uses now.

        Where a limit is a statistic (VaR, CVaR, beta, buckets, clusters, drawdown) it comes with the number
        of sessions it was measured on. The limit nearest to its cap comes first.
        """
        with self._engine.connect() as connection:
            ledger = Ledger(connection)
            book, orders = _funded(ledger.load_book()), ledger.working_orders()
            marks, since = ledger.equity_curve(), TradingState(connection).get().drawdown_from
        return limits_of(book, self._view(), self._mandate, orders=orders, marks=marks, drawdown_from=since)

    def refused(self) -> Refused:
        """Return what was refused in the last session and is in no book, and how much was before."""
        with self._engine.connect() as connection:
            return refused_lately(connection)


def portfolio_of(
    book: Book,
    view: MarketView,
    records: Mapping[str, CycleRecord],
    orders: Sequence[OrderState] = (),
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
        open_orders=tuple(_open_order(order) for order in orders),
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


def _funded(book: Book) -> Book:
    if not book.deposits and not book.positions:
        raise QueryRefusedError("the account holds no money yet; advance the desk by a session first")
    return book


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


def _open_order(state: OrderState) -> OpenOrder:
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
