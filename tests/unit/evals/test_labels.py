"""The labels of `signal_quality` computed again from the bundle's files, by other code and other prices."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from evals.case import Case
from support.datasets import dataset
from support.markets import BUNDLE

BENCHMARK = "SPY"
HALF_SPREAD, PER_SHARE, AT_LEAST, POSITION = 2e-4, 0.005, 1.0, 10_000


@dataclass(frozen=True)
class Prices:
    """One name's raw and adjusted prices by session."""

    opens: Mapping[date, float]
    raw_opens: Mapping[date, float]
    closes: Mapping[date, float]


@cache
def bars() -> Mapping[str, Prices]:
    wanted = {case.label["ticker"] for case in dataset("signal_quality").cases} | {BENCHMARK}
    frame = (
        pl.read_parquet(BUNDLE / "bars_daily.parquet")
        .filter(pl.col("symbol").is_in(sorted(wanted)))
        .with_columns(adjusted=pl.col("open") * pl.col("adj_close") / pl.col("close"))
        .sort("symbol", "date")
    )
    found = {}
    for (symbol,), rows in frame.group_by(["symbol"]):
        days = rows["date"].to_list()
        columns = ("adjusted", "open", "adj_close")
        opens, raw, closes = (dict(zip(days, rows[c].to_list(), strict=True)) for c in columns)
        found[str(symbol)] = Prices(opens=opens, raw_opens=raw, closes=closes)
    return found


@cache
def sessions() -> tuple[date, ...]:
    return tuple(sorted(bars()[BENCHMARK].closes))


@cache
def carried() -> frozenset[tuple[str, date]]:
    quality = pl.read_csv(BUNDLE / "quality.csv", try_parse_dates=True).filter(
        pl.col("issue") == "suspect_open"
    )
    return frozenset(zip(quality["symbol"].to_list(), quality["first_date"].to_list(), strict=True))


def between(ticker: str, entry: int, leave: int) -> float:
    prices, days = bars()[ticker], sessions()
    bought = prices.opens[days[entry]]
    if days[leave] in prices.opens and (ticker, days[leave]) not in carried():
        return prices.opens[days[leave]] / bought - 1
    last = max(day for day in prices.closes if days[entry] <= day < days[leave])
    return prices.closes[last] / bought - 1


def daily_returns(ticker: str, place: int) -> np.ndarray[Any, Any]:
    closes = [bars()[ticker].closes.get(day, math.nan) for day in sessions()[place - 60 : place + 1]]
    return np.diff(closes) / np.array(closes[:-1])


def recomputed(case: Case, horizon: int) -> dict[str, Any]:
    ticker, place = case.label["ticker"], case.label["session"]
    gross = between(ticker, place + 1, place + 1 + horizon)
    price = bars()[ticker].raw_opens[sessions()[place + 1]]
    commission = max(AT_LEAST, round(POSITION / price * PER_SHARE, 2))
    net = (
        gross - 2 * (commission / POSITION + HALF_SPREAD) - between(BENCHMARK, place + 1, place + 1 + horizon)
    )
    excess = daily_returns(ticker, place) - daily_returns(BENCHMARK, place)
    z = net / (np.nanstd(excess, ddof=1) * math.sqrt(horizon))
    return {"gross": gross, "net_excess": net, "z": z, "exit": sessions()[place + 1 + horizon].isoformat()}


@pytest.mark.parametrize("horizon", [1, 5, 20])
def test_every_label_is_found_again(horizon: int) -> None:
    for case in dataset("signal_quality").cases:
        label = case.label["horizons"][str(horizon)]
        again = recomputed(case, horizon)
        assert label["exit"] == again["exit"], case.case_id
        assert label["gross"] == pytest.approx(again["gross"], abs=1.5e-4), case.case_id
        assert label["net_excess"] == pytest.approx(again["net_excess"], abs=2e-4), case.case_id
        assert label["z"] == pytest.approx(again["z"], abs=0.02), case.case_id


def test_the_side_follows_from_the_outcome() -> None:
    for case in dataset("signal_quality").cases:
        for label in case.label["horizons"].values():
            side = "good" if label["z"] > 0.25 else "bad" if label["z"] < -0.25 else "neutral"
            assert label["side"] == side


def test_the_entry_is_the_open_after_the_decision() -> None:
    for case in dataset("signal_quality").cases:
        place = case.label["session"]
        assert case.given["evidence"]["session"] == sessions()[place].isoformat()
        assert case.label["next_open"] == sessions()[place + 1].isoformat()


def test_the_baselines_say_what_the_prices_and_forecasts_did() -> None:
    for case in dataset("signal_quality").cases:
        candidate, said = case.given["evidence"]["candidates"][0], case.label["baselines"]
        closes, place = bars()[BENCHMARK].closes, case.label["session"]
        market = closes[sessions()[place]] / closes[sessions()[place - 120]] - 1
        ahead = candidate["return_120"] - market
        assert said["momentum"] == (ahead > 0) - (ahead < 0)
        expected = candidate["forecasts"][0]["expected"]
        assert said["forecaster"] == (expected > 0) - (expected < 0)
        assert (said["always_hold"], said["always_buy"]) == (0, 1)
