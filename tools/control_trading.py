"""Pause, kill switch and resume: the circuit breaker by its owner's word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from db.commands import Command
from db.ledger import Ledger
from db.record_codec import from_plain, to_plain
from db.trading_state import TradingState, TradingStatus
from fund.errors import QueryRefusedError
from fund.risk.resumption import Evidence
from tools.breaker import breaker_standing
from tools.control_action import Asked, Confirmation, Ground, Plain
from tools.control_words import plural, waiting


@dataclass(frozen=True, slots=True)
class Pause:
    """Plans nothing from the next decision on."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Refuse a second pause."""
        status = TradingState(connection).get()
        if status.is_paused:
            raise QueryRefusedError(
                f"trading is already {status.word}{since(status)}; say resume to end that"
            )
        return {}

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return "pause trading"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        return (
            "Pause trading: from the next decision on no new orders are planned. "
            "Positions stay as they are and orders already placed still fill."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say what stays, and which orders still trade."""
        return _stays(self.ground, connection, "Still trades")

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Open the breaker."""
        TradingState(connection).pause(by=word.by, reason=word.reason, at=word.at)
        return "Trading is paused. No new orders are planned until you resume it."


@dataclass(frozen=True, slots=True)
class Kill:
    """Cancels what has not traded and latches the breaker open."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Refuse a second throw."""
        status = TradingState(connection).get()
        if status.latched:
            raise QueryRefusedError(f"the kill switch is on{since(status)} already; say resume to end that")
        return {}

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return "throw the kill switch"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        return (
            "Throw the kill switch: every order that has not traded is cancelled, and nothing is planned "
            "until you resume trading. Positions stay as they are."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Name every order that would be cancelled."""
        return _stays(self.ground, connection, "Cancelled")

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Throw it, whatever has changed since it was asked for: an emergency does not wait."""
        count = TradingState(connection).kill(by=word.by, reason=word.reason, at=word.at)
        orders = f"{count} {'order was' if count == 1 else 'orders were'} cancelled"
        return f"The kill switch is thrown: {orders}. Nothing is planned until you resume trading."


@dataclass(frozen=True, slots=True)
class Resume:
    """Closes the breaker on a recorded approval."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return what it is asked for with: another version or session makes another approval."""
        standing = breaker_standing(connection, self.ground.mandate.breaker, read_books=True)
        if standing.status.state == "closed":
            raise QueryRefusedError("trading is running; there is nothing to resume")
        return {
            "version": standing.status.version,
            "session": to_plain(standing.session),
            "evidence": to_plain(standing.evidence),
        }

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return "resume trading"

    def sentence(self, args: Plain) -> str:
        """Return what it will do, and which levels are not met."""
        resumes = "Resume trading: the committee plans orders again from the next decision on."
        return f"{resumes} {_levels(evidence_of(args))}".strip()

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say what it ends, and which decision is the first that may plan orders again."""
        told, mark = TradingState(connection).get().told, Ledger(connection).last_mark()
        ends = (f"Ends this: {told}.",) if told else ()
        if mark is None:
            return ends
        decided = self.ground.calendar.next_session(mark.session)
        return (*ends, f"Orders may be planned again from the close of {decided.isoformat()} on.")

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Close the breaker; the state refuses an approval of another version or session."""
        session = command.args["session"]
        TradingState(connection).resume(
            by=word.by,
            reason=word.reason,
            at=word.at,
            version=command.args["version"],
            session=date.fromisoformat(session) if session else None,
            evidence=evidence_of(command.args),
        )
        return "Trading is resumed. The next session is decided as usual."


def evidence_of(args: Plain) -> tuple[Evidence, ...]:
    """Return what speaks for a resume and against it; empty for other actions."""
    return from_plain(tuple[Evidence, ...], args.get("evidence", []))


def since(status: TradingStatus) -> str:
    """Say since when the breaker stands as it does; empty where it never changed."""
    return f" since {status.since:%Y-%m-%d %H:%M} UTC" if status.since else ""


def _stays(ground: Ground, connection: Connection, verb: str) -> tuple[str, ...]:
    ledger = Ledger(connection)
    mark, orders = ledger.last_mark(), ledger.working_orders()
    if mark is None:
        return ()
    stay = "stays as it is" if len(mark.positions) == 1 else "stay as they are"
    held = f"{plural(len(mark.positions), 'position')} {stay}; stops and other exits still work."
    if not mark.positions:
        held = "Nothing is held."
    lines = waiting(orders, verb, ground.calendar.next_session(mark.session))
    return (*(lines or ("No order waits.",)), held)


def _levels(evidence: Sequence[Evidence]) -> str:
    if not evidence:
        return ""
    unmet = [each for each in evidence if not each.met]
    if not unmet:
        return f"All {len(evidence)} levels of the mandate for a resume are met."
    told = " ".join(each.sentence for each in unmet)
    anew = any(each.name == "drawdown" for each in unmet)
    peak = " If you confirm, the drawdown is measured anew from here." if anew else ""
    met = len(evidence) - len(unmet)
    are = "is" if met == 1 else "are"
    return f"{met} of the {len(evidence)} levels of the mandate for a resume {are} met. {told}{peak}"
