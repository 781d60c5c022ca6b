"""A graph of trees decides as the booster does, or is refused."""

import json

import lightgbm
import numpy as np
import pytest

from fund.errors import DataError
from fund.forecasting.serving.leaf_masks import MANY, leaf_masks
from fund.forecasting.serving.served_trees import Grown, export_trees, served_trees
from fund.forecasting.serving.tree_graph import TreeGraph, graph_bytes, probe_rows, read_graph
from fund.forecasting.serving.tree_nodes import lightgbm_nodes, xgboost_nodes

COLUMNS = 6


def a_booster(*, gaps, seed=0, leaves=31):
    random = np.random.default_rng(seed)
    rows = random.uniform(-0.5, 0.5, (2000, COLUMNS)).astype(np.float32)
    rows[:, 2] = np.round(rows[:, 2] * 4) / 4
    outcome = np.where(np.abs(rows[:, 2]) < 0.2, 1.0, -1.0) + rows[:, 0] + 0.1 * random.normal(size=2000)
    if gaps:
        rows[random.uniform(size=rows.shape) < 0.2] = np.nan
        outcome += np.isnan(rows[:, 1])
    settings = {"num_threads": 1, "verbosity": -1, "num_leaves": leaves, "min_data_in_leaf": 5, "seed": 1}
    return lightgbm.train(settings, lightgbm.Dataset(rows, outcome), 30)


def graph_of(booster, precision=np.float64):
    nodes = lightgbm_nodes([booster.dump_model()])
    return nodes, graph_bytes(nodes, columns=COLUMNS, comparison="<=", precision=precision)


def grown_by(booster):
    nodes = lightgbm_nodes([booster.dump_model()])
    return Grown(nodes=nodes, columns=COLUMNS, outputs=1, comparison="<=", precision=np.float64)


@pytest.mark.parametrize("gaps", [False, True])
def test_rows_on_a_threshold_missing_and_infinite_score_to_the_bit(gaps):
    booster = a_booster(gaps=gaps)
    nodes, content = graph_of(booster)
    rows = np.concatenate([probe_rows(nodes, COLUMNS, seed) for seed in range(8)])
    edges = np.isin(rows, np.asarray(nodes.thresholds, dtype=np.float32)) & np.isfinite(rows) & (rows != 0)
    assert edges.sum() > 500
    graph, native = TreeGraph(content), booster.predict(rows, num_threads=1)
    assert graph.raw(rows)[:, 0].tobytes() == native.tobytes()
    masks = leaf_masks(nodes, comparison="<=", precision=np.float64)
    assert masks.raw(rows)[:, 0].tobytes() == native.tobytes()
    alone = [graph.raw(row[None])[0, 0] for row in rows[:50]]
    assert np.array(alone).tobytes() == native[:50].tobytes()


def test_thresholds_rounded_to_single_precision_would_have_erred():
    booster = a_booster(gaps=False)
    nodes, content = graph_of(booster, precision=np.float32)
    rows = np.concatenate([probe_rows(nodes, COLUMNS, seed) for seed in range(8)])
    assert np.abs(TreeGraph(content).raw(rows)[:, 0] - booster.predict(rows)).max() > 1e-3


def test_a_graph_that_answers_otherwise_is_refused_and_leaves_no_file(tmp_path):
    booster = a_booster(gaps=False)
    with pytest.raises(DataError, match=r"256 of 256 rows apart by up to .*score with the booster"):
        export_trees(grown_by(booster), tmp_path / "newest.onnx", lambda rows: booster.predict(rows) + 1e-12)
    assert list(tmp_path.iterdir()) == []


def test_trees_too_large_for_a_word_are_walked_however_many_rows(tmp_path):
    booster = a_booster(gaps=True, leaves=40)
    grown = grown_by(booster)
    assert leaf_masks(grown.nodes, comparison="<=", precision=np.float64) is None
    rows = probe_rows(grown.nodes, COLUMNS)
    served = served_trees(
        grown, export_trees(grown, tmp_path / "newest.onnx", booster.predict), booster.predict
    )
    assert served.masks is None
    assert served.scores(rows)[:, 0].tobytes() == booster.predict(rows).tobytes()


def test_few_rows_and_many_are_scored_alike(tmp_path):
    booster = a_booster(gaps=True, leaves=32)
    grown = grown_by(booster)
    served = served_trees(
        grown, export_trees(grown, tmp_path / "newest.onnx", booster.predict), booster.predict
    )
    rows = probe_rows(grown.nodes, COLUMNS)
    assert max(np.diff(served.masks.first)) == 31
    for count in (1, MANY - 1, MANY, MANY + 1):
        assert served.scores(rows[:count]).tobytes() == booster.predict(rows[:count]).tobytes()


def test_trees_without_a_split_are_their_leaf():
    rows = np.zeros((50, COLUMNS), dtype=np.float32)
    booster = lightgbm.train(
        {"verbosity": -1, "num_threads": 1}, lightgbm.Dataset(rows, np.full(50, 0.25)), 3
    )
    _, content = graph_of(booster)
    masks = leaf_masks(lightgbm_nodes([booster.dump_model()]), comparison="<=", precision=np.float64)
    for served in (TreeGraph(content), masks):
        assert served.raw(rows)[:, 0].tobytes() == booster.predict(rows).tobytes()


def test_splits_by_category_are_refused():
    random = np.random.default_rng(0)
    rows = random.integers(0, 5, (500, 1)).astype(float)
    data = lightgbm.Dataset(rows, (rows[:, 0] == 3) * 1.0, categorical_feature=[0])
    booster = lightgbm.train({"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}, data, 3)
    with pytest.raises(DataError, match="expected splits by size"):
        lightgbm_nodes([booster.dump_model()])
    tree = {"left_children": [1], "split_type": [1]}
    learner = {
        "learner_model_param": {"base_score": "[5E-1]"},
        "gradient_booster": {"model": {"trees": [tree]}},
    }
    with pytest.raises(DataError, match="expected splits by size"):
        xgboost_nodes({"learner": learner})


@pytest.mark.parametrize(
    "content", [b"", b"no graph", b"\xff\xfe\x00", json.dumps({}).encode()], ids=range(4)
)
def test_a_damaged_graph_is_named(tmp_path, content):
    path = tmp_path / "newest.onnx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"newest\.onnx"):
        read_graph(path, COLUMNS)


def test_a_graph_over_other_features_is_refused(tmp_path):
    path = tmp_path / "newest.onnx"
    path.write_bytes(graph_of(a_booster(gaps=False))[1])
    with pytest.raises(DataError, match=r"expected a graph over 72 features, found 6 in 'newest\.onnx'"):
        read_graph(path, 72)
