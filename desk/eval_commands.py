"""`desk evals`: how well the desk and its LLMs decide, on cases of the past whose end is known."""

import argparse
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console

from db.record_codec import to_plain
from desk.bootstrap import open_desk
from desk.data_folder import DataFolder
from desk.evals_make import make_datasets
from desk.evaluating import EVALS, Asked, Field, field_of, most_usd, run_experiment
from desk.mandate import load_mandate
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.settings import Settings
from desk.shown_evals import datasets_table, report_tables
from evals.case import Dataset
from evals.report import Report, report_of
from evals.report_page import report_page
from evals.shelf import SHELF
from evals.suite import SUITE, dataset, question
from fund.clock import SystemClock
from fund.errors import ConfigError
from fund.mandate import Mandate

DESCRIPTION = """How well the desk and its LLMs decide, on cases of the past whose end is known.

  desk evals list                         the datasets, and what each of them asks
  desk evals run                          everybody with a key, the rules and the baselines, once each
  desk evals run --dataset signal_quality --trials 4 --llm anthropic:claude-haiku-4-5

No key is needed: the offline rules and the baselines always take part, and a provider without a key is
skipped, never zero. LLMs see pseudonyms and distances of days, because they may remember how it went;
--controls tells what they would remember. Every call is on file:
a run that is stopped goes on where it was."""
REPORT, PAGE = "report.json", "report.html"


def add_evals(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command and what lies below it."""
    made = sub.add_parser(
        "evals",
        help="Measure how well the desk and its LLMs decide",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    below = made.add_subparsers(required=True, metavar="ACTION")
    listed = below.add_parser("list", parents=[shared], help="Show the datasets and what each of them asks")
    listed.set_defaults(run=list_datasets)
    made = below.add_parser(
        "make", parents=[shared], help="Cut the datasets anew from the past a desk has played"
    )
    made.add_argument(
        "--out", type=Path, default=SHELF, help="folder to write them to (default: the program's own)"
    )
    made.set_defaults(run=make)
    ran = below.add_parser("run", parents=[shared], help="Ask everybody every case, and report")
    ran.add_argument("--dataset", action="append", metavar="NAME", help="only this one; may be repeated")
    ran.add_argument("--trials", type=int, default=1, help="how often each case is asked (default 1)")
    ran.add_argument("--llm", action="append", metavar="SPEC", help="another LLM, provider:llm")
    ran.add_argument("--budget", type=Decimal, metavar="USD", help="at most (mandate: llm.evals_budget_usd)")
    ran.add_argument("--controls", action="store_true", help="tell reasoning from memory; 4 times the calls")
    ran.add_argument("--replay", type=Path, metavar="FILE", help="from recorded calls; nobody is asked")
    ran.set_defaults(run=run_evals)


def list_datasets(options: argparse.Namespace, console: Console) -> Outcome:
    """Show the datasets."""
    found = [dataset(name) for name in SUITE]
    return Outcome(data=_listed(found), shown=(datasets_table(found),))


def make(options: argparse.Namespace, console: Console) -> Outcome:
    """Cut the datasets anew from what a desk has played."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    if not DataFolder(settings.data_dir).is_started():
        raise ConfigError(
            f"DESK_DATA_DIR {settings.data_dir}: no desk has been started here; `make up` starts one"
        )
    with progress_beside(console) as progress, closing(open_desk(settings, progress)) as desk:
        found = make_datasets(desk, options.out, progress)
    return Outcome(data=_listed(found), shown=(datasets_table(found),))


def run_evals(options: argparse.Namespace, console: Console) -> Outcome:
    """Ask everybody, and report."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    mandate = load_mandate(settings.mandate)
    asked = asked_by(options, mandate)
    field = field_of(settings, mandate, options.llm or ())
    with progress_beside(console) as progress:
        _say_cost(asked, field, console)
        result = run_experiment(
            "run",
            asked,
            field,
            root=settings.data_dir / EVALS,
            clock=SystemClock(),
            progress=progress,
            replayed=options.replay,
        )
    questions = [question(name) for name in asked.datasets]
    report = report_of(result.experiment, questions, result.trials, skipped=field.skipped)
    kept = () if options.replay else (f"Kept in {keep_report(report, result.folder)}",)
    return Outcome(data=to_plain(report), shown=(*report_tables(report), *kept))


def asked_by(options: argparse.Namespace, mandate: Mandate) -> Asked:
    """Return what the options ask for; raises `ConfigError` where they make no sense."""
    names = tuple(dict.fromkeys(options.dataset or SUITE))
    for name in names:
        dataset(name)
    if not 1 <= options.trials <= 100:
        raise ConfigError(f"--trials must be between 1 and 100, was {options.trials}")
    budget = mandate.evals_budget_usd if options.budget is None else options.budget
    if not budget.is_finite() or budget < 0:
        raise ConfigError(f"--budget must be at least 0, was {budget}")
    return Asked(datasets=names, trials=options.trials, controls=options.controls, budget_usd=budget)


def keep_report(report: Report, folder: Path) -> Path:
    """Write a report beside its trials, and return the page."""
    (folder / REPORT).write_text(report.text(), encoding="utf-8")
    (folder / PAGE).write_text(report_page(report), encoding="utf-8")
    return folder / PAGE


def _listed(datasets: Sequence[Dataset]) -> dict[str, Any]:
    return {
        "datasets": [
            {"name": each.name, "cases": len(each.cases), "digest": each.digest, "about": each.about}
            for each in datasets
        ]
    }


def _say_cost(asked: Asked, field: Field, console: Console) -> None:
    """Say before the first call what the calls may cost at most."""
    most = most_usd(asked, field)
    if most:
        console.print(f"The calls may cost up to {most:.2f} USD.", highlight=False)
