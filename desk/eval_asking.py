"""What the commands of `desk evals` have in common: who is asked what, the run, and its report."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Self

from rich.console import Console

from desk.evaluating import EVALS, Asked, Field, Result, field_of, most_usd, run_experiment
from desk.mandate import load_mandate
from desk.progress import progress_beside
from desk.settings import Settings
from evals.memorisation import CONTROLLED, Memorisation, memorisation
from evals.report import Report, report_of
from evals.report_page import report_page
from evals.suite import SUITE, dataset, question
from fund.clock import SystemClock
from fund.errors import ConfigError
from fund.mandate import Mandate

REPORT, PAGE = "report.json", "report.html"
MOST_TRIALS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalRun:
    """A run as the options ask for it."""

    settings: Settings
    plan: Asked
    field: Field
    replayed: Path | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> Self:
        """Read the options; raises `ConfigError` where they make no sense."""
        settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
        mandate = load_mandate(settings.mandate)
        return cls(
            settings=settings,
            plan=asked_by(options, mandate),
            field=field_of(settings, mandate, options.llm or ()),
            replayed=options.replay,
        )

    @property
    def most_usd(self) -> Decimal:
        """Return the most that the calls may cost; a replay costs nothing."""
        return Decimal(0) if self.replayed else most_usd(self.plan, self.field)

    def asked(self, name: str, console: Console) -> Result:
        """Run it, or go on with it, with a progress bar."""
        with progress_beside(console) as progress:
            return run_experiment(
                name,
                self.plan,
                self.field,
                root=self.settings.data_dir / EVALS,
                clock=SystemClock(),
                progress=progress,
                replayed=self.replayed,
            )

    def report(self, result: Result, verdicts: Sequence[str] = ()) -> Report:
        """Return the report of a result."""
        remembered: tuple[Memorisation, ...] = ()
        if self.plan.controls and CONTROLLED in self.plan.datasets:
            known = self.plan.dataset(CONTROLLED)
            remembered = tuple(memorisation(known, result.trials, name) for name in self.field.rosters)
        return report_of(
            result.experiment,
            [question(name) for name in self.plan.datasets],
            result.trials,
            skipped=self.field.skipped,
            memorisation=remembered,
            verdicts=verdicts,
        )


def asked_by(options: argparse.Namespace, mandate: Mandate) -> Asked:
    """Return what the options ask for."""
    names = tuple(dict.fromkeys(options.dataset or SUITE))
    for name in names:
        dataset(name)
    if not 1 <= options.trials <= MOST_TRIALS:
        raise ConfigError(f"--trials must be between 1 and {MOST_TRIALS}, was {options.trials}")
    cases: int | None = options.cases
    if cases is not None and cases < 1:
        raise ConfigError(f"--cases must be at least 1, was {cases}; leave it out to ask all")
    budget = mandate.evals_budget_usd if options.budget is None else options.budget
    if not budget.is_finite() or budget < 0:
        raise ConfigError(f"--budget must be at least 0, was {budget}")
    return Asked(
        datasets=names,
        trials=options.trials,
        controls=options.controls,
        budget_usd=budget,
        occasion=options.name,
        cases=cases,
    )


def kept_report(report: Report, result: Result) -> tuple[str, ...]:
    """Write a report beside its trials and say where; that of a replay goes nowhere."""
    if result.replayed:
        return ()
    (result.folder / REPORT).write_text(report.text(), encoding="utf-8")
    (result.folder / PAGE).write_text(report_page(report), encoding="utf-8")
    return (f"Kept in {result.folder / PAGE}",)
