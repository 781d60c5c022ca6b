"""Engle and Granger's test agrees with the library that is slow, and many tests are not believed singly."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.tsa.stattools import coint

from fund.errors import DataError
from fund.metrics.cointegration import cointegration, engle_granger_p
from fund.metrics.false_discoveries import benjamini_yekutieli


def series(seed: int, count: int = 6, sessions: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.normal(size=(sessions, count)), axis=0)
    return 0.7 * x[:, 0] + np.convolve(rng.normal(size=sessions), 0.8 ** np.arange(30))[:sessions], x


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_the_statistic_and_its_p_are_those_of_statsmodels(lag: int) -> None:
    y, x = series(1)
    found = cointegration(y, x, lag=lag)
    for at in range(x.shape[1]):
        statistic, p, _ = coint(y, x[:, at], maxlag=lag, autolag=None)
        assert found.statistic[at] == pytest.approx(statistic, rel=1e-9)
        assert found.p_value[at] == pytest.approx(p, rel=1e-3, abs=1e-5)


def test_the_line_its_spread_and_how_fast_it_returns() -> None:
    y, x = series(2, sessions=3000)
    found = cointegration(y, x)
    assert found.slope[0] == pytest.approx(0.7, abs=0.02)
    spread = y - found.intercept[0] - found.slope[0] * x[:, 0]
    assert spread.mean() == pytest.approx(0, abs=1e-9)
    assert found.deviation[0] == pytest.approx(spread.std(ddof=2))
    assert found.half_life[0] == pytest.approx(np.log(0.5) / np.log(0.8), rel=0.15)
    assert found.p_value[0] < 1e-6 < found.p_value[1]


def test_p_falls_with_the_statistic_far_into_the_tail() -> None:
    p = engle_granger_p(np.array([-14.0, -9.0, -5.0, -3.34, 0.0, 2.0, np.nan]))
    assert (np.diff(p[:6]) > 0).all()
    assert 0 < p[0] < 1e-20
    assert p[3] == pytest.approx(0.05, abs=0.002)
    assert p[5] == p[6] == 1.0


def test_a_series_that_stands_still_is_cointegrated_with_nothing() -> None:
    y, x = series(3)
    x[:, 2] = 4.0
    x[:, 3] = y
    found = cointegration(y, x)
    assert (found.p_value[[2, 3]] == 1.0).all()
    assert np.isfinite(found.p_value).all()


def test_gaps_and_short_series_are_refused() -> None:
    y, x = series(4)
    with pytest.raises(DataError, match="take a longer formation"):
        cointegration(y[:20], x[:20])
    x[5, 1] = np.nan
    with pytest.raises(DataError, match="without gaps"):
        cointegration(y, x)


@pytest.mark.parametrize("seed", range(5))
def test_the_control_is_that_of_benjamini_and_yekutieli(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = np.concatenate([rng.uniform(size=80), rng.uniform(0, 1e-4, size=8)])
    np.testing.assert_array_equal(benjamini_yekutieli(p), multipletests(p, 0.05, method="fdr_by")[0])


def test_of_nothing_nothing_is_named_and_bad_figures_are_refused() -> None:
    assert len(benjamini_yekutieli(np.zeros(0))) == 0
    for p in (np.array([0.1, np.nan]), np.array([1.2])):
        with pytest.raises(DataError, match="p-values from 0 to 1"):
            benjamini_yekutieli(p)
