"""A longer panel for benchmarks, where a checkout stands beside the shared data: eleven years of companies.

It is a list of companies that were large at its end, so equal weight of it is the only fair comparison.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from fund.features.universe import Universe, sector_codes
from fund.market.facts import Report
from fund.market.panel import BarPanel
from support.checkout import ROOT

SHARED = ROOT.parent / "shared" / "data"
FIRST = date(2012, 1, 3)
BENCHMARK = "SPY"
QUARTER_ENDS = {"Q1": (3, 31), "Q2": (6, 30), "Q3": (9, 30), "FY": (12, 31)}


def shared_file(name: str) -> Path | None:
    """A file of the shared data, None where the checkout has none beside it."""
    path = SHARED / name
    return path if path.is_file() else None


@cache
def shared_universe() -> Universe | None:
    """Companies of one list from 2012 on and SPY, each a member while it has bars; None without data."""
    path, names = shared_file("bars_daily.parquet"), shared_file("metadata.csv")
    if path is None or names is None:
        return None
    wanted = (pl.col("asset_class") == "equity") | (pl.col("symbol") == BENCHMARK)
    bars = pl.read_parquet(path).filter((pl.col("source") == "sme") & wanted & (pl.col("date") >= FIRST))
    tickers = tuple(bars["symbol"].unique().sort().to_list())
    sessions = tuple(bars["date"].unique().sort().to_list())

    def wide(column: str) -> np.ndarray:
        table = bars.pivot("symbol", index="date", values=column).sort("date")
        return np.ascontiguousarray(table.select(tickers).cast(pl.Float64).fill_null(float("nan")).to_numpy())

    adjusted = wide("adj_close")
    first = np.array([column[np.isfinite(column)][0] for column in adjusted.T])
    prices = {name: wide(name) for name in ("open", "high", "low", "close", "volume")}
    panel = BarPanel(sessions=sessions, tickers=tickers, total_return_index=adjusted / first, **prices)
    members = np.isfinite(panel.close)
    members[:, tickers.index(BENCHMARK)] = False
    table = pl.read_csv(names, infer_schema_length=None)
    sector_of = dict(table.select("symbol", "gics_sector").iter_rows())
    sectors = sector_codes([sector_of.get(ticker) or "" for ticker in tickers])
    return Universe(panel=panel, members=members, sectors=sectors, benchmark=BENCHMARK)


def shared_reports() -> Iterator[Report]:
    """Filings of the same companies, dated by the day after they were filed.

    Their periods are named, not dated: a quarter is taken to end with the calendar's.
    """
    path = shared_file("fundamentals.parquet")
    if path is None:
        return
    for row in pl.read_parquet(path).iter_rows(named=True):
        if row["fiscal_period"] not in QUARTER_ENDS:
            continue
        month, day = QUARTER_ENDS[row["fiscal_period"]]
        filed = datetime.combine(row["filing_date"] + timedelta(days=1), time(13), UTC)
        yield Report(
            ticker=row["symbol"],
            doc_type="10-K" if row["fiscal_period"] == "FY" else "10-Q",
            end_date=date(row["fiscal_year"], month, day),
            known_at=filed,
            revenue=row["revenue"],
            net_income=row["net_income"],
            eps_diluted=None,
            equity=None,
            assets=None,
            cash=None,
        )
