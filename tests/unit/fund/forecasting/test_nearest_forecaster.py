from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.forecasting.families.nearest import COLUMNS, FittedNearest, NearestForecaster
from support.forecasters import small_samples

NEAREST = NearestForecaster(neighbours=30, every=2)
TRAIN = range(60, 160)


def fitted():
    return NEAREST.fit(small_samples(), TRAIN)


def test_neighbours_are_the_nearest_of_all_patterns():
    samples, near = small_samples(), fitted()
    rows = samples.table.values[170]
    found = near.neighbourhood(rows)
    asked = np.nan_to_num(rows[:, near.at].astype(float))
    distance = ((near.patterns.T[None].astype(float) - asked[:, None]) ** 2).sum(axis=-1)
    order = np.argsort(distance, axis=1, kind="stable")[:, :30]
    seen = np.isfinite(rows[:, near.at]).any(axis=1)
    outcomes = near.outcomes[order].astype(float)
    np.testing.assert_allclose(found.outcome[seen], outcomes.mean(axis=1)[seen], atol=1e-6)
    error = outcomes.std(axis=1, ddof=1) / np.sqrt(30)
    np.testing.assert_allclose(found.error[seen], error[seen], atol=1e-6)
    farthest = np.sqrt(np.take_along_axis(distance, order, axis=1)[:, -1] / len(COLUMNS))
    np.testing.assert_allclose(found.distance[seen], farthest[seen], atol=1e-6)
    assert found.count == 30


def test_a_pattern_that_paid_is_recognised():
    samples = small_samples()
    paid = np.where(samples.table.present, samples.table.column("ROC20") ** 2, np.nan).astype(float)
    near = NEAREST.fit(replace(samples, labels=replace(samples.labels, values=paid)), TRAIN)
    scores, extreme = near.score(samples.table.values[170:180]), paid[170:180] > 0.15
    known = np.isfinite(scores)
    assert scores[known & extreme].mean() > 0.7 > -0.3 > scores[known & ~extreme].mean()


def test_no_pattern_after_the_training_is_known_and_only_the_newest_are_kept():
    samples = small_samples()
    labels = samples.labels.values.copy()
    labels[160:] = 5.0
    future = replace(samples, labels=replace(samples.labels, values=labels))
    asked = samples.table.values[170]
    assert NEAREST.fit(future, TRAIN).score(asked).tobytes() == fitted().score(asked).tobytes()
    few = replace(NEAREST, patterns=100).fit(samples, TRAIN)
    np.testing.assert_array_equal(few.patterns, fitted().patterns[:, -100:])
    assert few.note == "30 of 100 patterns"


def test_patterns_come_back_exactly(tmp_path):
    near, asked = fitted(), small_samples().table.values[165:170]
    path = near.save(tmp_path / "fold-000")
    assert path.name == "fold-000.npz"
    assert NEAREST.load(path).score(asked).tobytes() == near.score(asked).tobytes()


def test_a_row_without_any_of_the_features_has_no_view():
    near, rows = fitted(), small_samples().table.values[170].copy()
    rows[3] = np.nan
    rows[4, near.at] = np.inf
    rows[5, near.at[1:]] = np.nan
    scores = near.score(rows)
    assert np.isnan(scores[[3, 4]]).all()
    assert np.isfinite(scores[5])


def test_a_perfect_match_is_at_no_distance():
    near = FittedNearest(
        at=np.arange(2),
        patterns=np.array([[0.1, 0.4, -0.2], [0.1, 0.4, -0.2]], dtype=np.float32),
        outcomes=np.array([1.0, 2.0, 4.0], dtype=np.float32),
        neighbours=1,
    )
    found = near.neighbourhood(np.array([[0.4, 0.4]], dtype=np.float32))
    assert (found.outcome[0], found.distance[0], found.error[0]) == (2.0, 0.0, 0.0)


def test_too_few_patterns_or_other_features_are_refused():
    with pytest.raises(DataError, match="expected at least 9999 patterns"):
        replace(NEAREST, neighbours=9999).fit(small_samples(), TRAIN)
    table = small_samples().table
    other = replace(table, names=tuple(f"X{name}" for name in table.names))
    with pytest.raises(DataError, match="expected the features"):
        NEAREST.fit(replace(small_samples(), table=other), TRAIN)


@pytest.mark.parametrize("content", [b"", b"no arrays", b"PK\x03\x04"], ids=["empty", "words", "cut off"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "fold-002.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"fold-002\.npz"):
        NEAREST.load(path)
