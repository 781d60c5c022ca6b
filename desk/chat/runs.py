"""Answers being given: each goes on whichever pages are open, is shown live on all, and ends once."""
# mypy: untyped_calls_exclude=chainlit

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal, cast
from uuid import uuid4

import chainlit as cl
from chainlit.action import Action
from chainlit.chat_context import chat_contexts
from chainlit.context import ChainlitContext, context_var, local_steps
from chainlit.session import BaseSession, HTTPSession
from chainlit.step import StepDict
from chainlit.utils import utc_now
from sqlalchemy.exc import SQLAlchemyError

from desk.chat.conversation import ChatEvent
from desk.chat.display import plain
from desk.chat.pages import Pages
from desk.chat.seat import connected
from desk.chat.trace import Trace
from desk.chat.trouble import without_trouble
from desk.chat.turn import AVATAR, Turn
from desk.chat.wishes import Wishes
from fund.errors import DeskError, TradingHaltedError

log = logging.getLogger(__name__)

GRACE_SECONDS = 1.5
"""An answer that takes longer frees the composer and shows a button that stops it."""
MOST_UNDER_WAY = 8
"""Answers being given in one thread; more questions than these are not taken in."""
STOP_ACTION = "stop"

UNDER_WAY = "Under way. Ask on meanwhile; it also goes on when this page is closed."
STOPPING = "Stopping: what is under way is finished first, so that nothing stays half-done."

Outcome = Literal["done", "failed", "stopped", "cut_off"]

_ENDED: dict[Outcome, str] = {
    "stopped": "Stopped.",
    "cut_off": "The desk was ended before this was done, so it stops here.",
}


