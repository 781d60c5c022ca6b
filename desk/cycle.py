"""One session of the desk's account: settled at its open, marked and decided at its close, in one commit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from time import perf_counter

from sqlalchemy import Connection, Engine

from agents.roles import prompt_hashes
from db.decisions import Decisions
from db.engine import transaction
from db.events import Event, Events
from db.leases import Leases
from db.ledger import Ledger
from db.session_mark import SessionMark, mark_book
from db.trading_state import TradingState
from desk.recollection import Recollector
from desk.slot import JOB, Slots
from fund.clock import Clock
from fund.cycle import CycleRecord, Strategy, decide
from fund.errors import TradingHaltedError
from fund.mandate import Mandate
from fund.market.history import History
from fund.portfolio.book import Book
from fund.portfolio.postings import post_deposit
from fund.session import AccountState, SessionStep, advance_session
from graph.chat_events import StepFinished, StepStarted
from graph.context import Watcher, nobody
from graph.research import TrackRecord

CODE_VERSION = "0.1.0"


class TrackKeeper:
    """Where the account stands while a cycle decides; the researcher quotes it."""

    def __init__(self) -> None:
        self.current = TrackRecord()

    def __call__(self) -> TrackRecord:
        """Return the record as of the session that is being decided."""
        return self.current


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a session came to."""

    step: SessionStep
    record: CycleRecord
    mark: SessionMark


class SessionPlayer:
    """Plays sessions in order; the process that is killed in one of them plays it again, to the same end."""

    def __init__(
        self,
        *,
        engine: Engine,
        history: History,
        mandate: Mandate,
        recollector: Recollector,
        track: TrackKeeper,
        clock: Clock,
        slots: Slots,
        versions: Mapping[str, str],
    ) -> None:
        self._engine = engine
        self._history = history
        self._mandate = mandate
        self._recollector = recollector
        self._track = track
        self._clock = clock
        self._slots = slots
        self._versions = versions
        self._state: AccountState | None = None
        self._mark: SessionMark | None = None

    def last_mark(self) -> SessionMark | None:
        """Return the book at the last close that was played, None before the first."""
        with transaction(self._engine) as connection:
            return Ledger(connection).last_mark()

    def last_session(self) -> date | None:
        """Return the last session that was played, None before the first."""
        mark = self.last_mark()
        return mark.session if mark else None

    def book(self) -> Book:
        """Return the book as the journal has it."""
        with transaction(self._engine) as connection:
            return Ledger(connection).load_book()

    def play(self, session: date, strategy: Strategy, watch: Watcher = nobody) -> Played:
        """Play one session and commit it whole.

        Raises `TradingHaltedError` while another process plays it, has taken it over, or has played it.
        """
        cycle_id = f"{JOB}-{session.isoformat()}"
        with self._slots.held(cycle_id) as lease:
            started = perf_counter()
            watch(StepStarted(step_id=cycle_id, parent_id=None, name=session.isoformat(), kind="cycle"))
            played = self._decided(session, cycle_id, strategy)
            with transaction(self._engine) as connection:
                Leases(connection).require(lease)
                self._write(connection, played)
                Leases(connection).give_back(lease, now=self._clock.now())
        self._state = AccountState(book=played.step.book, orders=played.record.orders)
        self._mark = played.mark
        summary = summary_of(played.step, played.record)
        watch(StepFinished(step_id=cycle_id, output=summary, seconds=perf_counter() - started))
        return played

    def close(self) -> None:
        """Let go of every session."""
        self._slots.close()

    def _decided(self, session: date, cycle_id: str, strategy: Strategy) -> Played:
        """Settle, mark and decide a session; nothing is written."""
        state, previous = self._account(session)
        step = advance_session(state, self._history, session, self._mandate)
        at = self._history.calendar.decision_time(session)
        mark = mark_book(
            previous,
            step.book,
            step.marks,
            session=session,
            at=at,
            benchmark_index=self._benchmark(at),
        )
        self._track.current = TrackRecord(drawdown=mark.drawdown, return_since_start=mark.unit_value - 1)
        record = decide(
            strategy,
            self._history.view(at),
            step.book,
            self._mandate,
            cycle_id=cycle_id,
            inputs=self._inputs(at),
            halted=self._halted(),
        )
        return Played(step=step, record=record, mark=mark)

    def _account(self, session: date) -> tuple[AccountState, SessionMark | None]:
        """Return the account before a session: as this process left it, or else from the database."""
        with transaction(self._engine) as connection:
            ledger = Ledger(connection)
            last = ledger.last_mark()
            if last is not None and last.session >= session:
                raise TradingHaltedError(
                    f"{session} has been played already; the clock stands at {last.session}"
                )
            known = self._mark is not None and last is not None and last.session == self._mark.session
            if self._state is not None and known:
                return self._state, last
            if last is None:
                opened = self._history.calendar.open_at(session)
                ledger.append([post_deposit(self._mandate.initial_cash, session, opened, "initial")])
            return AccountState(book=ledger.load_book(), orders=ledger.open_orders()), last

    def _write(self, connection: Connection, played: Played) -> None:
        step, record = played.step, played.record
        ledger = Ledger(connection)
        ledger.record_settlement(
            replace(step.settlement, book=step.book, transactions=step.transactions, closed=step.closed)
        )
        ledger.mark_session(played.mark)
        Decisions(connection).record_cycle(
            record, job=JOB, slot=record.cycle_id, recorded_at=self._clock.now()
        )
        ledger.record_orders(record.orders)
        self._recollector.remember_session(connection, step)
        Events(connection).append(_events(step, record))

    def _halted(self) -> str | None:
        with transaction(self._engine) as connection:
            state = TradingState(connection).get()
        return f"trading was paused by {state.changed_by}: {state.reason}" if state.is_paused else None

    def _benchmark(self, at: datetime) -> float | None:
        index = self._history.view(at).total_return_index(self._mandate.benchmark, 1)
        return float(index[-1]) if len(index) else None

    def _inputs(self, at: datetime) -> dict[str, str]:
        prompts = {f"prompt_{role}": digest for role, digest in prompt_hashes().items()}
        return {
            "data_version": self._history.version_at(at),
            "mandate_hash": self._mandate.mandate_hash,
            "code_version": CODE_VERSION,
            **self._versions,
            **prompts,
        }


