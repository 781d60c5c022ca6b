"""The limits of the mandate, and the review that no proposal can get around."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_DOWN, Decimal

from fund.errors import ConfigError

WEIGHT_STEP = Decimal("0.0001")
"""Weights are whole basis points, rounded towards zero."""
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
    """Ticker to reason (stale price, not in the universe): such a target stays where it is."""
    reducing_only: bool = False


def review(targets: Mapping[str, Decimal], limits: RiskLimits, context: ReviewContext) -> RiskReview:
    """Cut the whole target book down to the limits.

    Every step moves a target towards zero or, for a name that may not grow, towards what is held;
    none enlarges one. What a clamp takes away stays in cash: a risk stage that could enlarge another
    position would no longer be a limit. Reviewing a reviewed book changes nothing.
    """
    clamps: list[Clamp] = []
    weights = {t: _rounded(w) for t, w in sorted(targets.items())}
    for step in _STEPS:
        cut, reason = step(weights, limits, context)
        for ticker in sorted(cut):
            before, after = weights[ticker], _rounded(cut[ticker])
            if after != before:
                name = step.__name__.removeprefix("_cut_")
                clamps.append(Clamp(limit=name, ticker=ticker, before=before, after=after, reason=reason))
                weights[ticker] = after
    return RiskReview(weights=weights, clamps=tuple(clamps))


Cut = tuple[dict[str, Decimal], str]
Weights = Mapping[str, Decimal]


def _rounded(weight: Decimal) -> Decimal:
    return weight.quantize(WEIGHT_STEP, rounding=ROUND_DOWN)


def _cut_untradable(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    cut = {t: _kept(w, context.current.get(t, ZERO)) for t, w in weights.items() if t in context.untradable}
    reasons = "; ".join(f"{t}: {context.untradable[t]}" for t in sorted(cut))
    return cut, f"cannot be traded now ({reasons})"


def _cut_allow_short(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    if limits.allow_short:
        return {}, ""
    return {t: ZERO for t, w in weights.items() if w < 0}, "the mandate allows no short positions"


def _cut_reducing_only(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    if not context.reducing_only:
        return {}, ""
    cut = {t: _kept(w, context.current.get(t, ZERO)) for t, w in weights.items()}
    return cut, "only reducing orders are allowed now"


def _cut_max_position(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    cap = limits.max_position
    cut = {t: cap.copy_sign(w) for t, w in weights.items() if abs(w) > cap}
    return cut, f"no position may exceed {cap:.2%} of equity"


def _cut_max_names(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    held = [t for t, w in weights.items() if w]
    held.sort(key=lambda t: (t not in context.current, -abs(weights[t]), t))
    return {t: ZERO for t in held[limits.max_names :]}, f"at most {limits.max_names} names may be held"


def _cut_max_sector(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    sector = {t: context.sectors.get(t) or UNKNOWN_SECTOR for t in weights}
    gross: dict[str, Decimal] = {}
    for ticker, weight in weights.items():
        gross[sector[ticker]] = gross.get(sector[ticker], ZERO) + abs(weight)
    over = {name: limits.max_sector / total for name, total in gross.items() if total > limits.max_sector}
    cut = {t: w * over[sector[t]] for t, w in weights.items() if sector[t] in over}
    names = ", ".join(f"{name} {gross[name]:.2%}" for name in sorted(over))
    return cut, f"no sector may exceed {limits.max_sector:.2%} of equity, was {names}"


def _cut_max_gross(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    gross = sum((abs(w) for w in weights.values()), ZERO)
    reason = f"gross exposure may not exceed {limits.max_gross:.2%}, was {gross:.2%}"
    if gross <= limits.max_gross:
        return {}, reason
    return {t: w * limits.max_gross / gross for t, w in weights.items()}, reason


def _cut_max_daily_increase(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    held = {t: _kept(w, context.current.get(t, ZERO)) for t, w in weights.items()}
    growth = {t: w - held[t] for t, w in weights.items() if w != held[t]}
    total = sum((abs(g) for g in growth.values()), ZERO)
    reason = f"exposure may grow by {limits.max_daily_increase:.2%} a session, was {total:.2%}"
    if total <= limits.max_daily_increase:
        return {}, reason
    share = limits.max_daily_increase / total
    return {t: held[t] + g * share for t, g in growth.items()}, reason


def _cut_max_net(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    net = sum(weights.values(), ZERO)
    ceiling = min(limits.max_net, 1 - limits.min_cash)
    reason = (
        f"net exposure may not exceed {limits.max_net:.2%} and cash may not fall below "
        f"{limits.min_cash:.2%}, net was {net:.2%}"
    )
    if net > ceiling:
        return _scaled_side(weights, net - ceiling, 1), reason
    if net < -limits.max_net:
        return _scaled_side(weights, -limits.max_net - net, -1), reason
    return {}, reason


def _scaled_side(weights: Weights, excess: Decimal, sign: int) -> dict[str, Decimal]:
    side = {t: w for t, w in weights.items() if w * sign > 0}
    total = sum((abs(w) for w in side.values()), ZERO)
    return {t: w * (total - excess) / total for t, w in side.items()}


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
