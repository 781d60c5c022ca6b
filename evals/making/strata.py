"""Which kind of market and which kind of name a case is about, by what was known at its decision."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fund.market.view import FloatArray, MarketView
from tools.market import trailing_return

WINDOW = 20
TREND = 60
WHOLE = 10_000
Third = Literal["low", "middle", "high"]
THIRDS: tuple[Third, ...] = ("low", "middle", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """A market by its volatility among all it had been by then, and by its trend."""

    volatility: Third
    trend: Literal["up", "down"]


def regime_of(view: MarketView, benchmark: str) -> Regime:
    """Return the regime at a view's moment: thirds of the benchmark's own past, not of its future."""
    index = view.total_return_index(benchmark, WHOLE)
    past = rolling_volatility(index, WINDOW)
    below = float((past < past[-1]).mean())
    return Regime(
        volatility=third(below), trend="up" if (trailing_return(index, TREND) or 0) >= 0 else "down"
    )


def third(share: float) -> Third:
    """Return the third in which a share between 0 and 1 lies."""
    return THIRDS[min(int(share * 3), 2)]


def rolling_volatility(index: FloatArray, window: int) -> FloatArray:
    """Return the annualised volatility over each `window` returns of an index, oldest first."""
    returns = np.diff(np.log(index))
    windows = np.lib.stride_tricks.sliding_window_view(returns, window)
    volatility: FloatArray = windows.std(axis=1, ddof=1) * math.sqrt(252)
    return volatility


def volatility_thirds(view: MarketView) -> Mapping[str, Third]:
    """Return the members whose last 20 returns are known, by the third their volatility is in."""
    members = sorted(view.members())
    index = view.members_index(WINDOW + 1)
    with np.errstate(invalid="ignore"):
        volatility = np.diff(np.log(index), axis=0).std(axis=0, ddof=1)
    known = [(float(v), t) for v, t in zip(volatility, members, strict=True) if math.isfinite(v) and v > 0]
    return {ticker: third(place / len(known)) for place, (_, ticker) in enumerate(sorted(known))}
