"""Forecasters as the register tells of them, and tables of made scores."""

from dataclasses import replace
from datetime import date

import numpy as np

from fund.forecasting.luck import Tried, luck_of
from fund.forecasting.table import ForecastTable
from support.forecasters import a_card, an_interval
from support.panels import weekdays
from tools.forecasters import Standing

DAY = date(2016, 11, 30)


def a_standing(version: str = "gbm-1", **changes: object) -> Standing:
    """A challenger that speaks over five sessions and has no edge, with whatever is said instead."""
    card = a_card(rank_ic=changes.get("rank_ic", an_interval(0.01)))
    plain = Standing(
        version=version,
        forecaster=version.partition("-")[0],
        horizon_sessions=5,
        role="challenger",
        speaks=True,
        train_first=date(2014, 1, 2),
        train_last=date(2016, 10, 3),
        test_first=date(2015, 1, 2),
        test_last=date(2016, 10, 20),
        rank_ic=an_interval(0.01),
        hit_rate=None,
        coverage=None,
        worth="no edge",
        edge="no edge: rank IC +0.010 [-0.010, +0.030] over 250 sessions, and the interval holds 0",
        live_rank_ic=None,
        live_sessions=0,
        drift="steady",
        drift_reasons=(),
        drift_session=DAY,
        trials=3,
        luck=luck_of(card, Tried(of_name=3, total=9, claims=4, ratios=(0.2, -0.4))),
        unavailable="",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def a_table(scores: np.ndarray, realised: np.ndarray, horizon: int = 1) -> ForecastTable:
    """A table of scores and outcomes, [T, N], not calibrated."""
    none = np.full_like(scores, np.nan)
    return ForecastTable(
        forecaster="made",
        version="made-1",
        horizon_sessions=horizon,
        sessions=weekdays(len(scores)),
        tickers=tuple(f"N{k:03d}" for k in range(scores.shape[1])),
        scores=scores,
        expected=none,
        low=none,
        high=none,
        probability_up=none,
        realised=realised,
    )
