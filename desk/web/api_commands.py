"""Commands over HTTP: proposed, shown with what they would do, and settled by the owner who asked."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from sqlalchemy import Engine

from db.column_types import dump_json, is_storable
from db.commands import Command, Commands
from db.engine import in_transaction
from db.record_codec import to_plain
from desk.chat.conversation import ChatEvent, Conversation, Failure, TextToken
from desk.web.calls import Caller, CallRefusedError
from desk.web.doors import Visitor
from desk.web.tool_catalogue import Tool
from fund.clock import Clock
from tools.control_once import ASKED, USED, Once

LONGEST_KEY = 200
ANSWER_SECONDS = 10.0
"""A confirmed command that takes longer goes on, and is asked after by its id."""


class CommandDoor:
    """Opens and settles tickets for visitors; what a ticket does is the control tools' affair."""

    def __init__(
        self, propose: Tool, conversation: Conversation, engine: Engine, clock: Clock, caller: Caller
    ) -> None:
        self._propose = propose
        self._conversation = conversation
        self._engine = engine
        self._clock = clock
        self._caller = caller
        self._one_by_one = asyncio.Lock()
        self._running: dict[str, asyncio.Task[str]] = {}

    async def propose(self, visitor: Visitor, given: Any, once: str | None = None) -> Mapping[str, Any]:
        """Open a ticket; the same `once` of the same user opens it once.

        Raises:
            CallRefusedError: not the owner's to ask, impossible, or `once` was used for something else.
        """
        _require_owner(visitor)
        if once is None:
            return await self._open(visitor, given)
        if not 1 <= len(once) <= LONGEST_KEY:
            raise CallRefusedError(f"an Idempotency-Key has 1 to {LONGEST_KEY} characters", 400)
        async with self._one_by_one:
            tied = Once.of(visitor.name, once, dump_json(given))
            known = await self._known(tied.command_id)
            if known is not None and known.args.get(ASKED) != tied.asked:
                raise CallRefusedError(USED, 409)
            return await self._open(visitor, given, tied)

    async def pending(self, visitor: Visitor) -> list[Mapping[str, Any]]:
        """Return the visitor's own tickets that still wait."""

        def read() -> tuple[Command, ...]:
            now = self._clock.now()
            return in_transaction(self._engine, lambda connection: Commands(connection).pending(now=now))

        found = await self._caller.call("open commands", read)
        return [_plain(command) for command in found if command.user_id == visitor.name]

    async def told(self, visitor: Visitor, command_id: str) -> dict[str, Any]:
        """Return one of the visitor's own tickets and what became of it."""
        command = await self._own(visitor, command_id)
        task = self._running.get(command_id)
        return {**_plain(command), **({"status": "running"} if task and not task.done() else {})}

    async def confirm(self, visitor: Visitor, command_id: str) -> dict[str, Any]:
        """Carry a ticket out, once; what takes long goes on after this has answered."""
        command = await self._waiting(visitor, command_id)
        task = asyncio.create_task(_said(self._conversation.confirm(command_id, visitor.name)))
        self._running[command_id] = task
        task.add_done_callback(lambda _: self._running.pop(command_id, None))
        done, _ = await asyncio.wait([task], timeout=ANSWER_SECONDS)
        if not done:
            return {**_plain(command), "status": "running", "said": "It goes on; ask for this id again."}
        said = task.result()
        now = await self._own(visitor, command_id)
        if now.status != "executed":
            raise CallRefusedError(said, 409)
        return {**_plain(now), "said": said}

    async def decline(self, visitor: Visitor, command_id: str) -> dict[str, Any]:
        """Turn a ticket down for good."""
        await self._waiting(visitor, command_id)
        said = await _said(self._conversation.decline(command_id, visitor.name))
        now = await self._own(visitor, command_id)
        if now.status != "declined":
            raise CallRefusedError(said, 409)
        return {**_plain(now), "said": said}

    async def stop(self) -> None:
        """Wait for what was confirmed and is still being carried out."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _open(self, visitor: Visitor, given: Any, once: Once | None = None) -> Mapping[str, Any]:
        opened: dict[str, Any] = await self._caller.call(
            "a proposal", lambda: self._propose.call(given, user=visitor.name, thread=None, once=once)
        )
        command = await self._own(visitor, opened["command_id"])
        return {"id": opened["command_id"], **opened, "status": command.status}

    async def _own(self, visitor: Visitor, command_id: str) -> Command:
        command = await self._known(command_id)
        if command is None or command.user_id != visitor.name:
            raise CallRefusedError(f"there is no command {command_id[:40]!r} of yours", 404)
        return command

    async def _known(self, command_id: str) -> Command | None:
        def read() -> Command | None:
            if not is_storable(dump_json(command_id)):
                return None
            return in_transaction(self._engine, lambda connection: Commands(connection).get(command_id))

        return await self._caller.call("a command", read)

    async def _waiting(self, visitor: Visitor, command_id: str) -> Command:
        _require_owner(visitor)
        command = await self._own(visitor, command_id)
        if command.status != "pending":
            raise CallRefusedError(f"this command was already {command.status}; propose it again", 409)
        if command.expires_at <= self._clock.now():
            raise CallRefusedError(
                f"this command expired at {command.expires_at.isoformat()}; propose it again", 410
            )
        return command


def _require_owner(visitor: Visitor) -> None:
    if visitor.role != "owner":
        raise CallRefusedError("a viewer may look at everything and change nothing; ask the owner", 403)


async def _said(events: AsyncIterator[ChatEvent]) -> str:
    """Take a stream of events to its end and return its words."""
    words: list[str] = []
    async with aclosing(events) as stream:  # type: ignore[type-var]
        async for event in stream:
            if isinstance(event, TextToken):
                words.append(event.text)
            elif isinstance(event, Failure):
                words.append(f"{event.text} (log id {event.log_id})")
    return "".join(words).strip()


def _plain(command: Command) -> dict[str, Any]:
    return {
        "id": command.command_id,
        "action": command.action,
        "args": to_plain(command.args),
        "status": command.status,
        "expires_at": to_plain(command.expires_at),
        "result": to_plain(command.result),
    }
