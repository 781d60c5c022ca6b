"""Trees under attack: rows of other features, sessions of no use, files that were cut or made up."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError
from fund.features.cross_section import cross_rank
from fund.forecasting.families.boosted import read_boosters
from fund.forecasting.families.direction import LEAST_CURVATURE, DirectionForecaster, focal_objective
from fund.forecasting.families.lambdarank import GRADES, LambdarankForecaster
from fund.forecasting.families.quantile import QUANTILES, QuantileForecaster
from fund.forecasting.families.xgb import XgbForecaster
from fund.forecasting.forecast import Exporting, Spreading
from fund.forecasting.samples import every_nth
from fund.forecasting.spread import relative_to_session
from support.forecasters import A_GBM, small_samples

SMALL = {"trees": 4, "min_rows_in_leaf": 40, "l2": 1.0}
FAMILIES = {
    each.name: each
    for each in (
        replace(A_GBM, trees=4),
        QuantileForecaster(leaves=7, **SMALL),
        DirectionForecaster(leaves=7, **SMALL),
        LambdarankForecaster(leaves=7, **SMALL),
        XgbForecaster(depth=3, **SMALL),
    )
}
TRAIN = range(60, 160)
FEATURES = len(small_samples().table.names)
families = pytest.mark.parametrize("name", FAMILIES)


@cache
def fitted(name):
    return FAMILIES[name].fit(small_samples(), TRAIN)


def rows_of(session=170):
    return small_samples().table.values[session].copy()


@families
@pytest.mark.parametrize("features", [0, 1, FEATURES - 1, FEATURES + 1], ids="{} features".format)
@pytest.mark.parametrize("count", [1, 40], ids=["a row", "many rows"])
def test_rows_of_other_features_are_refused_before_any_library_sees_them(name, features, count):
    rows = np.zeros((count, features), dtype=np.float32)
    message = rf"expected {FEATURES} ranked features, found shape \({count}, {features}\); train again"
    for ask in (fitted(name).score, fitted(name).contributions):
        with pytest.raises(DataError, match=message):
            ask(rows)


@families
def test_rows_of_other_features_are_refused_by_what_is_served_too(name, tmp_path):
    served = fitted(name).served(fitted(name).export(tmp_path / "newest"))
    for count in (1, 40):
        with pytest.raises(DataError, match=f"expected {FEATURES} ranked features"):
            served.score(np.zeros((count, FEATURES - 1), dtype=np.float32))


@families
@pytest.mark.parametrize("lead", [(), (0,), (3, 0), (2, 3), (2, 2, 2)], ids="rows {}".format)
def test_scores_have_the_shape_of_what_was_asked(name, lead):
    values = np.resize(rows_of(), (*lead, FEATURES))
    assert fitted(name).score(values).shape == lead
    assert fitted(name).score(values).dtype == np.float64


@families
def test_a_score_depends_on_its_row_and_not_on_its_neighbours_or_their_layout(name):
    values = small_samples().table.values[165:175]
    whole = fitted(name).score(values)
    order = np.random.default_rng(0).permutation(values.shape[1])
    assert fitted(name).score(values[:, order]).tobytes() == whole[:, order].tobytes()
    assert fitted(name).score(np.asfortranarray(values)).tobytes() == whole.tobytes()
    assert fitted(name).score(values[::-1]).tobytes() == whole[::-1].tobytes()
    assert fitted(name).score(values.astype(np.float64)).tobytes() == whole.tobytes()
    alone = [fitted(name).score(row[None])[0] for row in values[0]]
    assert np.array(alone).tobytes() == whole[0].tobytes()


@families
def test_asking_changes_neither_the_rows_nor_the_answer(name):
    rows = rows_of()
    kept = rows.copy()
    first = fitted(name).score(rows)
    fitted(name).contributions(rows)
    assert rows.tobytes() == kept.tobytes()
    assert fitted(name).score(rows).tobytes() == first.tobytes()


@families
def test_infinite_features_score_and_are_told_apart_as_huge_ones(name):
    rows = rows_of()
    rows = rows[np.isfinite(rows[:, 9:]).any(axis=1)]
    rows[::2, :5], rows[1::2, 5:9] = np.inf, -np.inf
    huge = np.clip(rows, -1e30, 1e30)
    assert fitted(name).score(rows).tobytes() == fitted(name).score(huge).tobytes()
    parts = fitted(name).contributions(rows)
    np.testing.assert_allclose(parts.sum(axis=1), fitted(name).score(huge), atol=1e-5)


@families
def test_no_feature_is_no_view_whether_it_is_missing_or_infinite(name):
    rows = np.full((4, FEATURES), np.nan, dtype=np.float32)
    rows[1], rows[2], rows[3, -1] = np.inf, -np.inf, 0.0
    assert np.isfinite(fitted(name).score(rows)).tolist() == [False, False, False, True]


@families
def test_training_without_a_session_a_label_or_a_step_is_refused(name):
    samples = small_samples()
    with pytest.raises(DataError, match="expected sessions to learn from, found none; train on a longer"):
        FAMILIES[name].fit(samples, range(60, 60))
    nobody = replace(samples.labels, values=np.full_like(samples.labels.values, np.nan))
    with pytest.raises(DataError, match=r"expected labelled members from .* found none; check membership"):
        FAMILIES[name].fit(replace(samples, labels=nobody), TRAIN)
    for every in (0, -2):
        with pytest.raises(DataError, match=f"with n of at least 1, found {every}"):
            replace(FAMILIES[name], every=every).fit(samples, TRAIN)


@given(start=st.integers(0, 50), length=st.integers(0, 60), every=st.integers(1, 70))
@settings(max_examples=60, deadline=None)
def test_every_nth_session_is_counted_back_from_the_newest(start, length, every):
    train = range(start, start + length)
    expected = [t for t in train if (train.stop - 1 - t) % every == 0]
    assert list(every_nth(train, every)) == expected


@families
def test_only_the_sessions_that_are_learned_from_decide(name):
    samples, forecaster = small_samples(), replace(FAMILIES[name], every=3)
    learned = every_nth(TRAIN, 3)
    labels, values = samples.labels.values.copy(), samples.table.values.copy()
    volatility = samples.volatility.copy()
    skipped = [t for t in range(len(labels)) if t not in learned]
    labels[skipped], values[skipped], volatility[skipped] = -3.0, 0.5, 9.0
    changed = replace(
        samples,
        labels=replace(samples.labels, values=labels),
        table=replace(samples.table, values=values),
        volatility=volatility,
    )
    scores = [forecaster.fit(each, TRAIN).score(rows_of()).tobytes() for each in (samples, changed)]
    assert scores[0] == scores[1]


@pytest.mark.parametrize("name", ["gbm", "xgb"])
def test_threads_do_not_change_a_bit(name):
    fits = [replace(FAMILIES[name], trees=2, threads=n).fit(small_samples(), TRAIN) for n in (1, 2)]
    assert len({each.score(rows_of()).tobytes() for each in fits}) == 1


@pytest.mark.parametrize("name", ["gbm", "lambdarank", "direction", "xgb"])
def test_ranks_are_learned_from_so_a_rising_change_of_the_labels_changes_nothing(name):
    samples = small_samples()
    grown = replace(samples.labels, values=np.exp(5.0 * samples.labels.values))
    again = FAMILIES[name].fit(replace(samples, labels=grown), TRAIN)
    assert again.score(rows_of()).tobytes() == fitted(name).score(rows_of()).tobytes()


def test_quantiles_are_in_units_of_the_volatility():
    samples = small_samples()
    doubled = replace(
        samples,
        labels=replace(samples.labels, values=4.0 * samples.labels.values),
        volatility=4.0 * samples.volatility,
    )
    again = FAMILIES["quantile"].fit(doubled, TRAIN)
    assert again.quantiles(rows_of()).tobytes() == fitted("quantile").quantiles(rows_of()).tobytes()


def test_a_name_without_a_volatility_teaches_quantiles_nothing():
    samples = small_samples()
    volatility, labels = samples.volatility.copy(), samples.labels.values.copy()
    volatility[:, 7], volatility[:, 8], volatility[:, 9] = np.nan, 0.0, -1.0
    labels[:, 7:10] = 50.0
    odd = replace(samples, volatility=volatility, labels=replace(samples.labels, values=labels))
    without = labels.copy()
    without[:, 7:10] = np.nan
    plain = replace(samples, labels=replace(samples.labels, values=without))
    found = [FAMILIES["quantile"].fit(each, TRAIN).quantiles(rows_of()).tobytes() for each in (odd, plain)]
    assert found[0] == found[1]


def test_grades_are_deciles_of_each_session():
    labels, present = small_samples().labels.values[100:101], small_samples().table.present[100:101]
    grades = np.floor((cross_rank(labels, present) + 0.5) * GRADES)
    known = np.isfinite(grades)
    assert (grades[known].min(), grades[known].max()) == (0, GRADES - 1)
    counts = np.bincount(grades[known].astype(int), minlength=GRADES)
    assert counts.max() - counts.min() <= 1


@given(
    widths=st.lists(
        st.one_of(st.floats(1e-6, 1e6), st.sampled_from([0.0, -1.0, np.nan, np.inf])), min_size=1, max_size=9
    )
)
@settings(max_examples=60, deadline=None)
def test_a_relative_width_has_median_one_and_keeps_the_order(widths):
    width = np.array([widths])
    found = relative_to_session(width)[0]
    known = np.isfinite(width[0]) & (width[0] > 0)
    assert (np.isfinite(found) == known).all()
    if known.any():
        assert np.median(found[known]) == pytest.approx(1.0)
        assert (np.argsort(found[known], kind="stable") == np.argsort(width[0][known], kind="stable")).all()


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)], ids=["no session", "no name"])
def test_relative_widths_of_nothing_are_nothing(shape):
    assert relative_to_session(np.zeros(shape)).shape == shape


def test_far_on_the_wrong_side_the_focal_curvature_stays_above_nothing():
    class Labelled:
        def get_label(self):
            return np.array([1.0, -1.0, 1.0, -1.0])

    gradient, curvature = focal_objective(2.0)(np.array([-40.0, 40.0, 40.0, -40.0]), Labelled())
    assert (curvature >= LEAST_CURVATURE).all()
    assert np.sign(gradient[:2]).tolist() == [-1.0, 1.0]
    assert np.abs(gradient[2:]).max() < 1e-9


def test_only_quantiles_spread_and_all_can_be_exported():
    assert [name for name in FAMILIES if isinstance(fitted(name), Spreading)] == ["quantile"]
    assert all(isinstance(fitted(name), Exporting) for name in FAMILIES)


@families
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.99])
def test_a_file_cut_short_is_named_and_ends_no_process(name, share, tmp_path):
    path = fitted(name).save(tmp_path / "fold-007")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(DataError, match=rf"expected .*, found '{path.name}' unreadable; train again"):
        FAMILIES[name].load(path)


def test_a_text_of_trees_cut_anywhere_is_refused(tmp_path):
    path = fitted("gbm").save(tmp_path / "fold-007")
    text = path.read_text()
    for stop in range(0, len(text), len(text) // 40):
        path.write_text(text[:stop])
        with pytest.raises(DataError, match=r"fold-007\.txt"):
            read_boosters(path)


@pytest.mark.parametrize(
    "content",
    ["[1, 2, 3]", "[null, null, null]", '"abc"', '{"a": 1, "b": 2, "c": 3}', "[" * 100_000, "[]", "7"],
    ids=["numbers", "nulls", "a word", "an object", "nested deeply", "empty", "a number"],
)
@pytest.mark.parametrize("name", ["gbm", "quantile", "xgb"])
def test_json_of_something_else_is_named(name, content, tmp_path):
    path = tmp_path / "fold-001.json"
    path.write_text(content)
    with pytest.raises(DataError, match=r"fold-001\.json"):
        FAMILIES[name].load(path)


def test_one_family_s_file_is_refused_by_another_s_loader(tmp_path):
    paths = {name: fitted(name).save(tmp_path / name) for name in ("gbm", "quantile", "xgb")}
    for name, other in [(a, b) for a in paths for b in paths if a != b]:
        with pytest.raises(DataError, match="unreadable; train again"):
            FAMILIES[name].load(paths[other])


def test_two_quantiles_or_four_are_not_three(tmp_path):
    path = fitted("quantile").save(tmp_path / "fold-000")
    texts = json.loads(path.read_text())
    assert len(texts) == len(QUANTILES)
    for other in (texts[:2], [*texts, texts[0]]):
        path.write_text(json.dumps(other))
        with pytest.raises(DataError, match=r"fold-000\.json"):
            FAMILIES["quantile"].load(path)


def test_a_tree_of_xgboost_s_that_is_its_own_child_is_refused(tmp_path):
    path = fitted("xgb").save(tmp_path / "fold-000")
    written = json.loads(path.read_text())
    written["learner"]["gradient_booster"]["model"]["trees"][0]["left_children"][0] = 0
    path.write_text(json.dumps(written))
    with pytest.raises(DataError, match=r"fold-000\.json"):
        FAMILIES["xgb"].load(path)


@families
def test_what_was_saved_and_read_is_saved_alike(name, tmp_path):
    path = fitted(name).save(tmp_path / "fold-000")
    again = FAMILIES[name].load(path).save(tmp_path / "again")
    assert again.suffix == path.suffix
    assert FAMILIES[name].load(again).score(rows_of()).tobytes() == fitted(name).score(rows_of()).tobytes()
