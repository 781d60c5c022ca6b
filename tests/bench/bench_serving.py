"""What a prediction of boosted trees costs, features ready, on one thread: natively and as served."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fund.forecasting.families.boosted import FittedTrees
from fund.forecasting.families.nearest import FittedNearest
from fund.forecasting.families.xgb import FittedXgb
from support.benchmark import Figure, counted, median, timed

FEATURES, NAMES, TREES, LEAVES = 158, 500, 200, 31
ROWS = 40_000
SIGNAL = 0.05
"""How much of a label the features tell: little, as on real cross-sections, so trees are as uneven."""


def measure() -> Iterator[Figure]:
    """Grow trees of a usual size on made ranks, and score a session of 500 names and one name with them."""
    random = np.random.default_rng(0)
    rows = random.uniform(-0.5, 0.5, (ROWS, FEATURES)).astype(np.float32)
    rows[random.uniform(size=rows.shape) < 0.02] = np.nan
    told = np.nan_to_num(rows[:, :20]).sum(axis=1)
    label = (SIGNAL * told + random.normal(size=ROWS)).astype(np.float32)
    session = np.ascontiguousarray(rows[:NAMES])
    yield from _family("LightGBM", _lightgbm(rows, label), session, bounds=(2.2, 15.0))
    yield from _family("XGBoost", _xgboost(rows, label), session, bounds=(None, None))
    near = FittedNearest(
        at=np.arange(6),
        patterns=np.ascontiguousarray(np.nan_to_num(rows[:20_000, :6]).T),
        outcomes=label[:20_000],
        neighbours=200,
    )
    yield _milliseconds(f"{NAMES} names by 200 of 20,000 nearest patterns", lambda: near.score(session), 7)


def _family(
    what: str, fitted: FittedTrees | FittedXgb, session: NDArray[np.float32], bounds: tuple[float | None, ...]
) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        served = fitted.served(fitted.export(Path(folder) / "newest"))
    apart = int((fitted.score(session) != served.score(session)).sum())
    yield counted(f"{what}, scores of {NAMES} that are served otherwise", "scores", apart, bound=0)
    for work, count, bound, repeats in ((_seconds, NAMES, bounds[0], 101), (_of_each, 1, bounds[1], 2_001)):
        names = f"{what}, {count} prediction{'s' if count > 1 else ''}, {TREES} trees x {LEAVES} leaves"
        pair = [work(each, session, repeats) for each in (fitted, served)]
        scale, unit = (1e3, "ms") if count > 1 else (1e6, "µs")
        native, graph = ([scale * each for each in seconds] for seconds in pair)
        yield median(f"{names}, the booster itself, processor time", unit, native)
        yield median(f"{names}, as served, processor time", unit, graph, bound=bound)
        yield counted(f"{names}, booster over served", "x", float(np.median(native) / np.median(graph)))
    yield _milliseconds(
        f"{what}, exact contributions of 20 names", lambda: fitted.contributions(session[:20]), 7
    )


def _seconds(fitted: FittedTrees | FittedXgb, rows: NDArray[np.float32], repeats: int) -> list[float]:
    return timed(lambda: fitted.score(rows), repeats=repeats, cpu=True)


def _of_each(fitted: FittedTrees | FittedXgb, session: NDArray[np.float32], repeats: int) -> list[float]:
    """Score a name alone, another each time: of one and the same the processor learns the way by heart."""
    names = cycle([session[at : at + 1] for at in range(len(session))])
    return timed(lambda: fitted.score(next(names)), repeats=repeats, cpu=True)


def _milliseconds(what: str, work: Callable[[], object], repeats: int) -> Figure:
    return median(f"{what}, processor time", "ms", [1e3 * s for s in timed(work, repeats=repeats, cpu=True)])


def _lightgbm(rows: NDArray[np.float32], label: NDArray[np.float32]) -> FittedTrees:
    import lightgbm

    settings = {
        "num_leaves": LEAVES,
        "min_data_in_leaf": 200,
        "max_bin": 63,
        "num_threads": 1,
        "verbosity": -1,
    }
    return FittedTrees([lightgbm.train(settings, lightgbm.Dataset(rows, label), TREES)])


def _xgboost(rows: NDArray[np.float32], label: NDArray[np.float32]) -> FittedXgb:
    import xgboost

    settings = {
        "max_leaves": LEAVES,
        "grow_policy": "lossguide",
        "max_depth": 0,
        "min_child_weight": 200,
        "max_bin": 64,
        "nthread": 1,
        "base_score": 0.0,
    }
    return FittedXgb(xgboost.train(settings, xgboost.QuantileDMatrix(rows, label, max_bin=64), TREES))
