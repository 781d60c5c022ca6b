"""What every cut is made of: what may move, what is no growth, and how far a cut goes.

Weights, those of the context too, are whole basis points here: `review` rounds them first.
"""

from collections.abc import Mapping
from decimal import Decimal

from fund.risk.limits import ZERO, ReviewContext

Weights = Mapping[str, Decimal]
Cut = dict[str, tuple[Decimal, str]]
"""Ticker to its new weight and the reason; a step may name tickers it leaves as they are."""


def reasoned(cut: Weights, reason: str) -> Cut:
    """Give every new weight the same reason."""
    return {t: (w, reason) for t, w in cut.items()}


def movable_part(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    """Return the targets of the names that can be traded."""
    if not context.untradable:
        return dict(weights)
    return {t: w for t, w in weights.items() if t not in context.untradable}


def frozen_part(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    """Return what the names that cannot be traded take up, whatever was asked for them."""
    if not context.untradable:
        return {}
    return {t: context.current.get(t, ZERO) for t in weights if t in context.untradable}


def kept_part(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    """Return the part of each target that is no growth: same side and no larger than what is held."""
    current, kept = context.current, {}
    for ticker, target in weights.items():
        held = current.get(ticker)
        if not held or not target or (held > 0) != (target > 0):
            kept[ticker] = ZERO
        elif held == target:
            kept[ticker] = target
        else:
            kept[ticker] = min(held, target) if held > 0 else max(held, target)
    return kept


def grown_part(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    """Return the part of each target that is growth, where there is any."""
    kept = kept_part(weights, context)
    return {t: w - kept[t] for t, w in weights.items() if w != kept[t]}


def room_under(cap: Decimal, held: Decimal, context: ReviewContext) -> tuple[Decimal, str]:
    """Return how far a cut goes, with words where that is below the cap.

    Prices carry what is held at its cap over it again and again. Taken back to the cap, it would trade a
    share or two a session; taken back half of `min_trade` further, it trades rarely, and a strategy that
    goes on asking for the cap does not buy the difference back.
    """
    if held <= cap or not context.min_trade:
        return cap, ""
    room = cap - min(context.min_trade, cap) / 2
    return room, f"; the book is above that, so down to {room:.2%}"


def gross(weights: Weights) -> Decimal:
    """Return the sum of absolute weights."""
    return sum(map(abs, weights.values()), ZERO)


def scaled_into(weights: Weights, room: Decimal) -> dict[str, Decimal]:
    """Scale weights into a gross `room`, none if they fit; multiplied first, so no digit is lost twice."""
    total, room = gross(weights), max(room, ZERO)
    return {t: w * room / total for t, w in weights.items()} if total > room else {}


def gross_cut(weights: Weights, cap: Decimal, rule: str, context: ReviewContext) -> Cut:
    """Scale what can be traded until the gross weight, with what cannot, is within a cap."""
    if not context.untradable and gross(weights) <= cap:
        return {}
    movable, fixed = movable_part(weights, context), gross(frozen_part(weights, context))
    total = gross(movable) + fixed
    if total <= cap:
        return {}
    room, words = room_under(cap, gross(kept_part(movable, context)) + fixed, context)
    return reasoned(scaled_into(movable, room - fixed), f"{rule} {total:.2%}{words}")
