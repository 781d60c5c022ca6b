"""A bundle cut at a day, as it was on that evening, and a feed that goes on from there."""

import csv
import shutil
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl

from fund.market.calendar import nyse

BARS = "bars_daily.parquet"
WHOLE = ("metadata.csv", "macro_meta.csv", "quality.csv", "ticker_changes.csv", "intraday_sample.parquet")


def cut_bundle(source: Path, target: Path, until: date) -> Path:
    """Write the bundle as it was known at the decision time of a session."""
    target.mkdir(parents=True, exist_ok=True)
    known: datetime = nyse().decision_time(until)
    conditions = {
        BARS: pl.col("date") <= until,
        "corporate_actions.parquet": pl.col("ex_date") <= until,
        "macro.parquet": pl.col("date") <= until,
        "headlines.parquet": pl.col("known_at") <= known,
        "reports.parquet": pl.col("known_at") <= known,
    }
    for name, condition in conditions.items():
        pl.read_parquet(source / name).filter(condition).write_parquet(target / name)
    for name in WHOLE:
        shutil.copyfile(source / name, target / name)
    _cut_membership(source, target, until)
    return target


def drop(source: Path, feed: Path, first: date, until: date) -> Path:
    """Put into the feed what is known on the evening of a session, with the bars from `first` on."""
    cut_bundle(source, feed, until)
    (feed / "intraday_sample.parquet").unlink()
    put_bars(feed, bars_of(source).filter(pl.col("date").is_between(first, until)))
    return feed


def bars_of(folder: Path) -> pl.DataFrame:
    """Return the daily bars of a bundle or a feed."""
    return pl.read_parquet(folder / BARS)


def put_bars(feed: Path, bars: pl.DataFrame) -> None:
    """Write the feed's daily bars anew."""
    feed.mkdir(parents=True, exist_ok=True)
    bars.write_parquet(feed / BARS)


def but_for(bars: pl.DataFrame, session: date, kept: Sequence[str]) -> pl.DataFrame:
    """Return bars of which, on one session, only some names have arrived."""
    return bars.filter((pl.col("date") != session) | pl.col("symbol").is_in(list(kept)))


def revised(bars: pl.DataFrame, symbol: str, session: date) -> pl.DataFrame:
    """Return bars of which one has another volume than before."""
    one = (pl.col("symbol") == symbol) & (pl.col("date") == session)
    return bars.with_columns(
        pl.when(one).then(pl.col("volume") + 1).otherwise(pl.col("volume")).alias("volume")
    )


def _cut_membership(source: Path, target: Path, until: date) -> None:
    with (source / "membership.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["start"] <= until.isoformat()]
    with (target / "membership.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {**row, "end": row["end"] if row["end"] <= until.isoformat() else ""} for row in rows
        )
