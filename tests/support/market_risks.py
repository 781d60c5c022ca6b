"""Made pasts: returns of names that move with a market, and what is measured of them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import numpy as np
from hypothesis import strategies as st

from fund.market.view import FloatArray
from fund.risk.market_risk import MarketRisk, market_risk

BENCHMARK = "SPY"


def some_returns(
    tickers: Iterable[str], *, sessions: int = 252, seed: int = 0, volatility: float = 0.015
) -> dict[str, FloatArray]:
    """Return fat-tailed returns of these names and of `BENCHMARK`, some with it and some against it."""
    rng = np.random.default_rng(seed)
    market = rng.standard_t(5, sessions) * 0.008
    names = sorted(set(tickers) - {BENCHMARK})
    own = rng.standard_t(5, (len(names), sessions)) * volatility * rng.uniform(0.3, 2.0, (len(names), 1))
    betas = rng.uniform(-0.5, 2.0, len(names))
    past = {name: np.maximum(b * market + e, -0.9) for name, b, e in zip(names, betas, own, strict=True)}
    return {**past, BENCHMARK: market}


def a_market_risk(
    returns: Mapping[str, Sequence[float] | FloatArray], *, correlation: float | None = 0.7
) -> MarketRisk:
    """Return what is measured of these returns; the benchmark is `BENCHMARK`, where it is among them."""
    names, matrix = matrix_of(returns)
    return market_risk(names, matrix, BENCHMARK, cluster_correlation=correlation)


def matrix_of(returns: Mapping[str, Sequence[float] | FloatArray]) -> tuple[list[str], FloatArray]:
    """Return the sorted names and their returns [sessions, names + 1], the benchmark's or NaN last."""
    names = sorted(returns.keys() - {BENCHMARK})
    length = len(next(iter(returns.values())))
    benchmark = returns.get(BENCHMARK, np.full(length, np.nan))
    return names, np.array([*(returns[name] for name in names), benchmark], dtype=np.float64).T


@cache
def _drawn(tickers: tuple[str, ...], sessions: int, seed: int, late: int, blind: bool) -> MarketRisk:
    returns = some_returns(tickers, sessions=sessions, seed=seed)
    for number, ticker in enumerate(tickers[:late]):
        returns[ticker][: sessions * (number + 1) // 4] = np.nan
    if blind:
        returns[BENCHMARK][:] = np.nan
    return a_market_risk(returns, correlation=0.4)


@st.composite
def any_market_risk(draw: st.DrawFn, tickers: tuple[str, ...]) -> MarketRisk:
    """Draw a past: long or too short, with names that were listed late, with a benchmark or without."""
    return _drawn(
        tickers,
        draw(st.sampled_from([40, 100, 252])),
        draw(st.integers(0, 30)),
        draw(st.integers(0, 4)),
        draw(st.booleans()),
    )
