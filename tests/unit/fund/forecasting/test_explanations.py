"""What a score is made of, exactly, and in words."""

from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.panel import FEATURES
from fund.forecasting.explaining.contributions import Contributions, contributions
from fund.forecasting.explaining.permutation import permutation_importance
from fund.forecasting.explaining.phrases import PHRASES, phrase_of
from fund.forecasting.explaining.reasons import reasons
from fund.forecasting.families.baseline import RidgeForecaster
from fund.forecasting.families.nearest import NearestForecaster
from fund.forecasting.families.quantile import QuantileForecaster
from fund.forecasting.families.xgb import XgbForecaster
from support.forecasters import A_GBM, small_samples

TRAIN = range(60, 160)
SMALL = {"trees": 20, "min_rows_in_leaf": 40, "l2": 1.0}
EXPLAINED = (A_GBM, QuantileForecaster(leaves=7, **SMALL), XgbForecaster(depth=3, **SMALL), RidgeForecaster())
NAMES = small_samples().table.names


def planted(column="VOL20"):
    """Samples in which one feature is all that pays."""
    samples = small_samples()
    paid = np.where(samples.table.present, samples.table.column(column), np.nan).astype(float)
    return replace(samples, labels=replace(samples.labels, values=paid))


@pytest.mark.parametrize("forecaster", EXPLAINED, ids=lambda each: each.name)
def test_the_parts_sum_to_the_score_and_name_what_pays(forecaster):
    samples = planted()
    fitted, rows = forecaster.fit(samples, TRAIN), samples.table.values[170].copy()
    rows[3] = np.nan
    found = contributions(fitted, rows, NAMES)
    seen = np.isfinite(found.scores)
    assert not seen[3]
    assert np.isnan(found.added[3]).all()
    np.testing.assert_allclose((found.added.sum(axis=1) + found.start)[seen], found.scores[seen], atol=1e-5)
    np.testing.assert_array_equal(found.scores, fitted.score(rows))
    assert NAMES[np.nanmean(np.abs(found.added), axis=0).argmax()] in {"VOL20", "YZ20", "PARK20"}


def test_contributions_to_trees_are_shapley_values():
    """Two features, every subset of them asked by the trees' own weighted paths: the textbook definition."""
    samples = planted()
    two = [NAMES.index(name) for name in ("VOL20", "ROC5")]
    table = replace(samples.table, names=("VOL20", "ROC5"), values=samples.table.values[:, :, two])
    fitted = replace(A_GBM, feature_share=1.0).fit(replace(samples, table=table), TRAIN)
    row = np.nan_to_num(table.values[170, 5])
    structures = [tree["tree_structure"] for tree in fitted._boosters[0].dump_model()["tree_info"]]

    def expected(node, known):
        if "leaf_value" in node:
            return node["leaf_value"], node.get("leaf_count", 1)
        (left, n_left), (right, n_right) = (expected(node[s], known) for s in ("left_child", "right_child"))
        at, total = node["split_feature"], n_left + n_right
        if at in known:
            return (left if row[at] <= node["threshold"] else right), total
        return (left * n_left + right * n_right) / total, total

    worth = {
        known: sum(expected(each, known)[0] for each in structures) for known in [(), (0,), (1,), (0, 1)]
    }
    first = 0.5 * (worth[(0,)] - worth[()]) + 0.5 * (worth[(0, 1)] - worth[(1,)])
    second = 0.5 * (worth[(1,)] - worth[()]) + 0.5 * (worth[(0, 1)] - worth[(0,)])
    found = fitted.contributions(row[None])[0]
    np.testing.assert_allclose(found, [first, second, worth[()]], atol=1e-9)


def test_what_is_no_sum_of_parts_or_of_other_features_is_refused():
    samples = small_samples()
    rows = samples.table.values[170]
    near = NearestForecaster(neighbours=30).fit(samples, TRAIN)
    with pytest.raises(DataError, match="'FittedNearest'; ask for its permutation importance"):
        contributions(near, rows, NAMES)
    fitted = A_GBM.fit(samples, TRAIN)
    with pytest.raises(DataError, match="expected rows of 71 features"):
        contributions(fitted, rows, NAMES[1:])

    class Off:
        def score(self, values):
            return fitted.score(values) + 0.01

        def contributions(self, values):
            return fitted.contributions(values)

    with pytest.raises(DataError, match="expected contributions that sum to the score"):
        contributions(Off(), rows, NAMES)


