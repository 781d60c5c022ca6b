"""Panels for tests: small made ones, and the bundle's bars as one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fund.features.columns import Columns
from fund.features.feature import Feature
from fund.features.universe import Universe, sector_codes
from fund.market.facts import MembershipSpell
from fund.market.membership import Membership
from fund.market.panel import BarPanel

BUNDLE = Path(__file__).parents[2] / "data" / "bundle"
BENCHMARK = "SPY"


def weekdays(count: int, start: date = date(2015, 1, 1)) -> tuple[date, ...]:
    """Return `count` weekdays from `start` on."""
    days = (start + timedelta(days=k) for k in range(2 * count + 7))
    return tuple(day for day in days if day.weekday() < 5)[:count]


def a_panel(
    sessions: int = 120, names: int = 30, *, seed: int = 0, holes: float = 0.0, persistence: float = 0.0
) -> BarPanel:
    """A log random walk per name, the benchmark their mean; `holes` is the share of bars taken out.

    `persistence` is the spread of lasting drifts between names, in units of daily volatility: 0 leaves
    nothing to be found, more makes past winners win again.
    """
    random = np.random.default_rng(seed)
    volatility = random.uniform(0.01, 0.03, names)
    drift = persistence * random.normal(size=names)
    steps = (random.normal(size=(sessions, names)) + drift) * volatility
    steps += random.normal(0, 0.01, (sessions, 1))
    steps = np.column_stack([steps, steps.mean(axis=1)])
    closes = 50.0 * np.exp(np.cumsum(steps, axis=0))
    opens = closes * np.exp(-steps * random.uniform(0, 1, steps.shape))
    reach = np.abs(random.normal(0, 0.005, (2, *steps.shape)))
    panel = BarPanel(
        sessions=weekdays(sessions),
        tickers=(*(f"N{k:03d}" for k in range(names)), BENCHMARK),
        open=opens,
        high=np.maximum(opens, closes) * (1 + reach[0]),
        low=np.minimum(opens, closes) * (1 - reach[1]),
        close=closes,
        volume=np.exp(random.normal(13, 0.5, steps.shape)),
        total_return_index=closes / closes[0],
    )
    lost = random.uniform(size=steps.shape) < holes
    lost[:, -1] = False
    return without_bars(panel, lost)


def without_bars(panel: BarPanel, lost: NDArray[np.bool_]) -> BarPanel:
    """The same panel with the marked bars missing."""
    names = ("open", "high", "low", "close", "volume", "total_return_index")
    return replace(panel, **{name: np.where(lost, np.nan, getattr(panel, name)) for name in names})


def a_universe(panel: BarPanel | None = None, *, sectors: int = 4) -> Universe:
    """Every name but the benchmark a member throughout, sectors dealt in turn."""
    panel = panel or a_panel()
    names = len(panel.tickers)
    members = np.ones((len(panel.sessions), names), dtype=bool)
    at = panel.tickers.index(BENCHMARK)
    members[:, at] = False
    codes = np.arange(names, dtype=np.int64) % sectors
    codes[at] = -1
    return Universe(panel=panel, members=members, sectors=codes, benchmark=BENCHMARK)


@cache
def bundle_universe() -> Universe:
    """The bundle's companies and funds from 2015-03-20 on, with point-in-time membership."""
    bars = pl.read_parquet(BUNDLE / "bars_daily.parquet").filter(pl.col("date") >= date(2015, 3, 20))
    sessions = tuple(bars["date"].unique().sort().to_list())
    tickers = tuple(bars["symbol"].unique().sort().to_list())

    def wide(column: str) -> NDArray[np.float64]:
        table = bars.pivot("symbol", index="date", values=column).sort("date")
        return np.ascontiguousarray(table.select(tickers).cast(pl.Float64).fill_null(float("nan")).to_numpy())

    adjusted = wide("adj_close")
    first = np.array([column[np.isfinite(column)][0] for column in adjusted.T])
    panel = BarPanel(
        sessions=sessions,
        tickers=tickers,
        total_return_index=adjusted / first,
        **{name: wide(name) for name in ("open", "high", "low", "close", "volume")},
    )
    return Universe(
        panel=panel,
        members=_members(sessions, tickers),
        sectors=_sectors(tickers),
        benchmark=BENCHMARK,
    )


def feature_values(universe: Universe, feature: Feature) -> NDArray[np.float64]:
    """One feature before ranking, [T, N], in its formula's units; NaN where a name did not trade."""
    values = feature.compute(Columns(universe))
    return np.where(np.isfinite(values) & np.isfinite(universe.panel.close), values, np.nan)


def _members(sessions: tuple[date, ...], tickers: tuple[str, ...]) -> NDArray[np.bool_]:
    membership = Membership(_spells(), {ticker: column for column, ticker in enumerate(tickers)})
    mask = np.zeros((len(sessions), len(tickers)), dtype=np.bool_)
    for row, session in enumerate(sessions):
        mask[row, membership.columns(session)] = True
    return mask


def _spells() -> Iterator[MembershipSpell]:
    table = pl.read_csv(BUNDLE / "membership.csv", null_values=[""], try_parse_dates=True)
    for ticker, start, end in table.iter_rows():
        yield MembershipSpell(ticker=ticker, start=start, end=end)


def _sectors(tickers: tuple[str, ...]) -> NDArray[np.int64]:
    table = pl.read_csv(BUNDLE / "metadata.csv", null_values=[""], infer_schema_length=None)
    sector_of = dict(table.select("symbol", "gics_sector").iter_rows())
    return sector_codes([sector_of.get(ticker) or "" for ticker in tickers])
