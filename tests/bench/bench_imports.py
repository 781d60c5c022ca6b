"""What it costs to load the engine and to ask the command line for help."""

import json
import subprocess
import sys
from collections.abc import Iterator

from support.benchmark import Figure, median
from support.checkout import ROOT

REPEATS = 7
LOAD_ENGINE = """
import json, pathlib, pkgutil, resource, sys, time
started = time.perf_counter()
import graph
for module in pkgutil.walk_packages(graph.__path__, "graph."):
    __import__(module.name)
seconds = time.perf_counter() - started
heavy = [name for name in ("torch", "pandas", "sklearn", "chainlit", "lightgbm") if name in sys.modules]
status = pathlib.Path("/proc/self/status")
if status.exists():
    peak = int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({"seconds": seconds, "mib": peak, "heavy": len(heavy)}))
"""
ASK_FOR_HELP = """
import contextlib, io, json, time
started = time.perf_counter()
from desk.cli import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main(["--help"])
print(json.dumps({"seconds": time.perf_counter() - started}))
"""


def measure() -> Iterator[Figure]:
    """Load each in fresh processes; the first run warms the disk and does not count."""
    engine = [_run(LOAD_ENGINE) for _ in range(REPEATS + 1)][1:]
    yield median("import of every module of `graph`", "s", [run["seconds"] for run in engine], bound=1.5)
    yield median("memory after it", "MiB", [run["mib"] for run in engine], bound=150)
    yield median("heavy libraries it loaded", "", [run["heavy"] for run in engine], bound=0)
    helped = [_run(ASK_FOR_HELP) for _ in range(REPEATS + 1)][1:]
    yield median("`python -m desk --help`, interpreter aside", "s", [run["seconds"] for run in helped])


def _run(program: str) -> dict[str, float]:
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured
