"""Contexts for tests: every figure that a feature reads, made, with some of it missing."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fund.features.context import Context
from fund.features.filings import FILED
from fund.features.universe import Universe

SERIES = {
    "VIX": 18.0,
    "UST_3M": 1.0,
    "UST_2Y": 1.5,
    "UST_5Y": 2.0,
    "UST_10Y": 2.5,
    "BAMLH0A0HYM2": 4.5,
    "WTI": 55.0,
    "XAUUSD": 1250.0,
    "EURUSD": 1.1,
    "CPI_NSA": 240.0,
    "FED_DISCOUNT_RATE": 1.25,
}
IN_DOLLARS_A_SHARE = ("eps", "eps_before")
IN_SHARES = ("shares", "shares_before")
PURE = ("filed_days", "news_score", "news_count")


def with_context(universe: Universe, *, seed: int = 7, holes: float = 0.0) -> Universe:
    """The universe with a made context: walks for series, figures that change every quarter, some news."""
    random = np.random.default_rng(seed)
    sessions, names = universe.panel.close.shape
    steps = random.normal(0, 0.01, (len(SERIES), sessions))
    market = {
        name: level * np.exp(np.cumsum(step))
        for (name, level), step in zip(SERIES.items(), steps, strict=True)
    }
    quarters = np.repeat(random.lognormal(0, 0.3, (len(FILED), sessions // 60 + 1, names)), 60, axis=1)
    figures = {name: values[:sessions] * 1e8 for name, values in zip(FILED, quarters, strict=True)}
    for name in IN_DOLLARS_A_SHARE:
        figures[name] = figures[name] / 1e8
    figures["filed_days"] = (np.arange(sessions) % 60)[:, None] + 0.3 + np.arange(names)
    counts = random.poisson(0.8, (sessions, names + 1)).astype(np.float64)
    scores = counts * random.uniform(-1, 1, counts.shape)
    figures["news_count"], figures["news_score"] = counts[:, :-1], scores[:, :-1]
    market["news_count"], market["news_score"] = counts[:, -1], scores[:, -1]
    for values in figures.values():
        values[random.uniform(size=values.shape) < holes] = np.nan
    return replace(universe, context=Context(market=market, names=figures))


def in_another_currency(context: Context, rate: float) -> Context:
    """The same filings with every sum of money times a rate."""

    def restated(figures: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        kept = (*IN_SHARES, *PURE)
        return {name: values if name in kept else values * rate for name, values in figures.items()}

    return replace(context, names=restated(context.names))
