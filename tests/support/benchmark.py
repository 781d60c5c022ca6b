"""What a benchmark measured, and the page that says so."""

import os
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter, process_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured quantity; good enough up to `bound` and from `least` on, where there is one."""

    what: str
    value: float
    unit: str
    statistic: str
    """What the value is of its sample, such as "median of 7"."""
    bound: float | None = None
    least: float | None = None

    @property
    def good(self) -> bool:
        small = self.bound is None or self.value <= self.bound
        return small and (self.least is None or self.value >= self.least)


def timed(work: Callable[[], object], *, repeats: int, cpu: bool = False) -> list[float]:
    """Seconds each run took, after one run that does not count; of the processor alone if asked."""
    clock = process_time if cpu else perf_counter
    work()
    seconds = []
    for _ in range(repeats):
        started = clock()
        work()
        seconds.append(clock() - started)
    return seconds


def single(what: str, unit: str, value: float, *, bound: float | None = None) -> Figure:
    """What is measured once, because repeating it says nothing new or takes too long."""
    return Figure(what=what, value=value, unit=unit, statistic="one run", bound=bound)


def counted(what: str, unit: str, value: float, *, bound: float | None = None) -> Figure:
    """What is counted and comes out the same on every machine."""
    return Figure(what=what, value=value, unit=unit, statistic="counted", bound=bound)


def median(
    what: str,
    unit: str,
    values: Sequence[float],
    *,
    bound: float | None = None,
    least: float | None = None,
) -> Figure:
    """The middle of a sample, with its range."""
    return Figure(
        what=what,
        value=statistics.median(values),
        unit=unit,
        statistic=f"median of {len(values)}{_range(values)}",
        bound=bound,
        least=least,
    )


def percentile_95(what: str, unit: str, values: Sequence[float], *, bound: float | None = None) -> Figure:
    """The value that 19 of 20 stay below; needs 20 values to mean that."""
    if len(values) < 20:
        raise ValueError(f"a 95th percentile needs 20 values or more, found {len(values)}")
    value = statistics.quantiles(values, n=20, method="inclusive")[-1]
    statistic = f"p95 of {len(values)}{_range(values)}"
    return Figure(what=what, value=value, unit=unit, statistic=statistic, bound=bound)


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f", all {_number(low)}" if low == high else f", {_number(low)} to {_number(high)}"


def machine() -> str:
    """One line about where the figures come from."""
    cpu = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} x {cpu}, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}"
    )


def page(sections: Iterable[tuple[str, Sequence[Figure]]], *, where: str, day: date) -> str:
    """The Markdown of docs/benchmarks.md."""
    lines = [
        "# Benchmarks",
        "",
        f"Measured by `make bench` on {day.isoformat()}: {where}. To repeat one section: "
        '`make bench ARGS="--only <section>"`, which prints it and leaves this page alone.',
    ]
    for title, figures in sections:
        lines += ["", f"## {title}", "| what | measured | must reach | sample |", "|---|---|---|---|"]
        lines += [_row(figure) for figure in figures]
    return "\n".join(lines) + "\n"


def _row(figure: Figure) -> str:
    unit = f" {figure.unit}" if figure.unit else ""
    goal = "" if figure.bound is None else f"≤ {figure.bound:,.6g}{unit}"
    goal += "" if figure.least is None else f"≥ {figure.least:,.6g}{unit}"
    missed = "" if figure.good else " **missed**"
    return f"| {figure.what} | {_number(figure.value)}{unit} | {goal}{missed} | {figure.statistic} |"


def _number(value: float) -> str:
    """Write four digits, and the whole number where there are more."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
