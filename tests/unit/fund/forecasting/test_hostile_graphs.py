"""Serving under attack: graphs of other trees, shelves that are too small, deadlines that are none."""

import math
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event, Thread

import lightgbm
import numpy as np
import pytest
from onnx import TensorProto, helper

from fund.errors import DataError, NoDataError
from fund.forecasting.serving.leaf_masks import last_left, leaf_masks
from fund.forecasting.serving.served import ServedForecaster, Unavailable
from fund.forecasting.serving.served_trees import Grown, export_trees, served_trees
from fund.forecasting.serving.session import one_thread_session
from fund.forecasting.serving.shelf import Shelf
from fund.forecasting.serving.tree_graph import TreeGraph, graph_bytes, probe_rows
from fund.forecasting.serving.tree_nodes import TreeNodes, lightgbm_nodes
from support.panels import weekdays

COLUMNS = 4
PATIENT = 60.0


def a_booster(seed=0, leaves=8):
    random = np.random.default_rng(seed)
    rows = random.uniform(-0.5, 0.5, (400, COLUMNS)).astype(np.float32)
    settings = {"num_threads": 1, "verbosity": -1, "num_leaves": leaves, "min_data_in_leaf": 5}
    return lightgbm.train(settings, lightgbm.Dataset(rows, rows[:, 0] * rows[:, seed % COLUMNS]), 4)


def grown_by(booster):
    nodes = lightgbm_nodes([booster.dump_model()])
    return Grown(nodes=nodes, columns=COLUMNS, outputs=1, comparison="<=", precision=np.float64)


ONE, OTHER, LARGE = a_booster(), a_booster(1), a_booster(2, leaves=40)


@pytest.mark.parametrize(("own", "planted"), [(ONE, OTHER), (LARGE, ONE)], ids=["masked", "too large"])
def test_a_graph_of_other_trees_over_the_same_features_is_named(tmp_path, own, planted):
    path = export_trees(grown_by(planted), tmp_path / "newest.onnx", planted.predict)
    message = r"expected the graph of these trees, found 'newest\.onnx' of others with \d+ of 256 rows apart"
    with pytest.raises(DataError, match=message):
        served_trees(grown_by(own), path, own.predict)


def test_one_leaf_that_differs_in_its_last_bit_is_noticed(tmp_path):
    grown = grown_by(ONE)
    leaves = list(grown.nodes.leaves)
    leaves[3] = math.nextafter(leaves[3], math.inf)
    content = graph_bytes(
        replace(grown.nodes, leaves=leaves), columns=COLUMNS, comparison="<=", precision=np.float64
    )
    path = tmp_path / "newest.onnx"
    path.write_bytes(content)
    with pytest.raises(DataError, match="of others"):
        served_trees(grown, path, ONE.predict)


def test_a_graph_of_more_outputs_is_of_others(tmp_path):
    nodes = lightgbm_nodes([ONE.dump_model(), OTHER.dump_model()])
    path = tmp_path / "newest.onnx"
    path.write_bytes(graph_bytes(nodes, columns=COLUMNS, outputs=2, comparison="<=", precision=np.float64))
    with pytest.raises(DataError, match=r"scores of shape \(256, 2\) for \(256, 1\)"):
        served_trees(grown_by(ONE), path, ONE.predict)


def a_graph(*, name="rows", kind=TensorProto.FLOAT, shape=(None, COLUMNS), extra=()):
    """A graph that gives its rows back."""
    values = [helper.make_tensor_value_info(each, kind, shape) for each in (name, *extra)]
    node = helper.make_node("Identity", [name], ["scores"])
    graph = helper.make_graph([node], "g", values, [helper.make_tensor_value_info("scores", kind, shape)])
    opset = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()


FOREIGN = {
    "another name": a_graph(name="x"),
    "doubles": a_graph(kind=TensorProto.DOUBLE),
    "three axes": a_graph(shape=(None, COLUMNS, 2)),
    "one axis": a_graph(shape=(None,)),
    "another input beside": a_graph(extra=("more",)),
    "any number of features": a_graph(shape=(None, "F")),
    "rows for scores": a_graph(),
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_graph_of_something_else_is_named(content, tmp_path):
    path = tmp_path / "newest.onnx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"newest\.onnx.*; train again"):
        served_trees(grown_by(ONE), path, ONE.predict)


def test_a_graph_whose_node_nobody_can_run_is_an_error_that_can_be_understood():
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    for node in (
        helper.make_node("NoSuchNode", ["x"], ["y"]),
        helper.make_node("Relu", ["x"], ["y"], domain="elsewhere"),
        helper.make_node("BitwiseNot", ["x"], ["y"]),
    ):
        graph = helper.make_graph([node], "g", value[:1], value[1:])
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid("elsewhere", 1)]
        content = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
        with pytest.raises(DataError, match=r"expected a graph that runs for a test, found .*; train again"):
            one_thread_session(content, "a test")


