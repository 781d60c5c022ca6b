"""Striking out leaves finds the leaf that walking down the tree finds, whatever the tree."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.forecasting.serving.leaf_masks import MAX_LEAVES, leaf_masks
from fund.forecasting.serving.mask_kernel import LOWEST_BIT
from fund.forecasting.serving.tree_graph import TreeGraph, graph_bytes
from fund.forecasting.serving.tree_nodes import (
    LIGHTGBM_ZERO,
    Fork,
    TreeNodes,
    lightgbm_nodes,
    xgboost_nodes,
)

COLUMNS = 3
VALUES = (-math.inf, -0.25, -1e-35, 0.0, 0.1, 0.5, math.inf, math.nan)
THRESHOLDS = (-0.25, 0.0, 0.1, float(np.float32(0.1)), 0.5, math.inf)


@st.composite
def trees(draw, leaves=8):
    """A nested tree: a leaf's value, or (column, threshold, missing goes left, left, right)."""
    if leaves == 1:
        return draw(st.integers(-8, 8)) / 8
    left = draw(st.integers(1, leaves - 1))
    return (
        draw(st.integers(0, COLUMNS - 1)),
        draw(st.sampled_from(THRESHOLDS)),
        draw(st.booleans()),
        draw(trees(leaves=left)),
        draw(trees(leaves=leaves - left)),
    )


def read(node):
    if not isinstance(node, tuple):
        return node
    column, threshold, missing_left, left, right = node
    return Fork(column=column, threshold=threshold, missing_left=missing_left, left=left, right=right)


def walked(node, row, comparison):
    """The leaf of a row, step by step, as the textbook has it."""
    while isinstance(node, tuple):
        column, threshold, missing_left, left, right = node
        value = float(row[column])
        if math.isnan(value):
            node = left if missing_left else right
        elif comparison == "<=":
            node = left if value <= threshold else right
        else:
            node = left if value < float(np.float32(threshold)) else right
    return node


ROWS = np.array([[a, b, c] for a in VALUES for b in VALUES for c in VALUES], dtype=np.float32)


@settings(max_examples=25, deadline=None)
@given(forest=st.lists(st.integers(1, 12).flatmap(lambda n: trees(leaves=n)), min_size=1, max_size=4))
@pytest.mark.parametrize(("comparison", "precision"), [("<=", np.float64), ("<", np.float32)])
def test_striking_walking_and_the_graph_agree(comparison, precision, forest):
    nodes = TreeNodes()
    for tree in forest:
        nodes.plant(tree, read)
    expected = [sum(walked(tree, row, comparison) for tree in forest) for row in ROWS]
    masks = leaf_masks(nodes, comparison=comparison, precision=precision)
    content = graph_bytes(nodes, columns=COLUMNS, comparison=comparison, precision=precision)
    np.testing.assert_array_equal(masks.raw(ROWS)[:, 0], expected)
    np.testing.assert_array_equal(TreeGraph(content).raw(ROWS)[:, 0], expected)


def a_comb(leaves):
    """The most uneven tree: one leaf goes off at every node."""
    tree = 0.0
    for leaf in range(1, leaves):
        tree = (0, leaf / 64, True, tree, float(leaf))
    return tree


@pytest.mark.parametrize("leaves", [1, 2, 31, MAX_LEAVES])
def test_a_tree_as_deep_as_it_has_leaves_is_scored(leaves):
    nodes = TreeNodes()
    nodes.plant(a_comb(leaves), read)
    rows = np.column_stack([np.linspace(0, 0.6, 40), np.zeros(40), np.zeros(40)]).astype(np.float32)
    masks = leaf_masks(nodes, comparison="<=", precision=np.float64)
    expected = [walked(a_comb(leaves), row, "<=") for row in rows]
    np.testing.assert_array_equal(masks.raw(rows)[:, 0], expected)
    assert len(set(expected)) == leaves


def test_a_leaf_more_than_a_word_has_bits_is_too_many():
    nodes = TreeNodes()
    nodes.plant(a_comb(MAX_LEAVES + 1), read)
    assert leaf_masks(nodes, comparison="<=", precision=np.float64) is None


def test_trees_of_several_outputs_add_to_their_own():
    nodes = TreeNodes()
    for target, value in ((0, 1.0), (1, 10.0), (0, 0.5)):
        nodes.plant((0, 0.0, True, value, -value), read, target)
    rows = np.array([[-1, 0, 0], [1, 0, 0]] * 10, dtype=np.float32)
    content = graph_bytes(nodes, columns=COLUMNS, outputs=2, comparison="<=", precision=np.float64)
    for served in (leaf_masks(nodes, comparison="<=", precision=np.float64), TreeGraph(content)):
        np.testing.assert_array_equal(served.raw(rows)[:2], [[1.5, 10.0], [-1.5, -10.0]])


def test_every_lone_bit_has_its_number():
    bits = np.arange(32)
    hashed = ((np.uint64(1) << bits.astype(np.uint64)) * np.uint64(0x077CB531) & np.uint64(2**32 - 1)) >> 27
    np.testing.assert_array_equal(LOWEST_BIT[hashed], bits)


def a_dump(threshold, *, missing="NaN", default_left=True, decision="<="):
    """One split as LightGBM writes it."""
    root = {
        "split_index": 0,
        "split_feature": 0,
        "threshold": threshold,
        "decision_type": decision,
        "missing_type": missing,
        "default_left": default_left,
        "left_child": {"leaf_value": -1.0},
        "right_child": {"leaf_value": 1.0},
    }
    return {"tree_info": [{"tree_structure": root}]}


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (0.25, 0.25),
        (1e300, math.inf),
        (-1e300, -math.inf),
        (0.0, LIGHTGBM_ZERO),
        (LIGHTGBM_ZERO, LIGHTGBM_ZERO),
        (-LIGHTGBM_ZERO, np.nextafter(-LIGHTGBM_ZERO, -1)),
    ],
)
def test_a_threshold_of_lightgbm_is_read_as_it_is_meant(threshold, expected):
    assert lightgbm_nodes([a_dump(threshold)]).thresholds == [expected]


@pytest.mark.parametrize(
    ("missing", "default_left", "threshold", "left"),
    [
        ("NaN", True, 0.3, 1),
        ("NaN", False, 0.3, 0),
        ("None", False, 0.3, 1),
        ("None", True, -0.3, 0),
        ("None", True, 0.0, 1),
    ],
)
def test_a_missing_value_goes_where_lightgbm_sends_it(missing, default_left, threshold, left):
    dump = a_dump(threshold, missing=missing, default_left=default_left)
    assert lightgbm_nodes([dump]).missing_left == [left]


def test_xgboost_s_sums_begin_with_its_base():
    tree = {
        "left_children": [1, -1, -1],
        "right_children": [2, -1, -1],
        "split_type": [0, 0, 0],
        "split_indices": [2, 0, 0],
        "split_conditions": [0.1, -1.0, 1.0],
        "default_left": [0, 0, 0],
    }
    learner = {
        "learner_model_param": {"base_score": "[5E-1]"},
        "gradient_booster": {"model": {"trees": [tree]}},
    }
    nodes = xgboost_nodes({"learner": learner})
    assert (nodes.leaves, nodes.columns, nodes.missing_left) == ([0.5, -1.0, 1.0], [0, 2], [1, 0])
    rows = np.array([[0, 0, 0.05], [0, 0, 0.1], [0, 0, np.nan]], dtype=np.float32)
    masks = leaf_masks(nodes, comparison="<", precision=np.float32)
    assert masks.raw(rows)[:, 0].tolist() == [-0.5, 1.5, 1.5]