@dataclass(slots=True, kw_only=True)
class Run:
    """One answer being given in a thread."""

    run_id: str
    thread_id: str
    user: str
    session: HTTPSession
    pages: Pages
    step: cl.Step
    """What everything the run shows hangs under."""
    trace: Trace
    beside: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once another answer may be given beside it: sessions are being played, or it has ended."""
    task: "asyncio.Task[None] | None" = None
    ending: Outcome | None = None
    """Why it was asked to end before its end."""
    notice: StepDict | None = None
    over: bool = False
    """Whether its last words are being said."""

    async def ended(self, within: float | None = None) -> bool:
        """Wait for the end, at most so many seconds; tell whether it has come."""
        if self.task is None:
            return True
        done, _ = await asyncio.wait([self.task], timeout=within)
        return bool(done)

    def stop(self, why: Outcome = "stopped") -> None:
        """Ask it to end between two steps; asking twice changes nothing."""
        if self.task is not None and not self.task.done() and self.ending is None:
            self.ending = why
            self.task.cancel()


class Runs:
    """The answers being given in this process, and the pages open on each thread."""

    def __init__(self) -> None:
        self._runs: dict[str, list[Run]] = {}
        self._open: dict[str, dict[str, BaseSession]] = {}
        self._closing = False

    def of(self, thread_id: str) -> tuple[Run, ...]:
        """Return the answers being given in a thread, oldest first."""
        return tuple(self._runs.get(thread_id, ()))

    def watch(self, session: BaseSession, *runs: Run) -> None:
        """Show a page everything that happens in its thread from now on, and where these runs are."""
        self._open.setdefault(session.thread_id, {})[session.id] = session
        for run in runs:
            run.pages.open(session)

    def leave(self, session: BaseSession) -> None:
        """Forget a page that was closed; what it watched goes on."""
        there = self._open.get(session.thread_id, {})
        there.pop(session.id, None)
        if not there:
            self._open.pop(session.thread_id, None)

    async def tell(self, thread_id: str, event: str, data: Any) -> None:
        """Send something to every page that is open on a thread."""
        for page in tuple(self._open.get(thread_id, {}).values()):
            await page.emit(event, data)  # type: ignore[attr-defined]

    def start(
        self,
        events: AsyncIterator[ChatEvent],
        *,
        step: cl.Step,
        question: str,
        asked: StepDict | None = None,
        settled: tuple[Action, ...] = (),
        wishes: Wishes | None = None,
    ) -> Run:
        """Begin an answer in the thread of the page at hand; it needs no page to go on.

        `asked` is the message it answers, `settled` are buttons that it takes away on every page: what a
        click brings about has no part in the conversation, so other answers may be given beside it at once.
        Raises `TradingHaltedError` when the desk is ending or the thread has too many under way.
        """
        session = cl.context.session
        earlier = self.of(session.thread_id)
        if self._closing:
            raise TradingHaltedError("the desk is ending and takes no more questions; start it again")
        if len(earlier) >= MOST_UNDER_WAY:
            raise TradingHaltedError(
                f"{len(earlier)} answers are under way in this conversation; wait for one, or type: stop"
            )
        own = HTTPSession(
            id=str(uuid4()),
            client_type="webapp",
            thread_id=session.thread_id,
            user=session.user,
            token=None,
            user_env=None,
        )
        user = session.user.identifier if session.user else ""
        run = Run(
            run_id=own.id,
            thread_id=session.thread_id,
            user=user,
            session=own,
            pages=Pages(own),
            step=step,
            trace=Trace(
                run_id=own.id, step_id=step.id, question=question, profile=wishes.profile if wishes else None
            ),
        )
        if settled:
            run.beside.set()
        for seed in (asked, step.to_dict()):
            if seed is not None:
                run.pages.seed(seed)
        self._runs.setdefault(run.thread_id, []).append(run)
        self.watch(session)
        for page in self._open[run.thread_id].values():
            run.pages.open(page)
        play = _Play(run, events, tuple(earlier), settled=settled, wishes=wishes)
        run.task = asyncio.create_task(play.to_its_end(self._forget))
        return run

    async def stop(self, thread_id: str, run_id: str | None = None) -> int:
        """Ask the answers of a thread to end, or one of them; return how many there were."""
        found = [run for run in self.of(thread_id) if run_id in (None, run.run_id)]
        for run in found:
            run.stop()
            if run.notice is not None and not run.over:
                await run.pages.emit("remove_action", {"id": f"{run.run_id}:stop"})
                run.notice = {**run.notice, "output": STOPPING}
                await run.pages.update_step(run.notice)
        return len(found)

    async def close(self) -> None:
        """End everything under way, because the desk ends, and wait until it has said so."""
        self._closing = True
        under_way = [run for runs in self._runs.values() for run in runs]
        for run in under_way:
            run.stop("cut_off")
        for run in under_way:
            await run.ended()

    def _forget(self, run: Run) -> None:
        kept = [each for each in self._runs.get(run.thread_id, ()) if each is not run]
        if kept:
            self._runs[run.thread_id] = kept
        else:
            self._runs.pop(run.thread_id, None)


async def give_time(run: Run) -> None:
    """Wait a moment for a quick answer; of a slow one say that it is under way, with a button to stop it."""
    if await run.ended(GRACE_SECONDS) or run.over:
        return
    run.notice = StepDict(
        id=f"{run.run_id}:notice",
        threadId=run.thread_id,
        parentId=run.step.id,
        name=AVATAR["avatarName"],
        type="assistant_message",
        output=UNDER_WAY,
        createdAt=utc_now(),
        metadata=dict(AVATAR),
    )
    await run.pages.send_step(run.notice)
    await run.pages.emit("action", {**_stop_button(run).to_dict(), "forId": run.notice["id"]})


def _stop_button(run: Run) -> Action:
    return Action(
        name=STOP_ACTION, payload={"run_id": run.run_id}, label="Stop", icon="square", id=f"{run.run_id}:stop"
    )


class _Play:
    """One run from its first event to its last word."""

    def __init__(
        self,
        run: Run,
        events: AsyncIterator[ChatEvent],
        earlier: tuple[Run, ...],
        *,
        settled: tuple[Action, ...],
        wishes: Wishes | None,
    ) -> None:
        self._run = run
        self._events = events
        self._earlier = earlier
        self._settled = settled
        self._turn = Turn(run.step.id, wishes)

    async def to_its_end(self, forget: Callable[[Run], None]) -> None:
        """Show the answer, whatever happens to it, and close it on every page."""
        run = self._run
        context_var.set(ChainlitContext(run.session, run.pages))
        local_steps.set([run.step])
        outcome: Outcome = "failed"
        try:
            outcome = "done" if await without_trouble(self._shown()) else "failed"
        except asyncio.CancelledError:
            outcome = run.ending or "stopped"
        finally:
            run.over = True
            try:
                await self._closed(outcome)
                await connected().tickets.look(run.thread_id)
            finally:
                forget(run)
                run.beside.set()
                chat_contexts.pop(run.run_id, None)
                await run.pages.close()

    async def _shown(self) -> None:
        run = self._run
        async with aclosing(cast("Any", self._events)) as stream:
            for button in self._settled:
                await button.remove()
            await connected().history.begin_run(run.trace, thread_id=run.thread_id, user=run.user)
            for other in self._earlier:
                await other.beside.wait()
            async for event in stream:
                run.trace.note(event)
                if run.trace.worked:
                    run.beside.set()
                await self._turn.show(event)

    async def _closed(self, outcome: Outcome) -> None:
        run = self._run
        await self._turn.close(interrupted=outcome != "done")
        if outcome in _ENDED:
            books = await standing() if run.trace.worked else ""
            await cl.Message(content=f"{_ENDED[outcome]} {books}".strip()).send()
        run.step.end = utc_now()
        await run.step.update()
        await connected().history.end_run(run.trace, outcome)
        if run.notice is not None:
            await run.pages.delete_step(run.notice)
            await run.pages.emit("remove_action", {"id": f"{run.run_id}:stop"})


async def standing() -> str:
    """Say what the books say after work was ended early: a session is booked whole or not at all."""
    try:
        line = await asyncio.to_thread(connected().conversation.greeting)
    except (DeskError, SQLAlchemyError):
        log.exception("where the desk stands could not be read")
        return ""
    return f"Every session is booked whole or not at all. {plain(line)}"
