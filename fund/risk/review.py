"""The review that no proposal can get around: the whole target book, cut down to the limits."""

from collections.abc import Mapping
from decimal import Decimal

from fund.errors import DataError
from fund.risk.limits import (
    UNKNOWN_SECTOR,
    ZERO,
    Clamp,
    ReviewContext,
    RiskLimits,
    RiskReview,
    is_weight,
    rounded,
)

Weights = Mapping[str, Decimal]
Cut = dict[str, tuple[Decimal, str]]
"""Ticker to its new weight and the reason; a step may name tickers it leaves as they are."""


def review(targets: Mapping[str, Decimal], limits: RiskLimits, context: ReviewContext) -> RiskReview:
    """Cut the whole target book down to the limits.

    Every step moves a target towards zero or, for a name that may not grow, towards what is held;
    none enlarges one. What a clamp takes away stays in cash: a risk stage that could enlarge another
    position would no longer be a limit. A name that cannot be traded takes up the room it takes up in
    the book; the others make way for it. Reviewing a reviewed book changes nothing. Raises `DataError`
    where a target is not a fraction of equity; what is held may be many times a small equity.
    """
    strange = {t: w for t, w in targets.items() if not is_weight(w) and w != context.current.get(t)}
    if strange:
        raise DataError(f"target weights must be fractions of equity, was {strange!r}; leave them out")
    clamps: list[Clamp] = []
    weights = {t: rounded(w) for t, w in sorted(targets.items())}
    for step in _STEPS:
        while cut := _changes(step(weights, limits, context), weights):
            name = step.__name__.removeprefix("_cut_")
            for ticker, (after, reason) in sorted(cut.items()):
                before = weights[ticker]
                clamps.append(Clamp(limit=name, ticker=ticker, before=before, after=after, reason=reason))
                weights[ticker] = after
    return RiskReview(weights=weights, clamps=tuple(clamps))


def _changes(cut: Cut, weights: Weights) -> Cut:
    whole = {t: (rounded(w), reason) for t, (w, reason) in cut.items()}
    return {t: (w, reason) for t, (w, reason) in whole.items() if w != weights[t]}


def _all(cut: Weights, reason: str) -> Cut:
    return {t: (w, reason) for t, w in cut.items()}


