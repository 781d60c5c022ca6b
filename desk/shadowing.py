"""Puts the evidence of decisions on record to shadows: asked like the committee, and nothing more."""

import logging
import os
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from threading import Event
from uuid import uuid4

from sqlalchemy import Connection

from agents.brief import Evidence
from agents.llm import DoorLimits, LLMDoor
from db.engine import in_transaction
from db.llm_calls import LLMCall, LLMCalls
from db.record_codec import from_plain
from db.shadow_tables import shadow_calls
from db.shadows import IN_FORCE, Put, Shadows
from desk.attention import Wishes
from desk.bootstrap import Desk
from desk.cycle import track_of
from desk.evaluating import Field
from desk.logs import logged_as
from desk.rebuild import Rebuilder, Recorded
from desk.shadow_rows import absent_row, decision_row, view_rows
from desk.slot import Slots
from fund.cycle import CycleRecord, decide
from fund.errors import DeskError, TradingHaltedError
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from graph.asking import DoorAsk
from graph.call_log import DatabaseCallLog
from graph.chat_events import StepFinished, StepStarted
from graph.committee import build_committee
from graph.loop import LoopThread
from graph.research import Researcher
from graph.strategy import CommitteeStrategy
from tools.forecasts import ForecastTools
from tools.memory import MemoryTools

log = logging.getLogger("conclave.shadows")
JOB = "shadow"
GIVEN_UP_AFTER = timedelta(hours=24)
"""In a replay, whose sessions lie in the past; on the real clock the next open ends it."""
TOO_LATE = "nobody asked it in time"
STOPPED = "the desk is ending"
OFFLINE = "offline"


