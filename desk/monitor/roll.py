"""Who is watched in a session, and the closes they are compared with."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from db.engine import in_transaction
from db.lake import Lake
from db.ledger import Ledger
from db.watchlist import Watchlist
from desk.monitor.actions_due import ActionsDue
from fund.errors import DeskError, NoDataError
from fund.market.calendar import Hours, SessionCalendar
from fund.market.facts import CorporateAction
from fund.market.history_view import HistoryView
from fund.watching.reference import Reference, restated

log = logging.getLogger("conclave.monitor")
FAILURES: tuple[type[Exception], ...] = (DeskError, SQLAlchemyError, psycopg.Error, OSError)


class DeskRoll:
    """Reads the book and the watchlist from the database, and the closes from the bar lake.

    The history is read once a session, and again only when the lake has grown: it takes a second and some
    130 MB, and is not kept.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        lake: Lake,
        calendar: SessionCalendar,
        benchmark: str,
        volatility_index: str,
        volume_sessions: int,
        index_members: bool,
        actions_due: ActionsDue,
    ) -> None:
        self._engine = engine
        self._lake = lake
        self._calendar = calendar
        self._benchmark = benchmark
        self._volatility_index = volatility_index
        self._volume_sessions = volume_sessions
        self._index_members = index_members
        self._actions_due = actions_due
        self._known: dict[str, Reference] = {}
        self._members: frozenset[str] = frozenset()
        self._session: date | None = None
        self._rows: Mapping[str, int] = {}
        self._book: tuple[str, ...] = (benchmark,)

    @property
    def book(self) -> Sequence[str]:
        """Return what is held, the largest first; the benchmark where nothing is."""
        return self._book

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """Return what `call` may raise."""
        return FAILURES

    def call(self, session: Hours) -> Mapping[str, Reference]:
        """Return who is to be watched in a session, and with what."""
        held, watched = in_transaction(self._engine, _wanted)
        self._book = held or (self._benchmark,)
        self._read(session)
        members = self._members if self._index_members else frozenset()
        index = self._volatility_index
        names = sorted({*held, *watched, *members} - {index})
        due = self._actions_due.on(session.session, names)
        found = {name: self._reference(name, session.session, due.get(name, ())) for name in names}
        return {**found, index: self._reference(index, session.session, ())}

    def _reference(self, ticker: str, session: date, due: Sequence[CorporateAction]) -> Reference:
        """Return what is known of a ticker, in today's shares and without today's dividends."""
        known = self._known.get(ticker) or Reference(ticker=ticker, session=session)
        if known.previous_close is None or not due:
            return known
        close, volume = restated(known.previous_close, known.average_volume, due)
        return replace(known, previous_close=close, average_volume=volume)

    def _read(self, session: Hours) -> None:
        """Read the history where the session is new, or facts came."""
        rows = self._lake.rows()
        if session.session == self._session and rows == self._rows:
            return
        history = self._lake.load_history(self._calendar)
        view = history.view(session.open_at)
        previous = self._calendar.previous_session(session.session)
        known = references_of(
            view,
            session.session,
            previous,
            volume_sessions=self._volume_sessions,
        )
        self._known = {each.ticker: each for each in known}
        self._known[self._volatility_index] = volatility_of(
            view, self._volatility_index, session.session, previous
        )
        self._members = view.members()
        self._session, self._rows = session.session, rows
        if history.last_session < previous:
            log.warning("the closes of %s are not known: no gap and no volume is judged", previous)


def references_of(
    view: HistoryView, session: date, previous: date, *, volume_sessions: int
) -> tuple[Reference, ...]:
    """Return the reference of every ticker with a close of the session before, in that session's shares."""
    found = []
    for ticker in sorted(view.tickers()):
        mark = view.mark(ticker)
        if mark.session != previous:
            continue
        volume = view.average_volume(ticker, volume_sessions)
        close = float(mark.price)
        found.append(Reference(ticker=ticker, session=session, previous_close=close, average_volume=volume))
    return tuple(found)


def volatility_of(view: HistoryView, ticker: str, session: date, previous: date) -> Reference:
    """Return the index with its close of the session before; None where the macro series lacks it."""
    try:
        known = view.macro(ticker.removeprefix("^"))
    except NoDataError:
        known = ()
    close = known[-1].value if known and known[-1].day == previous else None
    return Reference(ticker=ticker, session=session, previous_close=close)


def _wanted(connection: Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    mark = Ledger(connection).last_mark()
    positions = () if mark is None else mark.positions
    held = sorted(
        (each for each in positions if each.quantity), key=lambda each: (-abs(each.value), each.ticker)
    )
    watched = tuple(each.ticker for each in Watchlist(connection).current())
    return tuple(each.ticker for each in held), watched
