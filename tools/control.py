"""Control actions: proposed by anyone, done only when their owner confirms the pending command (INV-16)."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, Engine

from db.commands import Command, Commands
from db.engine import in_transaction, transaction
from db.events import Event, Events
from db.record_codec import from_plain, to_plain
from db.trading_state import TradingState, TradingStatus
from fund.clock import Clock
from fund.errors import QueryRefusedError
from fund.risk.breaker import BreakerLevels
from fund.risk.resumption import Evidence
from tools.breaker import BreakerStanding, breaker_standing
from tools.cash import OwnersCash, amount_of
from tools.control_words import Action, sentence_of, title_of

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
    evidence: tuple[Evidence, ...] = ()
    """What speaks for a resume and against it; empty for other actions."""
    amount: Decimal | None = None
    """Of a deposit or a withdrawal, USD; None for other actions."""


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
        levels: BreakerLevels,
        cash: OwnersCash,
        new_id: Callable[[], str] = lambda: f"cmd-{secrets.token_hex(6)}",
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._status = status
        self._levels = levels
        self._cash = cash
        self._new_id = new_id

    def propose(
        self,
        action: Action,
        sessions: int | None,
        user: str,
        thread: str | None,
        amount: Decimal | None = None,
    ) -> PendingCommand:
        """Put an action up for confirmation; nothing is done by it.

        Args:
            action: pause, resume, kill, advance, deposit or withdraw.
            sessions: For advance: how many sessions, 0 for all that are left. None otherwise.
            user: Who asks; the only one who may confirm.
            thread: The conversation it is asked in.
            amount: For deposit and withdraw: USD. None otherwise.

        Raises:
            QueryRefusedError: The action is impossible or would change nothing.
        """
        args: dict[str, Any] = {}
        if action == "advance":
            args = {"sessions": self._sessions(1 if sessions is None else sessions)}
        elif action in ("deposit", "withdraw"):
            self._require_ahead()
        elif action not in ("pause", "resume", "kill"):
            raise QueryRefusedError(
                f"an action is pause, resume, kill, advance, deposit or withdraw, found {action!r}"
            )
        command_id, now = self._new_id(), self._clock.now()

        def put_up(connection: Connection) -> Command:
            _refuse_no_change(action, TradingState(connection).get())
            if action == "deposit" or action == "withdraw":
                args["amount"] = str(self._cash.require(connection, action, amount))
            if action == "resume":
                args.update(_approval(breaker_standing(connection, self._levels, read_books=True)))
            return Commands(connection).propose(
                command_id, action, args, user_id=user, thread_id=thread, now=now
            )

        return _pending(in_transaction(self._engine, put_up))

    def confirm(self, command_id: str, user: str, where: str = "in the chat") -> Confirmed:
        """Use a command up; all but an advance happens in the same transaction, once.

        Not done over when the connection is lost: a second try could not tell its own first one, whose
        answer was lost, from another click. A click on what was used up says so, and does nothing.

        Raises:
            QueryRefusedError: It is unknown, another user's, expired or already settled, or it is a
                resume and the breaker has changed, or a session was played, since it was asked for, or a
                withdrawal of more than is free by now.
        """
        now = self._clock.now()
        with transaction(self._engine) as connection:
            commands = Commands(connection)
            command = commands.confirm(command_id, user_id=user, now=now)
            if command.action in ("deposit", "withdraw"):
                self._require_ahead()
                sentence = self._cash.move(connection, command, by=user, at=now)
            else:
                sentence = _carry_out(connection, command, by=user, reason=f"confirmed {where}", at=now)
            if sentence:
                commands.note_result(command_id, {"done": sentence})
            Events(connection).append([_executed(command, sentence, by=user, at=now)])
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
        title = title_of(_action(command), _sessions_of(command), amount_of(command.args))
        return f"Withdrawn: nothing was done ({title})."

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
        """Return how the breaker stands, since when, by whom and why."""
        return in_transaction(self._engine, lambda connection: TradingState(connection).get())

    def breaker(self) -> BreakerStanding:
        """Return how the circuit breaker stands, why, and every level that is asked for before a resume."""
        return in_transaction(
            self._engine, lambda connection: breaker_standing(connection, self._levels, read_books=True)
        )

    def _require_ahead(self) -> None:
        """Refuse money where no session is left that could book it."""
        if self._status().unplayed == 0:
            raise QueryRefusedError(
                "no session is left to play: the desk stands at the end of its data, and money is booked at "
                "the next open"
            )

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


def _executed(command: Command, sentence: str, *, by: str, at: datetime) -> Event:
    """Return the event of a command that was used up: who confirmed what stays on the chained record."""
    return Event(
        event_id=f"command-{command.command_id}",
        at=at,
        kind="command_executed",
        severity="info",
        text=f"{by} confirmed: {command.action}" + (f" ({sentence})" if sentence else ""),
        data={"action": command.action, "args_hash": command.args_hash, "by": by},
    )


def _refuse_no_change(action: Action, status: TradingStatus) -> None:
    since = f" since {status.since:%Y-%m-%d %H:%M} UTC" if status.since else ""
    if action == "kill" and status.latched:
        raise QueryRefusedError(f"the kill switch is on{since} already; say resume to end that")
    if action == "pause" and status.is_paused:
        raise QueryRefusedError(f"trading is already {status.word}{since}; say resume to end that")
    if action == "resume" and status.state == "closed":
        raise QueryRefusedError("trading is running; there is nothing to resume")


def _approval(standing: BreakerStanding) -> dict[str, Any]:
    """Return what a resume is asked for with: another version or session makes another approval."""
    return {
        "version": standing.status.version,
        "session": to_plain(standing.session),
        "evidence": to_plain(standing.evidence),
    }


def _carry_out(connection: Connection, command: Command, *, by: str, reason: str, at: datetime) -> str:
    """Do what a command that was just used up says; an advance is carried out by who asked."""
    state = TradingState(connection)
    if command.action == "pause":
        state.pause(by=by, reason=reason, at=at)
        return "Trading is paused. No new orders are planned until you resume it."
    if command.action == "kill":
        count = state.kill(by=by, reason=reason, at=at)
        orders = f"{count} {'order was' if count == 1 else 'orders were'} cancelled"
        return f"The kill switch is thrown: {orders}. Nothing is planned until you resume trading."
    if command.action == "resume":
        session = command.args["session"]
        state.resume(
            by=by,
            reason=reason,
            at=at,
            version=command.args["version"],
            session=date.fromisoformat(session) if session else None,
            evidence=_evidence_of(command),
        )
        return "Trading is resumed. The next session is decided as usual."
    return ""


def _pending(command: Command) -> PendingCommand:
    action, sessions, evidence = _action(command), _sessions_of(command), _evidence_of(command)
    amount = amount_of(command.args)
    return PendingCommand(
        command_id=command.command_id,
        action=action,
        sessions=sessions,
        sentence=sentence_of(action, sessions, evidence, amount),
        expires_at=command.expires_at,
        thread_id=command.thread_id,
        evidence=evidence,
        amount=amount,
    )


def _action(command: Command) -> Action:
    match command.action:
        case "pause" | "resume" | "kill" | "advance" | "deposit" | "withdraw":
            return command.action
        case _:
            raise QueryRefusedError(f"this action is not known here: {command.action!r}")


def _sessions_of(command: Command) -> int | None:
    sessions = command.args.get("sessions")
    return sessions if isinstance(sessions, int) else None


def _evidence_of(command: Command) -> tuple[Evidence, ...]:
    return from_plain(tuple[Evidence, ...], command.args.get("evidence", []))
