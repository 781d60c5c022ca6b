"""What the desk holds and why, what is left in cash, and how much of every limit is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Engine

from db.decisions import Decisions
from db.ledger import Ledger
from db.past import Past
from db.trading_state import TradingState
from fund.errors import QueryRefusedError
from fund.mandate import Mandate
from fund.portfolio.book import Book
from fund.portfolio.session_mark import SessionMark
from tools.book_change import BookChange, book_change
from tools.book_state import PortfolioState, RecordedBook, state_of
from tools.decisions import Views
from tools.exposure import LimitsReport, limits_of
from tools.holdings import CENT, HISTORY, ZERO, coming_money, last_trades, portfolio_of
from tools.holdings import Holding as Holding
from tools.holdings import OpenOrder as OpenOrder
from tools.holdings import Portfolio as Portfolio
from tools.refused import Refused, refused_lately


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """What was received and paid since the start, USD."""

    session: date
    dividends: Decimal
    fees: Decimal


class PortfolioTools:
    """Questions about the book, answered from the journal at the marks of the desk's clock."""

    def __init__(self, engine: Engine, views: Views, mandate: Mandate) -> None:
        self._engine = engine
        self._views = views
        self._mandate = mandate

    def holdings(self) -> Portfolio:
        """Return every position with its cost, mark, profit and the reason it is held; cash; open orders."""
        view = self._views(None)
        with self._engine.connect() as connection:
            ledger, past = Ledger(connection), Past(connection)
            book, orders = _funded(past.book_at(view.session)), ledger.working_orders()
            records = last_trades(book, ledger.fills(), view.sessions(HISTORY), Decisions(connection))
            coming = past.moved_after(view.session)
        return portfolio_of(book, view, records, orders, coming)

    def income(self) -> Income:
        """Return the dividends received and the fees paid since the start."""
        session = self._views(None).session
        with self._engine.connect() as connection:
            book = _funded(Past(connection).book_at(session))
        return Income(
            session=session,
            dividends=book.dividends.quantize(CENT),
            fees=book.fees.quantize(CENT),
        )

    def state(self, at: date | None = None) -> PortfolioState:
        """Return the whole account at a close: holdings, exposure, limits, orders, stops and profit so far.

        Of a day without a session the close before is told, with a note.

        Args:
            at: The day asked for, such as 2017-01-31; left out, the desk's clock.
        """
        with self._engine.connect() as connection:
            ledger, past = Ledger(connection), Past(connection)
            marks = ledger.equity_curve()
            session, note = (self._views(None).session, "") if at is None else close_of(marks, at)
            now = at is None or session == marks[-1].session
            record = RecordedBook(
                transactions=past.journal_until(session),
                orders=ledger.working_orders() if now else past.orders_at(session),
                marks=[mark for mark in marks if mark.session <= session],
                drawdown_from=TradingState(connection).get().drawdown_from,
                mandate_hash=past.mandate_at(session),
            )
            coming = past.moved_after(session) if now else ZERO
        if not record.transactions:
            raise QueryRefusedError(NO_MONEY)
        said = " ".join(part for part in (note, coming_money(coming)) if part)
        return state_of(record, self._views(session), self._mandate, said)

    def difference(self, first: date, last: date) -> BookChange:
        """Return what changed in the book between two closes: bought, sold, weights, and the profit.

        Args:
            first: The earlier day, such as 2017-01-31; of a day without a session the close before counts.
            last: The later day.
        """
        if first > last:
            first, last = last, first
        with self._engine.connect() as connection:
            ledger = Ledger(connection)
            marks = ledger.equity_curve()
            (before, told), (after, told_too) = close_of(marks, first), close_of(marks, last)
            if before == after:
                raise QueryRefusedError(
                    f"{first.isoformat()} and {last.isoformat()} are the same close, that of "
                    f"{before.isoformat()}; name two days with a session between them"
                )
            by_session = {mark.session: mark for mark in marks}
            return book_change(
                by_session[before],
                by_session[after],
                Past(connection).journal_until(after),
                ledger.fills(),
                " ".join(note for note in (told, told_too) if note),
            )

    def held_on(self, day: date) -> SessionMark:
        """Return the book as it was marked at a past close; of a day without one, at the close before.

        Args:
            day: The day asked for.
        """
        with self._engine.connect() as connection:
            marks = Ledger(connection).equity_curve()
        session, _ = close_of(marks, day)
        return next(mark for mark in marks if mark.session == session)

    def limits(self) -> LimitsReport:
        """Return each limit of the mandate with its cap and how much of it the book uses now.

        Where a limit is a statistic (VaR, CVaR, beta, buckets, clusters, drawdown) it comes with the number
        of sessions it was measured on. The limit nearest to its cap comes first.
        """
        view = self._views(None)
        with self._engine.connect() as connection:
            ledger = Ledger(connection)
            book, orders = _funded(Past(connection).book_at(view.session)), ledger.working_orders()
            marks, since = ledger.equity_curve(), TradingState(connection).get().drawdown_from
        return limits_of(book, view, self._mandate, orders=orders, marks=marks, drawdown_from=since)

    def refused(self) -> Refused:
        """Return what was refused in the last session and is in no book, and how much was before."""
        with self._engine.connect() as connection:
            return refused_lately(connection)


def close_of(marks: Sequence[SessionMark], day: date) -> tuple[date, str]:
    """Return the session whose close tells of a day, and a note where that is the close before.

    Raises:
        QueryRefusedError: The day is before the first close or after the last one.
    """
    found = [mark.session for mark in marks if mark.session <= day]
    if not found or day > marks[-1].session:
        known = f"; it has {marks[0].session} to {marks[-1].session}" if marks else ""
        raise QueryRefusedError(f"the desk has no book of {day.isoformat()}{known}")
    if found[-1] == day:
        return day, ""
    return found[-1], f"{day.isoformat()} has no close; this is that of {found[-1].isoformat()}."


def _funded(book: Book) -> Book:
    if not book.deposits and not book.positions:
        raise QueryRefusedError(NO_MONEY)
    return book


NO_MONEY = "the account holds no money yet; advance the desk by a session first"
