"""What is to be looked at and closed, as a decision takes it in and its record keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from db.events import Event, Events
from db.exit_requests import ExitRequests, Outcome
from db.watchlist import DiscoveredList, Watchlist
from fund.cycle import CycleRecord
from fund.risk.owners_exits import WHOLE, OwnersExit, from_input, to_input
from graph.research import Attention

EXITS, WATCHED, DISCOVERED = "owners_exits", "watched", "discovered"
WISHED = frozenset({EXITS, WATCHED, DISCOVERED})
"""Inputs of a record that say what was to be looked at and closed: of the moment, never of today."""
SAID = {
    "ordered": "a part of {ticker} is ordered to be closed, as {by} asked",
    "closed": "{ticker} is closed, as {by} asked",
    "gone": "nothing was held of {ticker} any more when what {by} asked for was to be decided",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is wanted of a decision beside money, by the owner and by the discovery."""

    exits: tuple[OwnersExit, ...] = ()
    watched: tuple[str, ...] = ()
    discovered: tuple[str, ...] = ()
    """Names of the discovered half of the watchlist that take a place before the committee."""

    @property
    def inputs(self) -> dict[str, str]:
        """Return what a record keeps of it: nothing where nothing is wanted."""
        exits = {EXITS: to_input(self.exits)} if self.exits else {}
        lists = {WATCHED: self.watched, DISCOVERED: self.discovered}
        return exits | {name: " ".join(tickers) for name, tickers in lists.items() if tickers}

    @property
    def attention(self) -> Attention:
        """Return which names the committee is to look at for it."""
        return Attention(watched=self.watched, discovered=self.discovered)

    @classmethod
    def standing(cls, connection: Connection, places: int = 0) -> "Wishes":
        """Return what stands now; so many discovered names at most, those that were suggested best last."""
        watched = tuple(sorted(each.ticker for each in Watchlist(connection).current()))
        discovered = [t for t in DiscoveredList(connection).best_first() if t not in watched]
        return cls(
            exits=ExitRequests(connection).standing(),
            watched=watched,
            discovered=tuple(sorted(discovered[:places])),
        )

    @classmethod
    def recorded(cls, inputs: Mapping[str, str]) -> "Wishes":
        """Return what stood when a record was made."""
        exits = from_input(inputs[EXITS]) if EXITS in inputs else ()
        return cls(
            exits=exits,
            watched=tuple(inputs.get(WATCHED, "").split()),
            discovered=tuple(inputs.get(DISCOVERED, "").split()),
        )


NONE_WISHED = Wishes()


class AttentionKeeper:
    """Which names the cycle in hand is to look at; the researcher asks for it."""

    def __init__(self) -> None:
        self.current = Attention()

    def __call__(self) -> Attention:
        """Return it."""
        return self.current


def end_exits(connection: Connection, wishes: Wishes, record: CycleRecord, *, at: datetime) -> None:
    """End the owner's exits that a decision has done with, and say so; the others stand for the next one.

    The exit of a whole position stands until nothing of it is held, so that an order that came to nothing
    is placed again.
    """
    ordered = {order.ticker for order in record.orders if order.purpose == "exit"}
    for wish in wishes.exits:
        outcome = _outcome(connection, wish, record, ordered)
        if outcome is None:
            continue
        ExitRequests(connection).end(wish.request_id, outcome, by="desk", at=at, cycle_id=record.cycle_id)
        told = SAID[outcome].format(ticker=wish.ticker, by=wish.by)
        event = Event(
            event_id=f"exit-{wish.request_id}",
            at=at,
            kind="owners_exit",
            severity="info",
            text=told[:1].upper() + told[1:],
            data={"request": wish.request_id, "ticker": wish.ticker, "outcome": outcome},
            cycle_id=record.cycle_id,
        )
        Events(connection).append([event])


def _outcome(
    connection: Connection, wish: OwnersExit, record: CycleRecord, ordered: set[str]
) -> Outcome | None:
    if wish.ticker not in record.weights_before:
        return "closed" if ExitRequests(connection).was_ordered(wish) else "gone"
    return "ordered" if wish.fraction != WHOLE and wish.ticker in ordered else None
