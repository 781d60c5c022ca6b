"""The lake: facts about the world in Parquet, appended and never updated.

Bars are partitioned by frequency and year, every other kind of fact is one table. Polars is imported
inside functions: a process that only talks does not pay its 0.1 s and 25 MB.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from db.lake_files import Entry, LakeFiles, Manifest
from db.lake_tables import (
    ACTIONS,
    BAR_KEY,
    HEADLINES,
    INSTRUMENTS,
    MACRO,
    MEMBERSHIP,
    REPORTS,
    SERIES,
    TELLINGS,
    FactTable,
    bar_frame,
    bar_table,
    merged,
)
from fund.errors import DataError, NoDataError
from fund.market.actions import BAR_COLUMNS, panel_of
from fund.market.calendar import SessionCalendar
from fund.market.facts import (
    CorporateAction,
    Headline,
    Instrument,
    MacroSeries,
    MembershipSpell,
    Observation,
    Report,
    Telling,
)
from fund.market.growth import grown
from fund.market.history import History
from fund.market.membership import changes_of, spells_of
from fund.market.panel import BarPanel
from fund.market.quality import BarTable

if TYPE_CHECKING:
    import polars as pl

DAILY = "1d"

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Facts to be appended together: all of them or none."""

    bars: Mapping[str, BarTable] = field(default_factory=dict)
    """Bars by frequency: 1d, 1h, 1min."""
    instruments: tuple[Instrument, ...] = ()
    series: tuple[MacroSeries, ...] = ()
    membership: tuple[MembershipSpell, ...] = ()
    actions: tuple[CorporateAction, ...] = ()
    macro: tuple[Observation, ...] = ()
    headlines: tuple[Headline, ...] = ()
    tellings: tuple[Telling, ...] = ()
    reports: tuple[Report, ...] = ()


class Lake:
    """Facts under one root folder; one writer at a time, readers at any time."""

    def __init__(self, root: Path) -> None:
        self._files = LakeFiles(root)
        self._loaded: tuple[Manifest, History] | None = None

    @property
    def root(self) -> Path:
        """The folder the lake lies in."""
        return self._files.root

    def append(self, batch: Batch) -> Mapping[str, int]:
        """Append facts in one commit; return the new rows by table or `bars/<frequency>/<year>`.

        A fact that is there already is left out, so that appending twice is appending once. One that
        is there with other values raises `DataError`, and nothing of the batch is written.
        """
        with self._files.writing():
            before = self._files.manifest()
            staged, _, news = self._staged(before, batch)
            if staged:
                self._files.commit(before, staged)
            return news

    def extend(self, batch: Batch, calendar: SessionCalendar) -> History | None:
        """Append facts as `append` does and return the history with them, None when none was new.

        The history that was returned last goes on in memory, if the lake is still as it was then.

        Facts that do not fit what is there raise `DataError`, and nothing of the batch is written: a
        lake is never left in a state that cannot be loaded.
        """
        with self._files.writing():
            before = self._files.manifest()
            staged, frames, _ = self._staged(before, batch)
            if not staged:
                return None
            after = {**before, **staged}
            if self._loaded is not None and self._loaded[0] == before:
                history = _grown(self._loaded[1], frames)
            else:
                history = self._history(after, calendar)
            self._files.commit(before, staged)
            self._loaded = (after, history)
            return history

    def rows(self) -> Mapping[str, int]:
        """Return how many rows each table and bar partition holds; empty for a new lake."""
        return {name: entry.rows for name, entry in self._files.manifest().items()}

    def state(self) -> tuple[tuple[str, str], ...]:
        """Return what names the present contents: it changes with every commit, whoever makes it."""
        return tuple(sorted((name, entry.sha256) for name, entry in self._files.manifest().items()))

    def verify(self) -> None:
        """Read every file against its digest; `DataError` names the first damaged one."""
        for entry in self._files.manifest().values():
            self._files.read(entry)

    def load_history(self, calendar: SessionCalendar) -> History:
        """Return all daily facts as a history; every file read is checked against its digest.

        Raises `NoDataError` for a lake without daily bars, `DataError` naming a damaged file.
        """
        manifest = self._files.manifest()
        history = self._history(manifest, calendar)
        self._loaded = (manifest, history)
        return history

    def _staged(
        self, before: Manifest, batch: Batch
    ) -> "tuple[Manifest, Mapping[str, pl.DataFrame], Mapping[str, int]]":
        """Return the tables that have news as files and as rows, and how many are new in each."""
        news: dict[str, int] = {}
        frames: dict[str, pl.DataFrame] = {}
        staged: dict[str, Entry] = {}
        for name, frame, key in _frames(batch):
            entry = before.get(name)
            known = None if entry is None else self._frame(entry)
            rows, news[name] = merged(name, known, frame, key)
            if news[name]:
                frames[name] = rows
                staged[name] = self._files.stage(name, _parquet(rows), rows.height)
        return staged, frames, news

    def _history(self, manifest: Manifest, calendar: SessionCalendar) -> History:
        bars = self._load_bars(manifest)
        actions = self._load(manifest, ACTIONS)
        return History(
            panel=_panel(bars, calendar, actions),
            calendar=calendar,
            instruments={each.ticker: each for each in self._load(manifest, INSTRUMENTS)},
            membership=spells_of(self._load(manifest, MEMBERSHIP)),
            actions=actions,
            series={each.series_id: each for each in self._load(manifest, SERIES)},
            macro=self._load(manifest, MACRO),
            headlines=self._load(manifest, HEADLINES),
            tellings=self._load(manifest, TELLINGS),
            reports=self._load(manifest, REPORTS),
        )

    def _load_bars(self, manifest: Manifest) -> BarTable:
        import polars as pl

        parts = [
            self._frame(entry)
            for name, entry in sorted(manifest.items())
            if name.startswith(f"bars/{DAILY}/")
        ]
        if not parts:
            raise NoDataError(
                f"expected {DAILY} bars in the lake {self.root}, found none; ingest a bundle or a feed first"
            )
        return bar_table(pl.concat(parts))

    def _load(self, manifest: Manifest, table: FactTable[Fact]) -> tuple[Fact, ...]:
        entry = manifest.get(table.name)
        return () if entry is None else table.facts(self._frame(entry))

    def _frame(self, entry: Entry) -> "pl.DataFrame":
        import polars as pl

        return pl.read_parquet(BytesIO(self._files.read(entry)))


