"""How long a user waits: the first start, every later one, and the end."""

from collections.abc import Iterator

from support.bench_desk import Served, first_start, is_installed, serving_desk
from support.benchmark import Figure, median, single

REPEATS = 3


def measure() -> Iterator[Figure]:
    """Start a desk as its owner does, until it has printed the link, and end it with Ctrl-C."""
    first = first_start()
    yield single("first start, after the install", "s", first.seconds, bound=60)
    for stage in first.stages:
        yield single(f"of it: {stage.label.lower()} ({stage.count})", "s", stage.seconds)
    shown = sum(stage.seconds for stage in first.stages)
    yield single("of it: loading programs, connecting, serving", "s", first.seconds - shown)
    starts, ends = zip(*(_again() for _ in range(REPEATS)), strict=True)
    yield median("second start", "s", starts, bound=8)
    yield median("Ctrl-C until everything has ended, the database too", "s", ends)
    if is_installed():
        made = [_again("make", "-s", "up")[0] for _ in range(REPEATS)]
        yield median("second start by `make up`", "s", made, bound=8)


def _again(*program: str) -> tuple[float, float]:
    with serving_desk(first_start().folder, program or None) as served:
        return _timed(served)


def _timed(served: Served) -> tuple[float, float]:
    return served.seconds, served.end()
