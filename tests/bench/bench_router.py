"""How many labelled questions the offline router understands, and how fast it is."""

from collections.abc import Iterator, Sequence
from time import perf_counter

from graph.examples.likeness import Likeness
from graph.routing.router import route
from support.benchmark import Figure, counted, median, percentile_95
from support.instruments import bundle_directory
from support.questions import PLAIN, SETS, TODAY, Outcome, outcomes, share, threads


def measure() -> Iterator[Figure]:
    """Ask every labelled question in its thread, and count; then time each question by itself."""
    likeness = Likeness()
    for name in SETS:
        found = list(outcomes(threads(name), likeness))
        yield _accuracy(f"{name}: easy and medium", [o for o in found if o.level in PLAIN], 95)
        yield _accuracy(f"{name}: all", found, 85)
        asked_for = sum(not each.harmless for each in found)
        yield counted(f"{name}: control actions nobody asked for", "", asked_for, bound=0)
    for how, asked in (("by letters alone", Likeness(encoder=lambda: None)), ("", likeness)):
        seconds = [_ms(turn["ask"], asked) for thread in threads("known") for turn in thread["turns"]]
        yield median(f"one question {how}".strip(), "ms", seconds)
        yield percentile_95(f"one question {how}".strip(), "ms", seconds, bound=30)


def _accuracy(what: str, found: Sequence[Outcome], least: float) -> Figure:
    right, n, low, high = share(found)
    return Figure(
        what=f"understood, {what}",
        value=100 * right / n,
        unit="%",
        statistic=f"{right} of {n}, 95% interval {low:.1%} to {high:.1%}",
        least=least,
    )


def _ms(ask: str, likeness: Likeness) -> float:
    directory, started = bundle_directory(), perf_counter()
    route(ask, directory, TODAY, likeness=likeness)
    return 1000 * (perf_counter() - started)
