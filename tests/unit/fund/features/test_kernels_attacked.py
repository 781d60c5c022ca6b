"""The rolling kernels against NumPy on each window, on windows longer than history and values at the edge."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.features import technical
from fund.features.compiling import compiled
from fund.features.technical import PRESENT_SHARE

Array = np.ndarray
NAN = np.nan


def walk(seed: int, sessions: int = 30, names: int = 3, holes: float = 0.1) -> Array:
    random = np.random.default_rng(seed)
    x = np.exp(np.cumsum(random.normal(0, 0.1, (sessions, names)), axis=0))
    x[random.uniform(size=x.shape) < holes] = NAN
    return x


X, Y = walk(1), walk(2)
KERNELS: dict[str, Callable[[Array, int], tuple[Array, ...]]] = {
    "moments": technical.moments,
    "extremes": technical.extremes,
    "pair": lambda x, w: technical.pair(x, np.ascontiguousarray(x[::-1]), w),
    "trend": technical.trend,
    "order": technical.order,
    "decay": lambda x, w: (technical.decay(x, w),),
    "deviation": lambda x, w: (technical.deviation(x, w),),
    "rescaled_range": lambda x, w: (technical.rescaled_range(x, w),),
}
every_kernel = pytest.mark.parametrize("name", KERNELS)


def windows(x: Array, w: int):
    """Every window with enough values: where it ends, its values, and which of them are known."""
    for t in range(len(x)):
        for j in range(x.shape[1]):
            values = x[max(0, t - w + 1) : t + 1, j]
            known = np.isfinite(values)
            yield t, j, values, known, known.sum() >= np.ceil(PRESENT_SHARE * w)


def of_windows(x: Array, w: int, measure: Callable[[Array], float]) -> Array:
    out = np.full(x.shape, NAN)
    for t, j, values, known, enough in windows(x, w):
        if enough:
            out[t, j] = measure(values[known])
    return out


def reach(values: Array) -> float:
    path = np.concatenate([[0.0], np.cumsum(values - values.mean())])
    return float(np.ptp(path) / values.std()) if np.ptp(values) > 0 else NAN


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 9999), w=st.sampled_from([1, 2, 3, 7, 20]), holes=st.sampled_from([0.0, 0.15, 0.6])
)
def test_the_shape_of_a_window_is_what_numpy_measures(seed: int, w: int, holes: float) -> None:
    x = walk(seed, names=2, holes=holes)
    mean, std = technical.moments(x, w)
    np.testing.assert_allclose(mean, of_windows(x, w, np.mean), rtol=1e-12)
    sample = of_windows(x, w, lambda v: v.std(ddof=1) if len(v) > 1 else NAN)
    np.testing.assert_allclose(std, sample, rtol=1e-9, atol=1e-15)
    apart = of_windows(x, w, lambda v: np.abs(v - v.mean()).mean())
    np.testing.assert_allclose(technical.deviation(x, w), apart, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(technical.rescaled_range(x, w), of_windows(x, w, reach), rtol=1e-9)
    low, high, low_age, high_age = technical.extremes(x, w)
    np.testing.assert_array_equal(low, of_windows(x, w, np.min))
    np.testing.assert_array_equal(high, of_windows(x, w, np.max))
    for t, j, values, _, enough in windows(x, w):
        if enough:
            assert values[len(values) - 1 - int(low_age[t, j])] == low[t, j]
            assert values[len(values) - 1 - int(high_age[t, j])] == high[t, j]


@pytest.mark.parametrize("w", [3, 8, 25])
def test_a_trend_is_the_pair_with_time(w: int) -> None:
    x = walk(4, holes=0.0)
    time = np.repeat(np.arange(30.0)[:, None], 3, axis=1)
    for by_time, by_pair in zip(technical.trend(x, w), technical.pair(x, time, w), strict=True):
        np.testing.assert_allclose(by_time, by_pair, rtol=1e-7, atol=1e-10)


def test_a_pair_turned_around_has_the_same_correlation_and_slopes_that_multiply_to_its_square() -> None:
    one, other = technical.pair(X, Y, 8), technical.pair(Y, X, 8)
    np.testing.assert_allclose(one.correlation, other.correlation, rtol=1e-12)
    np.testing.assert_allclose(one.slope * other.slope, one.correlation**2, rtol=1e-9)
    assert np.nanmax(np.abs(one.correlation)) <= 1 + 1e-12


def test_a_series_on_itself_is_a_line_without_residual_and_on_its_negative_one_that_falls() -> None:
    itself, negative = technical.pair(X, X, 8), technical.pair(X, -X, 8)
    known = np.isfinite(itself.slope)
    assert known.sum() > 40
    for found, sign in ((itself, 1.0), (negative, -1.0)):
        np.testing.assert_allclose(found.slope[known], sign)
        np.testing.assert_allclose(found.correlation[known], sign)
        np.testing.assert_allclose(found.residual_std[known], 0.0, atol=1e-7)


def test_a_pair_needs_three_sessions_that_both_have() -> None:
    x, y = np.array([[1.0], [2.0], [4.0], [9.0]]), np.array([[NAN], [1.0], [2.0], [4.0]])
    assert np.isnan(technical.pair(x, y, 2).slope).all()
    assert np.isfinite(technical.pair(x, y, 3).slope[:, 0]).tolist() == [False, False, False, True]


def test_a_flat_series_on_another_has_a_line_without_a_slope_and_no_correlation() -> None:
    found = technical.pair(np.full((10, 1), 0.5), np.arange(10.0)[:, None] ** 2, 5)
    assert np.isnan(found.correlation).all()
    assert found.slope[4:, 0].tolist() == found.residual[4:, 0].tolist() == [0.0] * 6


def test_turning_values_around_swaps_the_extremes_and_mirrors_the_order() -> None:
    low, high, low_age, high_age = technical.extremes(X, 7)
    turned = technical.extremes(-X, 7)
    np.testing.assert_array_equal(turned.low, -high)
    np.testing.assert_array_equal(turned.high_age, low_age)
    np.testing.assert_array_equal(turned.low_age, high_age)
    order, mirrored = technical.order(X, 7), technical.order(-X, 7)
    np.testing.assert_allclose(mirrored.rank, 1.0 - order.rank)
    np.testing.assert_allclose(mirrored.lower, -order.upper)
    assert low.shape == X.shape


def test_ties_stand_in_the_middle_of_the_order() -> None:
    assert technical.order(np.full((6, 1), 3.0), 5).rank[-1, 0] == 0.5
    x = np.array([[1.0], [2.0], [2.0], [3.0], [2.0]])
    assert technical.order(x, 5).rank[-1, 0] == 0.5


@pytest.mark.parametrize("power", [-300, -40, 40, 300])
def test_a_power_of_two_of_the_scale_changes_no_bit_of_what_has_none(power: int) -> None:
    scaled = np.ldexp(X, power)
    assert technical.order(scaled, 6).rank.tobytes() == technical.order(X, 6).rank.tobytes()
    for mine, other in zip(technical.extremes(scaled, 6), technical.extremes(X, 6), strict=True):
        assert mine.tobytes() in (other.tobytes(), np.ldexp(other, power).tobytes())
    assert (
        technical.moments(scaled, 6).mean.tobytes() == np.ldexp(technical.moments(X, 6).mean, power).tobytes()
    )
    assert technical.decay(scaled, 6).tobytes() == np.ldexp(technical.decay(X, 6), power).tobytes()


@every_kernel
def test_columns_are_measured_apart(name: str) -> None:
    whole = KERNELS[name](X, 6)
    for j in range(X.shape[1]):
        alone = KERNELS[name](np.ascontiguousarray(X[:, j : j + 1]), 6)
        for mine, all_of_them in zip(alone, whole, strict=True):
            assert mine[:, 0].tobytes() == np.ascontiguousarray(all_of_them[:, j]).tobytes()


@every_kernel
@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (0, 0)], ids=str)
def test_nothing_is_measured_of_nothing(name: str, shape: tuple[int, int]) -> None:
    assert all(found.shape == shape for found in KERNELS[name](np.empty(shape), 4))


@every_kernel
def test_a_window_longer_than_history_is_missing_until_four_fifths_of_it_are_there(name: str) -> None:
    x = walk(6, holes=0.0)
    assert all(np.isnan(found).all() for found in KERNELS[name](x, 38))
    for found in KERNELS[name](x, 37):
        assert np.isnan(found[:-1]).all()
        assert np.isfinite(found[-1]).all()


@every_kernel
def test_how_values_lie_in_memory_changes_nothing_and_they_are_left_as_they_were(name: str) -> None:
    kept = X.copy()
    wide = np.full((60, 9), -1.0)
    wide[::2, ::3] = X
    expected = KERNELS[name](X, 5)
    for other in (np.asfortranarray(X), wide[::2, ::3]):
        for mine, theirs in zip(KERNELS[name](other, 5), expected, strict=True):
            assert mine.tobytes() == theirs.tobytes()
    assert kept.tobytes() == X.tobytes()


@every_kernel
def test_threads_find_what_one_finds(name: str) -> None:
    expected = np.array(KERNELS[name](X, 5)).tobytes()
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda _: np.array(KERNELS[name](X, 5)).tobytes(), range(8))
        assert set(found) == {expected}


def test_a_longer_delay_than_history_and_none_at_all() -> None:
    assert np.isnan(technical.delay(X, 30)).all()
    assert np.isnan(technical.delay(X, 31)).all()
    np.testing.assert_array_equal(technical.delay(X, 0), X)
    assert technical.delay(np.empty((0, 2)), 3).shape == (0, 2)
    for a, b in ((1, 4), (5, 2)):
        np.testing.assert_array_equal(technical.delay(technical.delay(X, a), b), technical.delay(X, a + b))


def test_an_average_of_what_stays_the_same_stays_the_same() -> None:
    for span in (1, 2, 9):
        steady = technical.decay(np.full((30, 1), 7.25), span)[:, 0]
        np.testing.assert_allclose(steady[np.isfinite(steady)], 7.25, rtol=1e-15)
    np.testing.assert_array_equal(technical.decay(X, 1), X, "a span of one session is the session")


def test_a_path_of_which_rounding_is_all_that_moves_has_no_range() -> None:
    x = np.full((20, 1), 0.1)
    assert np.isnan(technical.rescaled_range(x, 10)).all()
    x[::2] += 1e-3
    assert np.isfinite(technical.rescaled_range(x, 10)[-1])


def test_a_kernel_is_compiled_once() -> None:
    def halved(x: float) -> float:
        return x / 2.0

    assert compiled(halved) is compiled(halved)
    assert compiled(halved)(3.0) == 1.5