def test_the_probes_sit_on_both_sides_of_every_kind_of_trouble():
    nodes = grown_by(LARGE).nodes
    rows = probe_rows(nodes, COLUMNS)
    assert rows.dtype == np.float32
    assert rows.tobytes() == probe_rows(nodes, COLUMNS).tobytes() != probe_rows(nodes, COLUMNS, 1).tobytes()
    assert np.isnan(rows).any()
    assert np.isposinf(rows).any()
    assert np.isneginf(rows).any()
    edges = np.asarray(nodes.thresholds, dtype=np.float32)
    for edge in (edges, np.nextafter(edges, np.float32(9)), np.nextafter(edges, np.float32(-9))):
        assert np.isin(rows, edge).sum() > 50


@pytest.mark.parametrize("comparison", ["<=", "<"])
def test_the_last_that_goes_left_goes_left_and_the_next_does_not(comparison):
    random = np.random.default_rng(0)
    near = random.uniform(-1, 1, 300).astype(np.float32).astype(np.float64)
    thresholds = np.concatenate(
        [near, np.nextafter(near, 2), np.nextafter(near, -2), random.normal(size=300)]
    )
    last = last_left(thresholds, comparison).astype(np.float64)
    after = np.nextafter(last.astype(np.float32), np.float32(np.inf)).astype(np.float64)
    for value, left in ((last, True), (after, False)):
        goes = value <= thresholds if comparison == "<=" else value < thresholds
        assert (goes == left).all()


def test_no_row_at_all_is_no_score():
    grown = grown_by(ONE)
    rows = np.zeros((0, COLUMNS), dtype=np.float32)
    content = graph_bytes(grown.nodes, columns=COLUMNS, comparison="<=", precision=np.float64)
    masks = leaf_masks(grown.nodes, comparison="<=", precision=np.float64)
    assert masks.raw(rows).shape == TreeGraph(content).raw(rows).shape == (0, 1)


def test_leftmost_is_the_first_leaf_there_is():
    nodes = TreeNodes()
    for tree in ONE.dump_model()["tree_info"]:
        nodes.plant(tree["tree_structure"]["left_child"], lambda node: float(node.get("leaf_value", 0.0)))
    assert [nodes.leftmost(root) for root in nodes.roots] == list(range(len(nodes.roots)))


class Trained:
    """A forecaster of a size; what it says can be waited for."""

    def __init__(self, version, size):
        self.version, self.size = version, size
        self.table = type("Table", (), {})()
        self.table.scores = np.zeros(size - 100, dtype=np.uint8)
        self.table.sessions = weekdays(3)


class Kept:
    """A registry that counts how often it was asked."""

    def __init__(self, **sizes):
        self.sizes, self.loads = sizes, []

    def load(self, version, *, sha256, find):
        self.loads.append(version)
        if version not in self.sizes:
            raise NoDataError(f"expected a version, found {version!r}")
        return Trained(version, self.sizes[version])

    def fold_bytes(self, version):
        return 100


def test_one_larger_than_the_cap_puts_nothing_else_back():
    registry = Kept(small=2_000, other=3_000, huge=20_000)
    shelf = Shelf(registry, cap_megabytes=0.01)
    for version in ("small", "other", "huge", "huge"):
        assert shelf.get(version, "0").version == version
    assert shelf.versions == ("small", "other")
    assert shelf.bytes == 5_000
    shelf.get("small", "0")
    assert registry.loads == ["small", "other", "huge", "huge"]
    assert shelf.versions == ("other", "small")


def test_one_as_large_as_the_cap_is_kept_alone():
    shelf = Shelf(Kept(small=2_000, whole=10_000), cap_megabytes=0.01)
    shelf.get("small", "0")
    shelf.get("whole", "0")
    assert (shelf.versions, shelf.bytes) == (("whole",), 10_000)


