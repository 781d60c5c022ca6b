"""Bakeoffs of a desk: one at a time on a thread of their own, told as they go, resumed after a restart."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from threading import Event as Flag
from threading import Lock
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine

from db.commands import Command, Commands
from db.engine import in_transaction
from db.events import Event, Events
from desk.bakeoff_plan import eval_run, most_of, plan_of, planned_lines
from desk.bakeoff_report import bakeoff_of, last_bakeoff
from desk.eval_asking import REPORT, kept_report
from desk.evaluating import EVALS, run_experiment
from desk.kept_bakeoff import BAKEOFF
from desk.settings import Settings
from fund.clock import Clock
from fund.errors import BudgetError, DeskError, QueryRefusedError, TradingHaltedError
from fund.mandate import Mandate
from graph.chat_events import Progress
from graph.desk_control import OnEvent
from tools.bakeoffs import BakeoffEnd, BakeoffResult, BakeoffUnderWay
from tools.control_evaluate import NOTHING_TO_STOP

log = logging.getLogger("conclave.bakeoffs")
ACTION = "evaluate"
LABEL = "Bakeoff, answers"
LOOKED_AT_SECONDS = 0.5
"""How often somebody who watches is told how far it is."""
PAUSE_SECONDS = 0.01
"""After each answer while somebody waits for the desk, which then answers as fast as ever."""
REMEMBERED = 20


class BakeoffCancelledError(DeskError):
    """The owner has cancelled the bakeoff: what was answered is kept, and nobody is asked any more."""


@dataclass(slots=True, kw_only=True)
class _Going:
    """A bakeoff under way, written by its own thread and read by all."""

    command: Command
    begun_at: datetime
    done: int = 0
    total: int = 0
    first: int | None = None
    """Answers that were on file when it began."""
    cancelled_by: str = ""
    future: "Future[BakeoffEnd] | None" = None

    @property
    def asked(self) -> int:
        """Return how many answers this process has waited for."""
        return self.done - (self.first or 0)

    @property
    def far(self) -> str:
        return f"{self.done:,} of {self.total:,} answers" if self.total else "no answer yet"


class BakeoffRoom:
    """Runs the bakeoffs that were confirmed.

    `ending` tells whether the desk is about to end, `busy` whether somebody waits for it: an answer of the
    chat takes two to three times as long beside rules that are asked without a pause.
    """

    def __init__(self, settings: Settings, mandate: Mandate, engine: Engine, clock: Clock) -> None:
        self._settings, self._mandate = settings, mandate
        self._engine, self._clock = engine, clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bakeoff")
        self._asking, self._closing = Lock(), Flag()
        self._going: _Going | None = None
        self.ending: Callable[[], bool] = lambda: False
        self.busy: Callable[[], bool] = lambda: False

    def plan(self, about: Sequence[str], trials: int | None) -> dict[str, Any]:
        """Return the arguments of a bakeoff about some datasets or roles, all of them where none is named."""
        return plan_of(self._settings, self._mandate, about, trials)

    def told(self, connection: Connection, args: Mapping[str, Any]) -> tuple[str, ...]:
        """Say whom it asks what, what it may cost, what is on file already and how long the last one took."""
        lines = planned_lines(self._settings, self._mandate, args)
        took = next(filter(None, map(_took, Commands(connection).executed(ACTION, limit=REMEMBERED))), None)
        return lines if took is None else (*lines, took)

    def under_way(self) -> str:
        """Say how far the bakeoff is that is under way; empty where there is none."""
        going = self._going
        return "" if going is None else f"a bakeoff is under way, {going.far}"

    def going(self) -> BakeoffUnderWay | None:
        """Return the one under way."""
        going = self._going
        if going is None:
            return None
        return BakeoffUnderWay(
            command_id=going.command.command_id,
            datasets=tuple(going.command.args["datasets"]),
            begun_at=going.begun_at,
            done=going.done,
            total=going.total,
        )

    def last(self) -> BakeoffResult | None:
        """Return the last one that ended, by its kept report."""
        return last_bakeoff(self._settings.data_dir / EVALS)

    def watches(self, thread_id: str) -> str | None:
        """Return the command of the one under way that was asked for in a thread."""
        going = self._going
        return going.command.command_id if going and going.command.thread_id == thread_id else None

    def begin(self, command_id: str) -> "Future[BakeoffEnd]":
        """Start the bakeoff of a confirmed command, or join it.

        Raises `QueryRefusedError` beside another and for one that has ended: a page that comes back a moment
        too late to watch it does not begin it anew.
        """
        with self._asking:
            if self._going is not None and self._going.future is not None:
                if self._going.command.command_id == command_id:
                    return self._going.future
                said = f"{self.under_way()}; this one was not started"
                self._note(command_id, {"refused": said})
                raise QueryRefusedError(said)
            if self._is_ending():
                raise TradingHaltedError("the desk is ending; the bakeoff begins when it is started again")
            command = in_transaction(self._engine, lambda connection: Commands(connection).get(command_id))
            if command is None or command.action != ACTION or command.status != "executed":
                raise QueryRefusedError(f"expected a bakeoff that was confirmed, found {command_id!r}")
            if command.result is not None:
                raise QueryRefusedError("this bakeoff has ended already; ask for it again to go on with it")
            going = _Going(command=command, begun_at=self._clock.now())
            self._going = going
            going.future = self._thread.submit(self._work, going)
            return going.future

    async def watched(self, command_id: str, on_event: OnEvent) -> BakeoffEnd:
        """Begin or join a bakeoff and tell how far it is, to its end; cancelling this cancels the bakeoff.

        Only where the desk is ending it is left to go on with the next start.
        """
        running = asyncio.wrap_future(await asyncio.to_thread(self.begin, command_id))
        going, told = self._going, (-1, -1)
        try:
            while True:
                done, _ = await asyncio.wait([running], timeout=LOOKED_AT_SECONDS)
                if going is not None and (now := (going.done, going.total)) != told and going.total:
                    on_event(Progress(label=LABEL, done=going.done, total=going.total))
                    told = now
                if done:
                    return running.result()
        except asyncio.CancelledError:
            if not self._is_ending() and self._going is not None:
                self.stop("the owner")
            await asyncio.wait([running])
            running.exception()
            raise

    def stop(self, by: str) -> str:
        """Cancel the one under way after the answer at hand and say so."""
        going = self._going
        if going is None:
            raise QueryRefusedError(NOTHING_TO_STOP)
        going.cancelled_by = by
        return (
            f"The bakeoff is cancelled at {going.far}: nobody is asked any more, what was answered is kept. "
            "The same bakeoff asked for again goes on there."
        )

    def go_on(self) -> None:
        """Begin again what was confirmed and not ended when the desk was; called once, at its start."""
        found = in_transaction(
            self._engine, lambda connection: Commands(connection).executed(ACTION, limit=REMEMBERED)
        )
        unfinished = [each for each in found if each.result is None]
        for late in unfinished[1:]:
            self._note(late.command_id, {"refused": "another bakeoff was confirmed after it"})
        if unfinished:
            self.begin(unfinished[0].command_id)

    def close(self) -> None:
        """Let the one under way end after the answer at hand, to go on with the next start."""
        self._closing.set()
        self._thread.shutdown(wait=True)

    def _is_ending(self) -> bool:
        return self._closing.is_set() or self.ending()

    def _work(self, going: _Going) -> BakeoffEnd:
        began = perf_counter()
        try:
            result = self._run(going)
            verdicts = [f"{each.dataset}: {each.verdict}" for each in result.datasets]
            self._end(
                going,
                {
                    "experiment": result.experiment,
                    "asked": going.asked,
                    "seconds": round(perf_counter() - began, 1),
                },
                f"the bakeoff has ended; {' '.join(verdicts)}",
            )
            return BakeoffEnd(result=result)
        except BakeoffCancelledError as cancelled:
            self._end(going, {"cancelled": str(cancelled)}, f"the bakeoff was cancelled; {cancelled}")
            return BakeoffEnd(result=None, stopped=str(cancelled))
        except TradingHaltedError:
            raise
        except Exception as error:  # the job wrapper is one of the house's three edges
            log.exception("the bakeoff of %s ended early", going.command.command_id)
            why = str(error) if isinstance(error, DeskError) else type(error).__name__
            self._end(going, {"failed": why}, f"the bakeoff failed: {why}", severity="warning")
            raise
        finally:
            self._going = None

    def _run(self, going: _Going) -> BakeoffResult:
        args = going.command.args
        run = eval_run(self._settings, self._mandate, args)
        if (most := most_of(run)) > Decimal(args["most_usd"]):
            raise BudgetError(
                f"expected a bakeoff that costs at most the {args['most_usd']} USD that were confirmed, "
                f"found one that may cost {most:.2f} by now; ask for it again"
            )

        def told(label: str, done: int, total: int) -> None:
            going.first = done if going.first is None else going.first
            going.done, going.total = done, total
            if going.cancelled_by:
                raise BakeoffCancelledError(
                    f"Cancelled by {going.cancelled_by} at {going.far}; they are kept, and the same bakeoff "
                    "asked for again goes on there."
                )
            if self.busy():
                self._closing.wait(PAUSE_SECONDS)
            if self._is_ending():
                raise TradingHaltedError(
                    f"the desk is ending; {going.far} are kept, and the bakeoff goes on with the next start"
                )

        root = self._settings.data_dir / EVALS
        result = run_experiment(BAKEOFF, run.plan, run.field, root=root, clock=self._clock, progress=told)
        told(LABEL, going.done, going.total)
        _, report = run.chosen(result)
        kept_report(report, result)
        return bakeoff_of(result.folder / REPORT)

    def _end(self, going: _Going, result: Mapping[str, Any], text: str, *, severity: Any = "info") -> None:
        """Note what came of a command and append it to the record, together."""
        command_id, at = going.command.command_id, self._clock.now()
        event = Event(
            event_id=f"bakeoff-{command_id}", at=at, kind="bakeoff", severity=severity, text=text, data=result
        )

        def ended(connection: Connection) -> None:
            Commands(connection).note_result(command_id, result)
            Events(connection).append([event])

        in_transaction(self._engine, ended)

    def _note(self, command_id: str, result: Mapping[str, Any]) -> None:
        in_transaction(self._engine, lambda connection: Commands(connection).note_result(command_id, result))


def _took(command: Command) -> str | None:
    """Say how long a bakeoff took that asked somebody; None for another."""
    result = command.result or {}
    if not result.get("asked") or "seconds" not in result:
        return None
    return f"The last one took {result['seconds']:,.0f} s for {result['asked']:,} answers."
