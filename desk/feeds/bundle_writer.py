"""Writes checked facts as a bundle: every file of the format, with digests, put in place at the end."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from db.lake_tables import bar_frame
from desk.bundle_files import DIGESTS, FILES
from desk.feed import empty_frame
from desk.feeds.price_check import Prices
from desk.feeds.text_check import Figures, News
from fund.market.calendar import SessionCalendar
from fund.market.finding import Finding

if TYPE_CHECKING:
    import polars as pl

ENDED_SESSIONS = 20
"""A name whose bars end so long before everybody's has left."""


@dataclass(frozen=True, slots=True)
class _Span:
    """From when to when a name has bars."""

    first: date
    last: date


class BundleWriter:
    """Takes checked facts portion by portion, names ascending, and writes the files of a bundle."""

    def __init__(self, folder: Path, draft: Path, like: Path | None) -> None:
        self._folder = folder
        self._draft = draft
        self._like = like
        self._frames: dict[str, list[pl.DataFrame]] = {}
        self._spans: dict[str, _Span] = {}
        self.findings: list[Finding] = []

    def add_prices(self, prices: Prices) -> None:
        """Take bars and actions."""
        import polars as pl

        self.findings += (*prices.of_bars, *prices.of_actions)
        bars = bar_frame(prices.bars).rename({"ticker": "symbol", "session": "date"})
        self._frames.setdefault("bars_daily.parquet", []).append(bars)
        for name, first, last in (
            bars.group_by("symbol").agg(pl.col("date").min(), pl.col("date").max().alias("last")).iter_rows()
        ):
            self._spans[name] = _Span(first, last)
        rows = [(a.ticker, a.kind, a.detail, a.ex_date, float(a.value)) for a in prices.actions]
        self._add("corporate_actions.parquet", sorted(rows))

    def add_news(self, news: News) -> None:
        """Take headlines."""
        self.findings += news.findings
        rows = [
            (each.headline_id, " ".join(each.tickers), each.title, each.source, each.known_at)
            for each in news.headlines
        ]
        self._add("headlines.parquet", sorted(rows))

    def add_figures(self, figures: Figures) -> None:
        """Take macro values: the first vintage of each day, known after the longest lag its series had."""
        self.findings += figures.findings
        first: dict[tuple[str, date], float] = {}
        lags: dict[str, int] = {}
        vintages: dict[str, bool] = {}
        for each in sorted(figures.macro, key=lambda fact: (fact.series_id, fact.day, fact.known_at)):
            key = (each.series_id, each.day)
            vintages[each.series_id] = vintages.get(each.series_id, False) or key in first
            if key not in first:
                first[key] = each.value
                lag = (each.known_at.date() - each.day).days
                lags[each.series_id] = max(lag, lags.get(each.series_id, 0))
        self._add("macro.parquet", [(series, day, value) for (series, day), value in first.items()])
        rows = [(s, s, "", "", str(lag), "yes" if vintages[s] else "no") for s, lag in sorted(lags.items())]
        self._add("macro_meta.csv", rows)

    def finish(self, calendar: SessionCalendar) -> Mapping[str, int]:
        """Write the files and put them in place, the digests last; return the rows of each."""
        described = self._described()
        self._add("metadata.csv", described)
        funds = {name for name, _, asset_class, _ in described if asset_class == "etf"}
        self._add("membership.csv", self._spells(calendar, funds))
        self._add("quality.csv", (_quality_row(each) for each in self.findings))
        self._draft.mkdir(parents=True, exist_ok=True)
        rows, digests = {}, []
        for name in FILES:
            frame = self._frame(name)
            path = self._draft / name
            frame.write_csv(path) if name.endswith(".csv") else frame.write_parquet(path)
            rows[name] = frame.height
            digests.append(f"{sha256(path.read_bytes()).hexdigest()}  {name}\n")
        (self._draft / DIGESTS).write_text("".join(digests))
        for name in (*FILES, DIGESTS):
            (self._draft / name).replace(self._folder / name)
        return rows

    def _add(self, name: str, rows: Iterable[tuple[object, ...]]) -> None:
        import polars as pl

        schema = empty_frame(FILES[name]).schema
        frame = pl.DataFrame(list(rows), schema=schema, orient="row")
        self._frames.setdefault(name, []).append(frame)

    def _frame(self, name: str) -> "pl.DataFrame":
        import polars as pl

        columns = list(FILES[name])
        frames = self._frames.pop(name, [])
        whole = pl.concat([empty_frame(FILES[name]), *(frame.select(columns) for frame in frames)])
        if name == "headlines.parquet":
            whole = whole.unique("headline_id", keep="first", maintain_order=True).sort("headline_id")
        return whole

    def _described(self) -> list[tuple[str, str, str, str]]:
        """Return what each name is: as the other bundle has it, else a company of no sector."""
        rows = [] if self._like is None else _rows(self._like / "metadata.csv")
        known = {row["symbol"]: row for row in rows}
        found = []
        for name in sorted(self._spans):
            row = known.get(name, {"name": name, "asset_class": "equity", "gics_sector": ""})
            found.append((name, row["name"], row["asset_class"], row["gics_sector"]))
        return found

    def _spells(self, calendar: SessionCalendar, funds: set[str]) -> Iterable[tuple[str, str, str]]:
        """Yield one stay a company, from its first bar to its last: what was asked for is the universe."""
        if not self._spans:
            return
        newest = max(span.last for span in self._spans.values())
        ended = calendar.last_sessions(newest, ENDED_SESSIONS)[0]
        for name, span in sorted(self._spans.items()):
            if name not in funds:
                end = calendar.next_session(span.last).isoformat() if span.last < ended else ""
                yield name, span.first.isoformat(), end


def _quality_row(found: Finding) -> tuple[str, str, str, str, str]:
    day = found.session.isoformat()
    return found.ticker, day, day, found.kind, found.detail


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(path.read_text(encoding="utf-8")))) if path.exists() else []