def test_another_hash_is_another_question():
    registry = Kept(small=2_000)
    shelf = Shelf(registry, cap_megabytes=1)
    assert shelf.get("small", "a") is not shelf.get("small", "b")
    assert shelf.get("small", "a") is shelf.get("small", "a")
    assert registry.loads == ["small", "small"]


def test_what_could_not_be_read_is_asked_for_again():
    registry = Kept()
    shelf = Shelf(registry, cap_megabytes=1)
    for _ in range(2):
        with pytest.raises(NoDataError):
            shelf.get("late", "0")
    registry.sizes["late"] = 2_000
    assert shelf.get("late", "0").version == "late"
    assert registry.loads == ["late"] * 3


def test_many_who_ask_at_once_leave_the_shelf_in_order():
    registry = Kept(**{f"v{k}": 2_000 + k for k in range(6)})
    shelf, start, found = Shelf(registry, cap_megabytes=0.0065), Barrier(6), []

    def ask(seed):
        start.wait()
        for k in np.random.default_rng(seed).integers(0, 6, 200):
            version = f"v{k}"
            found.append(shelf.get(version, "0").version == version)

    threads = [Thread(target=ask, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1200
    assert all(found)
    assert len(set(shelf.versions)) == len(shelf.versions) <= 3
    assert shelf.bytes == sum(registry.sizes[version] for version in shelf.versions) <= 6_500


@pytest.mark.parametrize("cap", [math.nan, -1, 0.0, -math.inf], ids=str)
def test_a_cap_that_is_none_is_refused(cap):
    with pytest.raises(DataError, match="expected a cap above 0 megabytes, found"):
        Shelf(Kept(), cap_megabytes=cap)


@pytest.mark.parametrize("deadline", [math.nan, math.inf, 0, -1.0, 1e30], ids=str)
def test_a_deadline_nobody_can_wait_for_is_refused(deadline):
    with pytest.raises(DataError, match=r"expected a deadline above 0 seconds up to .*, found"):
        ServedForecaster("gbm", "gbm-1", "0", Shelf(Kept(), cap_megabytes=1), deadline_seconds=deadline)


class Raising:
    """A shelf whose forecaster, or itself, raises."""

    def __init__(self, *, at_shelf=None, at_work=None):
        self.at_shelf, self.at_work = at_shelf, at_work

    def get(self, version, sha256):
        if self.at_shelf is not None:
            raise self.at_shelf
        return self

    def forecast(self, recent):
        raise self.at_work


@pytest.mark.parametrize(
    ("shelf", "cause"),
    [
        (Raising(at_shelf=NoDataError("nobody trained it")), "not there"),
        (Raising(at_shelf=DataError("a file is damaged")), "damaged"),
        (Raising(at_work=DataError("other features")), "unfit"),
        (Raising(at_work=NoDataError("no member")), "unfit"),
    ],
    ids=["unknown", "damaged", "unfit", "nobody"],
)
def test_each_reason_has_its_cause_and_the_next_question_is_free(shelf, cause):
    served = ServedForecaster("gbm", "gbm-1", "0", shelf, deadline_seconds=PATIENT)
    said = str(shelf.at_shelf or shelf.at_work)
    expected = Unavailable(forecaster="gbm", version="gbm-1", cause=cause, reason=said)
    assert [served.forecast(None), served.forecast(None)] == [expected, expected]


def test_of_two_who_ask_at_once_one_is_told_that_it_is_busy():
    begun, go = Event(), Event()

    class Slow(Raising):
        def forecast(self, recent):
            begun.set()
            go.wait()
            return (recent,)

    served, first = ServedForecaster("gbm", "gbm-1", "0", Slow(), deadline_seconds=PATIENT), []
    asking = Thread(target=lambda: first.append(served.forecast("one")))
    asking.start()
    begun.wait()
    assert served.forecast("two").cause == "busy"
    go.set()
    asking.join()
    assert first == [("one",)]
    assert served.forecast("three") == ("three",)


def test_a_file_that_is_a_folder_is_named(tmp_path: Path):
    (tmp_path / "newest.onnx").mkdir()
    with pytest.raises(DataError, match=r"newest\.onnx"):
        served_trees(grown_by(ONE), tmp_path / "newest.onnx", ONE.predict)
