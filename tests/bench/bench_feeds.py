"""What happens to a million bars: from files into a lake, one day more of 500 names, years by parts."""

import resource
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from time import perf_counter

import polars as pl

from db.lake import Lake
from desk.bundle_files import FILES
from desk.feed import empty_frame
from desk.feeds.backfill import backfill
from desk.feeds.collector import Collector
from desk.feeds.parts import Plan
from desk.ingest import ingest_bundle
from desk.market import Market
from desk.progress import silent
from fund.market.calendar import nyse
from support.bench_desk import scratch
from support.benchmark import Figure, median, single, timed
from support.checkout import ROOT
from support.fake_feed import FakeFeed, made_bars

BUNDLE = ROOT / "data" / "bundle"
FACTS = ("headlines.parquet", "macro.parquet", "macro_meta.csv", "reports.parquet")
NAMES = tuple(f"N{place:03d}" for place in range(500))
FIRST, LAST = date(2015, 1, 2), date(2023, 6, 30)
DAYS = 9
INGEST_SECONDS, DAY_SECONDS = 10, 1


def measure() -> Iterator[Figure]:
    """Made bars of 500 names, with the headlines, macro values and reports of the bundle beside them."""
    calendar = nyse()
    days = calendar.sessions(FIRST, LAST)
    bars = made_bars(NAMES, days)
    known = bars.filter(pl.col("date") < days[-DAYS])
    folder = _bundle(scratch() / "million", known)
    lakes = scratch() / "lakes"
    before = _peak()

    def ingested() -> None:
        shutil.rmtree(lakes, ignore_errors=True)
        ingest_bundle(folder, Lake(lakes), silent, calendar)

    what = f"{known.height:,} daily bars from files into a lake, checked"
    yield median(what, "s", timed(ingested, repeats=3), bound=INGEST_SECONDS)
    yield single("more memory while they come in, at most", "MB", _peak() - before)
    yield from _daily(Lake(lakes), bars, days[-DAYS:])
    yield from _filled(bars, days[0], days[-DAYS - 1])


def _daily(lake: Lake, bars: pl.DataFrame, days: tuple[date, ...]) -> Iterator[Figure]:
    """Let the collector bring one day after the other, until the history can be used and has a version."""
    calendar = nyse()
    history = lake.load_history(calendar)
    held, _ = len(history.panel.sessions), history.data_version
    feed = FakeFeed(now=calendar.decision_time(days[0]), bars=bars, calendar=calendar)
    market = Market(history, lake, Collector(feed, keep=lambda refusals: None))
    seconds = []
    for day in days:
        feed.now = calendar.decision_time(day)
        started = perf_counter()
        market.refresh(feed.now, None)
        assert len(market.history.next_bars(day)) == len(NAMES), market.problem
        assert market.history.data_version
        seconds.append(perf_counter() - started)
    what = f"one day more of {len(NAMES)} names in a lake of {held * len(NAMES):,} bars, until it can be used"
    yield median(what, "s", seconds[1:], bound=DAY_SECONDS)


def _filled(bars: pl.DataFrame, first: date, last: date) -> Iterator[Figure]:
    """Fill a folder from a vendor in memory: what is ours of a backfill."""
    calendar = nyse()
    feed = FakeFeed(now=calendar.decision_time(LAST), bars=bars, calendar=calendar)
    plan = Plan(feed=feed.name, first=first, last=last, names=NAMES)
    started = perf_counter()
    report = backfill(feed, plan, scratch() / "filled", calendar, silent)
    rows = report.rows["bars_daily.parquet"]
    yield single(f"backfill of {rows:,} bars, the vendor's time aside", "s", perf_counter() - started)


def _bundle(folder: Path, bars: pl.DataFrame) -> Path:
    folder.mkdir(parents=True)
    for name, columns in FILES.items():
        frame = empty_frame(columns)
        frame.write_csv(folder / name) if name.endswith(".csv") else frame.write_parquet(folder / name)
    for name in FACTS:
        shutil.copyfile(BUNDLE / name, folder / name)
    bars.write_parquet(folder / "bars_daily.parquet")
    return folder


def _peak() -> float:
    """Return the most memory this process has held so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
