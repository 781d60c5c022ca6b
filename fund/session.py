"""One session of an account, from its open to its marks: the step that backtest, replay and desk share."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from fund.errors import NoDataError
from fund.execution.costs import BASIS_POINT
from fund.execution.lifecycle import OrderState
from fund.execution.orders import Order
from fund.execution.restating import without_series
from fund.mandate import Mandate
from fund.market.bars import Mark
from fund.market.history import History
from fund.market.view import MarketView
from fund.portfolio.book import Book, ClosedTrade, closed_trades
from fund.portfolio.corporate import new_tickers
from fund.portfolio.journal import Transaction
from fund.portfolio.marking import current_mark
from fund.portfolio.postings import post_borrow, post_delisting
from fund.portfolio.session_mark import SessionMark, mark_book
from fund.settlement import Settlement, settle

SILENT_SESSIONS = 6
"""A held ticker without a bar for this many sessions in a row is taken to have ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """What goes from one session to the next, and nothing else."""

    book: Book
    orders: tuple[Order, ...] = ()
    """Decided after the last close, not yet traded."""
    working: tuple[OrderState, ...] = ()
    """Orders of before that go on, with what is filled of them."""
    mark: SessionMark | None = None
    """The book at the last close; None before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStep:
    """What one session made of an account."""

    session: date
    settlement: Settlement
    book: Book
    """At the close, series that ended taken out."""
    transactions: tuple[Transaction, ...]
    """Everything booked, in order: borrow fees, actions, fills, series that ended."""
    closed: tuple[ClosedTrade, ...]
    ended: tuple[str, ...]
    """Positions closed because their series ended, at the last traded price."""
    marks: Mapping[str, Mark]
    """Of every open position."""
    mark: SessionMark
    """The book at the close, and how it compares with the closes before."""


def advance_session(state: AccountState, history: History, session: date, mandate: Mandate) -> SessionStep:
    """Take an account through a session: borrow fees, actions, fills, series that ended, marks at the close.

    Pure: the same arguments give the same step. Reads nothing of `history` later than the session's
    close. Raises `NoDataError` where the session has no bars and `LedgerError` where the books do not
    add up (INV-2).
    """
    lent, borrows = _borrowed(state, session, mandate, history.calendar.open_at(session))
    settlement = _settled(replace(state, book=lent), history, session, mandate)
    view = history.view(history.calendar.decision_time(session))
    marks = {ticker: current_mark(view, ticker) for ticker in sorted(settlement.book.positions)}
    ended = tuple(t for t, mark in marks.items() if mark.stale and _silent(history, mark, session))
    endings = tuple(
        post_delisting(
            settlement.book.positions[ticker],
            marks[ticker].price,
            session,
            history.calendar.close_at(session),
        )
        for ticker in ended
    )
    book = settlement.book
    for transaction in endings:
        book = book.apply(transaction)
    open_marks = {ticker: mark for ticker, mark in marks.items() if ticker not in ended}
    return SessionStep(
        session=session,
        settlement=settlement,
        book=book,
        transactions=(*borrows, *settlement.transactions, *endings),
        closed=(*settlement.closed, *closed_trades(settlement.book, endings)),
        ended=ended,
        marks=open_marks,
        mark=mark_book(
            state.mark,
            book,
            open_marks,
            session=session,
            at=view.as_of,
            benchmark_index=_benchmark_index(view, mandate.benchmark),
        ),
    )


def _settled(state: AccountState, history: History, session: date, mandate: Mandate) -> Settlement:
    actions = history.actions_on(session)
    renamed = new_tickers(actions)
    known = history.view(history.calendar.decision_time(session)).tickers() if renamed else None
    ordered = (*state.orders, *(each.order for each in state.working))
    tickers = {*state.book.positions, *(order.ticker for order in ordered), *renamed}
    bars = history.next_bars(session)
    settlement = settle(
        state.orders,
        state.book,
        mandate,
        session=session,
        opened_at=history.calendar.open_at(session),
        bars={ticker: bar for ticker in sorted(tickers) if (bar := bars.get(ticker)) is not None},
        suspect_opens={ticker for ticker in tickers if history.suspect(ticker, session)},
        actions=actions,
        known=known,
        last_prices={held.ticker: held.price for held in state.mark.positions} if state.mark else {},
        working=state.working,
        closed_at=history.calendar.close_at(session),
    )
    waiting = {each.order.ticker for each in settlement.working} - bars.keys()
    gone = {ticker for ticker in waiting if _unheard(history, ticker, session)}
    return replace(settlement, orders=without_series(settlement.orders, gone)) if gone else settlement


def _unheard(history: History, ticker: str, session: date) -> bool:
    try:
        mark = history.view(history.calendar.decision_time(session)).mark(ticker)
    except NoDataError:
        return True
    return _silent(history, mark, session)


def _borrowed(
    state: AccountState, session: date, mandate: Mandate, at: datetime
) -> tuple[Book, list[Transaction]]:
    """Charge every short for the nights since the last close, at the mark of that close."""
    book, fees = state.book, []
    rate = mandate.costs.borrow_bps * BASIS_POINT
    if state.mark is not None and rate:
        prices = {held.ticker: held.price for held in state.mark.positions}
        days = (session - state.mark.session).days
        for ticker, held in sorted(state.book.positions.items()):
            if held.quantity < 0 and ticker in prices:
                fees.append(post_borrow(held, prices[ticker], rate, days, session, at))
                book = book.apply(fees[-1])
    return book, fees


def _benchmark_index(view: MarketView, benchmark: str) -> float | None:
    try:
        return float(view.total_return_index(benchmark, 1)[-1])
    except NoDataError:
        return None


def _silent(history: History, mark: Mark, session: date) -> bool:
    return history.calendar.distance(mark.session, session) >= SILENT_SESSIONS
