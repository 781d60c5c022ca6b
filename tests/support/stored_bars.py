"""The bars that a lake holds, read from its files."""

import polars as pl

from db.lake import Lake
from db.lake_files import LakeFiles
from db.lake_tables import bar_table
from fund.market.quality import BarTable


def stored_bars(lake: Lake, partition: str) -> BarTable:
    """Return the bars of a frequency, or of `frequency/year`."""
    listed = sorted(LakeFiles(lake.root).manifest().items())
    under = [entry.path for name, entry in listed if f"{name}/".startswith(f"bars/{partition}/")]
    return bar_table(pl.concat([pl.read_parquet(lake.root / path) for path in under]))
