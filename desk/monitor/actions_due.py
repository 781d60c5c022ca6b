"""Splits and dividends that go ex today: what the lake learns only with tonight's bars."""

import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from desk import bundle_rows
from desk.bundle_files import read_file
from fund.errors import ConfigError
from fund.market.facts import CorporateAction

log = logging.getLogger("conclave.monitor")
FILE = "corporate_actions.parquet"


class ActionsDue:
    """Reads them from a folder in the bundle's format; without one, or without the file, there are none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def on(self, session: date) -> tuple[CorporateAction, ...]:
        """Return what goes ex on a session; a file that cannot be read is logged, and says nothing."""
        if self._folder is None or not (self._folder / FILE).exists():
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
