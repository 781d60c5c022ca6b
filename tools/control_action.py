"""One control action as the tools know it: what it needs, what it would do, and how it is done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from sqlalchemy import Connection

from db.commands import Command
from db.ledger import Ledger
from fund.errors import QueryRefusedError
from fund.mandate import Mandate
from fund.market.calendar import SessionCalendar
from fund.market.view import MarketView
from tools.control_words import money
from tools.directory import Directory
from tools.leading import Leading

SHOWN = "consequences"
"""The argument of a command that keeps the lines its owner was shown: they are what is confirmed."""
NOT_AS_SHOWN = "what you were shown is no longer what would happen: ask again to see what would"
AT_THE_END = "no session is left to play: the desk stands at the end of its data"

Plain = Mapping[str, Any]
"""The arguments of a command: plain JSON, whose hash ties the confirmation to them."""


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


class Bakeoffs(Protocol):
    """Bakeoffs, as far as control moves them; what is given a connection reads in its transaction."""

    def plan(self, about: Sequence[str], trials: int | None) -> dict[str, Any]:
        """Return the arguments of a bakeoff; raises `QueryRefusedError` for what there is no dataset of."""
        ...

    def told(self, connection: Connection, args: Mapping[str, Any]) -> tuple[str, ...]:
        """Say whom it asks what, how often, what it may cost and how long the last one took, a line each."""
        ...

    def under_way(self) -> str:
        """Say how far the bakeoff is that is under way; empty where there is none."""
        ...

    def stop(self, by: str) -> str:
        """End the one under way after the answer at hand; `QueryRefusedError` where there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeCost:
    """What one run of the committee may cost where an LLM speaks, USD."""

    llm: str
    most: Decimal
    """What is set aside for it at most."""
    left: Decimal
    """Of the day's budget, spent and reserved taken off."""
    budget: Decimal

    def told(self, runs: int) -> str:
        """Say what so many runs may cost against what is left."""
        most = self.most * runs
        each = "" if runs == 1 else f", {money(self.most)} each"
        short = "" if most <= self.left else " That may not be enough: a role that cannot be paid is silent."
        return (
            f"Asks {self.llm} for at most {money(most)}{each}; {money(self.left)} of the day's "
            f"{money(self.budget)} are left.{short}"
        )


def nothing_to_pay(candidates: int) -> CommitteeCost | None:
    """Return the cost of a committee of rules: none."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What control actions read of a desk."""

    status: Callable[[], Standing]
    mandate: Mandate
    calendar: SessionCalendar
    view: Callable[[], MarketView]
    """The market at the desk's clock."""
    directory: Callable[[], Directory]
    at_once: int = 0
    """Sessions that the owner's own words start without a further click."""
    committee_cost: Callable[[int], CommitteeCost | None] = nothing_to_pay
    """Of one run over so many candidates; None where no LLM is asked."""
    bakeoffs: Bakeoffs | None = None
    """Runs bakeoffs; None where the desk offers none."""
    leading: Leading | None = None
    """Changes who leads among the forecasters; None where the desk lets nobody."""

    def require_ahead(self, what: str) -> None:
        """Refuse what only a coming session can do where none is left; `what` says it."""
        if self.status().unplayed == 0:
            raise QueryRefusedError(f"{AT_THE_END}, and {what}")

    def next_sessions(self, connection: Connection) -> tuple[date, date]:
        """Return the session that is decided next and the one after it, whose open trades that decision."""
        mark = Ledger(connection).last_mark()
        if mark is None:
            raise QueryRefusedError("the desk has not played its first session yet; play it first")
        decided = self.calendar.next_session(mark.session)
        return decided, self.calendar.next_session(decided)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants of an action; each reads its own part of it."""

    sessions: int | None = None
    """How far to advance; the horizon of a forecaster."""
    amount: Decimal | None = None
    """USD."""
    tickers: Sequence[str] = ()
    fraction: Decimal | None = None
    """Of a position, above 0 and at most 1; None is all of it."""
    about: Sequence[str] = ()
    """Datasets or roles of a bakeoff, none for all; the forecaster that is to lead."""
    trials: int | None = None
    why: str = ""
    """Why a forecaster is to lead, in the owner's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Who has confirmed a command, where and when."""

    by: str
    where: str
    at: datetime

    @property
    def reason(self) -> str:
        """Return it as records have it."""
        return f"confirmed {self.where}"


class ControlAction(Protocol):
    """One thing the owner may have done; what is given a connection belongs to its transaction."""

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return a command's arguments.

        Raises `QueryRefusedError` for what is impossible or would change nothing.
        """
        ...

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        ...

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        ...

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Return exactly what would happen by the books as they stand, a line each."""
        ...

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Do what a command that was just used up says and return a sentence; empty where the worker does it.

        Raises `QueryRefusedError`, which leaves the command unused, where that is not possible any more.
        """
        ...


def require_as_shown(command: Command, now: Sequence[str]) -> None:
    """Refuse a command whose consequences are not those its owner was shown."""
    if list(command.args.get(SHOWN, ())) != list(now):
        raise QueryRefusedError(NOT_AS_SHOWN)
