"""A folder that somebody keeps up to date: the files of a bundle, read again when one of them changed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desk.bundle_files import DIGESTS, FILES, ColumnKind, read_file
from desk.feeds.ground import Ground
from desk.ingest import Checked, check_frames
from fund.errors import ConfigError, FeedError
from fund.market.calendar import SessionCalendar

if TYPE_CHECKING:
    import polars as pl

log = logging.getLogger("conclave.feed")
BARS, ACTIONS = "bars_daily.parquet", "corporate_actions.parquet"
REMEDY = "write it whole, under another name first, and rename it"
SHOWN = 3
"""How many of the rows that were left out a log entry quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What tells one state of the folder from another without reading it."""

    files: Mapping[str, tuple[int, int]]
    """Modification time in nanoseconds and size of every file that is there."""
    until: date
    """The last session whose bars count: it had closed by now and when the bars were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What one state of the folder holds that is no fact."""

    rows: int
    first: str
    """File, row and reason of the first one; a price or an action goes before any other."""
    of_prices: bool
    """Whether a daily bar, a split or a dividend is among them: what the book is counted with."""

    def __str__(self) -> str:
        """Say it in one sentence."""
        counted = "1 row of the feed was" if self.rows == 1 else f"{self.rows} rows of the feed were"
        return f"{counted} left out, the first: {self.first}"


class Feed:
    """Reads the folder; of the bundle's files only the daily bars must be there.

    Every method raises `FeedError` for a folder that is gone and a file that cannot be believed.
    """

    def __init__(self, folder: Path, calendar: SessionCalendar) -> None:
        self._folder = folder
        self._calendar = calendar

    def stamp(self, now: datetime, ground: Ground) -> Stamp:
        """Return the state the folder is in; costs a look at each file's size and time."""
        files = {name: seen for name in (*FILES, DIGESTS) if (seen := self._seen(name)) is not None}
        if BARS not in files:
            raise FeedError(
                f"expected {self._folder / BARS}, found none; bring the folder back, or correct DESK_FEED"
            )
        written = datetime.fromtimestamp(files[BARS][0] / 1e9, UTC)
        return Stamp(files=files, until=self._calendar.last_closed(min(now, written)))

    def read(self, stamp: Stamp, ground: Ground) -> Checked:
        """Return the facts of the folder and what was left out of them.

        What is dated after the last session that counts is no fact yet: so a running bar is never taken
        for a final one, and an action comes with the bars it applies to, against which it can be checked,
        or not at all.
        """
        try:
            frames = {
                name: read_file(self._folder, name, REMEDY) if name in stamp.files else empty_frame(columns)
                for name, columns in FILES.items()
            }
        except ConfigError as error:
            raise FeedError(str(error)) from error
        for name, dated in ((BARS, "date"), (ACTIONS, "ex_date")):
            early = frames[name][dated] > stamp.until
            frames[name] = frames[name].filter(~early.fill_null(False))
        checked = check_frames(frames, self._calendar)
        self._tell(checked)
        return checked

    def _seen(self, name: str) -> tuple[int, int] | None:
        try:
            found = (self._folder / name).stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FeedError(
                f"expected a readable folder {self._folder}, found {error.strerror!r}; allow it"
            ) from error
        return found.st_mtime_ns, found.st_size

    def _tell(self, checked: Checked) -> None:
        left_out = [f"{each.file} {each.row}: {each.reason}" for each in checked.quarantined]
        if left_out:
            log.warning("%d rows of the feed were left out: %s", len(left_out), "; ".join(left_out[:SHOWN]))
        jumped = [f"{each.ticker} {each.session} {each.detail}" for each in checked.jumps]
        if jumped:
            log.warning("prices of the feed jumped without an action: %s", "; ".join(jumped[:SHOWN]))


def left_out_of(checked: Checked) -> LeftOut | None:
    """Return what was left out; None where every row is a fact."""
    rows = sorted(checked.quarantined, key=lambda each: each.file not in (BARS, ACTIONS))
    if not rows:
        return None
    first = rows[0]
    return LeftOut(
        rows=len(rows),
        first=f"{first.file} {first.row}: {first.reason}",
        of_prices=first.file in (BARS, ACTIONS),
    )


def empty_frame(columns: Mapping[str, ColumnKind]) -> "pl.DataFrame":
    """Return a file of the bundle without a row."""
    import polars as pl

    kinds = {
        "text": pl.String(),
        "day": pl.Date(),
        "moment": pl.Datetime("us", "UTC"),
        "number": pl.Float64(),
        "whole": pl.Int64(),
        "flag": pl.Boolean(),
    }
    return pl.DataFrame(schema={name: kinds[kind] for name, kind in columns.items()})
