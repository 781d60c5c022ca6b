"""What 158 features cost beside Polars, and beside Qlib if CONCLAVE_QLIB_PYTHON names a Python with it."""

import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from statistics import median as middle

import numpy as np
from numpy.typing import NDArray

from fund.features.alpha158 import ALPHA158
from fund.features.alpha158_panel import AdjustedBars, alpha158, last_alpha158
from support import alpha158_in_qlib
from support.alpha158_in_polars import alpha158_in_polars, long_frame
from support.bench_desk import scratch
from support.benchmark import Figure, counted, median, single, timed
from support.checkout import ROOT

NAMES, SESSIONS = 500, 2_500
COMPARED = 20
SHAPE = f"158 features, {NAMES} names x {SESSIONS:,} sessions"
FIRST_USE = """
import time, numpy as np
from fund.features.alpha158_panel import AdjustedBars, alpha158
x = np.ones((70, 2))
started = time.process_time()
alpha158(AdjustedBars(open=x, high=x, low=x, close=x, volume=x))
print(time.process_time() - started)
"""


def measure() -> Iterator[Figure]:
    """Compute the panel and the last session, then let the peers do the same on the same bars."""
    columns = made_bars()
    bars = AdjustedBars(**columns)
    ours = timed(lambda: alpha158(bars), repeats=7, cpu=True)
    yield median(f"{SHAPE}, processor time", "s", ours, bound=1.1)
    yield single("memory at its height, over the result's", "", _memory(bars), bound=2.0)
    last = timed(lambda: last_alpha158(bars), repeats=50, cpu=True)
    yield median(f"the last session of {NAMES} names, processor time", "ms", _ms(last), bound=10)
    one = AdjustedBars(**{name: column[:, :1].copy() for name, column in columns.items()})
    alone = timed(lambda: [last_alpha158(one) for _ in range(100)], repeats=50, cpu=True)
    yield median("of one name, processor time", "ms", [ms / 100 for ms in _ms(alone)], bound=0.05)
    panel = alpha158(bars)
    kept = panel[:, :COMPARED].copy()
    different = int((last_alpha158(bars).view(np.int32) != panel[:, :, -1].view(np.int32)).sum())
    yield counted("values of the last session that are not the panel's to the bit", "", different, bound=0)
    del panel
    yield from _first_use()
    yield from _polars(columns, middle(ours), kept)
    yield from _qlib(columns, middle(ours), kept)


def made_bars() -> dict[str, NDArray[np.float64]]:
    """[T, N] random walks with whole bars, in the single precision that Qlib keeps."""
    random = np.random.default_rng(7)
    shape = (SESSIONS, NAMES)
    close = 50.0 * np.exp(np.cumsum(random.normal(0, 0.02, shape), axis=0))
    opened = close * np.exp(random.normal(0, 0.005, shape))
    reach = np.abs(random.normal(0, 0.005, (2, *shape)))
    bars = {
        "open": opened,
        "high": np.maximum(opened, close) * np.exp(reach[0]),
        "low": np.minimum(opened, close) * np.exp(-reach[1]),
        "close": close,
        "volume": np.exp(random.normal(13, 0.5, shape)).round(),
    }
    return {name: column.astype(np.float32).astype(np.float64) for name, column in bars.items()}


def _ms(seconds: list[float]) -> list[float]:
    return [1000 * each for each in seconds]


def _memory(bars: AdjustedBars) -> float:
    tracemalloc.start()
    size = alpha158(bars).nbytes
    height = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return height / size


def _first_use() -> Iterator[Figure]:
    """What the compiler costs once in a checkout, and reading its cache in every process after that."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(scratch() / "kernels"), "PYTHONPATH": str(ROOT)}  # noqa: TID251
    command = [sys.executable, "-c", FIRST_USE]
    for what in (
        "the first use in a checkout, compiling, processor time",
        "the first use in a process after that",
    ):
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        yield single(what, "s", float(run.stdout))


def _polars(
    columns: dict[str, NDArray[np.float64]], ours: float, kept: NDArray[np.float32]
) -> Iterator[Figure]:
    frame = long_frame({name: column[:, :COMPARED] for name, column in columns.items()})
    found = alpha158_in_polars(frame).to_numpy().T.reshape(len(ALPHA158), COMPARED, SESSIONS)
    yield counted(f"of 158 columns equal to Polars', {COMPARED} names", "", _equal(kept, found))
    whole = long_frame(columns)
    seconds = timed(lambda: alpha158_in_polars(whole), repeats=1, cpu=True)
    yield single("the same in Polars, processor time", "s", seconds[0])
    yield _times("Polars' processor time over ours", seconds[0] / ours, 8)


def _qlib(
    columns: dict[str, NDArray[np.float64]], ours: float, kept: NDArray[np.float32]
) -> Iterator[Figure]:
    python = os.environ.get("CONCLAVE_QLIB_PYTHON")  # noqa: TID251
    if not python:
        yield counted("Qlib: not here, CONCLAVE_QLIB_PYTHON is not set", "", 0)
        return
    folder = scratch() / "qlib"
    alpha158_in_qlib.write(folder, columns)
    script = Path(alpha158_in_qlib.__file__)
    run = subprocess.run(
        [python, str(script), str(folder), str(COMPARED)], capture_output=True, text=True, check=True
    )
    said = json.loads(run.stdout.splitlines()[-1])
    assert said["names"] == [feature.name for feature in ALPHA158]
    peer = f"Qlib {said['version']}"
    equal = _equal(kept, np.load(folder / "features.npy"))
    yield _times(f"of 158 columns equal to {peer}'s, {COMPARED} names", equal, 158)
    yield single(f"the same in {peer}, processor time", "s", said["panel"])
    yield _times(f"{peer}'s processor time over ours", said["panel"] / ours, 40)
    yield single(f"the last session of one name in {peer}, processor time", "ms", 1000 * said["one"])


def _equal(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> int:
    """Columns with every value within 0.1 % or 0.00001 and the same values missing."""
    return sum(
        np.allclose(a, b, rtol=1e-3, atol=1e-5, equal_nan=True) for a, b in zip(ours, theirs, strict=True)
    )


def _times(what: str, value: float, least: float) -> Figure:
    return Figure(what=what, value=value, unit="", statistic="one run", least=least)
