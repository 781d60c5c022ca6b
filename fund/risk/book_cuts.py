"""Cuts on what the book is made of and leans on: buckets, clusters of correlated names, beta."""

import numpy as np

from fund.risk.buckets import BUCKETS, UNLIMITED
from fund.risk.cuts import Cut, Weights, gross, gross_cut, movable_part, reasoned
from fund.risk.limits import ReviewContext, RiskLimits
from fund.risk.market_risk import BELOW_ONE, shrunk
from fund.risk.measures import (
    UNMEASURED_CLUSTER,
    as_held,
    as_it_would_stand,
    beta_of,
    beta_parts,
    by_bucket,
    by_cluster,
    largest,
    measured_room,
)


def cut_buckets(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Scale each bucket of capital to its cap."""
    if not limits.buckets.binding:
        return {}
    cut: Cut = {}
    found = by_bucket(weights, limits, context)
    for bucket in (b for b in BUCKETS if b in found):
        cap = limits.buckets.cap(bucket)
        rule = f"the {bucket} bucket may not exceed {cap:.2%} of equity, was"
        cut |= gross_cut(found[bucket], cap, rule, context)
    return cut


def cut_max_cluster(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Scale each cluster of correlated names to its cap."""
    market, cap = context.market, limits.max_cluster
    if market is None or cap >= UNLIMITED:
        return {}
    cut: Cut = {}
    for number, side in sorted(by_cluster(weights, market).items()):
        if len(side) < 2 and number != UNMEASURED_CLUSTER:
            continue
        if not context.untradable and gross(side) <= cap:
            continue
        alike = f"correlated at {limits.cluster_correlation} over {market.sessions} sessions"
        kind = "with too few returns to tell" if number == UNMEASURED_CLUSTER else alike
        rule = f"names {kind} may not exceed {cap:.2%} of equity together, {largest(side)} were"
        cut |= gross_cut(side, cap, rule, context)
    return cut


def cut_max_beta(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Cut the side that leans the book; the other side hedges and stays."""
    market, cap = context.market, limits.max_beta
    if market is None or cap >= UNLIMITED:
        return {}
    parts = beta_parts(as_it_would_stand(weights, context), market)
    if parts is None or abs(beta := float(np.sum(parts))) <= cap:
        return {}
    held = beta_of(as_held(weights, context), market)
    room, below = measured_room(cap, abs(held or 0.0), context)
    words = f"; the book is above that, so down to {room:.2f}" if below else ""
    side = {
        t: w
        for t, w in movable_part(weights, context).items()
        if t in market.column and parts[market.column[t]] * beta > 0
    }
    leaning = float(sum(parts[market.column[t]] for t in side))
    over = abs(beta) - float(room)
    scale = min(max(1.0 - over / abs(leaning), 0.0), BELOW_ONE) if leaning else 0.0
    reason = (
        f"beta to {market.benchmark} may not exceed {cap:.2f}, was {beta:.2f} over "
        f"{market.sessions} sessions{words}"
    )
    return reasoned(shrunk(side, scale), reason)
