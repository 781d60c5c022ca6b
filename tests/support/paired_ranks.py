"""Rank ICs of several forecasters over the very same sessions and names, and how far two are apart."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fund.forecasting.table import ForecastTable
from fund.forecasting.validation import Schedule
from fund.market.view import FloatArray
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import Interval, mean_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One forecaster's rank IC less another's, session by session."""

    difference: Interval
    verdict: str


def common_rank_ics(tables: Mapping[str, ForecastTable]) -> dict[str, FloatArray]:
    """Return each one's rank IC of every session, [T], over the names that all of them scored.

    A session in which any has none is NaN for all. The tables must be of the same sessions and names.
    """
    first = next(iter(tables.values()))
    for name, table in tables.items():
        if (table.sessions, table.tickers) != (first.sessions, first.tickers):
            raise ValueError(f"expected {name!r} over the sessions and names of the others, found its own")
    scored = np.logical_and.reduce([np.isfinite(table.scores) for table in tables.values()])
    daily = {
        name: rank_information_coefficients(np.where(scored, table.scores, np.nan), table.realised)
        for name, table in tables.items()
    }
    known = np.logical_and.reduce([np.isfinite(each) for each in daily.values()])
    return {name: np.where(known, each, np.nan) for name, each in daily.items()}


def chosen_yearly(daily: Mapping[str, FloatArray], first: str, schedule: Schedule, every: int) -> FloatArray:
    """Return the rank IC of whoever had the highest mean by then, chosen anew every so many sessions, [T].

    A choice reads only sessions whose labels were known, purge plus embargo earlier; `first` speaks while
    there are none.
    """
    judged = np.flatnonzero(np.isfinite(daily[first]))
    chosen = np.full_like(daily[first], np.nan)
    if not len(judged):
        return chosen
    for start in range(int(judged[0]), len(chosen), every):
        known = {name: each[: schedule.known_before(start)] for name, each in daily.items()}
        means = {
            name: each[np.isfinite(each)].mean() for name, each in known.items() if np.isfinite(each).any()
        }
        name = max(means, key=lambda each: float(means[each])) if means else first
        chosen[start : start + every] = daily[name][start : start + every]
    return chosen


def paired(ours: FloatArray, theirs: FloatArray, horizon: int) -> Paired:
    """Compare two rank ICs, [T] each; `ValueError` where there are too few sessions for an interval."""
    found = mean_interval(ours - theirs, lag=horizon)
    if found is None:
        raise ValueError(f"expected more sessions than {len(ours)!r} to tell two forecasters apart")
    return Paired(difference=found, verdict=verdict(found))


def verdict(difference: Interval) -> str:
    """Say what an interval of ours less theirs shows of "not below"."""
    if difference.low > 0.0:
        return "not below"
    return "below" if difference.high < 0.0 else "not shown to be below"
