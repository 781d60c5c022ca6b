"""Plays sessions on a thread of its own, one request after the other, and tells whoever watches."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from threading import Event, Lock
from time import perf_counter
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from desk.bakeoff_room import BakeoffRoom
from desk.bootstrap import Desk
from desk.hearing import hear, told
from desk.missed import note_failed_round, note_missed
from desk.played import Played
from desk.progress import ProgressSink
from desk.schedule.hearing_room import HearingRoom
from desk.schedule.jobs import jobs_of
from desk.schedule.runner import JobRunner
from evals.chat_gate import ChatVerdict
from evals.night import Night
from fund.errors import DeskError, QueryRefusedError, TradingHaltedError
from fund.portfolio.session_mark import SessionMark, day_of
from graph.chat_events import Progress, StepFinished, StepStarted
from graph.desk_control import AdvanceSummary, DeskStatus, Hearing, OnEvent, PlayedSession
from tools.bakeoffs import BakeoffEnd
from tools.control import REAL_CLOCK

log = logging.getLogger("conclave.worker")
T = TypeVar("T")


class DeskWorker:
    """Moves the desk for a conversation; everything that plays runs on the one worker thread.

    What may take hours has a thread beside it.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk-worker")
        self._aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk-aside")
        self._beside: Future[None] | None = None
        self._closing = Event()
        self._asking = Lock()
        self._waiting: Future[None] | None = None
        self._failed = ""
        self.bakeoffs = BakeoffRoom(desk.settings, desk.mandate, desk.engine, desk.clock)
        self.room = HearingRoom(desk)
        self.room.asked = self.wake
        self.runner = JobRunner(
            desk.engine,
            desk.clock,
            lambda: desk.history.calendar,
            desk.slots,
            jobs_of(desk, self.room, self._closing.is_set, self._ask_chat),
        )

    @property
    def failed(self) -> str:
        """Why the last round of the real clock ended early; empty when it did not."""
        return self._failed

    @property
    def is_alive(self) -> bool:
        """Whether sessions can be played; false once the desk is ending."""
        return not self._closing.is_set()

    def status(self) -> DeskStatus:
        """Return where the desk stands now."""
        desk = self._desk
        unplayed = desk.unplayed()
        session = desk.player.last_session() or desk.history.first_session
        following = unplayed[0] if unplayed else None
        return DeskStatus(
            mode="live" if desk.is_live else "replay",
            session=session,
            next_session=desk.history.calendar.next_session(session) if desk.is_live else following,
            unplayed=None if desk.is_live else len(unplayed),
            provider=desk.seating.label,
        )

    async def advance(self, sessions: int, on_event: OnEvent) -> AdvanceSummary:
        """Play up to `sessions` sessions; cancelling stops after the session that is being played, and waits.

        Raises `QueryRefusedError` for less than one and on the real clock, `TradingHaltedError`
        once the desk is ending.
        """
        if self._desk.is_live:
            raise QueryRefusedError(REAL_CLOCK)
        if sessions < 1:
            raise QueryRefusedError(f"expected at least 1 session to play, was {sessions}; ask for 1 or more")
        return await self._worked(lambda stop: self._play(sessions, on_event, stop))

    async def hear(self, hearing_id: str, tickers: Sequence[str], on_event: OnEvent) -> Hearing:
        """Let the committee speak on the last close, between two sessions; nothing is ordered or decided.

        Cancelling ends it before the next role is asked. Raises `QueryRefusedError` where it was stopped,
        `NoDataError` before the first session, `TradingHaltedError` once the desk is ending.
        """
        return await self._worked(lambda stop: self._hear(hearing_id, tickers, on_event, stop))

    def _ask_chat(self, day: date, last: Night | None, progress: ProgressSink) -> ChatVerdict:
        """Ask the chat over this worker's desk; what joins the two is built on this module."""
        from desk.eval_chat import chat_tonight

        return chat_tonight(self._desk, self, day, last, progress)

    async def evaluate(self, command_id: str, on_event: OnEvent) -> BakeoffEnd:
        """Run the bakeoff of a confirmed command on its thread, beside what is played."""
        return await self.bakeoffs.watched(command_id, on_event)

    def bakeoff_of(self, thread_id: str) -> str | None:
        """Return the command of the bakeoff under way that was asked for in a thread, None without one."""
        return self.bakeoffs.watches(thread_id)

    async def _worked(self, work: Callable[[Event], T]) -> T:
        """Run work on the one worker thread; cancelling sets the event that work is to look at."""
        if self._closing.is_set():
            raise TradingHaltedError("the desk is ending and plays no more sessions; start it again")
        stop = Event()
        running = asyncio.get_running_loop().run_in_executor(self._thread, work, stop)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait([running])
            raise

    async def keep_time(self) -> None:
        """Take in what the feed has, play the sessions that are due, then do what else is due by now."""
        round_ = self._next_round()
        if round_ is not None:
            await asyncio.shield(asyncio.wrap_future(round_))

    def wake(self) -> None:
        """Let a round begin as soon as the worker is free; from any thread."""
        self._next_round()

    def close(self) -> None:
        """Finish the session being played and take no more work; closing twice is allowed."""
        with self._asking:
            self._closing.set()
        self.bakeoffs.close()
        self._thread.shutdown(wait=True)
        self._aside.shutdown(wait=True)

    def _next_round(self) -> "Future[None] | None":
        """Return the round that waits for its turn; several who ask before it begins share one."""
        with self._asking:
            if self._closing.is_set():
                return None
            if self._waiting is None:
                self._waiting = self._thread.submit(self._round)
            return self._waiting

    def _round(self) -> None:
        with self._asking:
            self._waiting = None
        desk = self._desk
        try:
            if desk.is_live:
                self._play_due()
            self._begin_beside()
            self.runner.run_due(self._closing.is_set, lambda job: not job.aside)
            self.room.hold_waiting(self._closing.is_set)
            self._failed = ""
        except Exception as error:  # the job wrapper is one of the house's three edges
            log.exception("a round of the real clock ended early; the next one tries again")
            self._failed = str(error) if isinstance(error, DeskError) else type(error).__name__
            with suppress(DeskError, SQLAlchemyError):
                note_failed_round(desk.engine, desk.clock.now(), self._failed)

    def _begin_beside(self) -> None:
        """Let what may take hours run on its own thread, unless it still does: no session waits for it."""
        with self._asking:
            if not self._closing.is_set() and (self._beside is None or self._beside.done()):
                self._beside = self._aside.submit(self._run_beside)

    def _run_beside(self) -> None:
        try:
            self.runner.run_due(self._closing.is_set, lambda job: job.aside)
        except Exception:  # the job wrapper is one of the house's three edges
            log.exception("work beside the sessions ended early; the next round tries again")

    def _play_due(self) -> None:
        desk = self._desk
        desk.market.refresh(desk.clock.now(), desk.player.last_session())
        due = desk.due()
        new = [session for session in due if session > desk.last_replayed]
        note_missed(desk.engine, desk.history.calendar, new, desk.clock.now())
        for session in due:
            if self._closing.is_set():
                break
            desk.catch_up(session)

    def _hear(self, hearing_id: str, tickers: Sequence[str], on_event: OnEvent, stop: Event) -> Hearing:
        name, began = f"Hearing: {', '.join(tickers) or 'the usual candidates'}", perf_counter()
        on_event(StepStarted(step_id=hearing_id, parent_id=None, name=name, kind="cycle"))
        output, failed = "nothing is ordered", True
        try:
            record = hear(self._desk, hearing_id, tickers, on_event, stop)
            heard, failed = told(record, tickers, self._desk.seating.label), record.status != "decided"
        except DeskError as error:
            output = str(error)
            raise
        finally:
            seconds = perf_counter() - began
            on_event(StepFinished(step_id=hearing_id, output=output, seconds=seconds, failed=failed))
        return heard

    def _play(self, sessions: int, on_event: OnEvent, stop: Event) -> AdvanceSummary:
        due = self._desk.unplayed()[:sessions]
        played: list[PlayedSession] = []
        stopped = ""
        previous = self._desk.player.last_mark()
        for done, session in enumerate(due):
            on_event(Progress(label="Sessions played", done=done, total=len(due)))
            if stop.is_set() or self._closing.is_set():
                stopped = "it was stopped"
                break
            try:
                result = self._desk.play(
                    session,
                    on_event,
                    lambda label, step, total: on_event(Progress(label=label, done=step, total=total)),
                )
            except DeskError as error:
                stopped = str(error)
                break
            played.append(_played(result, previous))
            previous = result.step.mark
        else:
            on_event(Progress(label="Sessions played", done=len(due), total=len(due)))
        return AdvanceSummary(
            played=tuple(played),
            unplayed=len(self._desk.unplayed()),
            stopped=stopped or _short(due, sessions),
        )


def _short(due: Sequence[date], sessions: int) -> str:
    return "" if len(due) == sessions else "the data end there"


def _played(result: Played, previous: SessionMark | None) -> PlayedSession:
    mark, day = result.step.mark, day_of(result.step.mark, previous)
    return PlayedSession(
        session=mark.session,
        status=result.record.status,
        equity=mark.equity,
        return_fraction=day.return_fraction,
        benchmark_return=day.benchmark_return,
        fills=len(result.step.settlement.fills),
        orders=len(result.record.orders),
        cause=result.record.cause or "",
    )
