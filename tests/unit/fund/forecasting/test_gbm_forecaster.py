from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.forecasting.families.boosted import FittedTrees
from support.forecasters import A_GBM, small_samples

TRAIN = range(60, 160)


def scores_of(fitted: FittedTrees) -> np.ndarray:
    return fitted.score(small_samples().table.values[170])


def test_the_same_seed_gives_the_same_trees_and_another_gives_others():
    first, again = (A_GBM.fit(small_samples(), TRAIN) for _ in range(2))
    other = replace(A_GBM, seed=8).fit(small_samples(), TRAIN)
    assert scores_of(first).tobytes() == scores_of(again).tobytes()
    assert scores_of(first).tobytes() != scores_of(other).tobytes()


def test_the_number_of_threads_does_not_change_the_result():
    one, two = (replace(A_GBM, threads=n).fit(small_samples(), TRAIN) for n in (1, 2))
    assert scores_of(one).tobytes() == scores_of(two).tobytes()


def test_one_session_scores_as_it_does_among_many():
    fitted = A_GBM.fit(small_samples(), TRAIN)
    many = fitted.score(small_samples().table.values[165:175])
    assert many.shape == (10, 41)
    assert many[5].tobytes() == scores_of(fitted).tobytes()


def test_a_name_without_any_feature_has_no_view():
    fitted = A_GBM.fit(small_samples(), TRAIN)
    values = small_samples().table.values[170].copy()
    values[3] = np.nan
    scores = fitted.score(values)
    assert np.isnan(scores[3])
    assert np.isfinite(scores[0])


def test_only_the_training_sessions_matter():
    samples = small_samples()
    labels = samples.labels.values.copy()
    labels[160:] = np.random.default_rng(1).normal(size=labels[160:].shape)
    values = samples.table.values.copy()
    values[160:] = 0.1
    other = replace(
        samples,
        labels=replace(samples.labels, values=labels),
        table=replace(samples.table, values=values),
    )
    assert scores_of(A_GBM.fit(other, TRAIN)).tobytes() == scores_of(A_GBM.fit(samples, TRAIN)).tobytes()


def test_saved_trees_score_to_the_bit(tmp_path):
    fitted = A_GBM.fit(small_samples(), TRAIN)
    path = fitted.save(tmp_path / "fold")
    assert path.suffix == ".txt"
    assert path.read_text().startswith("tree")
    loaded = A_GBM.load(path)
    assert scores_of(loaded).tobytes() == scores_of(fitted).tobytes()
    assert loaded.note == "20 trees"


@pytest.mark.parametrize("content", [b"", b"no trees here", b"\xff\xfe\x00"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "fold-003.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"fold-003\.txt"):
        A_GBM.load(path)


def test_the_parameters_leave_out_what_does_not_decide():
    assert A_GBM.parameters["trees"] == 20
    assert not {"threads", "seed", "name", "trials"} & set(A_GBM.parameters)
