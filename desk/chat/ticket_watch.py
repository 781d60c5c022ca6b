"""Tickets on the page: one that waits no longer loses its buttons on every page, and says how it ended."""
# mypy: untyped_calls_exclude=chainlit

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from chainlit.step import StepDict
from chainlit.types import ThreadDict
from sqlalchemy.exc import SQLAlchemyError

from desk.chat.conversation import Fate, Ticket
from desk.chat.display import plain
from desk.chat.seat import connected
from fund.clock import Clock, SystemClock
from fund.errors import DeskError

log = logging.getLogger(__name__)

TICKET = "ticket"
"""Under this name a ticket's message says which command it shows, and until when."""
ENDED = "ended"
LATE_SECONDS = 0.1


def ticket_note(ticket: Ticket) -> dict[str, object]:
    """Return what a ticket's message keeps about its command."""
    return {TICKET: {"command_id": ticket.command_id, "until": ticket.expires_at.isoformat()}}


def end_said(fate: Fate | None, until: datetime) -> str:
    """Say how a ticket ended."""
    match fate:
        case "executed":
            return "Confirmed."
        case "declined":
            return "Declined: nothing was done."
        case _:
            at = plain(f"{until:%H:%M:%S} UTC")
            return f"Expired at {at}: nothing was done. Ask again if you still want it."


@dataclass(frozen=True, slots=True)
class _Shown:
    command_id: str
    until: datetime
    message: StepDict


class TicketWatch:
    """The tickets that wait on some page, each with the moment at which it waits no longer."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._shown: dict[str, _Shown] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}

    def put_up(self, message: StepDict) -> None:
        """Watch over a ticket that is shown; one that is watched already stays as it is."""
        shown = _shown_by(message)
        if shown is not None and message["id"] not in self._shown:
            self._shown[message["id"]] = shown
            self._timers[message["id"]] = asyncio.create_task(self._until_expired(shown))

    async def look(self, thread_id: str) -> None:
        """Take the buttons of every ticket of a thread that waits no longer, whoever settled it."""
        for shown in [each for each in self._shown.values() if each.message["threadId"] == thread_id]:
            try:
                await self._settle(shown)
            except (DeskError, SQLAlchemyError):
                log.exception("how the ticket %s stands could not be read", shown.command_id)

    async def settle_stored(self, thread: ThreadDict) -> None:
        """Let the stored tickets of a thread say how they ended, before the thread is shown."""
        for at, step in enumerate(thread["steps"]):
            shown = _shown_by(step)
            if shown is not None:
                fate = await connected().conversation.fate(shown.command_id)
                if fate != "pending":
                    thread["steps"][at] = await self._end(shown, fate)

    async def _until_expired(self, shown: _Shown) -> None:
        left = (shown.until - self._clock.now()).total_seconds()
        await asyncio.sleep(max(left, 0.0) + LATE_SECONDS)
        await self.look(shown.message["threadId"])

    async def _settle(self, shown: _Shown) -> None:
        fate = await connected().conversation.fate(shown.command_id)
        if fate == "pending" or self._shown.pop(shown.message["id"], None) is None:
            return
        timer = self._timers.pop(shown.message["id"], None)
        if timer is not None and timer is not asyncio.current_task():
            timer.cancel()
        ended, runs = await self._end(shown, fate), connected().runs
        for button in ("confirm", "decline"):
            await runs.tell(ended["threadId"], "remove_action", {"id": f"{shown.command_id}:{button}"})
        await runs.tell(ended["threadId"], "update_message", ended)

    async def _end(self, shown: _Shown, fate: Fate | None) -> StepDict:
        """Write how a ticket ended in place of how it is confirmed."""
        message = shown.message
        asked, _, _ = str(message["output"]).rpartition("\n\n")
        said = end_said(fate, shown.until)
        metadata = {**(message.get("metadata") or {}), TICKET: {ENDED: fate or "unknown"}}
        ended = {**message, "output": f"{asked}\n\n{said}", "metadata": metadata}
        await connected().history.update_step(cast("StepDict", ended))
        return cast("StepDict", ended)


def _shown_by(message: StepDict) -> _Shown | None:
    """Return the ticket a message shows, if it shows one that has not been told to have ended."""
    note = (message.get("metadata") or {}).get(TICKET)
    if not isinstance(note, dict) or "command_id" not in note:
        return None
    return _Shown(str(note["command_id"]), datetime.fromisoformat(str(note["until"])), message)
