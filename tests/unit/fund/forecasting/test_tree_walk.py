"""Trees that are walked: the library's sums to the bit, whatever is missing and however deep they are."""

import lightgbm
import numpy as np
import pytest

from fund.errors import DataError
from fund.forecasting.serving.tree_nodes import Fork, TreeNodes, lightgbm_nodes
from fund.forecasting.serving.tree_walk import ABREAST, NO_OUTPUT, TreeWalk, tree_walk

COLUMNS = 5
RANDOM = np.random.default_rng(0)


def walked(
    nodes: TreeNodes, *, outputs: int = 1, comparison: str = "<=", precision: type = np.float64
) -> TreeWalk:
    return tree_walk(nodes, columns=COLUMNS, outputs=outputs, comparison=comparison, precision=precision)


def by_hand(nodes: TreeNodes, row: np.ndarray, comparison: str, precision: type) -> float:
    """Walk one output's trees node by node, as their definition says."""
    total = precision(0.0)
    for root in nodes.roots:
        at, is_leaf = root, False
        while not is_leaf:
            value, threshold = row[nodes.columns[at]], precision(nodes.thresholds[at])
            left = value <= threshold if comparison == "<=" else value < threshold
            left = bool(nodes.missing_left[at]) if np.isnan(value) else left
            side = (nodes.left, nodes.left_is_leaf) if left else (nodes.right, nodes.right_is_leaf)
            at, is_leaf = side[0][at], bool(side[1][at])
        total += precision(nodes.leaves[at])
    return float(total)


def grown(trees: int, depth: int, seed: int = 0) -> TreeNodes:
    """Uneven trees of thresholds that rows hit exactly, some of them no more than a leaf."""
    random, nodes = np.random.default_rng(seed), TreeNodes()

    def read(left: int) -> Fork | float:
        if left == 0 or random.uniform() < 0.2:
            return float(random.normal())
        return Fork(
            column=int(random.integers(COLUMNS)),
            threshold=float(random.choice([-1.0, 0.0, 0.5, np.inf])),
            missing_left=bool(random.integers(2)),
            left=left - 1,
            right=int(random.integers(left)),
        )

    for _ in range(trees):
        nodes.plant(depth, read)
    return nodes


def hard_rows(count: int) -> np.ndarray:
    choices = np.array([-1.0, 0.0, 0.5, 0.3, -np.inf, np.inf, np.nan], dtype=np.float32)
    return np.concatenate(
        [RANDOM.choice(choices, (count, COLUMNS)), np.zeros((1, COLUMNS), dtype=np.float32)]
    )


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize("comparison", ["<=", "<"])
@pytest.mark.parametrize(("trees", "depth"), [(1, 0), (1, 1), (7, 4), (8, 3), (9, 12), (40, 6)])
def test_a_walk_sums_the_leaves_of_the_definition(
    trees: int, depth: int, comparison: str, precision: type
) -> None:
    nodes, rows = grown(trees, depth), hard_rows(60)
    found = walked(nodes, comparison=comparison, precision=precision).scores(rows)
    seen = np.isfinite(rows).any(axis=1)
    expected = [by_hand(nodes, row, comparison, precision) for row in rows[seen]]
    assert found.shape == (61, 1)
    assert found[seen, 0].tobytes() == np.array(expected).tobytes()
    assert np.isnan(found[~seen]).all()


def test_a_row_is_judged_by_itself_and_no_row_is_no_score() -> None:
    walk, rows = walked(grown(20, 5)), hard_rows(30)
    whole = walk.scores(rows)
    assert np.concatenate([walk.scores(row[None]) for row in rows]).tobytes() == whole.tobytes()
    assert walk.scores(rows[:0]).shape == (0, 1)


def test_every_output_is_the_sum_of_its_own_trees() -> None:
    rows = RANDOM.normal(size=(300, COLUMNS)).astype(np.float32)
    settings = {"num_threads": 1, "verbosity": -1, "num_leaves": 7, "min_data_in_leaf": 5}
    boosters = [
        lightgbm.train(settings, lightgbm.Dataset(rows, rows[:, at] ** 2), trees)
        for at, trees in ((0, 3), (1, 10))
    ]
    found = walked(lightgbm_nodes([each.dump_model() for each in boosters]), outputs=2).scores(rows)
    for output, booster in enumerate(boosters):
        assert found[:, output].tobytes() == booster.predict(rows).tobytes()


def test_trees_go_by_depth_and_what_fills_up_adds_to_nothing() -> None:
    walk = walked(grown(11, 6))
    roots, depths, places, outputs = walk.trees
    assert len(roots) % ABREAST == 0
    assert (np.diff(depths.astype(int)) >= 0).all()
    assert (outputs == NO_OUTPUT).sum() == len(roots) - 11
    assert sorted(places.tolist()) == list(range(len(roots)))
    assert np.shares_memory(walk.nodes, walk.thresholds)


def test_no_tree_at_all_says_zero() -> None:
    assert walked(TreeNodes()).scores(np.zeros((2, COLUMNS), dtype=np.float32)).tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("column", [COLUMNS, COLUMNS + 40, -1])
def test_a_tree_that_reads_a_feature_there_is_not_is_refused(column: int) -> None:
    nodes = TreeNodes()
    nodes.plant(Fork(column=column, threshold=0.0, missing_left=True, left=1.0, right=2.0), lambda node: node)
    with pytest.raises(
        DataError, match=rf"expected trees over 5 features, found features {column} to {column}; train again"
    ):
        walked(nodes)
