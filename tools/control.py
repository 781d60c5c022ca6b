"""Control actions: proposed by anyone, done only when their owner confirms the pending command (INV-16)."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy import Connection, Engine

from db.commands import Command, Commands
from db.engine import in_transaction, transaction
from db.trading_state import TradingState, TradingStatus
from fund.clock import Clock
from fund.errors import QueryRefusedError

Action = Literal["pause", "resume", "advance"]
ALL_UNPLAYED = 0
REAL_CLOCK = "the desk runs on the real clock, which cannot be advanced"


class Standing(Protocol):
    """Where the desk stands, as far as control needs to know."""

    @property
    def mode(self) -> Literal["replay", "live"]:
        """A replay can be advanced, the real clock cannot."""
        ...

    @property
    def unplayed(self) -> int | None:
        """Return how many sessions are left to play; None on the real clock."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCommand:
    """An action that waits for its owner's click, and the sentence that says exactly what it will do."""

    command_id: str
    action: Action
    sessions: int | None
    """How far to advance; None for other actions."""
    sentence: str
    expires_at: datetime
    thread_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A command that has been used up: done already, or, for `advance`, to be carried out now."""

    command_id: str
    action: Action
    sessions: int | None
    """How far to advance; None for an action that is done."""
    sentence: str


class ControlTools:
    """Proposes and confirms; `clock` is the wall's, because a ticket expires in real minutes."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        status: Callable[[], Standing],
        new_id: Callable[[], str] = lambda: f"cmd-{secrets.token_hex(6)}",
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._status = status
        self._new_id = new_id

    def propose(self, action: Action, sessions: int | None, user: str, thread: str | None) -> PendingCommand:
        """Put an action up for confirmation; nothing is done by it.

        Args:
            action: pause, resume or advance.
            sessions: For advance: how many sessions, 0 for all that are left. None otherwise.
            user: Who asks; the only one who may confirm.
            thread: The conversation it is asked in.

        Raises:
            QueryRefusedError: The action is impossible or would change nothing.
        """
        args: dict[str, int] = {}
        if action == "advance":
            args = {"sessions": self._sessions(1 if sessions is None else sessions)}
        elif action not in ("pause", "resume"):
            raise QueryRefusedError(f"an action is pause, resume or advance, found {action!r}")
        command_id, now = self._new_id(), self._clock.now()

        def put_up(connection: Connection) -> Command:
            _refuse_no_change(action, TradingState(connection).get())
            return Commands(connection).propose(
                command_id, action, args, user_id=user, thread_id=thread, now=now
            )

        return _pending(in_transaction(self._engine, put_up))

    def confirm(self, command_id: str, user: str) -> Confirmed:
        """Use a command up; pause and resume happen in the same transaction, once.

        Not done over when the connection is lost: a second try could not tell its own first one, whose
        answer was lost, from another click. A click on what was used up says so, and does nothing.

        Raises:
            QueryRefusedError: It is unknown, another user's, expired or already settled.
        """
        now = self._clock.now()
        with transaction(self._engine) as connection:
            commands = Commands(connection)
            command = commands.confirm(command_id, user_id=user, now=now)
            sentence = ""
            if command.action == "pause":
                TradingState(connection).pause(by=user, reason="confirmed in the chat", at=now)
                sentence = "Trading is paused. No new orders are planned until you resume it."
            elif command.action == "resume":
                TradingState(connection).resume(by=user, reason="confirmed in the chat", at=now)
                sentence = "Trading is resumed. The next session is decided as usual."
            if sentence:
                commands.note_result(command_id, {"done": sentence})
        return Confirmed(
            command_id=command_id,
            action=_action(command),
            sessions=_sessions_of(command),
            sentence=sentence,
        )

    def decline(self, command_id: str, user: str) -> str:
        """Withdraw a pending command and return a sentence about it.

        Raises:
            QueryRefusedError: It is unknown, another user's, expired or already settled.
        """
        with transaction(self._engine) as connection:
            command = Commands(connection).decline(command_id, user_id=user, now=self._clock.now())
        return f"Withdrawn: nothing was done ({_title(_action(command), _sessions_of(command))})."

    def note_result(self, command_id: str, result: Mapping[str, object]) -> None:
        """Keep what a confirmed advance brought about."""
        in_transaction(
            self._engine, lambda connection: Commands(connection).note_result(command_id, dict(result))
        )

    def open_commands(self, thread: str) -> tuple[PendingCommand, ...]:
        """Return the thread's commands that still wait for a click, oldest first."""
        pending = in_transaction(
            self._engine,
            lambda connection: Commands(connection).pending(now=self._clock.now(), thread_id=thread),
        )
        return tuple(_pending(command) for command in pending)

    def trading(self) -> TradingStatus:
        """Return whether trading is running or paused, since when and by whom."""
        return in_transaction(self._engine, lambda connection: TradingState(connection).get())

    def _sessions(self, asked: int) -> int:
        status = self._status()
        if status.mode == "live" or status.unplayed is None:
            raise QueryRefusedError(REAL_CLOCK)
        if status.unplayed == 0:
            raise QueryRefusedError("no session is left to play: the desk stands at the end of its data")
        if not 0 <= asked <= status.unplayed:
            raise QueryRefusedError(
                f"the desk can advance by 1 to {status.unplayed} sessions, asked was {asked}; "
                f'say "advance {status.unplayed}" to go to the end'
            )
        return asked or status.unplayed


def _refuse_no_change(action: Action, status: TradingStatus) -> None:
    if action == "pause" and status.is_paused:
        since = f" since {status.since:%Y-%m-%d %H:%M} UTC" if status.since else ""
        raise QueryRefusedError(f"trading is already paused{since}; say resume to end that")
    if action == "resume" and not status.is_paused:
        raise QueryRefusedError("trading is running; there is nothing to resume")


def _pending(command: Command) -> PendingCommand:
    action, sessions = _action(command), _sessions_of(command)
    return PendingCommand(
        command_id=command.command_id,
        action=action,
        sessions=sessions,
        sentence=_sentence(action, sessions),
        expires_at=command.expires_at,
        thread_id=command.thread_id,
    )


def _action(command: Command) -> Action:
    match command.action:
        case "pause" | "resume" | "advance":
            return command.action
        case _:
            raise QueryRefusedError(f"this action is not known here: {command.action!r}")


def _sessions_of(command: Command) -> int | None:
    sessions = command.args.get("sessions")
    return sessions if isinstance(sessions, int) else None


def _title(action: Action, sessions: int | None) -> str:
    if action == "advance":
        return f"advance {sessions} {'session' if sessions == 1 else 'sessions'}"
    return f"{action} trading"


def _sentence(action: Action, sessions: int | None) -> str:
    match action:
        case "pause":
            return (
                "Pause trading: from the next decision on no new orders are planned. "
                "Positions stay as they are and orders already placed still fill."
            )
        case "resume":
            return "Resume trading: the committee plans orders again from the next decision on."
        case "advance":
            played = "the next session is" if sessions == 1 else f"the next {sessions} sessions are"
            title = _title("advance", sessions).capitalize()
            return (
                f"{title}: {played} played in turn; open orders fill at the open, then the committee "
                "decides on the close. This cannot be undone."
            )
