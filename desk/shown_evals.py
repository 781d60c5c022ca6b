"""Datasets and reports of evaluations as tables for a terminal."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table

from evals.baseline import Baseline
from evals.books.figures import NO_WINNER
from evals.books.table import BOOK_HEAD, NARROW, book_cells
from evals.case import Dataset
from evals.gate import GateResult
from evals.memorisation import SHOULD_FLIP, SHOULD_STAY, Memorisation
from evals.memory_page import told_named, told_share
from evals.night import Night
from evals.report import Question, Report, silent, told
from evals.steadiness import Steadiness
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
    remembered = (_remembered(each) for each in report.memorisation)
    steady = (_steady(each) for each in report.steadiness if not each.why)
    return (*tables, *steady, *_books(report), *skipped, *remembered, *report.verdicts)


def _books(report: Report) -> tuple[RenderableType, ...]:
    if not report.books:
        return ()
    table = Table(*(BOOK_HEAD[place] for place in NARROW), title="Books", caption=NO_WINNER)
    for each in report.books:
        cells = book_cells(each)
        table.add_row(*(cells[place] for place in NARROW))
    return (table,)


def gate_lines(found: GateResult, baseline: Baseline) -> tuple[RenderableType, ...]:
    """Return what the gate says, and of which baseline."""
    held = (
        f"Against {baseline.experiment.experiment_id} of {baseline.promoted_at:%Y-%m-%d}: {baseline.reason}"
    )
    compared = (f"{each.colour}: {each.name}: {each.why}" for each in found.comparisons)
    return (held, *compared, f"The gate is {found.colour}.", *(f"- {reason}" for reason in found.reasons))


def night_lines(found: Night) -> tuple[RenderableType, ...]:
    """Return what came of a night: the verdict, the scores and the worst cases."""
    worst = Table("Worst cases", "Case", "Score")
    for each in found.worst:
        worst.add_row(each.dataset, each.case_id, each.told)
    verdict = f"{found.verdict[:1].upper()}{found.verdict[1:]}."
    return (verdict, *(f"{score.told}." for score in found.scores), worst)


def _remembered(found: Memorisation) -> str:
    """Say what the controls told of a contestant."""
    gap = "unknown" if found.gap is None else f"{found.gap:+.3f}"
    return (
        f"{found.contestant}: names are worth {gap}; of its views {told_share(found.flipped)} change when "
        f"the path is turned over (wanted {SHOULD_FLIP:.0%}), {told_share(found.stayed)} stay when dates are "
        f"moved (wanted {SHOULD_STAY:.0%}), {told_share(found.reordered)} stay in another order; companies "
        f"behind the pseudonyms: {told_named(found.company)}; quarters: {told_named(found.quarter)}"
    )


def _steady(found: Steadiness) -> str:
    """Say how steady a contestant is."""
    name = f"{found.dataset}, {found.contestant}"
    if found.why:
        return f"{name}: steadiness cannot be told, {found.why}"
    return (
        f"{name}: all {found.trials} trials right {told(found.all_right)}; two agree {told(found.agreement)}"
    )


def _table(question: Question, found: Sequence[Summary]) -> Table:
    chance = "" if question.no_skill is None else f", no skill {question.no_skill:g}"
    table = Table("Contestant", f"{question.primary}{chance}", "Silent", "USD each", title=question.dataset)
    for each in found:
        table.add_row(
            each.contestant,
            told(each.score(question.primary)),
            silent(each),
            f"{each.cost_per_decision:.5f}",
        )
    return table
