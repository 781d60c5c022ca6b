"""What evaluations cost and how far they can be believed: replay, personas, the gate, one LLM twice."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from desk.evaluating import Asked, Field, field_of, run_experiment
from desk.settings import Settings
from evals.choice import Entrant, choose
from evals.experiment import CALLS, trials_text
from evals.suite import SUITE
from evals.summary import ScoreSummary, summaries
from fund.clock import SystemClock
from support.benchmark import Figure, counted, single
from support.gate_simulation import Bench, verdicts
from support.mandates import a_mandate

RULES = "offline rules, no LLM"
RUNS = 1_000
SAME = 200
TOLD = {
    "signal_quality": ("direction",),
    "risk_management": ("danger_shrunk", "plain_left"),
    "validator_patterns": ("flaw_caught", "refusal_right", "false_refusal"),
}


def measure() -> Iterator[Figure]:
    """Record the suite, replay it twice, and simulate what the gate and a bakeoff would say."""
    field = field_of(Settings(provider="offline"), a_mandate())
    asked = Asked(datasets=tuple(SUITE), trials=1, budget_usd=Decimal(0))
    with TemporaryDirectory() as folder:
        yield from _replayed(asked, field, Path(folder))
    yield from _gate()
    yield from _same_twice()


def _replayed(asked: Asked, field: Field, root: Path) -> Iterator[Figure]:
    started = perf_counter()
    recorded = run_experiment("bench", asked, field, root=root, clock=SystemClock())
    yield single("the whole suite, recorded", "s", perf_counter() - started)
    texts = []
    for _ in range(2):
        started = perf_counter()
        again = run_experiment(
            "bench", asked, field, root=root, clock=SystemClock(), replayed=recorded.folder / CALLS
        )
        seconds = perf_counter() - started
        texts.append(trials_text(again.trials))
    yield single(f"the whole suite in replay, {len(recorded.trials):,} answers", "s", seconds, bound=60)
    same = len({*texts, trials_text(recorded.trials)}) == 1
    yield replace(counted("replays that differ by a byte", "replays", 0 if same else 1), bound=0)
    for summary in summaries(recorded.trials):
        if summary.contestant == RULES:
            for scorer in TOLD.get(summary.dataset, ()):
                found = summary.score(scorer)
                if found is not None and found.value is not None:
                    yield _told(summary.dataset, found)


def _told(dataset: str, found: ScoreSummary) -> Figure:
    span = "" if found.interval is None else f"95 % {found.interval.low:.3f} to {found.interval.high:.3f}, "
    what = f"the rules on {dataset}: {found.scorer} ({span}n = {found.scored})"
    bound = 0.02 if found.scorer == "false_refusal" else None
    return replace(counted(what, "share", found.value or 0.0), bound=bound)


def _gate() -> Iterator[Figure]:
    for bench in (Bench(level=0.9, likeness=0.5), Bench(level=0.8), Bench(cases=300, level=0.8)):
        who = f"{bench.cases} cases × {bench.trials}, right {bench.level:.0%}, trials alike {bench.likeness}"
        for drop, kind in ((0.0, "false alarms"), (0.1, "drops of a tenth that block")):
            share = verdicts(bench, drop, runs=RUNS, seed=3)["block"] / RUNS
            figure = counted(f"gate, {who}: {kind} in {RUNS:,} runs", "share", share)
            yield replace(figure, bound=0.01) if drop == 0 else replace(figure, least=0.9)


def _same_twice() -> Iterator[Figure]:
    rng = np.random.default_rng(11)
    for many in (2, 4):
        undecided = 0
        for run in range(SAME):
            chances = rng.beta(4, 2, size=(120, 1))
            same = [
                Entrant(name=str(n), scores=(rng.random((120, 4)) < chances).astype(np.float64))
                for n in range(many)
            ]
            undecided += choose("some", same, seed=run).winner is None
        what = f"the same LLM {many} times in a bakeoff, {SAME} runs: no difference"
        yield replace(counted(what, "share", undecided / SAME), least=0.95)
