"""Two series of returns side by side, against figures worked out by hand and by numpy's own routines."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.metrics.against import (
    alphas,
    betas,
    captures,
    correlations,
    information_ratios,
    tracking_errors,
)
from fund.metrics.returns import FloatArray

RNG = np.random.default_rng(11)
OTHER = RNG.normal(0.0004, 0.01, 200)
OWN = 0.0002 + 0.6 * OTHER + RNG.normal(0, 0.004, 200)


def test_beta_and_alpha_are_the_line_of_least_squares() -> None:
    slope, intercept = np.polyfit(OTHER, OWN, 1)
    assert float(betas(OWN, OTHER)) == pytest.approx(slope)
    assert float(alphas(OWN, OTHER)) == pytest.approx(intercept * 252)


def test_the_correlation_is_that_of_numpy() -> None:
    assert float(correlations(OWN, OTHER)) == pytest.approx(np.corrcoef(OWN, OTHER)[0, 1])


def test_by_hand() -> None:
    own, other = np.array([0.02, 0.0, -0.01]), np.array([0.01, 0.02, -0.02])
    # differences 0.01, -0.02, 0.01: mean 0, variance (1 + 4 + 1) / 2 e-4
    assert float(tracking_errors(own, other)) == pytest.approx(np.sqrt(3e-4 * 252))
    assert float(information_ratios(own, other)) == pytest.approx(0.0, abs=1e-12)
    assert float(captures(own, other, up=True)) == pytest.approx(0.02 / 0.03)
    assert float(captures(own, other, up=False)) == pytest.approx(0.5)


@given(st.floats(-3, 3).filter(lambda times: abs(times) > 0.01))
def test_a_multiple_of_a_series_has_that_beta_and_no_alpha(times: float) -> None:
    assert float(betas(times * OTHER, OTHER)) == pytest.approx(times)
    assert float(alphas(times * OTHER, OTHER)) == pytest.approx(0.0, abs=1e-9)
    assert float(correlations(times * OTHER, OTHER)) == pytest.approx(np.sign(times))
    assert float(captures(times * OTHER, OTHER, up=True)) == pytest.approx(times)


@pytest.mark.parametrize("statistic", [betas, alphas, correlations])
def test_nothing_is_told_against_what_does_not_move(
    statistic: Callable[[FloatArray, FloatArray], FloatArray],
) -> None:
    assert np.isnan(statistic(OWN, np.full(200, 0.001)))


def test_a_series_against_itself_has_no_information_ratio() -> None:
    assert np.isnan(information_ratios(OWN, OWN))


def test_without_a_session_that_rose_there_is_no_up_capture() -> None:
    assert np.isnan(captures(OWN, -np.abs(OTHER), up=True))


@pytest.mark.parametrize("statistic", [betas, alphas, correlations, tracking_errors, information_ratios])
def test_many_paths_are_answered_as_one_by_one(
    statistic: Callable[[FloatArray, FloatArray], FloatArray],
) -> None:
    drawn = RNG.integers(200, size=(5, 200))
    together = statistic(OWN[drawn], OTHER[drawn])
    assert together == pytest.approx([float(statistic(OWN[each], OTHER[each])) for each in drawn])
