"""What must hold of every figure whatever the series: order, scale, sign and range."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fund.errors import DataError
from fund.metrics import returns as measures
from fund.metrics.bootstrap import bootstrap_interval, optimal_block, stationary_indices
from fund.metrics.forecasts import (
    MIN_NAMES,
    calibration_bins,
    hit_rates,
    information_coefficients,
    interval_coverage,
    rank_information_coefficients,
)
from fund.metrics.inference import mean_error, mean_interval, newey_west_error, student_95
from fund.metrics.returns import FloatArray

Measure = Callable[[FloatArray, FloatArray], FloatArray]
SKILL: tuple[Measure, ...] = (information_coefficients, rank_information_coefficients, hit_rates)
grid = st.integers(-40, 40).map(lambda step: step / 8)
section = arrays.arrays(np.float64, (3, 14), elements=grid | st.just(np.nan))
series = st.lists(st.integers(-40, 60).map(lambda step: step / 100), min_size=3, max_size=40).map(np.array)
pair = st.tuples(section, section)


@pytest.mark.parametrize("measure", SKILL, ids=lambda measure: measure.__name__)
@given(both=pair, order=st.permutations(range(14)))
def test_the_order_of_the_names_does_not_matter(
    measure: Measure, both: tuple[FloatArray, FloatArray], order: list[int]
) -> None:
    forecast, realised = both
    np.testing.assert_allclose(
        measure(forecast[:, order], realised[:, order]), measure(forecast, realised), atol=1e-12
    )


@pytest.mark.parametrize("measure", SKILL, ids=lambda measure: measure.__name__)
@given(both=pair)
def test_a_forecast_turned_round_is_as_wrong_as_it_was_right(
    measure: Measure, both: tuple[FloatArray, FloatArray]
) -> None:
    forecast, realised = both
    centre = 0.5 if measure is hit_rates else 0.0
    turned, straight = measure(-forecast, realised) - centre, measure(forecast, realised) - centre
    np.testing.assert_allclose(turned, -straight, atol=1e-12)
    assert np.all((np.abs(straight) <= 1 - centre + 1e-12) | np.isnan(straight))


@given(both=pair)
def test_the_sessions_are_judged_apart(both: tuple[FloatArray, FloatArray]) -> None:
    for measure in SKILL:
        whole = measure(*both)
        for row in range(3):
            np.testing.assert_array_equal(
                measure(both[0][row : row + 1], both[1][row : row + 1])[0], whole[row]
            )


@given(values=section, scale=st.sampled_from([0.25, 2.0, 8.0]), shift=grid)
def test_a_forecast_agrees_wholly_with_a_rising_line_through_itself(
    values: FloatArray, scale: float, shift: float
) -> None:
    enough = np.isfinite(values).sum(axis=1) >= MIN_NAMES
    varied = np.nanmax(np.where(np.isfinite(values), values, -9), axis=1) > np.nanmin(
        np.where(np.isfinite(values), values, 9), axis=1
    )
    for measure in (information_coefficients, rank_information_coefficients):
        found = measure(values, scale * values + shift)
        assert found[enough & varied] == pytest.approx(1.0)
        assert np.isnan(found[~(enough & varied)]).all()


@given(both=pair, half_width=st.integers(0, 20).map(lambda step: step / 4), more=st.integers(0, 8).map(float))
def test_a_wider_interval_never_covers_less(
    both: tuple[FloatArray, FloatArray], half_width: float, more: float
) -> None:
    centre, realised = both
    narrow = interval_coverage(centre - half_width, centre + half_width, realised)
    wide = interval_coverage(centre - half_width - more, centre + half_width + more, realised)
    known = (np.isfinite(centre) & np.isfinite(realised)).sum(axis=1) >= MIN_NAMES
    assert (np.isfinite(narrow) == known).all()
    assert (wide[known] >= narrow[known]).all()
    assert ((narrow[known] >= 0) & (wide[known] <= 1)).all()


def test_a_value_on_the_edge_of_its_interval_is_covered() -> None:
    realised = np.arange(10.0)[None]
    assert interval_coverage(realised, realised + 1, realised).tolist() == [1.0]
    assert interval_coverage(realised - 1, realised, realised).tolist() == [1.0]
    assert interval_coverage(realised + 1, realised + 2, realised).tolist() == [0.0]


@given(both=pair, bins=st.integers(1, 6))
def test_calibration_weighs_back_to_the_whole(both: tuple[FloatArray, FloatArray], bins: int) -> None:
    probability, realised = (both[0] + 5) / 10, both[1]
    known = np.isfinite(probability) & np.isfinite(realised)
    groups = calibration_bins(probability, realised, bins)
    assume(groups)
    assert len(groups) <= bins
    assert sum(group.n for group in groups) == known.sum()
    promised = sum(group.forecast * group.n for group in groups) / known.sum()
    happened = sum(group.realised * group.n for group in groups) / known.sum()
    assert promised == pytest.approx(probability[known].mean())
    assert happened == pytest.approx((realised[known] > 0).mean())


@given(values=series, lag=st.integers(0, 50), scale=st.sampled_from([0.5, 3.0, -2.0]), shift=grid)
def test_an_error_scales_with_its_series_and_does_not_care_where_it_lies(
    values: FloatArray, lag: int, scale: float, shift: float
) -> None:
    error = newey_west_error(values, lag)
    assert newey_west_error(scale * values + shift, lag) == pytest.approx(
        abs(scale) * error, rel=1e-6, abs=1e-9
    )
    assert newey_west_error(values[::-1], lag) == pytest.approx(error, rel=1e-6, abs=1e-9)
    assert error >= 0


@given(values=series)
def test_more_lags_than_samples_are_all_lags_there_are(values: FloatArray) -> None:
    n = len(values)
    centred = values - values.mean()
    total = sum((1 - abs(i - j) / (n + 4)) * centred[i] * centred[j] for i in range(n) for j in range(n))
    expected = math.sqrt(max(total, 0.0) / n / (n - 1))
    assert newey_west_error(values, n + 3) == pytest.approx(expected, rel=1e-6, abs=1e-7)


@given(values=series, lag=st.integers(0, 9))
def test_an_interval_is_even_about_its_mean_and_as_wide_as_its_error(values: FloatArray, lag: int) -> None:
    values = np.tile(values, 9)
    found = mean_interval(values, lag=lag)
    assert found is not None
    assert (found.value, found.n) == (pytest.approx(values.mean()), len(values))
    assert (found.low + found.high) / 2 == pytest.approx(found.value, abs=1e-9)
    error, freedom = mean_error(values, lag)
    assert found.high - found.low == pytest.approx(2 * student_95(freedom) * error)


@pytest.mark.parametrize(("n", "said"), [(20, True), (19, False), (0, False)])
def test_a_mean_is_stated_from_the_least_number_of_samples_on(n: int, said: bool) -> None:
    assert (mean_interval(np.arange(float(n)), lag=0) is not None) == said


@given(first=series, second=series)
def test_two_stretches_compound(first: FloatArray, second: FloatArray) -> None:
    both = measures.total_return(np.concatenate([first, second]))
    parts = [measures.total_return(part) for part in (first, second)]
    assert both is not None
    assert 1 + both == pytest.approx(math.prod(1 + part for part in parts if part is not None), rel=1e-9)


@given(values=series)
def test_returns_of_a_curve_give_the_curve_back(values: FloatArray) -> None:
    curve = 100 * np.cumprod(1 + values)
    back = measures.returns_of(np.concatenate([[100.0], curve]))
    np.testing.assert_allclose(back, values, atol=1e-9)


@given(values=series)
def test_the_sharpe_ratio_has_the_sign_of_what_was_earned(values: FloatArray) -> None:
    ratio = measures.sharpe_ratio(values)
    if ratio is not None and abs(values.mean()) > 1e-9:
        assert math.copysign(1, ratio) == math.copysign(1, values.mean())


@given(values=series)
def test_a_drawdown_ends_when_the_value_is_back_at_its_peak(values: FloatArray) -> None:
    value = np.cumprod(1 + values)
    below = measures.drawdowns(values)
    peak = np.maximum.accumulate(np.concatenate([[1.0], value]))[1:]
    np.testing.assert_array_equal(below == 0, value == peak)
    np.testing.assert_allclose(value, peak * (1 + below))


@given(n=st.integers(2, 40), draws=st.integers(1, 20), seed=st.integers(0, 99))
def test_blocks_without_end_are_the_series_turned_round(n: int, draws: int, seed: int) -> None:
    indices = stationary_indices(n, draws, 1e12, seed)
    assert ((indices[:, 1:] - indices[:, :-1]) % n == 1 % n).all()


def test_blocks_of_one_session_have_no_memory() -> None:
    indices = stationary_indices(500, 200, 1.0, 5)
    assert ((indices[:, 1:] - indices[:, :-1]) % 500 == 1).mean() < 0.01


@pytest.mark.parametrize("block", [0.99, 0.0, -1.0])
def test_a_block_shorter_than_a_session_is_refused(block: float) -> None:
    with pytest.raises(DataError, match="mean block of at least one session"):
        stationary_indices(10, 5, block, 1)


def means(paths: FloatArray) -> FloatArray:
    average: FloatArray = paths.mean(axis=-1)
    return average


NOISE = np.random.default_rng(11).normal(0.0, 0.01, 300)


def test_an_interval_moves_and_stretches_with_its_series() -> None:
    plain = bootstrap_interval(NOISE, means, seed=3)
    moved = bootstrap_interval(2 * NOISE + 0.001, means, seed=3)
    assert plain is not None
    assert moved is not None
    assert moved == pytest.approx([2 * end + 0.001 for end in plain])


@pytest.mark.parametrize(("share", "said"), [(0.04, True), (0.06, False)])
def test_a_figure_that_is_often_undefined_has_no_interval(share: float, said: bool) -> None:
    def sometimes(paths: FloatArray) -> FloatArray:
        values = means(paths)
        values[: round(share * len(values))] = np.nan
        return values

    assert (bootstrap_interval(NOISE, sometimes, seed=1, draws=1_000) is not None) == said


@pytest.mark.parametrize("n", [20, 60, 400])
def test_a_block_is_at_least_a_session_and_well_within_the_series(n: int) -> None:
    trend = np.cumsum(np.random.default_rng(1).normal(size=n))
    assert 1.0 <= optimal_block(trend) <= math.ceil(min(3 * math.sqrt(n), n / 3))
    assert optimal_block(np.tile([1.0, -1.0], n // 2)) >= 1.0


@pytest.mark.parametrize(("n", "said"), [(19, False), (20, True)])
def test_twenty_sessions_are_the_least_that_say_something(n: int, said: bool) -> None:
    assert (bootstrap_interval(NOISE[:n], means, seed=1) is not None) == said
