"""Splits and dividends that go ex today: what the lake learns only with tonight's bars."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from desk import bundle_rows
from desk.bundle_files import read_file
from fund.errors import ConfigError
from fund.market.facts import CorporateAction

log = logging.getLogger("conclave.monitor")
FILE = "corporate_actions.parquet"


class DueSource(Protocol):
    """Somebody who may know what goes ex."""

    def on(self, session: date, names: Iterable[str]) -> Sequence[CorporateAction]:
        """Return what goes ex on a session; who cannot say it logs that, and says nothing."""
        ...


class ActionsDue:
    """What goes ex by several sources, the one to be believed first; without any there is nothing."""

    def __init__(self, *sources: DueSource) -> None:
        self._sources = sources

    def on(self, session: date, names: Iterable[str]) -> Mapping[str, Sequence[CorporateAction]]:
        """Return what goes ex on a session by ticker, each kind of action by the first source that has it."""
        asked = tuple(names)
        found: dict[tuple[str, str], tuple[CorporateAction, ...]] = {}
        for source in self._sources:
            for key, actions in _sound(source.on(session, asked)).items():
                found.setdefault(key, actions)
        due: defaultdict[str, tuple[CorporateAction, ...]] = defaultdict(tuple)
        for (ticker, _), actions in found.items():
            due[ticker] += actions
        return due


class DueInFolder:
    """Reads a folder in the bundle's format; without the file there is nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on(self, session: date, _names: Iterable[str]) -> Sequence[CorporateAction]:
        """Return what goes ex on a session, of all names; a file that cannot be read is logged."""
        if not (self._folder / FILE).exists():
            return ()
        try:
            frame = read_file(self._folder, FILE)
        except ConfigError as error:
            log.warning("today's splits and dividends are not known: %s", error)
            return ()
        return tuple(facts_of(frame.filter(frame["ex_date"] == session).to_dicts()))


def facts_of(rows: list[dict[str, object]]) -> Iterator[CorporateAction]:
    """Yield the actions of some rows; one that is none is logged and left out."""
    for row in rows:
        try:
            yield bundle_rows.action(row)
        except bundle_rows.BadRowError as error:
            log.warning("an action is left out: %s", error)


def _sound(actions: Iterable[CorporateAction]) -> Mapping[tuple[str, str], tuple[CorporateAction, ...]]:
    """Return the actions by ticker and kind; told twice is once, and splits of two ratios are none."""
    told: defaultdict[tuple[str, str], dict[object, CorporateAction]] = defaultdict(dict)
    for each in actions:
        same = each.value if each.kind == "split" else (each.value, each.detail)
        told[each.ticker, each.kind].setdefault(same, each)
    for ticker, kind in tuple(told):
        if kind == "split" and len(told[ticker, kind]) > 1:
            ratios = ", ".join(str(ratio) for ratio in told.pop((ticker, kind)))
            log.warning("today's split of %s is left out: expected one ratio, found %s", ticker, ratios)
    return {key: tuple(each.values()) for key, each in told.items()}
