"""The real bundle cut down to a few dozen names, so that a whole desk starts in seconds."""

import csv
import shutil
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

import polars as pl

from support.checkout import ROOT

BUNDLE = ROOT / "data" / "bundle"
PER_SECTOR = 7
LEAVERS = ("SNDK", "TWC", "LLTC", "STJ")
"""Companies whose series ends inside the window."""
AS_THEY_ARE = ("macro.parquet", "macro_meta.csv", "headlines.parquet", "ticker_changes.csv")


def make_small_bundle(folder: Path, *, per_sector: int = PER_SECTOR) -> Path:
    """Write a bundle of the most traded members of every sector, SPY and a few leavers.

    No row is changed; of a file about symbols only the kept ones' rows stay. There are no digests.
    """
    folder.mkdir(parents=True)
    bars = pl.read_parquet(BUNDLE / "bars_daily.parquet")
    kept = frozenset({"SPY", *LEAVERS, *_most_traded(bars, per_sector)})
    for name in ("bars_daily", "corporate_actions", "intraday_sample", "reports"):
        frame = pl.read_parquet(BUNDLE / f"{name}.parquet")
        frame.filter(pl.col("symbol").is_in(sorted(kept))).write_parquet(folder / f"{name}.parquet")
    for name in ("metadata.csv", "membership.csv", "quality.csv"):
        _cut(name, folder, lambda row: row["symbol"] in kept or row["symbol"] == "*")
    for name in AS_THEY_ARE:
        shutil.copyfile(BUNDLE / name, folder / name)
    return folder


def _most_traded(bars: pl.DataFrame, per_sector: int) -> Iterable[str]:
    """Yield the members of the whole window with the most dollars traded, so many a sector."""
    stayed = {row["symbol"] for row in _rows("membership.csv") if not row["end"]}
    traded = dict(
        bars.group_by("symbol")
        .agg((pl.col("close") * pl.col("volume")).sum().alias("dollars"))
        .select("symbol", "dollars")
        .iter_rows()
    )
    sessions = bars["date"].filter(bars["symbol"] == "AAPL").len()
    whole = {row["symbol"] for row in _rows("metadata.csv") if int(row["sessions"]) >= sessions}
    ranked = sorted(
        (row["gics_sector"], -traded[row["symbol"]], row["symbol"])
        for row in _rows("metadata.csv")
        if row["gics_sector"] and row["symbol"] in stayed & whole
    )
    for _, members in groupby(ranked, key=lambda entry: entry[0]):
        yield from (symbol for _, _, symbol in list(members)[:per_sector])


def _rows(name: str) -> list[dict[str, str]]:
    with (BUNDLE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _cut(name: str, folder: Path, wanted: Callable[[dict[str, str]], bool]) -> None:
    rows = _rows(name)
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if wanted(row))
