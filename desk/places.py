"""Where training and tuning run, as `--on` says it."""

from collections.abc import Iterator
from contextlib import contextmanager

from desk.settings import publish
from fund.forecasting.executing import Executor, Ray, executor_on

WORKERS = 2
"""Folds at once where nothing else is said, and the size of a Ray cluster of the desk's own."""
ON = "inline, threads, ray (a cluster of this machine) or ray:ADDRESS (default: threads)"

QUIET = {"RAY_USAGE_STATS_ENABLED": "0"}
"""Ray tells its makers of every cluster unless it is told not to."""


@contextmanager
def executing(where: str | None) -> Iterator[Executor | None]:
    """Give what `--on` asks for, a cluster included, and end it after; None where nothing was asked for."""
    if where is None:
        yield None
        return
    publish(QUIET)
    executor = executor_on(where, WORKERS)
    if isinstance(executor, Ray):
        with executor:
            yield executor
    else:
        yield executor