def _movable(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    return {t: w for t, w in weights.items() if t not in context.untradable}


def _frozen(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    """What the names that cannot be traded take up, whatever was asked for them."""
    return {t: rounded(context.current.get(t, ZERO)) for t in weights if t in context.untradable}


def _kept(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    """The part of each target that is no growth: same side and no larger than what is held."""
    kept = {}
    for ticker, target in weights.items():
        current = rounded(context.current.get(ticker, ZERO))
        kept[ticker] = min(abs(target), abs(current)).copy_sign(target) if target * current > 0 else ZERO
    return kept


def _room(cap: Decimal, held: Decimal, context: ReviewContext) -> tuple[Decimal, str]:
    """Return how far a cut goes, with words where that is below the cap.

    Prices carry what is held at its cap over it again and again. Taken back to the cap, it would trade a
    share or two a session; taken back half of `min_trade` further, it trades rarely, and a strategy that
    goes on asking for the cap does not buy the difference back.
    """
    if held <= cap or not context.min_trade:
        return cap, ""
    room = cap - min(context.min_trade, cap) / 2
    return room, f"; the book is above that, so down to {room:.2%}"


def _gross(weights: Weights) -> Decimal:
    return sum((abs(w) for w in weights.values()), ZERO)


def _scaled(weights: Weights, room: Decimal) -> dict[str, Decimal]:
    """Scale weights into a gross `room`, none if they fit; multiplied first, so no digit is lost twice."""
    total, room = _gross(weights), max(room, ZERO)
    return {t: w * room / total for t, w in weights.items()} if total > room else {}


def _cut_untradable(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    reasons = context.untradable
    stuck = {t: w for t, w in weights.items() if t in reasons}
    return {t: (w, f"cannot be traded now: {reasons[t]}") for t, w in _kept(stuck, context).items()}


def _cut_allow_short(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    if limits.allow_short:
        return {}
    shorts = {t: ZERO for t, w in _movable(weights, context).items() if w < 0}
    return _all(shorts, "the mandate allows no short positions")


def _cut_reducing_only(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    leaving = {t: w for t, w in weights.items() if t in context.reducing}
    return {t: (w, context.reducing[t]) for t, w in _kept(leaving, context).items()}


def _cut_max_position(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    cap, kept = limits.max_position, _kept(weights, context)
    cut: Cut = {}
    for ticker, weight in _movable(weights, context).items():
        if abs(weight) > cap:
            room, words = _room(cap, abs(kept[ticker]), context)
            cut[ticker] = (room.copy_sign(weight), f"no position may exceed {cap:.2%} of equity{words}")
    return cut


def _cut_max_names(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    places = limits.max_names - sum(w != 0 for w in _frozen(weights, context).values())
    names = [t for t, w in _movable(weights, context).items() if w]
    names.sort(key=lambda t: (t not in context.current, -abs(weights[t]), t))
    return _all(dict.fromkeys(names[max(places, 0) :], ZERO), f"at most {limits.max_names} names may be held")


def _cut_max_sector(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    sectors: dict[str, dict[str, Decimal]] = {}
    for ticker, weight in weights.items():
        sectors.setdefault(context.sectors.get(ticker) or UNKNOWN_SECTOR, {})[ticker] = weight
    cut: Cut = {}
    for name, side in sorted(sectors.items()):
        rule = f"no sector may exceed {limits.max_sector:.2%} of equity, {name} was"
        cut |= _gross_cut(side, limits.max_sector, rule, context)
    return cut


def _cut_max_gross(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    rule = f"gross exposure may not exceed {limits.max_gross:.2%}, was"
    return _gross_cut(weights, limits.max_gross, rule, context)


def _gross_cut(weights: Weights, cap: Decimal, rule: str, context: ReviewContext) -> Cut:
    """Scale what can be traded until the gross weight, with what cannot, is within a cap."""
    movable, fixed = _movable(weights, context), _gross(_frozen(weights, context))
    total = _gross(movable) + fixed
    if total <= cap:
        return {}
    room, words = _room(cap, _gross(_kept(movable, context)) + fixed, context)
    return _all(_scaled(movable, room - fixed), f"{rule} {total:.2%}{words}")


def _cut_max_daily_increase(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    kept = _kept(weights, context)
    growth = {t: w - kept[t] for t, w in weights.items() if w != kept[t]}
    reason = f"exposure may grow by {limits.max_daily_increase:.2%} a session, was {_gross(growth):.2%}"
    smaller = _scaled(growth, limits.max_daily_increase)
    return _all({t: kept[t] + g for t, g in smaller.items()}, reason)


def _cut_max_net(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Cut the heavier side; rounding can tip a narrow net over to the other, hence the second look."""
    movable, fixed = _movable(weights, context), sum(_frozen(weights, context).values(), ZERO)
    net = sum(movable.values(), fixed)
    held = sum(_kept(movable, context).values(), fixed)
    ceiling = min(limits.max_net, 1 - limits.min_cash)
    reason = (
        f"net exposure may not exceed {limits.max_net:.2%} and cash may not fall below "
        f"{limits.min_cash:.2%}, net was {net:.2%}"
    )
    if net > ceiling:
        room, words = _room(ceiling, held, context)
        side = {t: w for t, w in movable.items() if w > 0}
        return _all(_scaled(side, _gross(side) - (net - room)), reason + words)
    if net < -limits.max_net:
        room, words = _room(limits.max_net, -held, context)
        side = {t: w for t, w in movable.items() if w < 0}
        return _all(_scaled(side, _gross(side) - (-room - net)), reason + words)
    return {}


_STEPS = (
    _cut_untradable,
    _cut_allow_short,
    _cut_reducing_only,
    _cut_max_position,
    _cut_max_names,
    _cut_max_sector,
    _cut_max_gross,
    _cut_max_daily_increase,
    _cut_max_net,
)
