"""Control actions: proposed by anyone, done only when their owner confirms the pending command (INV-16)."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, cast

from sqlalchemy import Connection, Engine

from db.commands import Command, Commands, CommandStatus
from db.engine import in_transaction, transaction
from db.events import Event, Events
from db.trading_state import TradingState, TradingStatus
from fund.clock import Clock
from fund.errors import QueryRefusedError
from fund.risk.resumption import Evidence
from tools.breaker import BreakerStanding, breaker_standing
from tools.cash import amount_of
from tools.control_action import SHOWN, Asked, Confirmation, ControlAction, Ground
from tools.control_actions import actions_of
from tools.control_once import ASKED, Once
from tools.control_run import REAL_CLOCK as REAL_CLOCK
from tools.control_run import sessions_of, tickers_of
from tools.control_trading import evidence_of
from tools.control_words import ACTIONS, Action

Fate = CommandStatus | Literal["expired"]
"""How a command stands by now."""
OWNER_ONLY = (
    "only the owner of the desk may change something; this account may look and ask: let the owner do it"
)


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
    tickers: tuple[str, ...] = ()
    """Whom it is about; none for an action over the whole desk."""
    consequences: tuple[str, ...] = ()
    """Exactly what would happen by the books as they stood when it was asked for, a line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A command that has been used up: done already, or to be carried out by the worker now."""

    command_id: str
    action: Action
    sessions: int | None
    """How far to advance; None for other actions."""
    sentence: str
    """What was done; empty where the worker is to do it."""
    tickers: tuple[str, ...] = ()


class ControlTools:
    """Proposes and confirms; `clock` is the wall's, because a ticket expires in real minutes.

    `may_act` says of a user's name whether it may change anything: it is asked each time, and no text is.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ground: Ground,
        *,
        may_act: Callable[[str], bool],
        new_id: Callable[[], str] = lambda: f"cmd-{secrets.token_hex(6)}",
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._levels = ground.mandate.breaker
        self._may_act = may_act
        self._new_id = new_id
        self._actions = actions_of(ground)

    def propose(
        self,
        action: Action,
        sessions: int | None,
        user: str,
        thread: str | None,
        amount: Decimal | None = None,
        *,
        tickers: Sequence[str] = (),
        fraction: Decimal | None = None,
        about: Sequence[str] = (),
        trials: int | None = None,
        why: str = "",
        once: Once | None = None,
    ) -> PendingCommand:
        """Put an action up for confirmation; nothing is done by it.

        Args:
            action: pause, resume, kill, advance, deposit, withdraw, close, keep, watch, unwatch, cycle,
                evaluate, stop_evaluation, promote_forecaster or roll_back_forecaster.
            sessions: For advance: how many sessions, 0 for all that are left. For a forecaster: its horizon;
                None is the mandate's. None otherwise.
            user: Who asks; the only one who may confirm.
            thread: The conversation it is asked in.
            amount: For deposit and withdraw: USD. None otherwise.
            tickers: For close, keep, watch, unwatch and cycle: tickers or names; "*" is all that is held.
            fraction: For close: how much of the position, above 0 and at most 1. None is all of it.
            about: For evaluate: datasets or roles, such as validator; none for all of them. For
                promote_forecaster: a version, a family such as gbm for its newest, or gbm and a number.
            trials: For evaluate: how often each case is asked. None is 4.
            why: For a forecaster: the reason, kept on record; what explains figures too good to believe.
            once: Who asks again with the same gets the first command back, as it stands by now.

        Raises:
            QueryRefusedError: The action is impossible or would change nothing, or the user may only look.
        """
        self._require_owner(user)
        step = self._action(action)
        asked = Asked(
            sessions=sessions,
            amount=amount,
            tickers=tuple(tickers),
            fraction=fraction,
            about=tuple(about),
            trials=trials,
            why=why,
        )
        command_id = self._new_id() if once is None else once.command_id
        now = self._clock.now()

        def put_up(connection: Connection) -> Command:
            commands = Commands(connection)
            known = commands.get(command_id) if once is not None else None
            if once is not None and known is not None:
                return once.same(known)
            args = step.ask(connection, asked)
            args[SHOWN] = list(step.consequences(connection, args))
            if once is not None:
                args[ASKED] = once.asked
            return commands.propose(command_id, action, args, user_id=user, thread_id=thread, now=now)

        return self._pending(in_transaction(self._engine, put_up))

    def confirm(self, command_id: str, user: str, where: str = "in the chat") -> Confirmed:
        """Use a command up; all but what the worker does happens in the same transaction, once.

        Not done over when the connection is lost: a second try could not tell its own first one, whose
        answer was lost, from another click. A click on what was used up says so, and does nothing.

        Raises:
            QueryRefusedError: It is unknown, another user's, expired or already settled, the user may only
                look, or what was shown is not what would happen any more: the breaker has changed, a session
                was played, more is to be withdrawn than is free by now.
        """
        self._require_owner(user)
        now = self._clock.now()
        with transaction(self._engine) as connection:
            commands = Commands(connection)
            command = commands.confirm(command_id, user_id=user, now=now)
            word = Confirmation(by=user, where=where, at=now)
            sentence = self._action(command.action).carry_out(connection, command, word)
            if sentence:
                commands.note_result(command_id, {"done": sentence})
            Events(connection).append([_executed(command, sentence, by=user, at=now)])
        return Confirmed(
            command_id=command_id,
            action=_named(command),
            sessions=sessions_of(command.args),
            sentence=sentence,
            tickers=tickers_of(command.args),
        )

    def decline(self, command_id: str, user: str) -> str:
        """Withdraw a pending command and return a sentence about it.

        Raises:
            QueryRefusedError: It is unknown, another user's, expired or already settled, or the user may
                only look.
        """
        self._require_owner(user)
        with transaction(self._engine) as connection:
            command = Commands(connection).decline(command_id, user_id=user, now=self._clock.now())
        return f"Withdrawn: nothing was done ({self._action(command.action).title(command.args)})."

    def note_result(self, command_id: str, result: Mapping[str, object]) -> None:
        """Keep what a confirmed command brought about that the worker carried out."""
        in_transaction(
            self._engine, lambda connection: Commands(connection).note_result(command_id, dict(result))
        )

    def open_commands(self, thread: str, user: str | None = None) -> tuple[PendingCommand, ...]:
        """Return the thread's commands that still wait for a click, oldest first.

        With a user's name also what that user asked for in no conversation at all: by a script, say.
        """
        pending = in_transaction(
            self._engine, lambda connection: Commands(connection).pending(now=self._clock.now())
        )
        return tuple(
            self._pending(each)
            for each in pending
            if each.thread_id == thread or (each.thread_id is None and each.user_id == user)
        )

    def fate(self, command_id: str) -> Fate | None:
        """Return how a command stands by now: one that nobody settled in time has expired."""
        command = in_transaction(self._engine, lambda connection: Commands(connection).get(command_id))
        if command is None:
            return None
        late = command.status == "pending" and command.expires_at <= self._clock.now()
        return "expired" if late else command.status

    def trading(self) -> TradingStatus:
        """Return how the breaker stands, since when, by whom and why."""
        return in_transaction(self._engine, lambda connection: TradingState(connection).get())

    def breaker(self) -> BreakerStanding:
        """Return how the circuit breaker stands, why, and every level that is asked for before a resume."""
        return in_transaction(
            self._engine, lambda connection: breaker_standing(connection, self._levels, read_books=True)
        )

    def _require_owner(self, user: str) -> None:
        if not self._may_act(user):
            raise QueryRefusedError(OWNER_ONLY)

    def _action(self, name: str) -> ControlAction:
        found = self._actions.get(cast("Action", name))
        if found is None:
            known = f"{', '.join(ACTIONS[:-1])} or {ACTIONS[-1]}"
            raise QueryRefusedError(f"an action is {known}, found {name!r}")
        return found

    def _pending(self, command: Command) -> PendingCommand:
        return PendingCommand(
            command_id=command.command_id,
            action=_named(command),
            sessions=sessions_of(command.args),
            sentence=self._action(command.action).sentence(command.args),
            expires_at=command.expires_at,
            thread_id=command.thread_id,
            evidence=evidence_of(command.args),
            amount=amount_of(command.args),
            tickers=tickers_of(command.args),
            consequences=tuple(command.args.get(SHOWN, ())),
        )


def _named(command: Command) -> Action:
    return cast("Action", command.action)


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
