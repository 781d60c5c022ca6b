"""One session of the desk's account: settled at its open, marked and decided at its close, in one commit."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from time import perf_counter

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from agents.roles import prompt_hashes
from db.decisions import Decisions
from db.engine import again_when_lost, in_transaction, trouble
from db.events import Events
from db.heads import chain_heads
from db.leases import Lease, Leases
from db.ledger import Ledger
from db.mandates import Mandates
from db.placement import Placement
from db.trading_state import TradingState
from desk.attention import AttentionKeeper, Wishes, end_exits
from desk.breaker import at_close, write_close
from desk.logs import logged_as
from desk.market import Market
from desk.movements import movements_of
from desk.played import Played, daily_summary, events_of, summary_of
from desk.recollection import Recollector
from desk.slot import JOB, Slots
from fund.clock import Clock
from fund.cycle import Strategy, decide
from fund.errors import DeskError, TradingHaltedError
from fund.mandate import Mandate
from fund.portfolio.book import Book
from fund.portfolio.journal import Transaction
from fund.portfolio.postings import post_deposit
from fund.portfolio.session_mark import SessionMark
from fund.session import AccountState, advance_session
from graph.chat_events import StepFinished, StepStarted
from graph.context import Watcher, nobody
from graph.research import TrackRecord

CODE_VERSION = "0.1.0"
MOST_TRIES = 20
"""Of one session that is decided again because what it rests on has changed meanwhile."""


class TrackKeeper:
    """Where the account stands while a cycle decides; the researcher quotes it."""

    def __init__(self) -> None:
        self.current = TrackRecord()

    def __call__(self) -> TrackRecord:
        """Return the record as of the session that is being decided."""
        return self.current


class SessionPlayer:
    """Plays sessions in order; the process that is killed in one of them plays it again, to the same end."""

    def __init__(
        self,
        *,
        engine: Engine,
        market: Market,
        mandate: Mandate,
        recollector: Recollector,
        track: TrackKeeper,
        attention: AttentionKeeper,
        clock: Clock,
        slots: Slots,
        versions: Mapping[str, str],
        mandate_text: str | None = None,
    ) -> None:
        self._engine = engine
        self._market = market
        self._mandate = mandate
        self._recollector = recollector
        self._track = track
        self._attention = attention
        self._clock = clock
        self._slots = slots
        self._versions = versions
        self._mandate_text = mandate_text
        self._state: AccountState | None = None
        self._basis = ""
        """What the account stood on when the session in hand was decided."""

    def last_mark(self) -> SessionMark | None:
        """Return the book at the last close that was played, None before the first."""
        return in_transaction(self._engine, lambda connection: Ledger(connection).last_mark())

    def last_session(self) -> date | None:
        """Return the last session that was played, None before the first."""
        mark = self.last_mark()
        return mark.session if mark else None

    def book(self) -> Book:
        """Return the book as the journal has it."""
        return in_transaction(self._engine, lambda connection: Ledger(connection).load_book())

    def play(
        self, session: date, strategy: Strategy, watch: Watcher = nobody, *, stand_in: bool = False
    ) -> Played:
        """Play one session and commit it whole; a lost connection is made anew and what was lost done over.

        With `stand_in`, for the past that is played with nobody there, a tripped breaker is resumed in the
        owner's stead at the first close at which every level is met, and recorded so.

        Raises `TradingHaltedError`, and changes nothing, while another process plays it or once it has
        taken it over, and for a session that is not the next one; `ConfigError` when the database stays
        away.
        """
        cycle_id = f"{JOB}-{session.isoformat()}"
        started = perf_counter()
        watch(StepStarted(step_id=cycle_id, parent_id=None, name=session.isoformat(), kind="cycle"))
        output, failed = "", True
        try:
            with logged_as(cycle_id=cycle_id, job=JOB):
                played = self._committed(session, cycle_id, strategy, stand_in=stand_in)
            output, failed = summary_of(played.step, played.record), False
        except DeskError as error:
            output = str(error)
            raise
        except (DBAPIError, psycopg.Error) as error:
            output = str(trouble(error))
            raise trouble(error) from error
        finally:
            seconds = perf_counter() - started
            watch(StepFinished(step_id=cycle_id, output=output, seconds=seconds, failed=failed))
        return played

    def inputs_at(self, at: datetime) -> dict[str, str]:
        """Return hashes and versions of everything a decision of that moment is made from."""
        prompts = {f"prompt_{role}": digest for role, digest in prompt_hashes().items()}
        return {
            "data_version": self._market.history.version_at(at),
            "mandate_hash": self._mandate.mandate_hash,
            "code_version": CODE_VERSION,
            **self._versions,
            **prompts,
        }

    def close(self) -> None:
        """Let go of every session."""
        self._slots.close()

    def _committed(self, session: date, cycle_id: str, strategy: Strategy, *, stand_in: bool) -> Played:
        with self._slots.held(cycle_id) as lease:
            for _ in range(MOST_TRIES):
                played = again_when_lost(lambda: self._decided(session, cycle_id, strategy))
                commit = partial(self._commit, lease=lease, played=played, stand_in=stand_in)
                basis = in_transaction(self._engine, commit)
                if basis is not None:
                    break
            else:
                raise TradingHaltedError(
                    f"{session} was decided {MOST_TRIES} times, and each time the account, the breaker or "
                    "what is asked to be closed had changed meanwhile; play it again"
                )
        self._basis, step = basis, played.step
        self._state = AccountState(
            book=step.book,
            orders=played.record.orders,
            working=step.settlement.working,
            mark=step.mark,
        )
        return played

    def _commit(self, connection: Connection, *, lease: Lease, played: Played, stand_in: bool) -> str | None:
        """Write a session under its lease and return the basis of the next one.

        None, and nothing written, when it has to be decided again: when the breaker or what the owner wants
        closed changed meanwhile, or the account is not what was decided on (INV-10).
        Delivered again, because the answer of a commit was lost, it finds its own record and writes nothing.
        """
        Leases(connection).require(lease)
        placement = Placement(connection)
        if Decisions(connection).get(played.record.cycle_id) is not None:
            return placement.basis()
        placement.hold()
        if TradingState(connection).held().version != played.breaker.found.version:
            return None
        if placement.basis() != self._basis:
            return None
        if Wishes.standing(connection).exits != played.wishes.exits:
            return None
        self._write(connection, played)
        end_exits(connection, played.wishes, played.record, at=self._clock.now())
        write_close(connection, played.breaker, played.record, self._mandate, stand_in=stand_in)
        Leases(connection).give_back(lease, now=self._clock.now())
        return placement.basis()

    def _decided(self, session: date, cycle_id: str, strategy: Strategy) -> Played:
        """Settle, mark and decide a session; nothing is written."""
        history = self._market.history
        at = history.calendar.decision_time(session)
        view, account = history.view(at), self._account(session)
        step = advance_session(account, history, session, self._mandate)
        self._track.current = track_of(step.mark)
        look = partial(at_close, mandate=self._mandate, account=account, step=step, view=view)
        wished = partial(Wishes.standing, places=self._mandate.discovery.before_committee)
        breaker, wishes = in_transaction(self._engine, look), in_transaction(self._engine, wished)
        self._attention.current = wishes.attention
        record = decide(
            strategy,
            view,
            step.book,
            self._mandate,
            cycle_id=cycle_id,
            inputs=self.inputs_at(at) | breaker.inputs | wishes.inputs,
            halted=breaker.halted,
            reducing=breaker.reducing,
            asked=wishes.exits,
        )
        return Played(step=step, record=record, breaker=breaker, wishes=wishes)

    def _account(self, session: date) -> AccountState:
        """Return the account before a session: as this process left it, or else from the database."""
        return in_transaction(self._engine, lambda connection: self._account_in(connection, session))

    def _account_in(self, connection: Connection, session: date) -> AccountState:
        ledger, basis = Ledger(connection), Placement(connection).basis()
        if basis != self._basis:
            self._state, self._basis = None, basis
        last = ledger.last_mark()
        if last is None:
            return AccountState(book=Book().apply(self._deposit(session)))
        self._require_next(session, last.session)
        if self._state is not None and self._state.mark == last:
            return self._state
        return AccountState(book=ledger.load_book(), working=ledger.working_orders(), mark=last)

    def _require_next(self, session: date, last: date) -> None:
        """Refuse a session that does not follow the last: its dividends and fills are not next in line."""
        sessions = self._market.history.panel.sessions
        place = bisect_right(sessions, last)
        due = sessions[place].isoformat() if place < len(sessions) else "none, the data end"
        if session.isoformat() != due:
            raise TradingHaltedError(
                f"the clock stands at {last} and the session to play next is {due}, was {session}; another "
                "process may have moved the desk on, ask again"
            )

    def _deposit(self, session: date) -> Transaction:
        opened = self._market.history.calendar.open_at(session)
        return post_deposit(self._mandate.initial_cash, session, opened, "initial")

    def _write(self, connection: Connection, played: Played) -> None:
        step, record = played.step, played.record
        ledger = Ledger(connection)
        before = ledger.last_mark()
        if before is None:
            ledger.append([self._deposit(step.session)])
        ledger.record_settlement(
            replace(step.settlement, book=step.book, transactions=step.transactions, closed=step.closed)
        )
        ledger.mark_session(step.mark)
        now = self._clock.now()
        if self._mandate_text is not None:
            Mandates(connection).keep(self._mandate.mandate_hash, self._mandate_text, at=now)
        Decisions(connection).record_cycle(record, job=JOB, slot=record.cycle_id, recorded_at=now)
        ledger.record_orders(record.orders)
        self._recollector.remember_session(connection, step)
        moved = movements_of(step, record, before, self._mandate.alerts)
        Events(connection).append([*events_of(step, record), *moved])
        kept = self._mandate.mandate_hash if self._mandate_text is not None else None
        Events(connection).append([daily_summary(step, record, before, chain_heads(connection), kept)])


def track_of(mark: SessionMark) -> TrackRecord:
    """Return how the account has done by a close, as the committee is told it."""
    return TrackRecord(drawdown=mark.drawdown, return_since_start=mark.unit_value - 1)
