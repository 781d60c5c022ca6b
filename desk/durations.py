"""How long something takes, counted in buckets since the start of the process."""

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from threading import Lock
from time import perf_counter

from desk.web.face import Metric, Sample

BOUNDS_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class Durations:
    """A histogram; safe from any thread."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_SECONDS) + 1)
        self._sum = 0.0
        self._lock = Lock()

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count how long the context lasts, in whatever way it ends."""
        began = perf_counter()
        try:
            yield
        finally:
            self.add(perf_counter() - began)

    def add(self, seconds: float) -> None:
        """Count one duration."""
        with self._lock:
            self._counts[bisect_left(BOUNDS_SECONDS, seconds)] += 1
            self._sum += seconds

    def metric(self, name: str, told: str) -> Metric:
        """Return what was counted, as Prometheus has a histogram: buckets, sum and count."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        samples, so_far = [], 0
        for bound, count in zip((*BOUNDS_SECONDS, inf), counts, strict=True):
            so_far += count
            edge = "+Inf" if bound == inf else f"{bound:g}"
            samples.append(Sample(value=so_far, labels=(("le", edge),), suffix="_bucket"))
        samples += [Sample(value=total, suffix="_sum"), Sample(value=so_far, suffix="_count")]
        return Metric(name=name, help=told, kind="histogram", samples=tuple(samples))
