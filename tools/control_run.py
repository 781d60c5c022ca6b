"""Advance and a hearing: what the worker carries out once it is confirmed."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from db.commands import Command
from db.exit_requests import ExitRequests
from db.ledger import Ledger
from db.record_codec import to_plain
from fund.errors import QueryRefusedError
from tools.control_action import AT_THE_END, NOT_AS_SHOWN, Asked, Confirmation, Ground, Plain
from tools.control_words import listed, plural, waiting

REAL_CLOCK = "the desk runs on the real clock, which cannot be advanced"
MOST_HEARD = 10
"""Names that one hearing may be about."""


@dataclass(frozen=True, slots=True)
class Advance:
    """Plays the next sessions of a replay."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return how many sessions, all of them for 0, and after which one."""
        status, count = self.ground.status(), 1 if asked.sessions is None else asked.sessions
        if status.mode == "live" or status.unplayed is None:
            raise QueryRefusedError(REAL_CLOCK)
        if status.unplayed == 0:
            raise QueryRefusedError(AT_THE_END)
        if not 0 <= count <= status.unplayed:
            raise QueryRefusedError(
                f"the desk can advance by 1 to {status.unplayed} sessions, asked was {count}; "
                f'say "advance {status.unplayed}" to go to the end'
            )
        return {"sessions": count or status.unplayed, "after": _last_session(connection)}

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return f"advance {plural(sessions_of(args) or 0, 'session')}"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        sessions = sessions_of(args)
        played = "the next session is" if sessions == 1 else f"the next {sessions} sessions are"
        return (
            f"{self.title(args).capitalize()}: {played} played in turn; open orders fill at the open, then "
            "the committee decides on the close. This cannot be undone."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say which sessions, which orders trade first, what the owner wants closed, and what it may cost."""
        mark, sessions = Ledger(connection).last_mark(), sessions_of(args) or 1
        cost = self.ground.committee_cost(self.ground.mandate.candidates)
        paid = (cost.told(sessions),) if cost is not None else ()
        if mark is None:
            return paid
        first = self.ground.calendar.next_session(mark.session)
        last = self.ground.calendar.shift(mark.session, sessions)
        left = (self.ground.status().unplayed or sessions) - sessions
        span = first.isoformat() if sessions == 1 else f"{first.isoformat()} to {last.isoformat()}"
        wishes = ExitRequests(connection).standing()
        closes = (f"Closed first, as you asked: {listed([w.ticker for w in wishes])}.",) if wishes else ()
        return (
            f"Plays {span}; {plural(left, 'session')} left after that.",
            *waiting(Ledger(connection).working_orders(), "Trades first", first),
            *closes,
            *paid,
        )

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Hand over to the worker; a long advance only from where it was asked for.

        A few sessions are the next few, wherever the desk stands: they may start without a further click.
        """
        moved = command.args.get("after") != _last_session(connection)
        if moved and (sessions_of(command.args) or 0) > self.ground.at_once:
            raise QueryRefusedError(NOT_AS_SHOWN)
        return ""


@dataclass(frozen=True, slots=True)
class Hear:
    """Lets the committee speak now, without anything being ordered."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return whom it is about: some names, or none for the usual candidates."""
        if Ledger(connection).last_mark() is None:
            raise QueryRefusedError(
                "the committee looks at a book, and there is none before the first session"
            )
        found = dict.fromkeys(self.ground.directory().find(name).ticker for name in asked.tickers)
        if len(found) > MOST_HEARD:
            raise QueryRefusedError(
                f"the committee is asked about {MOST_HEARD} names at once at most, asked was {len(found)}; "
                "name fewer, or none for the usual candidates"
            )
        held, universe = Ledger(connection).load_book().positions, self._universe()
        if no_use := [ticker for ticker in found if ticker not in universe and ticker not in held]:
            raise QueryRefusedError(
                f"{listed(no_use)} may not be held under the mandate, so the committee has nothing to decide "
                "there; ask for the forecast instead"
            )
        view = self.ground.view()
        if silent := [ticker for ticker in found if view.mark(ticker).stale]:
            raise QueryRefusedError(
                f"{listed(silent)} had no price on {view.session.isoformat()}: nothing can be decided there"
            )
        return {"tickers": list(found)}

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return f"hear the committee on {_about(args)}"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        return (
            f"Hear the committee on {_about(args)} now, from the book as it stands. Nothing is ordered and "
            "no decision is recorded; to play on, advance."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say that nothing is ordered, and what the LLM may cost."""
        count = len(args["tickers"]) or self.ground.mandate.candidates
        cost = self.ground.committee_cost(count)
        return (
            "Orders: none. Positions, cash and the desk's clock stay as they are.",
            cost.told(1) if cost is not None else "Asks no LLM and costs nothing: offline rules answer.",
        )

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Hand over to the worker."""
        return ""

    def _universe(self) -> frozenset[str]:
        return self.ground.view().members() | self.ground.mandate.funds


def sessions_of(args: Plain) -> int | None:
    """Return how far a command advances; None for other actions."""
    sessions = args.get("sessions")
    return sessions if isinstance(sessions, int) else None


def tickers_of(args: Plain) -> tuple[str, ...]:
    """Return the names a command is about; none for other actions."""
    return tuple(args.get("tickers", ()))


def _about(args: Plain) -> str:
    tickers = tickers_of(args)
    return listed(tickers) if tickers else "the usual candidates"


def _last_session(connection: Connection) -> str | None:
    mark = Ledger(connection).last_mark()
    return None if mark is None else str(to_plain(mark.session))
