from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.forecasting.families.baseline import (
    Linear,
    MomentumForecaster,
    ReversalForecaster,
    RidgeForecaster,
    load_linear,
)
from fund.forecasting.samples import make_samples
from support.forecasters import small_samples
from support.panels import a_panel, a_universe


def test_reversal_puts_last_weeks_losers_first():
    samples = small_samples()
    scores = ReversalForecaster().fit(samples, range(60, 100)).score(samples.table.values[150])
    np.testing.assert_array_equal(scores, -samples.table.column("ROC5")[150].astype(float))


@pytest.mark.parametrize(("last", "column"), [(80, "MOM63"), (140, "MOM126"), (260, "MOM252")])
def test_momentum_uses_the_longest_look_back_that_history_allows(last, column):
    samples = make_samples(a_universe(a_panel(270, 12)), 5)
    fitted = MomentumForecaster().fit(samples, range(60, last))
    assert fitted.note == column
    np.testing.assert_array_equal(
        fitted.score(samples.table.values[265]), samples.table.column(column)[265].astype(float)
    )


def test_momentum_falls_back_to_the_shortest_when_nothing_is_covered():
    assert MomentumForecaster().fit(small_samples(), range(20, 30)).note == "MOM63"


def test_ridge_finds_the_feature_that_pays():
    samples = small_samples()
    paid = np.where(samples.table.present, samples.table.column("VOL20"), np.nan)
    paying = replace(samples, labels=replace(samples.labels, values=paid.astype(float)))
    fitted = RidgeForecaster(penalty_per_row=0.001).fit(paying, range(60, 160))
    assert max(fitted.weights, key=fitted.weights.__getitem__) == samples.table.names.index("VOL20")


def test_more_penalty_means_smaller_weights():
    sizes = [
        sum(
            w**2
            for w in RidgeForecaster(penalty_per_row=p).fit(small_samples(), range(60, 160)).weights.values()
        )
        for p in (0.01, 0.1, 1.0)
    ]
    assert sizes == sorted(sizes, reverse=True)


def test_a_missing_feature_counts_as_the_middle_and_all_missing_as_no_view():
    values = np.array([[0.2, np.nan, 9.0], [np.nan, np.nan, 9.0]], dtype=np.float32)
    scores = Linear({0: 1.0, 1: 2.0}).score(values)
    assert scores[0] == pytest.approx(0.2)
    assert np.isnan(scores[1])


def test_weights_come_back_exactly(tmp_path):
    fitted = RidgeForecaster().fit(small_samples(), range(60, 160))
    path = fitted.save(tmp_path / "fold-000")
    assert path.name == "fold-000.json"
    assert load_linear(path) == fitted


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"note": "x", "weights": {"a": 1}}', '{"weights": 3}'])
def test_damaged_weights_are_named(tmp_path, content):
    path = tmp_path / "fold-001.json"
    path.write_text(content)
    with pytest.raises(DataError, match=r"fold-001\.json"):
        load_linear(path)
