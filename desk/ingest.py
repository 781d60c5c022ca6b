"""Reading a bundle of market data into the lake: every file checked, bad rows left out with a reason."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from db.lake import DAILY, Batch, Lake
from db.lake_tables import bar_table
from desk import bundle_rows
from desk.bundle_files import FILES, read_file
from desk.bundle_rows import BadRowError, Row
from fund.errors import DataError
from fund.market.bar_runs import no_bars, on_one_list, run_of
from fund.market.calendar import SessionCalendar, nyse
from fund.market.facts import CorporateAction, MembershipSpell, Report
from fund.market.membership import changes_of, spells_of
from fund.market.quality import BarTable, Finding, check_bars
from fund.portfolio.payouts import absurd_payout

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[str, int, int], None]
"""Told a label, how much is done and of how much."""

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A row that was left out, and why."""

    file: str
    row: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What became of a bundle."""

    read: Mapping[str, int]
    """Rows read by file."""
    appended: Mapping[str, int]
    """New rows by table of the lake; all zero when the bundle was there already."""
    quarantined: tuple[Quarantined, ...]
    jumps: tuple[Finding, ...]
    """Bars that were kept although the price jumped without a corporate action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the files of a bundle hold that may be believed, and what was found on the way."""

    batch: Batch
    quarantined: tuple[Quarantined, ...]
    jumps: tuple[Finding, ...]
    """Bars that were kept although the price jumped without a corporate action."""


@dataclass(slots=True)
class _Intake:
    """The files of one bundle as they are read, and what had to be left out of them."""

    frames: Mapping[str, "pl.DataFrame"]
    quarantined: list[Quarantined] = field(default_factory=list)

    def facts(self, file: str, make: Callable[[Row], Fact]) -> Iterator[tuple[Row, Fact]]:
        """Yield each row of a file that is a fact, with the fact."""
        for row in self.frames[file].iter_rows(named=True):
            try:
                yield row, make(row)
            except BadRowError as error:
                self.leave_out(file, row, str(error))

    def leave_out(self, file: str, row: object, reason: str) -> None:
        """Record a row that does not go into the lake."""
        self.quarantined.append(Quarantined(file=file, row=str(row)[:300], reason=reason))


def ingest_bundle(
    bundle: Path, lake: Lake, progress: Progress, calendar: SessionCalendar | None = None
) -> IngestReport:
    """Read every file of a bundle, check it, and append what is sound to the lake in one commit.

    A file that is missing, unreadable, damaged or without an expected column raises `ConfigError`
    naming it, before anything is written. A bad row is left out and reported. Ingesting the same
    bundle again appends nothing; a fact the lake holds with another value raises `DataError`.
    """
    steps = len(FILES) + 2
    frames: dict[str, pl.DataFrame] = {}
    for done, name in enumerate(FILES):
        progress(f"Reading {name}", done, steps)
        frames[name] = read_file(bundle, name)
    progress("Checking the rows", len(FILES), steps)
    checked = check_frames(frames, calendar or nyse())
    progress("Writing the lake", len(FILES) + 1, steps)
    appended = lake.append(checked.batch)
    progress("Market data ready", steps, steps)
    return IngestReport(
        read={name: frame.height for name, frame in frames.items()},
        appended=appended,
        quarantined=checked.quarantined,
        jumps=checked.jumps,
    )


def check_frames(frames: Mapping[str, "pl.DataFrame"], calendar: SessionCalendar) -> Checked:
    """Turn the files of a bundle into facts; every row that is none is left out with its reason."""
    intake = _Intake(frames)
    batch, jumps = _batch(intake, calendar)
    return Checked(batch=batch, quarantined=tuple(intake.quarantined), jumps=jumps)


def _batch(intake: _Intake, calendar: SessionCalendar) -> tuple[Batch, tuple[Finding, ...]]:
    actions = tuple(fact for _, fact in intake.facts("corporate_actions.parquet", bundle_rows.action))
    described = tuple(intake.facts("macro_meta.csv", bundle_rows.series))
    lags = {fact.series_id: bundle_rows.lag_days(row) for row, fact in described}
    daily, jumps = _daily_bars(intake, calendar, actions)
    macro = intake.facts("macro.parquet", lambda row: bundle_rows.observation(row, lags))
    batch = Batch(
        bars={DAILY: daily, **_intraday_bars(intake)},
        instruments=tuple(fact for _, fact in intake.facts("metadata.csv", bundle_rows.instrument)),
        series=tuple(fact for _, fact in described),
        membership=tuple(_membership(intake)),
        actions=tuple(_payable(intake, _on_sessions(intake, actions, calendar), daily)),
        macro=tuple(fact for _, fact in macro),
        headlines=tuple(fact for _, fact in intake.facts("headlines.parquet", bundle_rows.headline)),
        reports=tuple(_reports(intake)),
    )
    return batch, jumps


def _daily_bars(
    intake: _Intake, calendar: SessionCalendar, actions: Iterable[CorporateAction]
) -> tuple[BarTable, tuple[Finding, ...]]:
    file = "bars_daily.parquet"
    table = bar_table(_named(intake, file, "date"))
    kept, findings = check_bars(table, calendar, actions)
    return kept, _leave_out_bars(intake, file, findings)


def _intraday_bars(intake: _Intake) -> dict[str, BarTable]:
    file = "intraday_sample.parquet"
    tables: dict[str, BarTable] = {}
    for (frequency,), part in sorted(_named(intake, file, "ts").group_by("frequency")):
        tables[str(frequency)], findings = check_bars(bar_table(part), None)
        _leave_out_bars(intake, file, findings)
    return tables


def _named(intake: _Intake, file: str, moment: str) -> "pl.DataFrame":
    """Return the bars of a file under the names of the lake, without rows that name no ticker."""
    frame = intake.frames[file].rename({"symbol": "ticker", moment: "session"})
    nameless = frame["ticker"].is_null() | frame["session"].is_null()
    for row in frame.filter(nameless).iter_rows():
        intake.leave_out(file, row, "expected a symbol and a time, found none")
    return frame.filter(~nameless)


def _leave_out_bars(intake: _Intake, file: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    kept = []
    for finding in findings:
        if finding.quarantined:
            intake.leave_out(file, f"{finding.ticker} {finding.session}: {finding.detail}", finding.kind)
        else:
            kept.append(finding)
    return tuple(kept)


def _membership(intake: _Intake) -> Iterator[MembershipSpell]:
    """Yield the spells of every ticker whose joins and leaves take turns."""
    spells = sorted(intake.facts("membership.csv", bundle_rows.spell), key=lambda pair: pair[1].ticker)
    for ticker, group in groupby(spells, key=lambda pair: pair[1].ticker):
        of_ticker = [spell for _, spell in group]
        try:
            yield from spells_of(changes_of(of_ticker))
        except DataError as error:
            intake.leave_out("membership.csv", f"{ticker}: {len(of_ticker)} spells", str(error))


def _on_sessions(
    intake: _Intake, actions: Iterable[CorporateAction], calendar: SessionCalendar
) -> Iterator[CorporateAction]:
    """Yield the actions but for those of a day the exchange is closed, which no session would book."""
    for action in actions:
        inside = calendar.first <= action.ex_date <= calendar.last
        if inside and not calendar.is_session(action.ex_date):
            reason = f"expected an ex date on a session, found {action.ex_date:%A} {action.ex_date}"
            intake.leave_out("corporate_actions.parquet", action, reason)
        else:
            yield action


def _payable(
    intake: _Intake, actions: Iterable[CorporateAction], bars: BarTable
) -> Iterator[CorporateAction]:
    """Yield the actions but for payouts that the last close before them makes absurd."""
    run = run_of(*on_one_list(bars, no_bars()))
    for action in actions:
        reason = absurd_payout(action, run)
        if reason is not None:
            intake.leave_out("corporate_actions.parquet", action, reason)
        else:
            yield action


def _reports(intake: _Intake) -> Iterator[Report]:
    """Yield the reports; of a filing and its amendment that became known together, the amendment."""
    chosen: dict[tuple[object, ...], tuple[bool, Report]] = {}
    for row, report in intake.facts("reports.parquet", bundle_rows.report):
        key = (report.ticker, report.end_date, report.doc_type, report.known_at)
        rival = chosen.get(key)
        if rival is not None and rival[0] >= bool(row["amend"]):
            intake.leave_out("reports.parquet", report, "superseded by an amendment known at the same moment")
            continue
        if rival is not None:
            intake.leave_out(
                "reports.parquet", rival[1], "superseded by an amendment known at the same moment"
            )
        chosen[key] = (bool(row["amend"]), report)
    yield from (report for _, report in chosen.values())
