"""The limits of the mandate, and the review that no proposal can get around."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import ROUND_DOWN, Decimal

from fund.errors import ConfigError, DataError

WEIGHT_STEP = Decimal("0.0001")
"""Weights are whole basis points, rounded towards zero."""
LARGEST_WEIGHT = Decimal(100)
"""Beyond this a number is a mistake, not a wish: no limit can be set above 4."""
ZERO = Decimal(0)
UNKNOWN_SECTOR = "unknown"
"""Names without a sector share one cap: not knowing is no way around a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """Caps as fractions of equity; set in the mandate and nowhere else."""

    max_position: Decimal
    max_sector: Decimal
    """Gross weight of one sector."""
    max_gross: Decimal
    max_net: Decimal
    """Absolute net weight."""
    min_cash: Decimal
    max_names: int
    max_daily_increase: Decimal
    """Sum over names of how much exposure may grow in one session; reductions are never held up."""
    allow_short: bool = False

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Decimal) and not (value.is_finite() and ZERO <= value <= 4):
                raise ConfigError(f"limits.{item.name} must be between 0 and 4, was {value}")
        if self.max_names < 1:
            raise ConfigError(f"limits.max_names must be at least 1, was {self.max_names}")
        if self.min_cash > 1:
            raise ConfigError(f"limits.min_cash must be at most 1, was {self.min_cash}")
        if self.max_net > self.max_gross:
            raise ConfigError(
                f"limits.max_net ({self.max_net}) cannot be above limits.max_gross ({self.max_gross})"
            )
        if self.max_position > self.max_sector:
            raise ConfigError(
                f"limits.max_position ({self.max_position}) cannot be above "
                f"limits.max_sector ({self.max_sector})"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clamp:
    """One cut: which limit took how much from which target, and why."""

    limit: str
    ticker: str
    before: Decimal
    after: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskReview:
    """What is left of a target book after the limits, and every cut on the way."""

    weights: Mapping[str, Decimal]
    clamps: tuple[Clamp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewContext:
    """What the limits need to know beside the targets."""

    current: Mapping[str, Decimal]
    """Weights of the book as it stands."""
    sectors: Mapping[str, str]
    untradable: Mapping[str, str]
    """Ticker to reason (stale price): such a name stays where it is, and the others make room for it."""
    reducing: Mapping[str, str] = field(default_factory=dict)
    """Ticker to reason (left the universe): such a name may shrink but not grow."""
    reducing_only: bool = False
    """Every name may shrink, none may grow."""


def review(targets: Mapping[str, Decimal], limits: RiskLimits, context: ReviewContext) -> RiskReview:
    """Cut the whole target book down to the limits.

    Every step moves a target towards zero or, for a name that may not grow, towards what is held;
    none enlarges one. What a clamp takes away stays in cash: a risk stage that could enlarge another
    position would no longer be a limit. A name that cannot be traded takes up the room it takes up in
    the book; the others make way for it. Reviewing a reviewed book changes nothing. Raises `DataError`
    where a target is not a fraction of equity.
    """
    strange = {t: w for t, w in targets.items() if not is_weight(w)}
    if strange:
        raise DataError(f"target weights must be fractions of equity, was {strange!r}; leave them out")
    clamps: list[Clamp] = []
    weights = {t: _rounded(w) for t, w in sorted(targets.items())}
    for step in _STEPS:
        while cut := _changes(step(weights, limits, context), weights):
            name = step.__name__.removeprefix("_cut_")
            for ticker, (after, reason) in sorted(cut.items()):
                before = weights[ticker]
                clamps.append(Clamp(limit=name, ticker=ticker, before=before, after=after, reason=reason))
                weights[ticker] = after
    return RiskReview(weights=weights, clamps=tuple(clamps))


def is_weight(value: Decimal) -> bool:
    """Say whether a number can be meant as a fraction of equity: finite, and not absurdly large."""
    return value.is_finite() and abs(value) <= LARGEST_WEIGHT


Weights = Mapping[str, Decimal]
Cut = dict[str, tuple[Decimal, str]]
"""Ticker to its new weight and the reason; a step may name tickers it leaves as they are."""


def _changes(cut: Cut, weights: Weights) -> Cut:
    rounded = {t: (_rounded(w), reason) for t, (w, reason) in cut.items()}
    return {t: (w, reason) for t, (w, reason) in rounded.items() if w != weights[t]}


def _rounded(weight: Decimal) -> Decimal:
    return weight.quantize(WEIGHT_STEP, rounding=ROUND_DOWN)


def _all(cut: Weights, reason: str) -> Cut:
    return {t: (w, reason) for t, w in cut.items()}


def _movable(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    return {t: w for t, w in weights.items() if t not in context.untradable}


def _frozen(weights: Weights, context: ReviewContext) -> dict[str, Decimal]:
    """What the names that cannot be traded take up, whatever was asked for them."""
    return {t: _rounded(context.current.get(t, ZERO)) for t in weights if t in context.untradable}


def _gross(weights: Weights) -> Decimal:
    return sum((abs(w) for w in weights.values()), ZERO)


def _scaled(weights: Weights, total: Decimal, room: Decimal) -> dict[str, Decimal]:
    """Scale weights whose gross is `total` into `room`; multiplied first, so that nothing is lost twice."""
    room = max(room, ZERO)
    return {t: w * room / total for t, w in weights.items()} if total > room else {}


def _cut_untradable(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    return {
        t: (_kept(w, context.current.get(t, ZERO)), f"cannot be traded now: {context.untradable[t]}")
        for t, w in weights.items()
        if t in context.untradable
    }


def _cut_allow_short(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    if limits.allow_short:
        return {}
    shorts = {t: ZERO for t, w in _movable(weights, context).items() if w < 0}
    return _all(shorts, "the mandate allows no short positions")


def _cut_reducing_only(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    reasons = dict(context.reducing)
    if context.reducing_only:
        reasons |= dict.fromkeys(weights, "only reducing orders are allowed now")
    named = {t: why for t, why in reasons.items() if t in weights}
    return {t: (_kept(weights[t], context.current.get(t, ZERO)), why) for t, why in named.items()}


def _cut_max_position(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    cap = limits.max_position
    large = {t: cap.copy_sign(w) for t, w in _movable(weights, context).items() if abs(w) > cap}
    return _all(large, f"no position may exceed {cap:.2%} of equity")


def _cut_max_names(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    places = limits.max_names - sum(w != 0 for w in _frozen(weights, context).values())
    names = [t for t, w in _movable(weights, context).items() if w]
    names.sort(key=lambda t: (t not in context.current, -abs(weights[t]), t))
    return _all(dict.fromkeys(names[max(places, 0) :], ZERO), f"at most {limits.max_names} names may be held")


def _cut_max_sector(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    sector = {t: context.sectors.get(t) or UNKNOWN_SECTOR for t in weights}
    movable, frozen = _movable(weights, context), _frozen(weights, context)
    cut: Cut = {}
    for name in sorted(set(sector.values())):
        side = {t: w for t, w in movable.items() if sector[t] == name}
        total, fixed = _gross(side), _gross({t: w for t, w in frozen.items() if sector[t] == name})
        if total + fixed > limits.max_sector:
            reason = f"no sector may exceed {limits.max_sector:.2%} of equity, {name} was {total + fixed:.2%}"
            cut |= _all(_scaled(side, total, limits.max_sector - fixed), reason)
    return cut


def _cut_max_gross(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    movable, fixed = _movable(weights, context), _gross(_frozen(weights, context))
    total = _gross(movable)
    reason = f"gross exposure may not exceed {limits.max_gross:.2%}, was {total + fixed:.2%}"
    return _all(_scaled(movable, total, limits.max_gross - fixed), reason)


def _cut_max_daily_increase(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    held = {t: _kept(w, context.current.get(t, ZERO)) for t, w in weights.items()}
    growth = {t: w - held[t] for t, w in weights.items() if w != held[t]}
    total = _gross(growth)
    reason = f"exposure may grow by {limits.max_daily_increase:.2%} a session, was {total:.2%}"
    smaller = _scaled(growth, total, limits.max_daily_increase)
    return _all({t: held[t] + g for t, g in smaller.items()}, reason)


def _cut_max_net(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Cut the heavier side; rounding can tip a narrow net over to the other, hence the second look."""
    movable = _movable(weights, context)
    net = sum((*movable.values(), *_frozen(weights, context).values()), ZERO)
    ceiling = min(limits.max_net, 1 - limits.min_cash)
    reason = (
        f"net exposure may not exceed {limits.max_net:.2%} and cash may not fall below "
        f"{limits.min_cash:.2%}, net was {net:.2%}"
    )
    if net > ceiling:
        return _all(_scaled_side(movable, net - ceiling, 1), reason)
    if net < -limits.max_net:
        return _all(_scaled_side(movable, -limits.max_net - net, -1), reason)
    return {}


def _scaled_side(weights: Weights, excess: Decimal, sign: int) -> dict[str, Decimal]:
    side = {t: w for t, w in weights.items() if w * sign > 0}
    total = _gross(side)
    return _scaled(side, total, total - excess)


def _kept(target: Decimal, current: Decimal) -> Decimal:
    """The part of a target that is no growth: same side and no larger than what is held."""
    if target * current <= 0:
        return ZERO
    return min(abs(target), abs(_rounded(current))).copy_sign(target)


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
