"""Cuts on how fast a position may grow and on what it may lose; a reduction passes every one of them."""

from decimal import Decimal

from fund.metrics.tail import SMALLEST_SAMPLE
from fund.risk.buckets import UNLIMITED
from fund.risk.cuts import (
    Cut,
    Weights,
    gross,
    grown_part,
    kept_part,
    movable_part,
    reasoned,
    room_under,
    scaled_into,
)
from fund.risk.limits import ZERO, ReviewContext, RiskLimits


def cut_unmeasured(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Take back the growth of names whose risk cannot be measured while a limit needs it (INV-11)."""
    if not limits.measures_returns:
        return {}
    market = context.market
    if market is not None and (market.beta is not None or limits.max_beta >= UNLIMITED):
        weights = {t: w for t, w in weights.items() if t not in market.column}
    kept = kept_part(weights, context)
    return {t: (w, unmeasured(t, limits, context)) for t, w in kept.items()}


def unmeasured(ticker: str, limits: RiskLimits, context: ReviewContext) -> str:
    """Say why the risk of a name cannot be measured, nothing where it can."""
    market = context.market
    if market is None:
        return "its risk cannot be measured: there are no returns at all; it may shrink and not grow"
    if ticker not in market.column:
        least = max(SMALLEST_SAMPLE, (market.sessions + 1) // 2)
        return (
            f"its risk cannot be measured: {market.observed.get(ticker, 0)} returns in "
            f"{market.sessions} sessions, {least} needed; it may shrink and not grow"
        )
    if limits.max_beta < UNLIMITED and market.beta is None:
        return f"beta cannot be measured: too few returns of {market.benchmark}; it may shrink and not grow"
    return ""


def cut_max_volume_share(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Let a position grow by no more than a share of what is traded of it on an average day."""
    if limits.max_volume_share >= UNLIMITED:
        return {}
    share, cut = limits.max_volume_share, Cut()
    rule = f"may grow by {share:.2%} of its average daily volume over {limits.volume_sessions} sessions"
    large = {t: w for t, w in weights.items() if abs(w) > share * context.daily_volume.get(t, ZERO)}
    for ticker, growth in grown_part(large, context).items():
        volume = context.daily_volume.get(ticker)
        kept = weights[ticker] - growth
        if volume is None:
            cut[ticker] = (kept, "its volume is not known; it may shrink and not grow")
        elif abs(growth) > (room := share * volume):
            reason = f"{rule}, {room:.2%} of equity, was {abs(growth):.2%}"
            cut[ticker] = (kept + room.copy_sign(growth), reason)
    return cut


def cut_max_loss_to_stop(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Cut each position to what may be lost when its stop is hit: weight times distance (Elder 1993)."""
    cap, cut = limits.max_loss_to_stop, Cut()
    if cap >= UNLIMITED:
        return {}
    distances = context.stop_distance
    large = {t: w for t, w in weights.items() if t not in distances or abs(w) * distances[t] > cap}
    large = movable_part(large, context)
    kept = kept_part(large, context)
    for ticker, weight in large.items():
        distance = distances.get(ticker)
        if distance is None:
            cut[ticker] = (kept[ticker], "its stop is not known; it may shrink and not grow")
            continue
        room, words = room_under(cap / distance, abs(kept[ticker]), context)
        reason = (
            f"a position may lose {cap:.2%} of equity to its stop, {distance:.2%} away, "
            f"was {abs(weight) * distance:.2%}{words}"
        )
        cut[ticker] = (room.copy_sign(weight), reason)
    return cut


def cut_max_daily_increase(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Scale the growth of the book into what it may grow in one session."""
    if gross(weights) <= limits.max_daily_increase:
        return {}
    growth = grown_part(weights, context)
    reason = f"exposure may grow by {limits.max_daily_increase:.2%} a session, was {gross(growth):.2%}"
    smaller = scaled_into(growth, limits.max_daily_increase)
    return reasoned({t: weights[t] - growth[t] + g for t, g in smaller.items()}, reason)


def cut_max_daily_turnover(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Scale growth into what reductions leave of the turnover; they come first and are never held up."""
    if limits.max_daily_turnover >= UNLIMITED:
        return {}
    grown, reduced = traded(weights, context)
    total = gross(grown) + reduced
    if total <= limits.max_daily_turnover:
        return {}
    reason = (
        f"turnover may not exceed {limits.max_daily_turnover:.2%} of equity a session, was "
        f"{total:.2%} with reductions of {reduced:.2%}"
    )
    smaller = scaled_into(grown, limits.max_daily_turnover - reduced)
    return reasoned({t: weights[t] - grown[t] + g for t, g in smaller.items()}, reason)


def traded(weights: Weights, context: ReviewContext) -> tuple[dict[str, Decimal], Decimal]:
    """Return the growth of each name that grows, and the sum of what is given up of what is held."""
    movable = movable_part(weights, context)
    kept = kept_part(movable, context)
    grown = {t: w - kept[t] for t, w in movable.items() if w != kept[t]}
    held = sum((abs(context.current[t]) for t in movable if t in context.current), ZERO)
    return grown, held - gross(kept)
