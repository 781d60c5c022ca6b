"""Windows, sieve and cooldowns against the same rules looked up slowly, on random sessions."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fund.market.ticks import Tick
from fund.watching.rules import MonitorRules
from fund.watching.window import Window
from support.naive_watch import believed_of, told_naively
from support.ticks import a_calendar, a_reference, a_tick, a_watch, at

STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 0.4, 1, 7, 30, 59, 60, 61, 300, 899, 900, 901]),
        st.sampled_from([-0.06, -0.03, -0.012, -0.004, 0.0, 0.004, 0.012, 0.03, 0.06, 0.5]),
        st.sampled_from([0, 10, 500, 4_000, 100_000, None, -1]),
    ),
    min_size=1,
    max_size=40,
)
RULES = st.builds(
    MonitorRules,
    window_minutes=st.sampled_from([1, 5, 15]),
    cooldown_minutes=st.sampled_from([1, 5, 15]),
    move=st.sampled_from([Decimal("0.02"), Decimal("0.05")]),
    gap=st.sampled_from([Decimal("0.02"), Decimal("0.05")]),
    volume_ratio=st.sampled_from([Decimal(2), Decimal(5)]),
    outlier=st.sampled_from([Decimal("0.01"), Decimal("0.02"), Decimal("0.9")]),
    outlier_seconds=st.just(900),
)


def session_of(steps: Sequence[tuple[float, float, int | None]]) -> list[Tick]:
    """A walk of prices and a count of shares; -1 counts anew from nothing."""
    ticks, second, price, volume = [], 0.0, 100.0, 0
    for wait, change, shares in steps:
        second, price = second + wait, price * (1 + change)
        if shares is not None:
            volume = 0 if shares < 0 else volume + shares
        ticks.append(a_tick(second, price, None if shares is None else float(volume)))
    return [tick for tick in ticks if tick.at < at(23_400)]


@settings(max_examples=300)
@given(
    STEPS,
    RULES,
    st.sampled_from([None, 100.0, 104.0, 90.0]),
    st.sampled_from([None, 1_000_000.0, 50_000.0]),
)
@example([(60, 0.0, 5)] * 60, MonitorRules(), 100.0, 50_000.0)
@example([(30, 0.012, 0)] * 60, MonitorRules(), None, None)
def test_what_is_told_is_what_a_slow_look_at_everything_tells(
    steps: Sequence[tuple[float, float, int | None]],
    rules: MonitorRules,
    close: float | None,
    average: float | None,
) -> None:
    ticks, calendar = session_of(steps), a_calendar()
    reference = a_reference(close=close, volume=average)
    watch = a_watch(reference, rules=rules, calendar=calendar)
    told = [trigger for tick in ticks for trigger in watch.take((tick,), tick.at)]
    opened = calendar.open_at(reference.session).timestamp()
    found = [(t.kind, int(t.at.timestamp() - opened), t.value, t.against) for t in told]
    assert found == [
        (kind, second, pytest.approx(value), pytest.approx(against))
        for kind, second, value, against in told_naively(ticks, reference, rules, calendar)
    ]
    kept = believed_of(ticks, close, float(rules.outlier))
    assert watch.believed == len(kept)
    held = 1 if watch.believed + sum(watch.refused.values()) < len(ticks) else 0
    assert watch.believed + sum(watch.refused.values()) + held == len(ticks), "every tick is accounted for"


@given(STEPS, RULES, st.permutations(range(40)))
def test_no_order_and_no_repetition_makes_it_tell_more_often_than_the_cooldown_allows(
    steps: Sequence[tuple[float, float, int | None]], rules: MonitorRules, order: Sequence[int]
) -> None:
    ticks = session_of(steps)
    shuffled = [ticks[place] for place in order if place < len(ticks)]
    watch = a_watch(rules=rules)
    now = max((tick.at for tick in ticks), default=at(0))
    told = watch.take([*shuffled, *ticks, *shuffled], now) + watch.settle(now + timedelta(seconds=1))
    cooldown = timedelta(minutes=rules.cooldown_minutes)
    for kinds in ({"move", "gap"}, {"volume_spike"}):
        moments = sorted(t.at for t in told if t.kind in kinds)
        assert all(
            later.replace(microsecond=0) - earlier.replace(microsecond=0) >= cooldown
            for earlier, later in itertools.pairwise(moments)
        )
    keys = [t.key for t in told]
    assert len(keys) == len(set(keys))


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 50)), min_size=1, max_size=200), st.integers(1, 90)
)
def test_a_windows_extremes_are_those_of_its_ticks_in_bounded_memory(
    steps: Sequence[tuple[int, int]], span: int
) -> None:
    window, seen, second = Window(span), [], 0
    for wait, price in steps:
        second += wait
        window.add(second, float(price), 10.0 * len(seen))
        seen.append((second, float(price)))
        inside = [(when, each) for when, each in seen if when > second - span]
        assert window.low is not None
        assert window.high is not None
        assert window.low.price == min(each for _, each in inside)
        assert window.high.price == max(each for _, each in inside)
        assert len(window) <= 3 * span + 1


def test_a_thousand_ticks_a_second_fill_no_memory() -> None:
    window = Window(900)
    for n in range(200_000):
        window.add(n // 1000, 100 + n / 1000, float(n))
    assert len(window) <= 2 * 200 + 1
    window.clear()
    assert len(window) == 0
    assert window.low is None
    assert window.high is None
    assert window.turnover is None
    assert window.counted is None
