"""What a card states about the sessions a forecaster was judged on: figures with their sizes."""

from typing import Any

import numpy as np

from fund.forecasting.net_figures import book_figures, sharpe_interval
from fund.forecasting.table import ForecastTable
from fund.market.view import FloatArray
from fund.metrics.forecasts import MIN_NAMES, calibration_bins, interval_coverage
from fund.metrics.inference import Interval, mean_interval
from fund.metrics.probability import calibration_of

SEED = 0


def figures_of(table: ForecastTable, equal_weight: FloatArray | None) -> dict[str, Any]:
    """Return the fields of a card that follow from forecasts and outcomes.

    `equal_weight` is what holding every name alike returned over the horizon from each session, [T].
    """
    lag = table.horizon_sessions
    scored = np.flatnonzero(np.isfinite(table.scores).any(axis=1))
    covered = interval_coverage(table.low, table.high, table.realised)
    return {
        "test_first": table.sessions[scored[0]] if len(scored) else None,
        "test_last": table.sessions[scored[-1]] if len(scored) else None,
        "ic": mean_interval(table.daily_ic, lag=lag),
        "rank_ic": mean_interval(table.daily_rank_ic, lag=lag),
        "hit_rate": mean_interval(table.daily_hit_rate, lag=lag),
        "always_up": mean_interval(_share_up(table), lag=lag),
        "coverage": mean_interval(covered, lag=lag),
        "coverage_by_year": by_year(table, covered),
        "calibration": tuple(
            (group.forecast, group.realised, group.n)
            for group in calibration_bins(table.probability_up, table.realised)
        ),
        **_calibration_error(table),
        "books": book_figures(table),
        "equal_weight_sharpe": _sharpe_of(equal_weight, scored, lag),
    }


def by_year(table: ForecastTable, covered: FloatArray) -> tuple[tuple[int, float, int], ...]:
    """Return (year, mean, sessions) of a daily figure, [T], for the years that have one."""
    years = np.array([session.year for session in table.sessions])
    told = np.isfinite(covered)
    return tuple(
        (int(year), float(covered[told & (years == year)].mean()), int((told & (years == year)).sum()))
        for year in np.unique(years[told])
    )


def _share_up(table: ForecastTable) -> FloatArray:
    """Return the share of forecast names whose excess return was positive, [T]."""
    known = np.isfinite(table.scores) & np.isfinite(table.realised)
    count = known.sum(axis=1)
    share: FloatArray = np.where(
        count >= MIN_NAMES, (known & (table.realised > 0)).sum(axis=1) / np.maximum(count, 1), np.nan
    )
    return share


def _calibration_error(table: ForecastTable) -> dict[str, float | None]:
    known = np.isfinite(table.probability_up) & np.isfinite(table.realised)
    found = calibration_of(
        table.probability_up[known],
        table.realised[known] > 0,
        np.nonzero(known)[0],
        horizon_sessions=table.horizon_sessions,
        seed=SEED,
    )
    return {
        "calibration_error": None if found is None else found.error,
        "calibration_error_by_chance": None if found is None else found.error_by_chance,
    }


def _sharpe_of(returns: FloatArray | None, scored: np.ndarray, lag: int) -> Interval | None:
    if returns is None:
        return None
    known = returns[scored]
    return sharpe_interval(known[np.isfinite(known)], lag)
