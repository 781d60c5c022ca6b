"""Drawdowns one by one: each with its peak, its trough and its recovery."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.metrics.falls import falls_of
from fund.metrics.returns import max_drawdowns, returns_of

paths = st.lists(st.floats(0.5, 2.0, allow_nan=False), min_size=1, max_size=60)


def test_a_fall_and_its_recovery_by_hand() -> None:
    (fall,) = falls_of(np.array([1.0, 1.2, 0.9, 1.1, 1.2, 1.3]))
    assert (fall.peak, fall.trough, fall.recovery) == (1, 2, 4)
    assert fall.depth == pytest.approx(-0.25)


def test_a_fall_that_has_not_recovered_says_so() -> None:
    (fall,) = falls_of(np.array([1.0, 0.9, 0.95]))
    assert (fall.peak, fall.trough, fall.recovery) == (0, 1, None)


def test_the_deepest_comes_first() -> None:
    falls = falls_of(np.array([1.0, 0.99, 1.0, 0.8, 1.1]))
    assert [fall.peak for fall in falls] == [2, 0]


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 1.0, 1.1]])
def test_what_never_falls_has_no_drawdown(values: list[float]) -> None:
    assert falls_of(np.array(values)) == ()


@given(paths)
def test_the_deepest_is_the_maximum_drawdown_of_the_returns(values: list[float]) -> None:
    falls = falls_of(np.array(values))
    deepest = falls[0].depth if falls else 0.0
    returns = returns_of(np.array(values))
    assert deepest == pytest.approx(float(max_drawdowns(returns)) if len(returns) else 0.0, abs=1e-12)


@given(paths)
def test_falls_do_not_overlap_and_cover_every_value_below_a_peak(values: list[float]) -> None:
    below = set()
    for fall in sorted(falls_of(np.array(values)), key=lambda each: each.peak):
        stretch = set(range(fall.peak + 1, fall.recovery or len(values)))
        assert not stretch & below
        assert fall.trough in stretch
        assert fall.recovery is None or values[fall.recovery] >= values[fall.peak]
        below |= stretch
    high = np.maximum.accumulate(np.array(values))
    assert below == {at for at, value in enumerate(values) if value < high[at]}
