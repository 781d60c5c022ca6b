import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.features import technical

ROOT = Path(__file__).parents[4]
WINDOW = 5

KERNELS = {
    "moments": lambda x: technical.moments(x, WINDOW),
    "extremes": lambda x: technical.extremes(x, WINDOW),
    "pair": lambda x: technical.pair(x, np.roll(x, 1, axis=1), WINDOW),
    "trend": lambda x: technical.trend(x, WINDOW),
    "order": lambda x: technical.order(x, WINDOW),
    "decay": lambda x: (technical.decay(x, WINDOW),),
}
REACH = {name: 4 * WINDOW if name == "decay" else WINDOW for name in KERNELS}


def columns(seed: int, sessions: int = 40, holes: float = 0.15) -> np.ndarray:
    random = np.random.default_rng(seed)
    x = np.exp(random.normal(0, 3, (sessions, 4)))
    x[random.uniform(size=x.shape) < holes] = np.nan
    return x


def window(x: np.ndarray, t: int, j: int) -> np.ndarray:
    return x[max(0, t - WINDOW + 1) : t + 1, j]


def each_full_window(x: np.ndarray):
    for t in range(len(x)):
        for j in range(x.shape[1]):
            values = window(x, t, j)
            if np.isfinite(values).sum() >= 4:
                yield t, j, values


@pytest.mark.parametrize("name", KERNELS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), cut=st.integers(21, 40), start=st.integers(0, 20))
def test_neither_the_future_nor_the_deeper_past_changes_a_bit(name, seed, cut, start):
    x = columns(seed)
    whole, part = KERNELS[name](x), KERNELS[name](x[start:cut].copy())
    first = start + REACH[name] - 1
    for a, b in zip(whole, part, strict=True):
        assert a[first:cut].tobytes() == b[first - start :].tobytes()


@pytest.mark.parametrize("name", KERNELS)
def test_a_window_with_too_many_holes_is_missing(name):
    x = columns(1, holes=0.0)
    x[8:10, 1] = np.nan
    for values in KERNELS[name](x):
        assert np.isnan(values[:3]).all()
        if name not in ("decay", "pair"):
            assert np.isnan(values[10:12, 1]).all()
            assert np.isfinite(values[13:, 1]).all()


@pytest.mark.parametrize("name", KERNELS)
def test_a_missing_column_stays_missing(name):
    x = np.full((12, 3), np.nan)
    assert all(np.isnan(values).all() for values in KERNELS[name](x))


def test_moments_are_mean_and_sample_deviation():
    x = columns(2)
    mean, std = technical.moments(x, WINDOW)
    for t, j, values in each_full_window(x):
        assert mean[t, j] == pytest.approx(np.nanmean(values))
        assert std[t, j] == pytest.approx(np.nanstd(values, ddof=1))


def test_the_deviation_of_a_large_constant_is_exactly_zero():
    assert technical.moments(np.full((6, 2), 1e12 + 0.1), WINDOW).std[-1].tolist() == [0.0, 0.0]


def test_extremes_come_with_the_age_of_their_latest_visit():
    x = np.array([[3.0], [9.0], [1.0], [9.0], [2.0], [2.5]])
    low, high, low_age, high_age = technical.extremes(x, WINDOW)
    assert [float(v[-1, 0]) for v in (low, high, low_age, high_age)] == [1.0, 9.0, 3.0, 2.0]


def test_pair_is_the_least_squares_line():
    x, y = columns(3), columns(4)
    found = technical.pair(x, y, WINDOW)
    for t, j, values in each_full_window(x):
        others = window(y, t, j)
        both = np.isfinite(values) & np.isfinite(others)
        if both.sum() < 4:
            assert np.isnan(found.slope[t, j])
            continue
        slope, level = np.polyfit(others[both], values[both], 1)
        residual = values[both] - level - slope * others[both]
        assert found.slope[t, j] == pytest.approx(slope, rel=1e-6)
        assert found.correlation[t, j] == pytest.approx(np.corrcoef(values[both], others[both])[0, 1])
        assert found.residual_std[t, j] == pytest.approx(
            np.sqrt((residual**2).sum() / (both.sum() - 2)), rel=1e-5
        )
        if both[-1]:
            assert found.residual[t, j] == pytest.approx(residual[-1], rel=1e-5, abs=1e-6)


def test_a_straight_line_has_slope_and_full_correlation_and_no_residual():
    line = technical.trend(np.arange(10.0)[:, None] * 0.5 + 3.0, WINDOW)
    last = (line.slope[-1, 0], line.correlation[-1, 0], line.residual[-1, 0], line.residual_std[-1, 0])
    assert last == pytest.approx((0.5, 1.0, 0.0, 0.0), abs=1e-12)


def test_a_flat_regressor_defines_no_line():
    assert all(np.isnan(v).all() for v in technical.pair(columns(5), np.ones((40, 4)), WINDOW))


def test_order_is_rank_in_the_window_and_interpolated_quantiles():
    x = np.round(columns(6), 0)
    found = technical.order(x, WINDOW)
    for t, j, values in each_full_window(x):
        known = values[np.isfinite(values)]
        assert found.lower[t, j] == pytest.approx(np.quantile(known, 0.2))
        assert found.upper[t, j] == pytest.approx(np.quantile(known, 0.8))
        if np.isfinite(values[-1]):
            below, same = (known < values[-1]).sum(), (known == values[-1]).sum()
            assert found.rank[t, j] == pytest.approx((below + 0.5 * (same - 1)) / (len(known) - 1))
        else:
            assert np.isnan(found.rank[t, j])


def test_decay_weighs_by_age_over_the_values_there_are():
    x = columns(7)
    smoothed = technical.decay(x, WINDOW)
    weights = (1 - 2 / (WINDOW + 1)) ** np.arange(4 * WINDOW)[::-1]
    for j in range(4):
        values = x[-4 * WINDOW :, j]
        known = np.isfinite(values)
        assert smoothed[-1, j] == pytest.approx(np.average(values[known], weights=weights[known]))


def test_delay_looks_back_and_never_ahead():
    x = np.arange(4.0)[:, None]
    np.testing.assert_array_equal(technical.delay(x, 3)[:, 0], [np.nan, np.nan, np.nan, 0.0])
    assert np.isnan(technical.delay(x, 9)).all()


def test_the_compiler_and_the_trees_are_not_imported_before_they_are_used():
    code = (
        "import sys, fund.forecasting.registry, fund.forecasting.training;"
        "sys.exit(1 if {'numba', 'lightgbm'} & set(sys.modules) else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
