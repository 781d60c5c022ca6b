"""The review that no proposal can get around: the whole target book, cut down to the limits."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from fund.errors import DataError
from fund.risk.book_cuts import cut_buckets, cut_max_beta, cut_max_cluster
from fund.risk.cuts import Cut, Weights
from fund.risk.exposure_cuts import (
    cut_allow_short,
    cut_max_gross,
    cut_max_names,
    cut_max_net,
    cut_max_position,
    cut_max_sector,
    cut_reducing_only,
    cut_untradable,
)
from fund.risk.growth_cuts import (
    cut_max_daily_increase,
    cut_max_daily_turnover,
    cut_max_loss_to_stop,
    cut_max_volume_share,
    cut_unmeasured,
)
from fund.risk.limits import Clamp, ReviewContext, RiskLimits, RiskReview, is_weight, rounded
from fund.risk.tail_cuts import cut_max_cvar, cut_max_var

_STEPS = (
    cut_untradable,
    cut_allow_short,
    cut_reducing_only,
    cut_unmeasured,
    cut_max_volume_share,
    cut_max_position,
    cut_max_loss_to_stop,
    cut_max_names,
    cut_max_sector,
    cut_buckets,
    cut_max_cluster,
    cut_max_gross,
    cut_max_beta,
    cut_max_var,
    cut_max_cvar,
    cut_max_daily_increase,
    cut_max_daily_turnover,
    cut_max_net,
)


def review(targets: Mapping[str, Decimal], limits: RiskLimits, context: ReviewContext) -> RiskReview:
    """Cut the whole target book down to the limits.

    Every step moves a target towards zero or, for a name that may not grow, towards what is held;
    none enlarges one. What a clamp takes away stays in cash: a risk stage that could enlarge another
    position would no longer be a limit. A name that cannot be traded takes up the room it takes up in
    the book; the others make way for it. A cut may break an earlier limit (a hedge made smaller is a
    larger net), so the steps go round until none of them objects. Reviewing a reviewed book changes
    nothing. Raises `DataError` where a target is not a fraction of equity; what is held may be many
    times a small equity.
    """
    strange = {t: w for t, w in targets.items() if not is_weight(w) and w != context.current.get(t)}
    if strange:
        raise DataError(f"target weights must be fractions of equity, was {strange!r}; leave them out")
    context = replace(context, current={t: rounded(w) for t, w in context.current.items()})
    clamps: list[Clamp] = []
    weights = {t: rounded(w) for t, w in sorted(targets.items())}
    content, place = 0, 0
    while content < len(_STEPS):
        step = _STEPS[place % len(_STEPS)]
        name, cuts = step.__name__.removeprefix("cut_"), 0
        while cut := _changes(step(weights, limits, context), weights):
            cuts += 1
            for ticker, (after, reason) in sorted(cut.items()):
                before = weights[ticker]
                clamps.append(Clamp(limit=name, ticker=ticker, before=before, after=after, reason=reason))
                weights[ticker] = after
        content, place = (1 if cuts else content + 1), place + 1
    return RiskReview(weights=weights, clamps=tuple(clamps))


def _changes(cut: Cut, weights: Weights) -> Cut:
    whole = ((t, rounded(w), reason) for t, (w, reason) in cut.items())
    return {t: (w, reason) for t, w, reason in whole if w != weights[t]}
