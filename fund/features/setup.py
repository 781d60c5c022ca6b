"""A situation as a short vector, so that memory can find the past ones most like it.

Every component is squashed to [-1, 1] by tanh of its value over a fixed scale, so a vector computed
today never changes when more history arrives. A missing figure is 0, the middle of its scale.
"""

import math
from collections.abc import Mapping

import numpy as np

from fund.market.view import FloatArray

TRADE_EMBEDDER = "trade-setup-1"
TRADE_SCALES: Mapping[str, float] = {
    "return_5": 0.05,
    "return_20": 0.10,
    "return_60": 0.18,
    "return_120": 0.25,
    "volatility_20": 0.30,
    "drawdown_60": 0.15,
    "expected": 0.01,
    "rank": 0.5,
    "market_return_20": 0.05,
    "market_volatility_20": 0.15,
    "market_drawdown_120": 0.08,
    "vix_z": 2.0,
}
"""What a trade is remembered by: the name's own state, its forecast, and the market around it."""

CONDITIONS_EMBEDDER = "market-conditions-1"
CONDITIONS_SCALES: Mapping[str, float] = {
    "return_5": 0.03,
    "return_20": 0.05,
    "return_60": 0.08,
    "volatility_20": 0.15,
    "drawdown_120": 0.08,
    "breadth": 0.5,
    "vix_z": 2.0,
    "rate_change": 0.4,
    "oil_change": 8.0,
    "gold_change": 80.0,
}
"""What a session is remembered by."""

CENTRES: Mapping[str, float] = {
    "volatility_20": 0.25,
    "market_volatility_20": 0.14,
    "rank": 0.5,
    "breadth": 0.55,
    "drawdown_60": -0.06,
    "drawdown_120": -0.03,
    "market_drawdown_120": -0.03,
}
"""Where a figure is neither high nor low, for those whose middle is not 0."""


def embed_setup(figures: Mapping[str, float | None], scales: Mapping[str, float]) -> FloatArray:
    """Return the situation as a vector: a component in [-1, 1] for each of `scales`, in their order, and 0.5.

    The constant last component keeps the cosine distance defined and makes "nothing unusual" a place of
    its own instead of the origin.
    """
    components = [_squashed(figures.get(name), name, scale) for name, scale in scales.items()]
    return np.array([*components, 0.5])


def _squashed(value: float | None, name: str, scale: float) -> float:
    if value is None or not math.isfinite(value):
        return 0.0
    return math.tanh((value - CENTRES.get(name, 0.0)) / scale)
