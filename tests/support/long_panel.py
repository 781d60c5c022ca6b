"""Eleven years of large caps for benchmarks: not shipped, so absent from most checkouts."""

from functools import cache

import numpy as np
import polars as pl

from fund.features.universe import Universe, sector_codes
from fund.market.panel import BarPanel
from support.checkout import ROOT

SHARED = ROOT.parent / "shared" / "data"
BIAS = "a list of 2026: its equal weight earns 6.5 points a year more than the index it stands for"
"""Why figures on this panel are judged against its own equal weight only."""


@cache
def long_universe() -> Universe | None:
    """265 companies with daily bars from 2011-11-28 to 2022-12-30, and SPY; None where they are absent.

    Prices are adjusted for splits, the index of total returns for dividends too. Every company with a bar is
    a member: the list was drawn up in 2026, so it holds survivors.
    """
    path = SHARED / "bars_daily.parquet"
    if not path.is_file():
        return None
    of_list = (pl.col("source") == "sme") & (
        (pl.col("asset_class") == "equity") | (pl.col("symbol") == "SPY")
    )
    bars = pl.read_parquet(path).filter(of_list)
    sessions = tuple(bars["date"].unique().sort().to_list())
    tickers = tuple(bars["symbol"].unique().sort().to_list())
    wide = {name: _wide(bars, name, tickers) for name in ("open", "high", "low", "close", "volume")}
    adjusted = _wide(bars, "adj_close", tickers)
    first = np.array([column[np.isfinite(column)][0] for column in adjusted.T])
    members = np.isfinite(wide["close"])
    members[:, tickers.index("SPY")] = False
    table = pl.read_csv(SHARED / "metadata.csv", null_values=[""], infer_schema_length=None)
    sector_of = dict(table.select("symbol", "gics_sector").iter_rows())
    return Universe(
        panel=BarPanel(sessions=sessions, tickers=tickers, total_return_index=adjusted / first, **wide),
        members=members,
        sectors=sector_codes([sector_of.get(ticker) or "" for ticker in tickers]),
        benchmark="SPY",
    )


def _wide(bars: pl.DataFrame, column: str, tickers: tuple[str, ...]) -> np.ndarray:
    table = bars.pivot("symbol", index="date", values=column).sort("date")
    return np.ascontiguousarray(table.select(tickers).cast(pl.Float64).fill_null(float("nan")).to_numpy())
