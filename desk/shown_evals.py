"""Datasets and reports of evaluations as tables for a terminal."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table

from evals.case import Dataset
from evals.report import Question, Report, told
from evals.summary import Summary


def datasets_table(datasets: Sequence[Dataset]) -> Table:
    """Return the datasets, a line each."""
    table = Table("Dataset", "Cases", "What it asks", "Digest")
    for each in datasets:
        table.add_row(each.name, str(len(each.cases)), each.about, each.digest[:12])
    return table


def report_tables(report: Report) -> tuple[RenderableType, ...]:
    """Return a table a dataset, who was skipped, and what follows."""
    skipped = (f"Skipped: {name} ({why})" for name, why in sorted(report.skipped.items()))
    tables = (_table(question, report.of(question.dataset)) for question in report.questions)
    return (*tables, *skipped, *report.verdicts)


def _table(question: Question, found: Sequence[Summary]) -> Table:
    chance = "" if question.no_skill is None else f", no skill {question.no_skill:g}"
    table = Table("Contestant", f"{question.primary}{chance}", "Silent", "USD each", title=question.dataset)
    for each in found:
        table.add_row(
            each.contestant,
            told(each.score(question.primary)),
            f"{each.silent} of {each.trials}",
            f"{each.cost_per_decision:.5f}",
        )
    return table
