from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.forecasting.samples import horizon_volatility, make_samples
from support.forecasters import small_samples, small_universe
from support.panels import a_panel, a_universe


def test_targets_are_ranks_of_unit_variance_per_session():
    target = small_samples().target[100]
    known = target[np.isfinite(target)]
    assert known.mean() == pytest.approx(0.0, abs=1e-12)
    assert known.std() == pytest.approx(1.0, abs=0.01)


def test_rows_hold_the_labelled_members_of_those_sessions_only():
    samples = small_samples()
    values, target = samples.rows(range(100, 103))
    labelled = np.isfinite(samples.labels.values[100:103])
    assert values.shape == (labelled.sum(), len(samples.table.names))
    np.testing.assert_allclose(target, samples.target[100:103][labelled], rtol=1e-6)


def test_rows_without_a_label_are_an_error():
    samples = small_samples()
    with pytest.raises(DataError, match="labelled members"):
        samples.rows(range(len(samples.sessions) - 5, len(samples.sessions)))


def test_learning_waits_until_most_features_are_there():
    first = small_samples().first_warm
    assert 40 <= first <= 61
    assert np.isfinite(small_samples().table.values[first]).mean() > 0.75


def test_a_history_that_never_warms_up_is_refused():
    with pytest.raises(DataError, match="80% of its features"):
        _ = make_samples(a_universe(a_panel(20, 12)), 5).first_warm


def test_volatility_grows_with_the_root_of_the_horizon():
    one, four = horizon_volatility(small_universe(), 1), horizon_volatility(small_universe(), 4)
    np.testing.assert_allclose(four, 2 * one)


def test_volatility_finds_the_size_of_the_steps():
    panel = a_panel(300, 2)
    steps = np.random.default_rng(1).normal(0, 0.02, panel.close.shape)
    walk = replace(panel, total_return_index=np.exp(np.cumsum(steps, axis=0)))
    found = horizon_volatility(a_universe(walk), 1)[100:, :2]
    assert found.mean() == pytest.approx(0.02, rel=0.05)


def test_a_young_member_gets_the_median_of_the_others():
    panel = a_panel(60, 9)
    index = panel.total_return_index.copy()
    index[:55, 0] = np.nan
    volatility = horizon_volatility(a_universe(replace(panel, total_return_index=index)), 5)[-1]
    assert volatility[0] == pytest.approx(np.median(volatility[1:9]))
