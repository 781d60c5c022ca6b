"""Whether GARCH and regimes know more of tomorrow's volatility than a plain weighted mean, out of sample."""

from collections.abc import Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.garch import fit_garch
from fund.forecasting.regime import regime_forecast
from fund.forecasting.volatility import ewma_variances, horizon_variances, volatility_forecast
from fund.metrics.inference import Interval, mean_interval
from fund.metrics.volatility import qlike, realised_variance
from support.benchmark import Figure, median, timed
from support.checkout import ROOT
from support.panels import bundle_universe

SHARED = ROOT.parent / "shared" / "data"
"""Daily bars of 2011 to 2022; not shipped, so absent from most checkouts."""
FIRST_JUDGED = date(2017, 1, 3)
EVERY = 5
"""One name in so many, in the order of the alphabet."""
HORIZONS = (1, 5, 20)


def measure() -> Iterator[Figure]:
    """Time one forecast of each kind on the bundle, then judge both on what is shared, where it is."""
    panel = bundle_universe().panel
    returns = np.diff(np.log(panel.total_return_index[:, panel.tickers.index("SPY")]))
    last = panel.sessions[-1]
    volatility = timed(lambda: volatility_forecast("SPY", last, returns, 5), repeats=5, cpu=True)
    yield median("a volatility forecast and its record, 512 sessions, processor time", "s", volatility)
    regime = timed(lambda: regime_forecast(last, returns), repeats=3, cpu=True)
    yield median("a regime forecast of two states, 512 sessions, processor time", "s", regime)
    yield from _shared()


def _shared() -> Iterator[Figure]:
    path = SHARED / "bars_daily.parquet"
    if not path.is_file():
        return
    import polars as pl

    bars = pl.read_parquet(path).filter(pl.col("source") == "sme", pl.col("date") >= date(2011, 11, 28))
    names = sorted(bars.filter(pl.col("asset_class") == "equity")["symbol"].unique().to_list())[::EVERY]
    wide = bars.filter(pl.col("symbol").is_in([*names, "SPY"]))
    table = wide.pivot("symbol", index="date", values="adj_close").sort("date")
    returns = np.diff(np.log(table.select(*names, "SPY").cast(pl.Float64).to_numpy()), axis=0)
    first = int(
        np.searchsorted(np.array(table["date"].to_list(), dtype="M8[D]"), np.datetime64(FIRST_JUDGED))
    )
    yield from _garch(np.asarray(returns[:, :-1], dtype=np.float64), first)
    for states in (2, 3):
        judged = len(returns) - first
        found = regime_forecast(FIRST_JUDGED, returns[:, -1], states=states, judged_sessions=judged)
        if found.log_score_gain is not None:
            yield _figure(
                f"SPY, log score of {states} states over a normal with the EWMA deviation",
                found.log_score_gain,
                "sessions",
                "nats",
            )


def _garch(returns: NDArray[np.float64], first: int) -> Iterator[Figure]:
    fits, columns = [], []
    for column in returns.T:
        try:
            fits.append(fit_garch(column[: first - max(HORIZONS)]))
        except DataError:
            continue
        columns.append(column)
    for horizon in HORIZONS:
        losses = np.full((2, len(returns) - first, len(fits)), np.nan)
        for at, (fit, column) in enumerate(zip(fits, columns, strict=True)):
            realised = realised_variance(column, horizon)
            for row, forecast in enumerate(
                (horizon_variances(fit, column, horizon), ewma_variances(column, horizon))
            ):
                losses[row, :, at] = qlike(realised, forecast)[first:]
        losses[:, ~np.isfinite(losses).all(axis=0)] = np.nan
        daily = np.nanmean(losses[:, :-horizon], axis=2)
        what = f"{len(fits)} stocks from {FIRST_JUDGED.year} on, fitted once before, {horizon} sessions ahead"
        for who, series in (
            ("GARCH", daily[0]),
            ("EWMA", daily[1]),
            ("EWMA less GARCH", daily[1] - daily[0]),
        ):
            interval = mean_interval(series, lag=horizon)
            if interval is not None:
                yield _figure(f"{what}: QLIKE of {who}", interval, "sessions", "")


def _figure(what: str, interval: Interval, of: str, unit: str) -> Figure:
    bounds = f"mean of {interval.n:,} {of}, 95 % {interval.low:.4f} to {interval.high:.4f}"
    return Figure(what=what, value=interval.value, unit=unit, statistic=bounds)
