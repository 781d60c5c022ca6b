"""Runs every bench_*.py of this folder and writes docs/benchmarks.md; exits 1 when a bound is missed.

A benchmark is a module with a one-sentence docstring and `measure() -> Iterable[Figure]`. `make bench` gives
BLAS one thread: on matrices of a few hundred names a second one costs more than it does.
"""

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

from fund.clock import SystemClock
from support.benchmark import Figure, machine, page
from support.checkout import ROOT

HERE = Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "benchmarks.md"
PREFIX = "bench_"


def main(arguments: Sequence[str]) -> int:
    """Measure, show, and write the page when everything was measured."""
    names = [path.stem.removeprefix(PREFIX) for path in sorted(HERE.glob(f"{PREFIX}*.py"))]
    parser = argparse.ArgumentParser(description="Measure the desk and write docs/benchmarks.md.")
    parser.add_argument("--only", choices=names, help="one benchmark; the page is left alone")
    only = parser.parse_args(arguments).only
    sections = [_measured(name) for name in names if only in (None, name)]
    text = page(sections, where=machine(), day=SystemClock().now().date())
    sys.stdout.write(text)
    if only is None:
        PAGE.write_text(text, encoding="utf-8")
    return 0 if all(figure.good for _, figures in sections for figure in figures) else 1


def _measured(name: str) -> tuple[str, list[Figure]]:
    sys.stderr.write(f"measuring {name} ...\n")
    spec = importlib.util.spec_from_file_location(f"{PREFIX}{name}", HERE / f"{PREFIX}{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"no benchmark {name!r} in {HERE}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return name.replace("_", " ").capitalize(), list(module.measure())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
