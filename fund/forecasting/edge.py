"""Whether a forecaster is known to be worth anything, and what would have to be true for a trade to pay."""

import math
from dataclasses import dataclass
from typing import Literal

from fund.errors import DataError
from fund.forecasting.forecast import Forecast
from fund.forecasting.samples import UNIT_RANK
from fund.metrics.inference import Interval, chance_of

Worth = Literal["edge", "no edge", "unknown"]

INTERVAL_WIDTH = 2.0 * 1.2815516
"""Width of an 80 % interval of a normal variable, in deviations."""
MEAN_DISTANCE = math.sqrt(2.0 / math.pi)
"""Mean absolute value of a normal variable, in deviations."""
LEVEL = 0.05
"""The chance at most that any of all claims together is called an edge where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What a rank IC with its interval says of a forecaster, alone and among all that were judged."""

    worth: Worth
    """"no edge" where the interval holds 0 or lies below it, or where the best of as many claims without any
    worth would look as good too often; "unknown" without an interval."""
    rank_ic: Interval | None
    claims: int = 1
    """Forecasters by horizons that were judged, this one included."""
    chance: float | None = None
    """Of a rank IC this far from 0 where there is none: two-sided, of this claim alone."""

    @property
    def corrected(self) -> float | None:
        """Return a bound on the chance that any of as many claims is this far from 0 where none has worth.

        Bonferroni's: it holds whatever the dependence between claims, and needs no figure of the others, so
        that the verdict on one does not change with what became of another.
        """
        return None if self.chance is None else min(1.0, self.chance * self.claims)

    @property
    def told(self) -> str:
        """Say it with its figures."""
        if self.rank_ic is None:
            return "unknown: too few sessions with a known outcome"
        figure = self.rank_ic
        said = f"rank IC {figure.value:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}] over {figure.n} sessions"
        among = "" if self.claims == 1 else f"; p = {self.corrected:.3f} among {self.claims} claims"
        if self.worth == "edge":
            return f"an edge: {said}{among}"
        if figure.low > 0:
            return f"no edge: {said}, and the best of {self.claims} claims is as good by luck{among}"
        where = "lies below 0" if figure.high < 0 else "holds 0"
        return f"no edge: {said}, and the interval {where}{among}"


def edge_of(rank_ic: Interval | None, *, horizon_sessions: int, claims: int = 1) -> Edge:
    """Return whether a rank IC is more than chance, of `claims` that were judged.

    An edge has an interval wholly above 0, and a p-value that times the number of claims is at most 5 %. So
    of all claims together one or more is called an edge without being one in at most 5 of 100 cases. The
    interval is of `mean_interval` with the horizon as its lag. Source of the correction: Dunn (1961),
    "Multiple comparisons among means", Journal of the American Statistical Association 56.
    """
    if claims < 1:
        raise DataError(f"expected at least 1 claim, its own, found {claims!r}; count those that were judged")
    if rank_ic is None:
        return Edge(worth="unknown", rank_ic=None, claims=claims)
    chance = chance_of(rank_ic, horizon_sessions)
    found = rank_ic.low > 0 and (claims == 1 or chance * claims <= LEVEL)
    return Edge(worth="edge" if found else "no edge", rank_ic=rank_ic, claims=claims, chance=chance)


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
