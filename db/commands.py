"""Control actions that wait for their owner's word: proposed by anyone, executed once, by one person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, select, update

from db.column_types import dump_json
from db.ledger_rows import aware
from db.once import insert_once
from db.tables import commands
from fund.errors import QueryRefusedError

CommandStatus = Literal["pending", "executed", "declined"]
LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A pending action and what became of it (INV-16)."""

    command_id: str
    action: str
    args: Mapping[str, Any]
    """Plain JSON."""
    args_hash: str
    user_id: str
    """The only one who may confirm it."""
    thread_id: str | None
    """The conversation it was asked in."""
    created_at: datetime
    expires_at: datetime
    status: CommandStatus
    settled_at: datetime | None = None
    result: Mapping[str, Any] | None = None


def hash_args(action: str, args: Mapping[str, Any]) -> str:
    """Return the fingerprint that ties a confirmation to exactly this action with exactly these arguments."""
    return sha256(dump_json([action, args]).encode()).hexdigest()


class Commands:
    """Proposes, confirms and settles commands over one connection; the time always comes from the caller."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def propose(
        self,
        command_id: str,
        action: str,
        args: Mapping[str, Any],
        *,
        user_id: str,
        thread_id: str | None,
        now: datetime,
    ) -> Command:
        """Put an action up for confirmation; nothing is done by it, and nothing by a second delivery."""
        command = Command(
            command_id=command_id,
            action=action,
            args=dict(args),
            args_hash=hash_args(action, args),
            user_id=user_id,
            thread_id=thread_id,
            created_at=aware(now),
            expires_at=now + LIFETIME,
            status="pending",
        )
        row = {name: getattr(command, name) for name in Command.__dataclass_fields__}
        insert_once(self._connection, commands, [row])
        return command

    def confirm(self, command_id: str, *, user_id: str, now: datetime) -> Command:
        """Use the command up and return it, to be executed in this same transaction.

        Of any number of confirmations exactly one gets it. Raises `QueryRefusedError`, saying why, for
        one that is unknown, another user's, settled or expired, or whose arguments are not those that
        were proposed and shown.
        """
        taken = self._settle(command_id, "executed", user_id=user_id, now=now)
        if hash_args(taken.action, taken.args) != taken.args_hash:
            raise QueryRefusedError("this action is not what was asked for any more; ask for it again")
        return taken

    def decline(self, command_id: str, *, user_id: str, now: datetime) -> Command:
        """Turn the command down for good; raises `QueryRefusedError` where it could not be confirmed."""
        return self._settle(command_id, "declined", user_id=user_id, now=now)

    def note_result(self, command_id: str, result: Mapping[str, Any]) -> None:
        """Keep what an executed command brought about."""
        self._connection.execute(
            update(commands)
            .where(commands.c.command_id == command_id, commands.c.status == "executed")
            .values(result=dict(result))
        )

    def get(self, command_id: str) -> Command | None:
        """Return a command, None when there is none of this id."""
        row = self._connection.execute(select(commands).where(commands.c.command_id == command_id)).mappings()
        found = row.one_or_none()
        return None if found is None else _command(found)

    def pending(self, *, now: datetime, thread_id: str | None = None) -> tuple[Command, ...]:
        """Return the commands that can still be confirmed, oldest first."""
        chosen = select(commands).where(commands.c.status == "pending", commands.c.expires_at > aware(now))
        if thread_id is not None:
            chosen = chosen.where(commands.c.thread_id == thread_id)
        found = self._connection.execute(chosen.order_by(commands.c.created_at, commands.c.command_id))
        return tuple(_command(row) for row in found.mappings())

    def executed(self, action: str, *, limit: int) -> tuple[Command, ...]:
        """Return the commands of an action that were confirmed, newest first."""
        found = self._connection.execute(
            select(commands)
            .where(commands.c.action == action, commands.c.status == "executed")
            .order_by(commands.c.settled_at.desc(), commands.c.command_id)
            .limit(limit)
        )
        return tuple(_command(row) for row in found.mappings())

    def _settle(self, command_id: str, status: CommandStatus, *, user_id: str, now: datetime) -> Command:
        taken = (
            update(commands)
            .where(
                commands.c.command_id == command_id,
                commands.c.status == "pending",
                commands.c.user_id == user_id,
                commands.c.expires_at > aware(now),
            )
            .values(status=status, settled_at=now)
            .returning(commands)
        )
        row = self._connection.execute(taken).mappings().one_or_none()
        if row is None:
            raise QueryRefusedError(self._why_not(command_id, user_id))
        return _command(row)

    def _why_not(self, command_id: str, user_id: str) -> str:
        command = self.get(command_id)
        if command is None or command.user_id != user_id:
            return f"there is no action {command_id!r} waiting for you; ask for it again"
        if command.status != "pending":
            return f"this action was already {command.status}; ask for it again if you still want it"
        return f"this action expired at {command.expires_at:%H:%M:%S} UTC; ask for it again"


def _command(row: RowMapping) -> Command:
    return Command(**row)
