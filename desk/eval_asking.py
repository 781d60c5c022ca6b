"""What the commands of `desk evals` have in common: who is asked what, the run, and its report."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Self

from rich.console import Console

from desk.eval_publishing import destination_of, publish_result
from desk.evaluating import EVALS, Asked, Field, Result, field_of, most_usd, run_experiment
from desk.mandate import load_mandate
from desk.progress import progress_beside
from desk.settings import Settings, publish
from evals.bakeoff import choices, unspoken_for
from evals.books.figures import books_of
from evals.choice import Choice
from evals.memorisation import CONTROLLED, memorisation
from evals.report import Report, report_of
from evals.report_page import report_page
from evals.suite import BOOKS, SUITE, dataset, question
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
    published: bool = False
    """Whether it is uploaded to LangSmith when it is done."""

    @classmethod
    def of(cls, options: argparse.Namespace) -> Self:
        """Read the options; raises `ConfigError` where they make no sense."""
        settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
        publish(settings.variables_for_libraries())
        if options.publish:
            destination_of(settings)
            if options.replay:
                raise ConfigError("--publish uploads what was asked, and --replay asks nobody: leave one out")
        mandate = load_mandate(settings.mandate)
        return cls(
            settings=settings,
            plan=asked_by(options, mandate),
            field=field_of(settings, mandate, options.llm or ()),
            replayed=options.replay,
            published=options.publish,
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

    def told(self, report: Report, result: Result, console: Console) -> tuple[str, ...]:
        """Keep a report, publish the experiment where that is asked for, and say where both are."""
        return (*kept_report(report, result), *self.uploaded(result, console))

    def uploaded(self, result: Result, console: Console) -> tuple[str, ...]:
        """Publish a result where that is asked for, and say what came of it."""
        if not self.published:
            return ()
        with progress_beside(console) as progress:
            return publish_result(self.settings, result, progress)

    def report(self, result: Result, verdicts: Sequence[str] = ()) -> Report:
        """Return the report of a result."""
        report = report_of(
            result.experiment,
            [question(name) for name in self.plan.datasets],
            result.trials,
            datasets=[self.plan.dataset(name) for name in self.plan.datasets],
            skipped=self.field.skipped,
            books=books_of(dataset(BOOKS), result.trials) if BOOKS in self.plan.datasets else (),
            verdicts=verdicts,
        )
        if not self.plan.controls or CONTROLLED not in self.plan.datasets:
            return report
        remembered = (
            memorisation(
                self.plan.dataset(CONTROLLED), result.trials, name, report.agreement(CONTROLLED, name)
            )
            for name in self.field.rosters
        )
        return replace(report, memorisation=tuple(remembered))

    def chosen(self, result: Result) -> tuple[dict[str, Choice], Report]:
        """Return by dataset whom a bakeoff speaks for, and the report that says so."""
        names = self.plan.datasets
        found = choices(result.trials, names, tuple(self.field.rosters), skipped=self.field.skipped)
        told = (*(choice.verdict for choice in found.values()), *unspoken_for(names))
        return found, self.report(result, verdicts=told)


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
