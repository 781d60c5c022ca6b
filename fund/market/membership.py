"""Who is in the index on a session."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from fund.errors import DataError
from fund.market.actions import IntArray
from fund.market.facts import MembershipSpell
from fund.market.timeline import Timeline

STILL_IN = date.max.toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChange:
    """A ticker joins the index, or is out of it, from a day on."""

    ticker: str
    day: date
    joined: bool


class Membership:
    """Membership spells, answered a session at a time; a spell's end is known from its own day only."""

    def __init__(self, spells: Iterable[MembershipSpell], column: Mapping[str, int]) -> None:
        self._spells = tuple(spells)
        priced = [spell for spell in self._spells if spell.ticker in column]
        self._columns = np.array([column[spell.ticker] for spell in priced], dtype=np.int64)
        self._starts = np.array([spell.start.toordinal() for spell in priced], dtype=np.int64)
        self._ends = np.array([_end(spell) for spell in priced], dtype=np.int64)

    def columns(self, session: date) -> IntArray:
        """Return the panel columns of the tickers that are in the index on a session."""
        day = session.toordinal()
        return self._columns[(self._starts <= day) & (day < self._ends)]

    def until(self, session: date) -> tuple[MembershipSpell, ...]:
        """Return the spells as they were known on a session: nothing of who will join or leave."""
        return tuple(
            replace(spell, end=None) if spell.end is not None and spell.end > session else spell
            for spell in self._spells
            if spell.start <= session
        )

    @cached_property
    def changes(self) -> Timeline[MembershipChange, date]:
        """Joins and leaves by day."""
        return Timeline(changes_of(self._spells), lambda change: change.day)


def changes_of(spells: Iterable[MembershipSpell]) -> list[MembershipChange]:
    """Return the changes that make some spells: facts that can be appended, as an end cannot."""
    changes = []
    for spell in spells:
        changes.append(MembershipChange(ticker=spell.ticker, day=spell.start, joined=True))
        if spell.end is not None:
            changes.append(MembershipChange(ticker=spell.ticker, day=spell.end, joined=False))
    return changes


def spells_of(changes: Iterable[MembershipChange]) -> tuple[MembershipSpell, ...]:
    """Return the spells some changes make, by ticker and start; the inverse of `changes_of`."""
    spells: list[MembershipSpell] = []
    for change in sorted(changes, key=lambda each: (each.ticker, each.day, each.joined)):
        open_spell = bool(spells) and spells[-1].ticker == change.ticker and spells[-1].end is None
        if change.joined and not open_spell:
            spells.append(MembershipSpell(ticker=change.ticker, start=change.day, end=None))
        elif not change.joined and open_spell:
            spells[-1] = replace(spells[-1], end=change.day)
        else:
            raise DataError(
                f"expected {change.ticker!r} to join and leave the index in turn, found {change!r}; "
                "quarantine its spells"
            )
    return tuple(spells)


def _end(spell: MembershipSpell) -> int:
    return STILL_IN if spell.end is None else spell.end.toordinal()