class Shadowing:
    """Asks the shadows of one desk; its calls, its money and its connections are its own.

    Only decisions that the committee in force took under the present mandate are put to them, none of the
    past that the rules replayed. A call that was answered is found again by its key, so that what was cut
    off goes on and pays nothing twice; what nobody asked in time is given up, and on record as absent.
    """

    def __init__(self, desk: Desk, field: Field) -> None:
        self.field = field
        self.stopping = Event()
        self._desk = desk
        self._exits = ExitStack()
        self._loop = LoopThread()
        self._exits.callback(self._loop.close)
        self._committee = build_committee()
        self._log = DatabaseCallLog(desk.engine, shadow_calls)
        owner = f"{os.uname().nodename}-{os.getpid()}-{uuid4().hex}"
        self._slots = Slots(desk.engine, desk.clock, owner)
        self._exits.callback(self._slots.close)
        limits = DoorLimits(budget_usd=desk.mandate.shadow_budget_usd)
        self._doors = {
            name: LLMDoor(roster=roster, log=self._log, clock=desk.clock, limits=limits)
            for name, roster in field.rosters.items()
        }
        for door in self._doors.values():
            self._exits.callback(lambda each=door: self._loop.run(each.aclose()))  # type: ignore[misc]
        self._rebuilder: Rebuilder | None = None

    def ask_waiting(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Put every decision that waits to every shadow and return how many answers were kept."""
        waiting = in_transaction(
            self._desk.engine,
            lambda connection: Shadows(connection).put(
                after=self._desk.last_replayed, mandate_hash=self._desk.mandate.mandate_hash
            ),
        )
        kept = 0
        for put in waiting:
            for shadow in (name for name in (IN_FORCE, *self._doors) if name not in put.done):
                if self.stopping.is_set() or not may_go_on():
                    break
                kept += self._put(put, shadow)
        self._slots.close()
        return kept

    def stop(self) -> None:
        """Let no more be asked and take back the question in hand; it is asked again at the next start."""
        self.stopping.set()
        self._loop.take_back()

    def close(self) -> None:
        """Let go of every connection."""
        self._exits.close()

    def decided(self, recorded: Recorded, shadow: str) -> CycleRecord:
        """Return what a shadow makes of a decision's evidence, over the same book and under the same limits.

        Nothing of it is carried out. Its status is `halted` where the desk was ending.
        """
        then = recorded.then
        strategy = CommitteeStrategy(
            name=f"committee/{self.field.rosters[shadow].seats[0].spec.provider}",
            committee=self._committee,
            research=partial(self._evidence, recorded),
            ask_for=lambda cycle, session: self._asker(session, cycle, shadow),
            loop=self._loop,
            watch=self._watched,
        )
        return decide(
            strategy,
            self._desk.history.view(then.as_of),
            recorded.book,
            recorded.mandate,
            cycle_id=then.cycle_id,
            inputs=then.inputs,
            reducing=then.inputs.get("reducing"),
            asked=Wishes.recorded(then.inputs).exits,
        )

    def recorded(self, cycle_id: str) -> Recorded:
        """Return a decision with what it was made from; raises `QueryRefusedError` where that is gone."""
        if self._rebuilder is None:
            self._rebuilder = self._exits.enter_context(Rebuilder(self._desk, self._desk.settings))
        return self._rebuilder.recorded(cycle_id)

    def _put(self, put: Put, shadow: str) -> int:
        try:
            with (
                self._slots.held(f"{put.cycle_id} {shadow}", JOB),
                logged_as(cycle_id=put.cycle_id, job=JOB),
            ):
                return int(self._kept(put, shadow))
        except TradingHaltedError:
            return 0  # another process has it in hand
        except CancelledError:
            return 0  # taken back; it is asked again

    def _kept(self, put: Put, shadow: str) -> bool:
        """Ask, and keep what came of it; the first answer stays."""
        try:
            if shadow == IN_FORCE:
                return self._keep(put, shadow, self.recorded(put.cycle_id).then)
            if self._is_too_late(put):
                return self._keep(put, shadow, None, TOO_LATE)
            record = self.decided(self.recorded(put.cycle_id), shadow)
        except DeskError as error:
            log.warning("%s could not be asked about %s: %s", shadow, put.cycle_id, error)
            return self._keep(put, shadow, None, str(error))
        return record.status != "halted" and self._keep(put, shadow, record)

    def _keep(self, put: Put, shadow: str, record: CycleRecord | None, why: str = "") -> bool:
        """Write a decision with its views, or why there is none, and return whether it was new."""

        def write(connection: Connection) -> bool:
            calls = self._calls(connection, put.cycle_id, shadow)
            at = self._desk.clock.now()
            if record is None:
                return Shadows(connection).record(absent_row(put, calls, shadow=shadow, why=why, at=at), ())
            row = decision_row(record, calls, shadow=shadow, in_force=shadow == IN_FORCE, at=at)
            return Shadows(connection).record(row, view_rows(record, shadow))

        return in_transaction(self._desk.engine, write)

    def _calls(self, connection: Connection, cycle_id: str, shadow: str) -> tuple[LLMCall, ...]:
        if shadow == IN_FORCE:
            return LLMCalls(connection).of_cycle(cycle_id)
        asked = self.field.rosters[shadow].seats[0].spec
        found = LLMCalls(connection, shadow_calls).of_cycle(cycle_id)
        return tuple(call for call in found if (call.provider, call.llm) == (asked.provider, asked.llm))

    def _is_too_late(self, put: Put) -> bool:
        now = self._desk.clock.now()
        if self._desk.is_live:
            return self._is_past(put.session)
        return now - put.recorded_at > GIVEN_UP_AFTER

    def _is_past(self, session: date) -> bool:
        calendar = self._desk.history.calendar
        return calendar.open_at(calendar.next_session(session)) <= self._desk.clock.now()

    def _asker(self, session: date, cycle_id: str, shadow: str) -> DoorAsk:
        """Ask under pseudonyms where an LLM could remember how the story went."""
        rules = self.field.rosters[shadow].seats[0].spec.provider == OFFLINE
        seed = cycle_id if not rules and self._is_past(session) else None
        return DoorAsk(self._doors[shadow], cycle_id, blind_seed=seed)

    def _evidence(self, recorded: Recorded, view: MarketView, book: Book, mandate: Mandate) -> Evidence:
        """Return what the committee in force was shown: as recorded, or gathered again if it was silent."""
        proposal = recorded.then.proposal
        if proposal is not None:
            return from_plain(Evidence, proposal.evidence["evidence"])
        track, wishes = track_of(recorded.mark), Wishes.recorded(recorded.then.inputs)
        memory = MemoryTools(self._desk.engine)
        heard = ForecastTools(recorded.sources)
        return Researcher(heard, memory, lambda: track, lambda: wishes.attention)(view, book, mandate)

    def _watched(self, event: StepStarted | StepFinished) -> None:
        if self.stopping.is_set() and isinstance(event, StepStarted):
            raise TradingHaltedError(STOPPED)
