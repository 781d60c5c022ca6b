"""Whether a forecaster is known to be worth anything, and what would have to be true for a trade to pay."""

import math
from dataclasses import dataclass
from typing import Literal

from fund.errors import DataError
from fund.forecasting.forecast import Forecast
from fund.forecasting.samples import UNIT_RANK
from fund.metrics.inference import Interval

Worth = Literal["edge", "no edge", "unknown"]

INTERVAL_WIDTH = 2.0 * 1.2815516
"""Width of an 80 % interval of a normal variable, in deviations."""
MEAN_DISTANCE = math.sqrt(2.0 / math.pi)
"""Mean absolute value of a normal variable, in deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What a rank IC with its interval says of a forecaster."""

    worth: Worth
    """"no edge" where the interval holds 0 or lies below it; "unknown" without an interval."""
    rank_ic: Interval | None

    @property
    def told(self) -> str:
        """Say it with its figures."""
        if self.rank_ic is None:
            return "unknown: too few sessions with a known outcome"
        figure = self.rank_ic
        said = f"rank IC {figure.value:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}] over {figure.n} sessions"
        if self.worth == "edge":
            return f"an edge: {said}"
        where = "lies below 0" if figure.high < 0 else "holds 0"
        return f"no edge: {said}, and the interval {where}"


def edge_of(rank_ic: Interval | None) -> Edge:
    """Return whether a rank IC is more than chance: only an interval wholly above 0 is an edge."""
    if rank_ic is None:
        return Edge(worth="unknown", rank_ic=None)
    return Edge(worth="edge" if rank_ic.low > 0 else "no edge", rank_ic=rank_ic)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """What would have to be true for buying a name, and selling it a horizon later, to pay its costs.

    With a rank IC of c, a name's expected excess return is c times the deviation of outcomes times its unit
    rank (Grinold (1989), "The fundamental law of active management", J. of Portfolio Management 15: alpha =
    IC x volatility x score). An outcome of that deviation is on average sqrt(2 / pi) of it away from 0, so
    being right in a share h of cases earns (2 h - 1) times that. Both are set equal to the costs.
    """

    cost: float
    """Of buying and selling, as a fraction."""
    deviation: float
    """Of the excess return over the horizon, from the forecast's own 80 % interval as if it were normal."""
    rank_ic: float | None
    """The rank IC that pays the costs; None for a name in the lower half, which no positive one does."""
    hit_rate: float | None
    """The chance of a positive excess return that pays them; None where certainty does not."""


def break_even(forecast: Forecast, cost: float) -> BreakEven | None:
    """Return what would have to be true for a forecast to pay; None where its interval has no width.

    `cost` is a fraction, of buying and selling together; a negative one raises `DataError`.
    """
    if not (math.isfinite(cost) and cost >= 0):
        raise DataError(f"expected a cost of at least 0 as a fraction, found {cost!r}")
    deviation = (forecast.high - forecast.low) / INTERVAL_WIDTH
    if not deviation > 0:
        return None
    score = (forecast.rank - 0.5) * UNIT_RANK
    hit_rate = 0.5 + cost / (2.0 * MEAN_DISTANCE * deviation)
    return BreakEven(
        cost=cost,
        deviation=deviation,
        rank_ic=cost / (deviation * score) if score > 0 else None,
        hit_rate=hit_rate if hit_rate <= 1.0 else None,
    )
