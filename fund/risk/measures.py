"""What a book measures against the limits that need the past: buckets, clusters, beta and the tail."""

from decimal import Decimal

import numpy as np

from fund.market.view import FloatArray
from fund.metrics.tail import TailRisk, tail_risk
from fund.risk.buckets import Bucket
from fund.risk.cuts import Weights, frozen_part, kept_part, movable_part
from fund.risk.limits import ReviewContext, RiskLimits
from fund.risk.market_risk import MarketRisk

BAND = Decimal("0.05")
"""How far below its cap a figure is taken back that prices carried over it, as a part of the cap."""
UNMEASURED_CLUSTER = 0
"""Names without enough returns share one cluster: not knowing is no way around a limit."""


def as_it_would_stand(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    """Return the targets, with what cannot be traded as it is held."""
    return movable_part(weights, context) | frozen_part(weights, context)


def as_held(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    """Return the part of each target that is held already, with what cannot be traded."""
    return kept_part(movable_part(weights, context), context) | frozen_part(weights, context)


def measured_room(cap: Decimal, held: float, context: ReviewContext) -> tuple[Decimal, bool]:
    """Return how far a cut of a measured figure goes, and whether that is below the cap.

    As with weights: what prices carried over its cap is taken back some way below it, to trade seldom.
    """
    below = bool(context.min_trade) and held > cap
    return (cap * (1 - BAND) if below else cap), below


def by_bucket(
    weights: Weights, limits: RiskLimits, context: ReviewContext
) -> dict[Bucket, dict[str, Decimal]]:
    """Return the weights of each bucket; a name that cannot be traded is in the bucket of what is held."""
    found: dict[Bucket, dict[str, Decimal]] = {}
    standing = as_it_would_stand(weights, context)
    volatilities = {} if context.market is None else context.market.volatilities
    for ticker, bucket in limits.buckets.buckets_of(standing, volatilities).items():
        found.setdefault(bucket, {})[ticker] = weights[ticker]
    return found


def by_cluster(weights: Weights, market: MarketRisk) -> dict[int, dict[str, Decimal]]:
    """Return the weights of each cluster of correlated names, those without enough returns in one."""
    found: dict[int, dict[str, Decimal]] = {}
    numbers = market.cluster.tolist()
    for ticker, weight in weights.items():
        place = market.column.get(ticker)
        number = UNMEASURED_CLUSTER if place is None else numbers[place]
        found.setdefault(number, {})[ticker] = weight
    return found


def beta_parts(weights: Weights, market: MarketRisk) -> FloatArray | None:
    """Return what each measured name adds to the beta of the book; None without a benchmark."""
    return None if market.beta is None else market.exposures(weights) * market.beta


def beta_of(weights: Weights, market: MarketRisk) -> float | None:
    """Return the beta of a book to the benchmark; None where that could not be measured."""
    parts = beta_parts(weights, market)
    return None if parts is None else float(np.sum(parts))


def tail_of(weights: Weights, limits: RiskLimits, market: MarketRisk) -> TailRisk | None:
    """Return VaR and CVaR of a book of the measured names; None where no name is measured."""
    if not market.column:
        return None
    path = market.returns @ market.exposures(weights)
    return tail_risk(path, float(limits.var_confidence), limits.var_method)


def largest(side: Weights, count: int = 3) -> str:
    """Name the largest of some names, and how many more there are."""
    held = sorted((t for t, w in side.items() if w), key=lambda t: (-abs(side[t]), t))
    more = len(held) - count
    return ", ".join(held[:count]) + (f" and {more} more" if more > 0 else "")