def test_only_what_pays_is_important_out_of_sample():
    samples = planted("KMID")
    fitted = A_GBM.fit(samples, TRAIN)
    asked = ("KMID", "ROC120", "VSTD20")
    found = permutation_importance(
        fitted, samples.table, samples.labels.values, range(170, 200), horizon_sessions=5, features=asked
    )
    assert found[0].feature == "KMID"
    assert found[0].lost.low > 0.3
    assert all(each.lost.n == 30 and abs(each.lost.value) < 0.05 for each in found[1:])
    again = permutation_importance(
        fitted,
        samples.table,
        samples.labels.values,
        range(170, 200),
        horizon_sessions=5,
        features=asked[::-1],
    )
    assert again == found


def test_importance_of_too_few_sessions_or_unknown_features_is_refused():
    samples = small_samples()
    fitted = RidgeForecaster().fit(samples, TRAIN)

    def ask(test, **changes):
        return permutation_importance(
            fitted, samples.table, samples.labels.values, test, horizon_sessions=5, **changes
        )

    with pytest.raises(DataError, match="expected at least 20 sessions with an IC, found 10 of 10"):
        ask(range(170, 180), features=("ROC5",))
    with pytest.raises(DataError, match="'NOSUCH'"):
        ask(range(170, 200), features=("NOSUCH",))
    with pytest.raises(DataError, match="at least 1 repeat"):
        ask(range(170, 200), repeats=0)


def explained(**added):
    values = np.array([list(added.values())])
    return Contributions(
        features=tuple(added), added=values, start=np.array([0.01]), scores=values.sum(axis=1) + 0.01
    )


def test_the_five_strongest_reasons_in_words():
    found = explained(
        ROC60=0.012, VOL20=-0.03, RSI14=0.004, MACD=-0.002, GAP=0.0015, AMIHUD20=0.001, KLEN=0.0
    )
    ranks = [0.45, -0.3, 0.02, 0.2, np.nan, -0.49, 0.0]
    told = reasons(found, 0, ranks)
    assert [each.words for each in told] == [
        "20-day volatility is in the lowest quarter of members: -0.030",
        "60-day return is among the highest 10 % of members: +0.012",
        "14-day relative strength index is near the middle of members: +0.004",
        "MACD above its signal line is above the middle of members: -0.002",
        "overnight gap is missing: +0.002",
    ]
    assert told[4].rank is None
    assert (told[0].feature, told[0].added, told[0].rank) == ("VOL20", -0.03, pytest.approx(0.2))
    assert len(reasons(found, 0, ranks, count=99)) == 6


@pytest.mark.parametrize(
    ("rank", "place"),
    [
        (0.4, "among the highest 10 %"),
        (0.39, "in the highest quarter"),
        (0.2, "above the middle"),
        (0.0, "near the middle"),
        (-0.1, "near the middle"),
        (-0.2, "below the middle"),
        (-0.3, "in the lowest quarter"),
        (-0.41, "among the lowest 10 %"),
    ],
)
def test_a_rank_has_its_place(rank, place):
    (told,) = reasons(explained(ROC5=1.0), 0, [rank])
    assert told.words == f"5-day return is {place} of members: +1.000"


def test_a_row_without_a_view_has_no_reasons_and_other_features_are_refused():
    nothing = replace(explained(ROC5=1.0), scores=np.array([np.nan]))
    assert reasons(nothing, 0, [0.1]) == ()
    with pytest.raises(DataError, match="expected 1 ranked features"):
        reasons(explained(ROC5=1.0), 0, [0.1, 0.2])


def test_every_feature_has_a_phrase_of_its_own():
    phrases = [phrase_of(feature.name) for feature in FEATURES]
    assert not [each for each in phrases if each.startswith("feature ") or "{" in each]
    assert len(set(phrases)) == len(FEATURES)


def test_a_feature_nobody_put_in_words_is_called_by_its_name_and_phrases_can_be_added():
    assert phrase_of("HURST64") == "feature HURST64"
    more = PHRASES | {"HURST": "{w}-day Hurst exponent"}
    assert phrase_of("HURST64", more) == "64-day Hurst exponent"
    assert phrase_of("KMID2") == PHRASES["KMID2"] != phrase_of("KMID")
    assert phrase_of("64") == "feature 64"
