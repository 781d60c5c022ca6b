"""A sign that says nothing has a lift whose interval holds 1; one that is always right has a recall of 1."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from fund.metrics.association import Association, holm, ratio_bounds


@st.composite
def tables(draw: st.DrawFn) -> Association:
    signed, others = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    return Association(
        signed=signed,
        signed_ended=draw(st.integers(0, signed)),
        others=others,
        others_ended=draw(st.integers(0, others)),
    )


def test_a_sign_before_every_loss_and_before_nothing_else_predicts_all_of_them() -> None:
    found = Association(signed=10, signed_ended=10, others=10, others_ended=0)
    assert found.precision is not None
    assert found.recall is not None
    assert found.lift is not None
    assert (found.precision.value, found.recall.value, found.lift.value) == (1.0, 1.0, 2.0)
    assert found.lift.low > 1
    assert found.lift.high == 2.0
    assert found.p_value == pytest.approx(2 / math.comb(20, 10))


def test_a_sign_as_frequent_before_losses_as_elsewhere_says_nothing() -> None:
    found = Association(signed=20, signed_ended=8, others=30, others_ended=12)
    assert found.lift is not None
    assert found.lift.value == pytest.approx(1.0)
    assert found.lift.low < 1 < found.lift.high
    assert found.p_value == pytest.approx(1.0)


def test_the_ratio_of_two_risks_has_the_interval_of_koopmans_paper() -> None:
    low, high = ratio_bounds(36, 40, 16, 80)
    assert (low, high) == (pytest.approx(2.939, abs=0.002), pytest.approx(7.152, abs=0.002))


def test_empty_cells_give_open_ends_and_a_lift_that_is_still_bounded() -> None:
    assert ratio_bounds(0, 10, 5, 10)[0] == 0.0
    assert math.isinf(ratio_bounds(5, 10, 0, 10)[1])
    assert ratio_bounds(0, 10, 0, 10) == (0.0, math.inf)
    never = Association(signed=10, signed_ended=0, others=10, others_ended=5).lift
    only = Association(signed=10, signed_ended=5, others=10, others_ended=0).lift
    assert never is not None
    assert only is not None
    assert (never.value, never.low, only.value, only.high) == (0.0, 0.0, 2.0, 2.0)


@pytest.mark.parametrize(
    "found",
    [
        Association(signed=0, signed_ended=0, others=9, others_ended=3),
        Association(signed=9, signed_ended=3, others=0, others_ended=0),
        Association(signed=9, signed_ended=0, others=9, others_ended=0),
        Association(signed=0, signed_ended=0, others=0, others_ended=0),
    ],
)
def test_without_signs_without_the_rest_or_without_an_end_there_is_no_lift(found: Association) -> None:
    assert found.lift is None
    assert found.p_value == pytest.approx(1.0)


@given(tables())
def test_a_lift_lies_in_its_interval_and_never_beyond_what_its_signs_allow(found: Association) -> None:
    if found.lift is None:
        return
    assert -1e-9 <= found.lift.low <= found.lift.value + 1e-9
    assert found.lift.value <= found.lift.high + 1e-9
    assert found.lift.high <= found.n / found.signed + 1e-9


@given(tables())
def test_the_p_value_is_that_of_fishers_exact_test(found: Association) -> None:
    table = [
        [found.signed_ended, found.signed - found.signed_ended],
        [found.others_ended, found.others - found.others_ended],
    ]
    assert found.p_value == pytest.approx(float(fisher_exact(table)[1]), abs=1e-9)


def test_where_the_sign_is_noise_its_interval_holds_one_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(11)
    covered = []
    for _ in range(400):
        signed, lost = rng.random(60) < 0.3, rng.random(60) < 0.4
        lift = Association(
            signed=int(signed.sum()),
            signed_ended=int((signed & lost).sum()),
            others=int((~signed).sum()),
            others_ended=int((~signed & lost).sum()),
        ).lift
        covered.append(lift is not None and lift.low <= 1 <= lift.high)
    assert 0.92 <= np.mean(covered) <= 0.985


def test_looking_at_more_makes_each_finding_weaker() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm([0.6, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()
    assert holm([0.02]) == (0.02,)
