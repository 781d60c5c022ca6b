"""Correlations of noise are pulled to nothing, those of a long common past hardly at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.metrics.shrunk_correlation import correlation_interval, shrunk_correlation


def together(
    sessions: int, names: int, part: float, seed: int = 1
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, (sessions, 1))
    return part * market + (1 - part) * rng.normal(0, 0.01, (sessions, names))


def test_independent_names_of_few_sessions_keep_next_to_nothing() -> None:
    found = shrunk_correlation(together(60, 20, 0.0))
    assert found.shrinkage > 0.7
    assert np.abs(found.matrix - np.eye(20)).max() < 0.15


def test_a_long_common_past_keeps_its_correlations() -> None:
    returns = together(1000, 5, 0.5)
    found = shrunk_correlation(returns)
    assert found.shrinkage < 0.02
    assert found.matrix == pytest.approx(np.corrcoef(returns, rowvar=False), abs=0.02)


def test_a_name_that_does_not_move_correlates_with_nothing() -> None:
    returns = together(80, 3, 0.5)
    returns[:, 1] = 0.0
    found = shrunk_correlation(returns)
    assert found.matrix[1].tolist() == [0.0, 1.0, 0.0]
    assert np.isfinite(found.matrix).all()


@given(st.integers(0, 50), st.integers(2, 12), st.floats(0, 1))
def test_the_matrix_is_always_a_correlation_matrix(seed: int, names: int, part: float) -> None:
    found = shrunk_correlation(together(70, names, part, seed))
    assert np.linalg.eigvalsh(found.matrix).min() > -1e-9
    assert (found.matrix == found.matrix.T).all()
    assert np.diag(found.matrix).tolist() == [1.0] * names
    assert 0 <= found.shrinkage <= 1


def test_the_interval_of_a_correlation_is_fishers() -> None:
    found = correlation_interval(0.5, 28)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.156, abs=0.001), pytest.approx(0.736, abs=0.001))


@pytest.mark.parametrize(("correlation", "n"), [(0.5, 3), (1.0, 100), (-1.0, 100)])
def test_three_pairs_or_a_perfect_line_have_no_interval(correlation: float, n: int) -> None:
    assert correlation_interval(correlation, n) is None
