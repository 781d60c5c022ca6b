"""Where training and tuning run, as `--on` says it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from desk.settings import publish
from fund.errors import ConfigError
from fund.forecasting.executing import Executor, Ray, executor_on

WORKERS = 2
"""Folds at once where nothing else is said, and the size of a Ray cluster of the desk's own."""
ON = "inline, threads, ray (a cluster of this machine) or ray:ADDRESS (default: threads)"

QUIET = {"RAY_USAGE_STATS_ENABLED": "0"}
"""Ray tells its makers of every cluster unless it is told not to."""
LISTENER_SECONDS = 5.0


@contextmanager
def executing(where: str | None) -> Iterator[Executor | None]:
    """Give what `--on` asks for, a cluster included, and end it after; None where nothing was asked for."""
    if where is None:
        yield None
        return
    publish(QUIET)
    executor = executor_on(where, WORKERS)
    if isinstance(executor, Ray):
        if executor.address is not None:
            expect_listener(executor.address)
        with executor:
            yield executor
    else:
        yield executor


def expect_listener(address: str) -> None:
    """Find out in seconds what Ray takes minutes for; `ConfigError` where nobody listens at HOST:PORT."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=LISTENER_SECONDS).close()
    except (OSError, ValueError, OverflowError) as error:
        raise ConfigError(
            f"expected a Ray cluster at HOST:PORT, found none that answers at {address!r} ({error}); "
            "start one with `ray start --head`, or leave out --on"
        ) from error
