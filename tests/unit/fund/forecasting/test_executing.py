"""Where work runs has no part in what comes of it."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fund.errors import ConfigError, DataError
from fund.forecasting.artifact import write_artifact
from fund.forecasting.executing import INLINE, Executor, Inline, Ray, Threads, executor_on
from fund.forecasting.families.baseline import RidgeForecaster
from fund.forecasting.families.xgb import XgbForecaster
from fund.forecasting.forecast import Forecaster
from fund.forecasting.training import train
from fund.forecasting.tuning.tuned import TuningPlan, tune
from support.forecasters import A_GBM, A_SCHEDULE, small_samples
from support.nets import a_net, made_samples

RAY = importlib.util.find_spec("ray") is not None
SCHEDULE = replace(A_SCHEDULE, refit_sessions=60)


def division() -> Callable[[int, int], float]:
    """A function that can travel: a test's own file cannot be imported elsewhere."""

    def quotient(shared: int, item: int) -> float:
        if item == 0:
            raise DataError("expected a divisor, found 0")
        return shared / item

    return quotient


quotient = division()


@contextmanager
def on(where: str) -> Iterator[Executor]:
    executor = executor_on(where, 2)
    if isinstance(executor, Ray):
        with executor:
            yield executor
    else:
        yield executor


def written(folder: Path, executor: Executor, *others: Forecaster) -> dict[str, bytes]:
    """The artifacts of small trees, and of others, every file of them."""
    forecasters = (replace(A_GBM, trees=8), *others)
    made = train(
        small_samples(),
        forecasters,
        SCHEDULE,
        universe_name="made",
        data_version="made-1",
        baselines=(),
        executor=executor,
    )
    files = {}
    for one in made:
        into = folder / one.card.forecaster
        into.mkdir(parents=True)
        write_artifact(one, into)
        files |= {f"{into.name}/{path.name}": path.read_bytes() for path in into.iterdir()}
    return files


def test_threads_write_the_files_that_one_after_the_other_writes(tmp_path: Path) -> None:
    assert written(tmp_path / "inline", INLINE) == written(tmp_path / "threads", Threads(3))


@pytest.mark.parametrize("executor", [INLINE, Threads(2)])
def test_results_come_in_order_and_an_error_as_it_was_raised(executor: Executor) -> None:
    assert list(executor.map(quotient, 6, [1, 2, 3])) == [6.0, 3.0, 2.0]
    assert list(executor.map(quotient, 6, [])) == []
    results = executor.map(quotient, 6, [2, 0, 3])
    assert next(results) == 3.0
    with pytest.raises(DataError, match="found 0"):
        next(results)


def test_what_nobody_asks_for_any_more_is_not_begun() -> None:
    begun: list[int] = []
    with closing(Inline().map(lambda shared, item: begun.append(item), None, [1, 2, 3])) as results:
        next(results)
    assert begun == [1]


@pytest.mark.parametrize("where", ["rey", "threads:2", "", "inline "])
def test_a_place_that_there_is_not_is_refused(where: str) -> None:
    with pytest.raises(ConfigError, match="expected --on inline, threads, ray or ray:ADDRESS, found"):
        executor_on(where, 2)


def test_workers_are_one_at_least() -> None:
    with pytest.raises(DataError, match="at least 1 worker, found 0"):
        executor_on("threads", 0)


@pytest.mark.parametrize("where", ["ray", "ray:127.0.0.1:6379"])
def test_ray_asked_for_and_not_there_is_said_with_how_to_install_it(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(
        ConfigError, match=r"the package 'ray', .* not installed; run `pip install -e '\.\[ray\]'`"
    ):
        executor_on(where, 2)


@pytest.mark.skipif(not RAY, reason="ray, an extra, is not installed")
def test_ray_writes_the_files_and_makes_the_choices_of_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    plan = TuningPlan(trials=6, inner_folds=2, every=2)
    samples = made_samples(160)
    net = a_net()
    chosen, scores = [], []
    with on("ray") as ray:
        assert list(ray.map(quotient, 6, [1, 2, 3])) == [6.0, 3.0, 2.0]
        with pytest.raises(DataError, match="found 0"):
            list(ray.map(quotient, 6, [2, 0, 3]))
        others = (XgbForecaster(trees=20, min_rows_in_leaf=40, l2=1.0), RidgeForecaster())
        assert written(tmp_path / "ray", ray, *others) == written(tmp_path / "inline", INLINE, *others)
        for name, executor in (("ray", ray), ("inline", INLINE)):
            folder = tmp_path / f"tuned-{name}"
            found = tune(
                small_samples(), "gbm", SCHEDULE, plan, folder=folder, data_version="1", executor=executor
            )
            chosen.append(found)
            (made,) = train(
                samples,
                [net],
                replace(SCHEDULE, horizon_sessions=1),
                universe_name="made",
                data_version="made-1",
                baselines=(),
                executor=executor,
            )
            scores.append(made.table.scores.tobytes())
    assert chosen[0] == chosen[1]
    assert scores[0] == scores[1]
