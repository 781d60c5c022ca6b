"""Explanations under attack: parts of others, tables that must stay as they are, words for nothing."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError
from fund.features.sets import SETS
from fund.forecasting.explaining.attention import attention_map
from fund.forecasting.explaining.contributions import TOLERANCE, Contributions, contributions
from fund.forecasting.explaining.gradients import integrated_gradients, last_window
from fund.forecasting.explaining.permutation import permutation_importance
from fund.forecasting.explaining.phrases import PHRASES, phrase_of
from fund.forecasting.explaining.reasons import reasons
from fund.forecasting.families.baseline import Linear, RidgeForecaster
from support.forecasters import A_GBM, small_samples
from support.nets import FEATURES, STEPS, a_fitted_net, made_samples

SAMPLES = small_samples()
NAMES = SAMPLES.table.names
TEST = range(170, 230)
GBM = replace(A_GBM, trees=4).fit(SAMPLES, range(60, 160))
LINEAR = Linear({NAMES.index("ROC5"): 2.0, NAMES.index("VOL20"): -1.0})


def importance(fitted=LINEAR, samples=SAMPLES, **changes):
    asked = {"horizon_sessions": 5, "features": ("ROC5", "VOL20", "KMID")} | changes
    return permutation_importance(fitted, samples.table, samples.labels.values, TEST, **asked)


def test_asking_what_is_important_leaves_the_table_as_it_was():
    kept = SAMPLES.table.values.tobytes()
    importance()
    assert SAMPLES.table.values.tobytes() == kept


def test_a_feature_that_is_not_read_is_worth_exactly_nothing():
    found = {each.feature: each.lost for each in importance(repeats=2)}
    assert (found["KMID"].value, found["KMID"].low, found["KMID"].high) == (0.0, 0.0, 0.0)
    assert found["ROC5"].value != 0.0
    assert found["KMID"].n == 60


def test_importance_is_of_the_sessions_asked_and_the_seed_and_of_nothing_else():
    values, labels = SAMPLES.table.values.copy(), SAMPLES.labels.values.copy()
    values[: TEST.start], labels[: TEST.start] = 0.3, 5.0
    values[TEST.stop :], labels[TEST.stop :] = 0.3, 5.0
    other = replace(
        SAMPLES,
        table=replace(SAMPLES.table, values=values),
        labels=replace(SAMPLES.labels, values=labels),
    )
    first = importance()
    assert importance(samples=other) == first == importance()
    assert importance(seed=1) != first
    alone = importance(features=("VOL20",))
    assert alone[0] in first


def test_a_net_s_window_before_the_sessions_is_dealt_out_too():
    samples = made_samples(80)
    fitted = a_fitted_net("gru")
    found = permutation_importance(
        fitted, samples.table, samples.labels.values, range(20, 70), horizon_sessions=1, repeats=1
    )
    assert len(found) == FEATURES
    assert {each.lost.n for each in found} == {50}
    begun = permutation_importance(
        fitted, samples.table, samples.labels.values, range(0, 50), horizon_sessions=1, repeats=1
    )
    assert {each.lost.n for each in begun} == {50 - (STEPS - 1)}


def test_the_error_says_how_many_sessions_a_long_horizon_needs():
    with pytest.raises(DataError, match="at least 75 sessions with an IC, found 60 of 60; judge over more"):
        importance(horizon_sessions=25)


class Parts:
    """Scores that are missed by a little."""

    def __init__(self, gap, size=1.0):
        self.gap, self.size = gap, size

    def score(self, values):
        return np.full(len(values), self.size)

    def contributions(self, values):
        parts = np.zeros((len(values), values.shape[1] + 1))
        parts[:, 0], parts[:, -1] = self.size - 0.25, 0.25 + self.gap
        return parts


@pytest.mark.parametrize("size", [1e-3, 1.0, 50.0])
def test_parts_may_miss_a_score_by_a_ten_thousandth_and_no_more(size):
    rows = np.zeros((3, 2), dtype=np.float32)
    reach = TOLERANCE * max(1.0, size)
    for sign in (-1, 1):
        told = contributions(Parts(sign * 0.9 * reach, size), rows, ("A", "B"))
        np.testing.assert_allclose(told.added.sum(axis=1) + told.start, told.scores, atol=reach)
        with pytest.raises(DataError, match=r"sum to the score, found .* between them"):
            contributions(Parts(sign * 1.1 * reach, size), rows, ("A", "B"))


@pytest.mark.parametrize("features", [len(NAMES) - 1, len(NAMES) + 1])
def test_trees_are_not_explained_by_features_they_have_not_learned(features):
    rows = np.zeros((3, features), dtype=np.float32)
    with pytest.raises(DataError, match=f"expected {len(NAMES)} ranked features"):
        contributions(GBM, rows, tuple(f"F{k}" for k in range(features)))


@pytest.mark.parametrize("shape", [(len(NAMES),), (2, 3, len(NAMES))], ids=["a lone row", "three axes"])
def test_only_rows_are_explained(shape):
    with pytest.raises(DataError, match=f"expected rows of {len(NAMES)} features"):
        contributions(GBM, np.zeros(shape, dtype=np.float32), NAMES)


def test_no_row_has_no_explanation():
    told = contributions(RidgeForecaster().fit(SAMPLES, range(60, 160)), SAMPLES.table.values[170][:0], NAMES)
    assert (told.added.shape, told.start.shape) == ((0, len(NAMES)), (0,))


def test_a_feature_no_tree_asks_adds_nothing():
    asked = {
        node["split_feature"]
        for tree in GBM._boosters[0].dump_model()["tree_info"]
        for node in nodes_under(tree["tree_structure"])
    }
    added = contributions(GBM, SAMPLES.table.values[170], NAMES).added
    unused = [at for at in range(len(NAMES)) if at not in asked]
    assert len(unused) > 10
    assert (np.nan_to_num(added[:, unused]) == 0).all()
    assert (np.nan_to_num(added[:, sorted(asked)]) != 0).any(axis=0).all()


def nodes_under(node):
    if "split_feature" not in node:
        return []
    return [node, *nodes_under(node["left_child"]), *nodes_under(node["right_child"])]


def explained(added):
    values = np.array([added])
    names = tuple(f"F{k}" for k in range(len(added)))
    return Contributions(features=names, added=values, start=np.zeros(1), scores=values.sum(axis=1))


@given(
    added=st.lists(st.sampled_from([0.0, -0.0, 0.5, -0.5, 1.0, -2.0]), min_size=1, max_size=9),
    count=st.integers(0, 10),
)
@settings(max_examples=60, deadline=None)
def test_reasons_are_the_largest_first_and_the_earlier_of_two_alike(added, count):
    told = reasons(explained(added), 0, np.zeros(len(added)), count=count)
    order = sorted((k for k in range(len(added)) if added[k] != 0), key=lambda k: (-abs(added[k]), k))
    assert [each.feature for each in told] == [f"F{k}" for k in order[:count]]
    assert [each.added for each in told] == [added[k] for k in order[:count]]


@given(rank=st.floats(-0.5, 0.5))
@settings(max_examples=40, deadline=None)
def test_every_rank_has_a_place_on_its_own_side(rank):
    (told,) = reasons(explained([1.0]), 0, [rank])
    assert told.rank == pytest.approx(rank + 0.5)
    if rank > 0.1:
        assert any(word in told.words for word in ("highest", "above"))
    if rank < -0.1:
        assert any(word in told.words for word in ("lowest", "below"))


def test_every_feature_of_every_set_is_called_something_whole():
    names = {feature.name for features in SETS.values() for feature in features}
    assert len(names) > 100
    for name in names | set(PHRASES):
        words = phrase_of(name)
        assert words
        assert "{" not in words
        assert words == words.strip()


def test_a_stem_without_its_number_of_sessions_is_called_by_its_name():
    assert phrase_of("ROC") == "feature ROC"
    assert phrase_of("ROC5") == "5-day return"
    assert phrase_of("") == "feature "
    assert phrase_of("ROC5X") == "feature ROC5X"


def values_of(sessions=STEPS + 3):
    return made_samples(sessions, 4, seed=9).table.values


@pytest.mark.parametrize("family", ["gru", "tcn", "patchtst"])
def test_contributions_are_the_gradient_for_a_small_step_from_the_middle(family):
    fitted, values = a_fitted_net(family), 1e-3 * values_of()
    found = integrated_gradients(fitted, values, 1)
    module = fitted.net.module(FEATURES, STEPS)
    module.load_state_dict({name: torch.from_numpy(each.copy()) for name, each in fitted.weights.items()})
    module.double()
    zero = torch.zeros(1, STEPS, FEATURES, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(module(zero).sum(), zero)
    x = last_window(fitted, values, 1)
    np.testing.assert_allclose(found.cells, gradient[0].numpy() * x, atol=2e-5)


def test_an_explanation_is_of_its_own_window_and_the_same_twice():
    fitted, values = a_fitted_net("lstm"), values_of()
    found = integrated_gradients(fitted, values, 2)
    others = values.copy()
    others[:, [0, 1, 3]], others[:3] = 0.4, np.nan
    again = integrated_gradients(fitted, others, 2)
    assert again.cells.tobytes() == found.cells.tobytes()
    assert (again.score, again.neutral) == (found.score, found.neutral)


def test_a_name_at_the_middle_throughout_has_nothing_to_explain():
    fitted = a_fitted_net("tcn")
    found = integrated_gradients(fitted, np.zeros((STEPS, 1, FEATURES), dtype=np.float32), 0)
    assert (found.score, found.gap) == (found.neutral, 0.0)
    assert not found.cells.any()


@pytest.mark.parametrize("name", [-1, 4])
def test_a_column_that_is_not_there_is_refused(name):
    for ask in (integrated_gradients, attention_map):
        with pytest.raises(DataError, match=f"expected a column below 4, found {name}"):
            ask(a_fitted_net("attention"), values_of(), name)


def test_attention_is_the_softmax_by_hand():
    fitted, values = a_fitted_net("attention"), values_of()
    module = fitted.net.module(FEATURES, STEPS)
    module.load_state_dict({name: torch.from_numpy(each.copy()) for name, each in fitted.weights.items()})
    with torch.no_grad():
        states = module.cells(torch.from_numpy(last_window(fitted, values, 3)[None]))[0][0]
        said = module.voice(torch.tanh(module.query(states)))[:, 0].double().numpy()
    shares = np.exp(said - said.max())
    np.testing.assert_allclose(attention_map(fitted, values, 3), shares / shares.sum(), atol=1e-6)
