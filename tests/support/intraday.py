"""Made intraday bars, as a Parquet file in the form of the bundle's sample."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

Bar = tuple[str, datetime, float, float, float]
"""Symbol, begin, open, close, volume."""


def minutes(
    symbol: str,
    begin: datetime,
    price: Callable[[int], float],
    *,
    count: int = 390,
    volume: Callable[[int], float] = lambda minute: 100.0,
) -> list[Bar]:
    """Bars of a minute each, from one price of a path to the next."""
    return [(symbol, begin + timedelta(minutes=n), price(n), price(n + 1), volume(n)) for n in range(count)]


def written(path: Path, bars: Iterable[Bar]) -> Path:
    """Write bars to a file, and return it."""
    rows = list(bars)
    frame = pl.DataFrame(
        {
            "symbol": [row[0] for row in rows],
            "ts": [row[1] for row in rows],
            "open": [row[2] for row in rows],
            "close": [row[3] for row in rows],
            "volume": [row[4] for row in rows],
        },
        schema_overrides={"ts": pl.Datetime("ms", "UTC"), "open": pl.Float64, "close": pl.Float64},
    )
    frame.write_parquet(path)
    return path
