"""VaR and CVaR: known quantiles, a naive count, and what every measure of risk must keep."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.metrics.returns import FloatArray
from fund.metrics.tail import (
    GARCH_SAMPLE,
    SMALLEST_SAMPLE,
    TAIL_METHODS,
    ewma_tail,
    garch_tail,
    historical_tail,
    parametric_tail,
    tail_risk,
    tails,
)

QUICK = ("historical", "parametric", "ewma")
quick = st.sampled_from(QUICK)
confidences = st.sampled_from([0.9, 0.95, 0.975, 0.99])


def made(seed: int, sessions: int = 252) -> FloatArray:
    return np.random.default_rng(seed).standard_t(4, sessions) * 0.01


paths = st.builds(made, st.integers(0, 500), st.sampled_from([60, 100, 252, 500]))


def naive(path: FloatArray, confidence: float) -> tuple[float, float]:
    """Count: the worst (1 - confidence) n days, the last of them in part."""
    losses = sorted((-r for r in path.tolist()), reverse=True)
    left = mass = len(losses) * (1 - confidence)
    total = 0.0
    for loss in losses:
        part = min(1.0, left)
        total, left = total + part * loss, left - part
        if left < 1e-9:
            break
    return loss, total / mass


@given(paths, confidences)
def test_the_empirical_tail_is_the_mean_of_the_worst_days(path: FloatArray, confidence: float) -> None:
    var, cvar = historical_tail(path, confidence)
    by_hand = naive(path, confidence)
    assert cvar == pytest.approx(by_hand[1])
    ordered = np.sort(-path)
    assert np.mean(ordered <= var) >= confidence - 1e-12
    assert np.mean(ordered < var) < confidence


def test_a_hundred_days_have_five_in_the_tail() -> None:
    path = -np.arange(1, 101) / 1000
    var, cvar = historical_tail(path, 0.95)
    assert float(var) == pytest.approx(0.095)
    assert float(cvar) == pytest.approx(0.098)


def test_a_normal_has_the_quantiles_of_the_tables() -> None:
    path = np.tile([0.01, -0.01], 126)
    var, cvar = parametric_tail(path, 0.95)
    assert float(var) == pytest.approx(0.0164485, abs=1e-7)
    assert float(cvar) == pytest.approx(0.0206271, abs=1e-7)
    assert float(parametric_tail(path, 0.99)[0]) == pytest.approx(0.0232635, abs=1e-7)


def test_the_ewma_is_the_recursion_of_riskmetrics() -> None:
    path = made(3, 2000)
    variance = path[0] ** 2
    for each in path[1:]:
        variance = 0.94 * variance + 0.06 * each**2
    assert float(ewma_tail(path, 0.95)[0]) == pytest.approx(NormalDist().inv_cdf(0.95) * variance**0.5)


@given(paths, confidences, quick, st.floats(0.01, 20))
def test_twice_the_position_is_twice_the_risk(
    path: FloatArray, confidence: float, method: str, scale: float
) -> None:
    one = tails(path, confidence, method)  # type: ignore[arg-type]
    other = tails(scale * path, confidence, method)  # type: ignore[arg-type]
    assert np.allclose(other, np.array(one) * scale)


@given(paths, confidences, quick)
def test_the_mean_beyond_is_never_below_the_quantile(
    path: FloatArray, confidence: float, method: str
) -> None:
    var, cvar = tails(path, confidence, method)  # type: ignore[arg-type]
    assert 0 <= var <= cvar


@given(paths, confidences, st.floats(0.0, 0.05))
def test_a_loss_on_every_day_moves_the_empirical_tail_by_as_much(
    path: FloatArray, confidence: float, shift: float
) -> None:
    before, after = historical_tail(path, confidence), historical_tail(path - shift, confidence)
    assert np.allclose(after, np.array(before) + shift)


def test_a_tail_that_is_a_gain_is_no_risk() -> None:
    assert historical_tail(np.full(100, 0.01), 0.95) == (0.0, 0.0)


@given(st.lists(paths.filter(lambda p: len(p) == 100), min_size=2, max_size=4), quick)
def test_many_paths_at_once_are_the_paths_one_by_one(several: list[FloatArray], method: str) -> None:
    together = np.array(tails(np.array(several), 0.95, method))  # type: ignore[arg-type]
    alone = np.array([tails(path, 0.95, method) for path in several]).T  # type: ignore[arg-type]
    assert np.allclose(together, alone)


@pytest.mark.parametrize("method", TAIL_METHODS)
def test_no_figure_without_a_sample_and_every_figure_with_one(method: str) -> None:
    assert tail_risk(made(1, SMALLEST_SAMPLE - 1), 0.95, method) is None  # type: ignore[arg-type]
    found = tail_risk(made(1, 300), 0.95, method)  # type: ignore[arg-type]
    assert found is not None
    assert (found.sample, found.method, found.fallback) == (300, method, "")
    assert 0.005 < found.var < found.cvar < 0.1


def test_a_path_with_a_hole_has_no_tail() -> None:
    path = made(1)
    path[5] = np.nan
    assert tail_risk(path, 0.95, "historical") is None


@given(st.integers(0, 500), st.floats(0.1, 10))
@settings(max_examples=8)
def test_a_garch_tail_is_homogeneous_and_ordered(seed: int, scale: float) -> None:
    one, other = garch_tail(made(seed), 0.95), garch_tail(scale * made(seed), 0.95)
    if one is not None and other is not None:
        assert other == pytest.approx(tuple(scale * each for each in one), rel=1e-3)
        assert one[0] <= one[1]


def test_a_garch_sees_the_storm_that_the_whole_past_averages_away() -> None:
    rng = np.random.default_rng(7)
    path = np.concatenate([rng.normal(0, 0.005, 480), rng.normal(0, 0.03, 20)])
    filtered, plain = garch_tail(path, 0.95), historical_tail(path, 0.95)
    assert filtered is not None
    assert filtered[0] > 1.5 * plain[0]


def test_without_a_garch_the_ewma_answers_and_says_so() -> None:
    short = tail_risk(made(1, GARCH_SAMPLE - 1), 0.95, "garch")
    plain = tail_risk(made(1, GARCH_SAMPLE - 1), 0.95, "ewma")
    flat = tail_risk(np.zeros(300), 0.95, "garch")
    assert short is not None
    assert plain is not None
    assert flat is not None
    assert (short.var, short.method) == (plain.var, "ewma")
    assert short.fallback == "249 sessions, a GARCH needs 250"
    assert (flat.var, flat.fallback) == (0.0, "the GARCH did not converge")