def _frames(batch: Batch) -> "Iterator[tuple[str, pl.DataFrame, tuple[str, ...]]]":
    """Yield name, rows and key of each table and bar partition of a batch that has rows."""
    for frequency, bars in batch.bars.items():
        frame = bar_frame(bars)
        for (year,), part in frame.group_by(frame["session"].dt.year(), maintain_order=True):
            yield f"bars/{frequency}/{year}", part, BAR_KEY
    yield from _rows(INSTRUMENTS, batch.instruments)
    yield from _rows(SERIES, batch.series)
    yield from _rows(MEMBERSHIP, changes_of(batch.membership))
    yield from _rows(ACTIONS, batch.actions)
    yield from _rows(MACRO, batch.macro)
    yield from _rows(HEADLINES, batch.headlines)
    yield from _rows(TELLINGS, batch.tellings)
    yield from _rows(REPORTS, batch.reports)


def _rows(
    table: FactTable[Fact], facts: Sequence[Fact]
) -> "Iterator[tuple[str, pl.DataFrame, tuple[str, ...]]]":
    if facts:
        yield table.name, table.frame(facts), table.key


def _parquet(frame: "pl.DataFrame") -> bytes:
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=3)
    return buffer.getvalue()


def _grown(known: History, frames: "Mapping[str, pl.DataFrame]") -> History:
    """Return a history that goes on with the tables that have news; the others are as they were."""
    import polars as pl

    facts: dict[str, object] = {
        table.name: table.facts(frames[table.name])
        for table in (ACTIONS, MACRO, HEADLINES, TELLINGS, REPORTS)
        if table.name in frames
    }
    if INSTRUMENTS.name in frames:
        instruments = INSTRUMENTS.facts(frames[INSTRUMENTS.name])
        facts[INSTRUMENTS.name] = {each.ticker: each for each in instruments}
    if SERIES.name in frames:
        facts[SERIES.name] = {each.series_id: each for each in SERIES.facts(frames[SERIES.name])}
    if MEMBERSHIP.name in frames:
        facts[MEMBERSHIP.name] = spells_of(MEMBERSHIP.facts(frames[MEMBERSHIP.name]))
    years = [frame for name, frame in frames.items() if name.startswith(f"bars/{DAILY}/")]
    panel = known.panel
    if years or ACTIONS.name in frames:
        actions = facts.get(ACTIONS.name, known.actions)
        bars = bar_table(pl.concat(years)) if years else None
        panel = _panel_after(known.panel, bars, known.calendar, actions)  # type: ignore[arg-type]
    return grown(known, panel=panel, **facts)


def _panel_after(
    known: BarPanel, bars: BarTable | None, calendar: SessionCalendar, actions: tuple[CorporateAction, ...]
) -> BarPanel:
    """Return a panel with more bars in it, those that are there already among them or not."""
    if bars is None:
        prices = {name: getattr(known, name) for name in BAR_COLUMNS}
        return panel_of(sessions=known.sessions, tickers=known.tickers, prices=prices, actions=actions)
    first = min(known.sessions[0], bars.session.min().astype(object))
    last = max(known.sessions[-1], bars.session.max().astype(object))
    sessions, tickers = calendar.sessions(first, last), tuple(sorted({*known.tickers, *bars.tickers}))
    days, names = np.array(sessions, dtype="datetime64[D]"), np.array(tickers)
    _refuse_closed(bars, days)
    old = np.ix_(
        np.searchsorted(days, np.array(known.sessions, dtype="datetime64[D]")),
        np.searchsorted(names, np.array(known.tickers)),
    )
    new = np.searchsorted(days, bars.session), np.searchsorted(names, np.array(bars.tickers))[bars.column]
    prices = {name: np.full((len(sessions), len(tickers)), np.nan) for name in BAR_COLUMNS}
    for name, matrix in prices.items():
        matrix[old] = getattr(known, name)
        matrix[new] = getattr(bars, name)
    return panel_of(sessions=sessions, tickers=tickers, prices=prices, actions=actions)


def _refuse_closed(bars: BarTable, days: "NDArray[np.datetime64]") -> None:
    closed = ~np.isin(bars.session, days)
    if closed.any():
        raise DataError(
            f"expected bars on sessions only, found {bars.session[closed][0]} of "
            f"{bars.tickers[bars.column[closed][0]]!r}; ingest through the quality check"
        )


def _panel(bars: BarTable, calendar: SessionCalendar, actions: tuple[CorporateAction, ...]) -> BarPanel:
    """Return bars as a panel with a row for every session of the calendar between the first and the last."""
    sessions = calendar.sessions(bars.session.min().astype(object), bars.session.max().astype(object))
    days = np.array(sessions, dtype="datetime64[D]")
    _refuse_closed(bars, days)
    row = np.searchsorted(days, bars.session)
    prices = {name: np.full((len(sessions), len(bars.tickers)), np.nan) for name in BAR_COLUMNS}
    for name, matrix in prices.items():
        matrix[row, bars.column] = getattr(bars, name)
    return panel_of(sessions=sessions, tickers=bars.tickers, prices=prices, actions=actions)
