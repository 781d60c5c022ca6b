"""The review only shrinks, leaves every cap satisfied, and changes nothing the second time."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fund.metrics.tail import tail_risk
from fund.risk.buckets import BUCKETS, UNLIMITED
from fund.risk.limits import UNKNOWN_SECTOR, WEIGHT_STEP, ZERO, ReviewContext, RiskLimits
from fund.risk.review import review
from support.mandates import any_limits, some_limits
from support.market_risks import any_market_risk

TICKERS = tuple("ABCDEFGH")
weights = st.decimals("-2", "2", places=6)
books = st.dictionaries(st.sampled_from(TICKERS), weights, max_size=len(TICKERS))


@st.composite
def contexts(draw: st.DrawFn) -> ReviewContext:
    some = st.dictionaries(st.sampled_from(TICKERS), st.just("a reason"), max_size=2)
    return ReviewContext(
        current=draw(books),
        sectors=draw(st.dictionaries(st.sampled_from(TICKERS), st.sampled_from(["Energy", "Utilities", ""]))),
        untradable=draw(some),
        reducing=draw(some),
        min_trade=draw(st.sampled_from([ZERO, Decimal("0.005"), Decimal("0.3")])),
        market=draw(any_market_risk(TICKERS)),
        daily_volume=draw(st.dictionaries(st.sampled_from(TICKERS), st.decimals("0", "2", places=6))),
        stop_distance=draw(st.dictionaries(st.sampled_from(TICKERS), st.decimals("0.001", "1", places=3))),
    )


def bounded(target: Decimal, current: Decimal) -> Decimal:
    """What of a target is no growth over what is held, to a basis point."""
    held = abs(current) // WEIGHT_STEP * WEIGHT_STEP
    return min(abs(target), held) if target * current > 0 else ZERO


@given(books, any_limits(), contexts())
@settings(max_examples=80)
def test_a_review_only_shrinks_and_never_changes_sides(
    targets: dict[str, Decimal], caps: RiskLimits, context: ReviewContext
) -> None:
    after = review(targets, caps, context).weights
    assert after.keys() == targets.keys()
    for ticker, before in targets.items():
        assert abs(after[ticker]) <= abs(before)
        assert after[ticker] * before >= 0
        assert after[ticker] % WEIGHT_STEP == 0


@given(books, any_limits(), contexts())
@settings(max_examples=80)
def test_a_review_of_a_review_changes_nothing(
    targets: dict[str, Decimal], caps: RiskLimits, context: ReviewContext
) -> None:
    once = review(targets, caps, context)
    twice = review(once.weights, caps, context)
    assert twice.weights == once.weights
    assert twice.clamps == ()


@given(books, any_limits(), contexts())
@settings(max_examples=80)
@example(
    {"A": Decimal(1), "B": Decimal(1), "C": Decimal(1), "D": Decimal("-0.5")},
    some_limits(max_net=Decimal(0), max_gross=Decimal(2), allow_short=True),
    ReviewContext(current={}, sectors={t: t for t in TICKERS}, untradable={}),
)
def test_every_cap_holds_afterwards(
    targets: dict[str, Decimal], caps: RiskLimits, context: ReviewContext
) -> None:
    context = replace(context, untradable={})
    after = review(targets, caps, context).weights
    sectors: dict[str, Decimal] = {}
    for ticker, weight in after.items():
        name = context.sectors.get(ticker) or UNKNOWN_SECTOR
        sectors[name] = sectors.get(name, ZERO) + abs(weight)
        assert abs(weight) <= caps.max_position
        assert caps.allow_short or weight >= 0
        if ticker in context.reducing:
            assert abs(weight) == bounded(weight, context.current.get(ticker, ZERO))
    net = sum(after.values(), ZERO)
    growth = sum((abs(w) - bounded(w, context.current.get(t, ZERO)) for t, w in after.items()), ZERO)
    assert all(total <= caps.max_sector for total in sectors.values())
    assert sum(sectors.values(), ZERO) <= caps.max_gross
    assert -caps.max_net <= net <= min(caps.max_net, 1 - caps.min_cash)
    assert growth <= caps.max_daily_increase
    assert sum(w != 0 for w in after.values()) <= caps.max_names


def grown(after: dict[str, Decimal], context: ReviewContext) -> dict[str, Decimal]:
    """Return by how much each name grows, where it does, to a basis point."""
    growth = {t: abs(w) - bounded(w, context.current.get(t, ZERO)) for t, w in after.items()}
    return {t: g for t, g in growth.items() if g}


@given(books, any_limits(), contexts())
@settings(max_examples=80)
def test_every_cap_on_what_the_past_says_holds_afterwards(
    targets: dict[str, Decimal], caps: RiskLimits, context: ReviewContext
) -> None:
    context = replace(context, untradable={})
    after = dict(review(targets, caps, context).weights)
    market = context.market
    assert market is not None
    vector = np.array([float(after.get(t, ZERO)) for t in market.column])
    tail = tail_risk(market.returns @ vector, float(caps.var_confidence), caps.var_method)
    if tail is not None and market.column:
        assert tail.var <= caps.max_var
        assert tail.cvar <= caps.max_cvar
    if market.beta is not None:
        assert abs(float(np.sum(vector * market.beta))) <= float(caps.max_beta) + 1e-12
    if caps.max_cluster < UNLIMITED:
        for number in set(market.cluster.tolist()):
            alike = [t for t, place in market.column.items() if market.cluster[place] == number]
            assert sum((abs(after.get(t, ZERO)) for t in alike), ZERO) <= caps.max_cluster
    for bucket in BUCKETS:
        inside = [
            abs(w)
            for t, w in after.items()
            if caps.buckets.buckets_of({t: w}, market.volatilities)[t] == bucket
        ]
        assert sum(inside, ZERO) <= caps.buckets.cap(bucket)


@given(books, any_limits(), contexts())
@settings(max_examples=80)
def test_growth_keeps_to_volume_stop_turnover_and_what_can_be_measured(
    targets: dict[str, Decimal], caps: RiskLimits, context: ReviewContext
) -> None:
    after = dict(review(targets, caps, context).weights)
    growth = grown(after, context)
    market = context.market
    assert market is not None
    for ticker, increase in growth.items():
        assert ticker not in context.untradable
        assert not caps.measures_returns or ticker in market.column
        assert caps.max_beta == UNLIMITED or market.beta is not None
        if caps.max_volume_share < UNLIMITED:
            assert increase <= caps.max_volume_share * context.daily_volume[ticker]
        if caps.max_loss_to_stop < UNLIMITED:
            assert abs(after[ticker]) * context.stop_distance[ticker] <= caps.max_loss_to_stop
    held = {t: context.current.get(t, ZERO) // WEIGHT_STEP * WEIGHT_STEP for t in after}
    held = {t: w for t, w in held.items() if t not in context.untradable}
    given_up = sum((abs(w) - bounded(after[t], w) for t, w in held.items()), ZERO)
    room = max(caps.max_daily_turnover - given_up, ZERO)
    assert caps.max_daily_turnover == UNLIMITED or sum(growth.values(), ZERO) <= room


@given(books, any_limits(), contexts())
@settings(max_examples=80)
def test_names_that_cannot_move_take_up_their_room_and_the_others_make_way(
    targets: dict[str, Decimal], caps: RiskLimits, context: ReviewContext
) -> None:
    after = review(targets, caps, context).weights
    frozen = [context.current.get(t, ZERO) for t in after if t in context.untradable]
    moving = [w for t, w in after.items() if t not in context.untradable]
    assume(frozen)
    taken = sum((abs(w) // WEIGHT_STEP * WEIGHT_STEP for w in frozen), ZERO)
    gross = sum((abs(w) for w in moving), ZERO)
    assert gross == 0 or gross + taken <= caps.max_gross
    slots = sum(abs(w) >= WEIGHT_STEP for w in frozen)
    assert sum(w != 0 for w in moving) <= max(caps.max_names - slots, 0)


@given(books, any_limits(), contexts())
def test_the_clamps_tell_the_whole_story(
    targets: dict[str, Decimal], caps: RiskLimits, context: ReviewContext
) -> None:
    reviewed = review(targets, caps, context)
    story = {t: (w // WEIGHT_STEP * WEIGHT_STEP) for t, w in targets.items()}
    for clamp in reviewed.clamps:
        assert story[clamp.ticker] == clamp.before
        assert abs(clamp.after) < abs(clamp.before)
        assert clamp.reason
        story[clamp.ticker] = clamp.after
    assert story == reviewed.weights


@given(books, any_limits(), contexts())
def test_the_order_in_which_targets_come_does_not_matter(
    targets: dict[str, Decimal], caps: RiskLimits, context: ReviewContext
) -> None:
    backwards = dict(reversed(targets.items()))
    assert review(backwards, caps, context) == review(targets, caps, context)


@given(books, contexts())
def test_without_anything_to_object_to_every_weight_stays(
    targets: dict[str, Decimal], context: ReviewContext
) -> None:
    roomy = some_limits(
        max_position=Decimal(4),
        max_sector=Decimal(4),
        max_gross=Decimal(4),
        max_net=Decimal(4),
        allow_short=True,
    )
    assume(sum((abs(w) for w in targets.values()), ZERO) <= 1)
    free = ReviewContext(current=context.current, sectors=context.sectors, untradable={})
    assert review(targets, roomy, free).clamps == ()
