"""How much of every limit a book takes up, measured the same way as the review measures it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from fund.risk.buckets import BUCKETS, UNLIMITED
from fund.risk.cuts import gross, grown_part
from fund.risk.exposure_cuts import by_sector
from fund.risk.growth_cuts import traded
from fund.risk.limits import ZERO, ReviewContext, RiskLimits, rounded
from fund.risk.measures import as_it_would_stand, beta_of, by_bucket, by_cluster, largest, tail_of

STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """One limit and what a book has of it; of limits on each name or group, the one that uses most of it."""

    limit: str
    value: Decimal | None
    """A fraction of equity, a beta or a count; None where it cannot be measured."""
    cap: Decimal
    """`min_cash` is a floor, everything else a ceiling."""
    sample: int | None = None
    """Sessions a statistic was measured on; None where it is no statistic."""
    about: str = ""
    """Which name, sector, bucket or cluster, and how a tail was measured."""

    @property
    def broken(self) -> bool | None:
        """Whether the book is on the wrong side of the limit; None where it cannot be measured."""
        if self.value is None:
            return None
        return self.value < self.cap if self.limit == "min_cash" else self.value > self.cap


def limit_use(
    weights: Mapping[str, Decimal], limits: RiskLimits, context: ReviewContext
) -> tuple[LimitUse, ...]:
    """Return every limit that binds with what a book of these weights takes up of it.

    What cannot be traded counts as it is held; growth and turnover are counted from `context.current`.
    """
    context = replace(context, current={t: rounded(w) for t, w in context.current.items()})
    book = as_it_would_stand({t: rounded(w) for t, w in sorted(weights.items())}, context)
    return (
        *_exposure(book, limits, context),
        *_growth(book, limits, context),
        *_buckets(book, limits, context),
        *_past(book, limits, context),
    )


def _most(groups: Mapping[str, Decimal]) -> tuple[Decimal, str]:
    """Return the largest of some figures and its name; nothing where there is none."""
    name = max(sorted(groups), key=lambda each: groups[each], default="")
    return groups.get(name, ZERO), name


def _exposure(book: Mapping[str, Decimal], limits: RiskLimits, context: ReviewContext) -> Iterator[LimitUse]:
    net = sum(book.values(), ZERO)
    position, ticker = _most({t: abs(w) for t, w in book.items()})
    sector, name = _most({s: gross(side) for s, side in by_sector(book, context).items()})
    yield LimitUse(limit="max_position", value=position, cap=limits.max_position, about=ticker)
    yield LimitUse(limit="max_sector", value=sector, cap=limits.max_sector, about=name)
    yield LimitUse(limit="max_gross", value=gross(book), cap=limits.max_gross)
    yield LimitUse(limit="max_net", value=abs(net), cap=limits.max_net)
    yield LimitUse(limit="min_cash", value=1 - net, cap=limits.min_cash)
    names = Decimal(sum(w != 0 for w in book.values()))
    yield LimitUse(limit="max_names", value=names, cap=Decimal(limits.max_names))


def _growth(book: Mapping[str, Decimal], limits: RiskLimits, context: ReviewContext) -> Iterator[LimitUse]:
    grown, reduced = traded(book, context)
    increase = gross(grown)
    yield LimitUse(limit="max_daily_increase", value=increase, cap=limits.max_daily_increase)
    if limits.max_daily_turnover < UNLIMITED:
        yield LimitUse(limit="max_daily_turnover", value=increase + reduced, cap=limits.max_daily_turnover)
    if limits.max_volume_share < UNLIMITED:
        volume = context.daily_volume
        shares = {t: abs(g) / volume[t] for t, g in grown_part(book, context).items() if volume.get(t)}
        share, ticker = _most(shares)
        yield LimitUse(
            limit="max_volume_share", value=share.quantize(STEP), cap=limits.max_volume_share, about=ticker
        )
    if limits.max_loss_to_stop < UNLIMITED:
        stops = context.stop_distance
        loss, ticker = _most({t: abs(w) * stops[t] for t, w in book.items() if t in stops})
        yield LimitUse(
            limit="max_loss_to_stop", value=loss.quantize(STEP), cap=limits.max_loss_to_stop, about=ticker
        )


def _buckets(book: Mapping[str, Decimal], limits: RiskLimits, context: ReviewContext) -> Iterator[LimitUse]:
    if not limits.buckets.binding:
        return
    found = by_bucket(book, limits, context)
    sample = None if context.market is None else context.market.sessions
    for bucket in BUCKETS:
        side = found.get(bucket, {})
        cap = limits.buckets.cap(bucket)
        yield LimitUse(limit=f"max_{bucket}", value=gross(side), cap=cap, sample=sample, about=largest(side))


def _past(book: Mapping[str, Decimal], limits: RiskLimits, context: ReviewContext) -> Iterator[LimitUse]:
    market = context.market
    sample = 0 if market is None else market.sessions
    if limits.max_cluster < UNLIMITED:
        groups = {} if market is None else by_cluster(book, market)
        weight, about = _most({largest(side): gross(side) for side in groups.values() if any(side.values())})
        value = None if market is None else weight
        yield LimitUse(limit="max_cluster", value=value, cap=limits.max_cluster, sample=sample, about=about)
    if limits.max_beta < UNLIMITED:
        beta = None if market is None else beta_of(book, market)
        value = None if beta is None else _figure(abs(beta))
        about = "" if market is None else market.benchmark
        yield LimitUse(limit="max_beta", value=value, cap=limits.max_beta, sample=sample, about=about)
    if not limits.measures_tail:
        return
    tail = None if market is None else tail_of(book, limits, market)
    about = "" if tail is None else tail.method + (f": {tail.fallback}" if tail.fallback else "")
    for name, cap in (("var", limits.max_var), ("cvar", limits.max_cvar)):
        value = None if tail is None else _figure(tail.var if name == "var" else tail.cvar)
        if cap < UNLIMITED:
            yield LimitUse(limit=f"max_{name}", value=value, cap=cap, sample=sample, about=about)


def _figure(value: float) -> Decimal:
    return Decimal(value).quantize(STEP, rounding=ROUND_HALF_EVEN)
