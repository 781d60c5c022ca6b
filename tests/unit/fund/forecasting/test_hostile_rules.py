"""Rules, neighbours and the catalogue under attack: weights of nowhere, arrays that do not fit, no names."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError
from fund.forecasting.catalogue import (
    FAMILIES,
    LOADERS,
    NET_SESSIONS,
    TUNED_NET_SESSIONS,
    Variant,
    baselines_on,
    family_named,
    family_of,
    min_train_sessions,
    renamed,
    sized,
    variant_named,
    variants,
)
from fund.forecasting.families.baseline import (
    Linear,
    MomentumForecaster,
    ReversalForecaster,
    RidgeForecaster,
    load_linear,
)
from fund.forecasting.families.nearest import COLUMNS, FittedNearest, NearestForecaster
from support.forecasters import small_samples

TRAIN = range(60, 160)
NEAREST = NearestForecaster(neighbours=5, patterns=300, every=2)
RULES = {each.name: each for each in (MomentumForecaster(), ReversalForecaster(), RidgeForecaster(), NEAREST)}
rules = pytest.mark.parametrize("name", RULES)


@cache
def fitted(name):
    return RULES[name].fit(small_samples(), TRAIN)


def rows_of(session=170):
    return small_samples().table.values[session].copy()


@rules
def test_the_future_changes_no_rule(name):
    samples = small_samples()
    labels, values = samples.labels.values.copy(), samples.table.values.copy()
    labels[160:], values[160:] = 7.0, -0.4
    later = replace(
        samples,
        labels=replace(samples.labels, values=labels),
        table=replace(samples.table, values=values),
    )
    assert RULES[name].fit(later, TRAIN).score(rows_of()).tobytes() == fitted(name).score(rows_of()).tobytes()


@rules
def test_rows_that_do_not_reach_are_refused(name):
    reach = max(fitted(name).at) if name == "nearest" else max(fitted(name).weights)
    values = small_samples().table.values[165:168]
    assert fitted(name).score(values[..., : reach + 1]).shape == values.shape[:2]
    with pytest.raises(DataError, match=f"expected more than {reach} ranked features, found shape"):
        fitted(name).score(values[..., :reach])


@rules
def test_scores_go_with_their_rows(name):
    values = small_samples().table.values[165:170]
    whole = fitted(name).score(values)
    order = np.random.default_rng(1).permutation(values.shape[1])
    assert fitted(name).score(values[:, order]).tobytes() == whole[:, order].tobytes()
    assert fitted(name).score(values[2]).tobytes() == whole[2].tobytes()
    assert fitted(name).score(values[:, :0]).shape == (5, 0)


@rules
def test_what_was_saved_scores_alike_and_a_cut_file_is_named(name, tmp_path):
    path = fitted(name).save(tmp_path / "fold-005")
    loaded = RULES[name].load(path)
    assert loaded.score(rows_of()).tobytes() == fitted(name).score(rows_of()).tobytes()
    assert loaded.note == fitted(name).note
    content = path.read_bytes()
    for share in (0.0, 0.2, 0.7, 0.98):
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(DataError, match=rf"{path.name}' unreadable; train again"):
            RULES[name].load(path)


@pytest.mark.parametrize(
    "stored",
    [
        {"note": "", "weights": {"-1": 1.0}},
        {"note": "", "weights": {"0": float("nan")}},
        {"note": "", "weights": {"0": float("inf")}},
        {"note": "", "weights": {"one": 1.0}},
        {"note": "", "weights": {"0": None}},
        {"note": "", "weights": [1.0]},
        {"weights": {"0": 1.0}},
        [],
        "weights",
    ],
    ids=["before the first", "no number", "endless", "a word", "null", "a list", "no note", "list", "text"],
)
def test_weights_of_nothing_are_refused(stored, tmp_path):
    path = tmp_path / "fold-002.json"
    path.write_text(json.dumps(stored))
    with pytest.raises(DataError, match=r"fold-002\.json"):
        load_linear(path)


def test_json_that_is_nested_without_end_is_refused(tmp_path):
    path = tmp_path / "fold-002.json"
    path.write_text("[" * 200_000)
    with pytest.raises(DataError, match=r"fold-002\.json"):
        load_linear(path)


@given(
    weights=st.dictionaries(st.integers(0, 5), st.floats(-3, 3), max_size=4),
    rows=st.lists(
        st.lists(st.sampled_from([np.nan, np.inf, -0.5, 0.0, 0.25]), min_size=6, max_size=6), max_size=5
    ),
)
@settings(max_examples=40, deadline=None)
def test_a_weighted_sum_is_one_and_its_parts_add_up(weights, rows):
    values = np.array(rows, dtype=np.float32).reshape(-1, 6)
    linear = Linear(weights)
    scores, parts = linear.score(values), linear.contributions(values)
    for row, score, part in zip(values, scores, parts, strict=True):
        known = {at: weight for at, weight in weights.items() if np.isfinite(row[at])}
        assert np.isfinite(score) == bool(known)
        assert part.sum() == pytest.approx(sum(weight * row[at] for at, weight in known.items()), abs=1e-6)
        assert not known or part.sum() == pytest.approx(score)


def test_ridge_is_the_least_of_its_own_loss():
    samples, ridge = small_samples(), RidgeForecaster()
    values, target = samples.rows(TRAIN)
    x, y = np.nan_to_num(values).astype(float), target.astype(float)
    weights = np.array([fitted("ridge").weights[at] for at in range(x.shape[1])])

    def loss(w):
        return ((x @ w - y) ** 2).sum() + ridge.penalty_per_row * len(x) / 12 * (w**2).sum()

    random = np.random.default_rng(0)
    for _ in range(20):
        assert loss(weights + 1e-3 * random.normal(size=weights.shape)) > loss(weights)


def test_an_infinite_feature_teaches_ridge_and_neighbours_as_a_missing_one():
    samples = small_samples()
    at, fits = samples.table.names.index("ROC5"), []
    for gap in (np.nan, np.inf, -np.inf):
        values = samples.table.values.copy()
        values[::3, ::4, at] = gap
        holed = replace(samples, table=replace(samples.table, values=values))
        fits.append(
            [RULES[name].fit(holed, TRAIN).score(rows_of()).tobytes() for name in ("ridge", "nearest")]
        )
    assert fits[0] == fits[1] == fits[2]


def test_momentum_looks_back_as_far_as_the_end_of_the_training_can_see():
    samples = small_samples()
    names, values = samples.table.names, samples.table.values.copy()
    chosen = []
    for gone in ((), ("MOM252",), ("MOM252", "MOM126"), ("MOM252", "MOM126", "MOM63")):
        values[159, :, [names.index(name) for name in ("MOM252", "MOM126", "MOM63")]] = 0.1
        values[159, :, [names.index(name) for name in gone]] = np.nan
        seen = replace(samples, table=replace(samples.table, values=values))
        chosen.append(MomentumForecaster().fit(seen, TRAIN).note)
    assert chosen == ["MOM252", "MOM126", "MOM63", "MOM63"]


@pytest.mark.parametrize("size", ["neighbours", "patterns", "every"])
@pytest.mark.parametrize("count", [0, -3])
def test_neighbours_patterns_and_steps_must_be_some(size, count):
    with pytest.raises(DataError, match=f"of at least 1, found .*{size}={count}"):
        replace(NEAREST, **{size: count})


def made(patterns, outcomes, neighbours=2):
    return FittedNearest(
        at=np.arange(len(patterns)),
        patterns=np.ascontiguousarray(patterns, dtype=np.float32),
        outcomes=np.array(outcomes, dtype=np.float32),
        neighbours=neighbours,
    )


@given(
    patterns=st.lists(st.tuples(*[st.integers(-5, 5)] * 2), min_size=3, max_size=30),
    asked=st.lists(st.tuples(*[st.integers(-5, 5)] * 2), min_size=1, max_size=4),
    count=st.integers(1, 3),
)
@settings(max_examples=40, deadline=None)
def test_the_nearest_are_the_nearest_even_where_many_are_as_near(patterns, asked, count):
    places = np.array(patterns) / 10
    near = made(places.T, np.arange(len(patterns)), count)
    found = near.neighbourhood(np.array(asked, dtype=np.float32) / 10)
    for k, row in enumerate(np.array(asked) / 10):
        distances = ((places - row) ** 2).sum(axis=1)
        farthest = np.sort(distances)[count - 1]
        assert found.distance[k] == pytest.approx(np.sqrt(farthest / 2), abs=1e-6)
        sure, tied = (
            np.flatnonzero(distances < farthest - 1e-6),
            np.flatnonzero(np.abs(distances - farthest) <= 1e-6),
        )
        more = count - len(sure)
        least, most = (sure.sum() + part.sum() for part in (np.sort(tied)[:more], np.sort(tied)[-more:]))
        assert least - 1e-4 <= found.outcome[k] * count <= most + 1e-4


def test_a_row_out_of_all_reach_has_no_view_instead_of_what_memory_held():
    near = made([[0.1, 0.2, 0.3]], [1.0, 2.0, 3.0])
    rows = np.array([[1e30], [0.2], [-1e30]], dtype=np.float32)
    for _ in range(5):
        found = near.neighbourhood(rows)
        for figures in (found.outcome, found.error, found.distance):
            assert np.isfinite(figures).tolist() == [False, True, False]


@pytest.mark.parametrize(
    "changes",
    [
        {"neighbours": np.int64(0)},
        {"neighbours": np.int64(301)},
        {"outcomes": np.zeros(10, dtype=np.float32)},
        {"patterns": np.zeros((5, 300), dtype=np.float32)},
        {"patterns": np.zeros(300, dtype=np.float32)},
        {"patterns": np.zeros((6, 300))},
        {"patterns": np.full((6, 300), np.nan, dtype=np.float32)},
        {"outcomes": np.full(300, np.inf, dtype=np.float32)},
        {"at": np.arange(6) - 1},
        {"at": np.arange(6) / 2},
        {"at": np.arange(0)},
        {"neighbours": np.array(["many"])},
    ],
    ids=lambda changes: " ".join(f"{k} {np.shape(v)} {v.dtype}" for k, v in changes.items()),
)
def test_arrays_that_do_not_fit_each_other_are_refused(changes, tmp_path):
    path = fitted("nearest").save(tmp_path / "fold-006")
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in ("at", "patterns", "outcomes", "neighbours")}
    assert arrays["patterns"].shape == (len(COLUMNS), 300)
    np.savez_compressed(path, allow_pickle=False, **(arrays | changes))
    with pytest.raises(DataError, match=r"expected arrays of patterns, found 'fold-006\.npz' unreadable"):
        NEAREST.load(path)


def test_an_archive_of_objects_is_not_opened(tmp_path):
    path = tmp_path / "fold-006.npz"
    np.savez(path, at=np.array([{"a": 1}], dtype=object))
    with pytest.raises(DataError, match=r"fold-006\.npz"):
        NEAREST.load(path)


def test_names_of_variants_are_told_apart_and_lead_back():
    names = [each.name for each in variants()]
    assert len(set(names)) == len(names)
    for each in variants():
        assert variant_named(each.name) == each
        assert family_of(each.forecaster.name) == each.family
        assert family_of(each.name) == each.family
        assert each.family in LOADERS


def test_no_family_s_name_holds_what_ends_its_first_word():
    assert not [name for name in FAMILIES if "-" in name or name != name.lower()]
    assert [each.name for each in FAMILIES.values()] == list(FAMILIES)


@pytest.mark.parametrize("name", ["gbn", "GBM", "", "gbm-3", "gbm-5", "gru-20-nowhere", "transformer"])
def test_a_name_nobody_has_comes_with_near_ones(name):
    with pytest.raises(DataError, match=rf"expected a variant, found '{name}'; did you mean .+\?"):
        variant_named(name)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"family": "gbn"}, r"expected a family, found 'gbn'; did you mean .*gbm"),
        ({"family": "gbm", "horizon_sessions": 7}, r"among \(1, 5, 10, 20\) sessions, found 7"),
        ({"family": "gbm", "horizon_sessions": 0}, "found 0"),
        ({"family": "gbm", "feature_set": "desks"}, r"expected a set of features, found 'desks'"),
    ],
)
def test_a_variant_of_nothing_is_refused(wrong, message):
    with pytest.raises(DataError, match=message):
        Variant(**wrong)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_size_a_family_shows_can_be_changed_and_no_other(family):
    forecaster = family_named(family)
    for size, value in forecaster.parameters.items():
        if isinstance(value, bool | str) or size in ("kind", "columns", "covered_share", "grades"):
            continue
        if size == "patch_sessions":
            continue  # the window must be whole patches
        changed = sized(family, {size: value * 2 if size != "dropout" else value / 2})
        assert changed.parameters[size] != value
        others = {k: v for k, v in changed.parameters.items() if k != size}
        assert others == {k: v for k, v in forecaster.parameters.items() if k != size}
        assert (changed.name, changed.seed) == (forecaster.name, forecaster.seed)
    for alien in ("ears", "name", "seed", "threads", "trials"):
        with pytest.raises(DataError, match=rf"expected a size of {family}, found '{alien}'"):
            sized(family, {alien: 3})
    assert family_named(family) is forecaster


@pytest.mark.parametrize("family", FAMILIES)
def test_another_name_changes_nothing_but_the_name(family):
    again = renamed(family_named(family), f"{family}-lab")
    assert again.name == f"{family}-lab"
    assert again.parameters == family_named(family).parameters
    assert renamed(again, family) == family_named(family)


@pytest.mark.parametrize(
    ("name", "floor", "expected"),
    [
        ("gbm", 100, 100),
        ("gbm-lab-tuned", 100, 100),
        ("gru", 100, NET_SESSIONS),
        ("gru-lab", 999, 999),
        ("gru-tuned", 100, TUNED_NET_SESSIONS),
        ("patchtst-lab-tuned", 300, TUNED_NET_SESSIONS),
        ("nobody", 5, 5),
    ],
)
def test_a_net_s_first_fold_is_long_enough_for_it(name, floor, expected):
    assert min_train_sessions(name, floor) == expected


def test_baselines_that_go_by_named_features_need_all_of_them():
    names = list(small_samples().table.names)
    assert [each.name for each in baselines_on(names[1:])] == ["ridge"]
    assert {each.name for each in baselines_on([*names, "MORE"])} > {"ridge"}
    assert [each.name for each in baselines_on([])] == ["ridge"]
