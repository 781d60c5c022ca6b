"""Cuts on what the book is exposed to: names, sides, sectors, gross, net and cash."""

from decimal import Decimal

from fund.risk.cuts import (
    Cut,
    Weights,
    frozen_part,
    gross,
    gross_cut,
    kept_part,
    movable_part,
    reasoned,
    room_under,
    scaled_into,
)
from fund.risk.limits import UNKNOWN_SECTOR, ZERO, ReviewContext, RiskLimits


def cut_untradable(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Leave a name that cannot be traded where it is, or where it was to shrink to."""
    reasons = context.untradable
    stuck = {t: w for t, w in weights.items() if t in reasons}
    return {t: (w, f"cannot be traded now: {reasons[t]}") for t, w in kept_part(stuck, context).items()}


def cut_allow_short(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Close shorts where the mandate allows none."""
    if limits.allow_short:
        return {}
    shorts = {t: ZERO for t, w in movable_part(weights, context).items() if w < 0}
    return reasoned(shorts, "the mandate allows no short positions")


def cut_reducing_only(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Take back the growth of names that may only shrink."""
    leaving = {t: w for t, w in weights.items() if t in context.reducing}
    return {t: (w, context.reducing[t]) for t, w in kept_part(leaving, context).items()}


def cut_max_position(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Cut each position to its cap."""
    cap, cut = limits.max_position, Cut()
    large = {t: w for t, w in movable_part(weights, context).items() if abs(w) > cap}
    kept = kept_part(large, context)
    for ticker, weight in large.items():
        room, words = room_under(cap, abs(kept[ticker]), context)
        cut[ticker] = (room.copy_sign(weight), f"no position may exceed {cap:.2%} of equity{words}")
    return cut


def cut_max_names(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Close the smallest of what is one name too many; what is held goes before what is new."""
    places = limits.max_names - sum(w != 0 for w in frozen_part(weights, context).values())
    names = [t for t, w in movable_part(weights, context).items() if w]
    if len(names) <= places:
        return {}
    names.sort(key=lambda t: (t not in context.current, -abs(weights[t]), t))
    closed = dict.fromkeys(names[max(places, 0) :], ZERO)
    return reasoned(closed, f"at most {limits.max_names} names may be held")


def cut_max_sector(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Scale each sector to its cap."""
    cut: Cut = {}
    for name, side in sorted(by_sector(weights, context).items()):
        rule = f"no sector may exceed {limits.max_sector:.2%} of equity, {name} was"
        cut |= gross_cut(side, limits.max_sector, rule, context)
    return cut


def by_sector(weights: Weights, context: ReviewContext) -> dict[str, dict[str, Decimal]]:
    """Return the weights of each sector; names without one share `UNKNOWN_SECTOR`."""
    sectors: dict[str, dict[str, Decimal]] = {}
    for ticker, weight in weights.items():
        sectors.setdefault(context.sectors.get(ticker) or UNKNOWN_SECTOR, {})[ticker] = weight
    return sectors


def cut_max_gross(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Scale the whole book to its cap."""
    rule = f"gross exposure may not exceed {limits.max_gross:.2%}, was"
    return gross_cut(weights, limits.max_gross, rule, context)


def cut_max_net(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Cut the heavier side; rounding can tip a narrow net over to the other, hence the second look."""
    movable, fixed = movable_part(weights, context), sum(frozen_part(weights, context).values(), ZERO)
    net = sum(movable.values(), fixed)
    ceiling = min(limits.max_net, 1 - limits.min_cash)
    if -limits.max_net <= net <= ceiling:
        return {}
    held = sum(kept_part(movable, context).values(), fixed)
    reason = (
        f"net exposure may not exceed {limits.max_net:.2%} and cash may not fall below "
        f"{limits.min_cash:.2%}, net was {net:.2%}"
    )
    if net > ceiling:
        room, words = room_under(ceiling, held, context)
        side = {t: w for t, w in movable.items() if w > 0}
        return reasoned(scaled_into(side, gross(side) - (net - room)), reason + words)
    room, words = room_under(limits.max_net, -held, context)
    side = {t: w for t, w in movable.items() if w < 0}
    return reasoned(scaled_into(side, gross(side) - (-room - net)), reason + words)