def summary_of(step: SessionStep, record: CycleRecord) -> str:
    """Return in one line what a session did and decided."""
    parts = [f"equity {step.row.equity:,.0f} USD"]
    parts += [
        f"{fill.side} {fill.quantity:f} {fill.ticker} at {fill.price:,.2f}" for fill in step.settlement.fills
    ]
    parts += [f"{ticker} closed: its series ended" for ticker in step.ended]
    if record.status == "decided":
        parts.append(f"{len(record.orders)} orders for the next open" if record.orders else "no orders")
    else:
        parts.append(f"{record.status}: {record.cause}")
    return "; ".join(parts)


def _events(step: SessionStep, record: CycleRecord) -> list[Event]:
    severity = "info" if record.status == "decided" else "warning"
    events = [
        Event(
            event_id=f"cycle-{record.cycle_id}",
            at=record.as_of,
            kind=f"cycle_{record.status}",
            severity=severity,  # type: ignore[arg-type]
            text=summary_of(step, record),
            data={"orders": len(record.orders), "equity": str(record.equity)},
            cycle_id=record.cycle_id,
        )
    ]
    events += [
        Event(
            event_id=f"ended-{ticker}-{step.session.isoformat()}",
            at=record.as_of,
            kind="series_ended",
            severity="warning",
            text=f"{ticker} has had no price for several sessions; the position was closed at its last trade",
            cycle_id=record.cycle_id,
        )
        for ticker in step.ended
    ]
    return events
