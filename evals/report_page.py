"""The report as one page of HTML that needs nothing else: tables, and scores with intervals as pictures."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template

from evals.books.figures import NO_WINNER
from evals.books.table import BOOK_HEAD, book_cells
from evals.forest import Row, forest
from evals.memorisation import CONTROLS, under
from evals.memory_page import memory_section
from evals.promises import Promises
from evals.reliability import reliability
from evals.report import DecisionCost, Question, Report, silent, told
from evals.steadiness import Steadiness
from evals.summary import Summary

_PAGE = Template(Path(__file__).with_name("report.html").read_text(encoding="utf-8"))
HEAD = ("Contestant", "Silent", "Schema valid", "ms p50 / p95", "Tokens", "USD each", "USD a right one")


def report_page(report: Report) -> str:
    """Write the page."""
    parts = [
        *(f'<p class="verdict">{escape(verdict)}</p>' for verdict in report.verdicts),
        *(_question(question, report) for question in report.questions),
        _books(report),
        memory_section(report),
        _skipped(report),
        _facts(report),
    ]
    return _PAGE.substitute(title=escape(report.experiment.experiment_id), parts="\n".join(parts))


def _question(question: Question, report: Report) -> str:
    """Tell of a dataset: scores with a picture, what they took, steadiness and probabilities.

    Cases that were shown otherwise, as a control, are told of in a section of their own.
    """
    controls = {under(name, shown) for name in report.experiment.contestants for shown in CONTROLS}
    found = [each for each in report.of(question.dataset) if each.contestant not in controls]
    rows = [Row.of(each.contestant, each.score(question.primary)) for each in found]
    scorers = dict.fromkeys(score.scorer for each in found for score in each.scores)
    names = [question.primary, *(name for name in scorers if name != question.primary)]
    scored = [[each.contestant, *(told(each.score(name)) for name in names)] for each in found]
    return (
        f"<section><h2>{escape(question.dataset)}</h2><p>{escape(question.about)}</p>"
        f"{forest(rows, question.primary, question.no_skill)}"
        f"{_table(['Contestant', *names], scored)}{_table(HEAD, [_taken(each, report) for each in found])}"
        f"{_steady(question.dataset, report)}{_promised(question.dataset, report)}</section>"
    )


def _taken(found: Summary, report: Report) -> list[str]:
    """Return what a contestant took: silence, faults, time, tokens and money."""
    valid = found.schema_valid
    cost = next(
        each for each in report.costs if (each.dataset, each.contestant) == (found.dataset, found.contestant)
    )
    return [
        found.contestant,
        silent(found),
        "n/a" if valid is None else f"{valid.value:.1%} [{valid.low:.1%}, {valid.high:.1%}], n = {valid.n}",
        "n/a" if found.ms_p50 is None else f"{found.ms_p50:,.0f} / {found.ms_p95:,.0f}",
        f"{found.tokens:,.0f}",
        f"{found.cost_per_decision:.5f}",
        _told_cost(cost),
    ]


def _told_cost(cost: DecisionCost) -> str:
    """Return what a right decision costs, with its bounds."""
    if cost.right is None:
        return "n/a: none was right"
    bounds = [f"{each:.5f}" if each is not None else "?" for each in (cost.right_low, cost.right_high)]
    return f"{cost.right:.5f} [{bounds[0]}, {bounds[1]}], n = {cost.scored}"


def _steady(dataset: str, report: Report) -> str:
    own = [each for each in report.steadiness if each.dataset == dataset]
    rows = [
        [each.contestant, *(["not measurable"] * 2 if each.why else _told_steady(each)), each.why]
        for each in own
    ]
    times = report.experiment.trials
    return (
        _table(["Contestant", f"All {times} trials right", "Two trials agree", "Why not"], rows)
        if rows
        else ""
    )


def _told_steady(found: Steadiness) -> list[str]:
    return [told(found.all_right), told(found.agreement)]


def _promised(dataset: str, report: Report) -> str:
    parts = [_reliable(each) for each in report.promises if each.dataset == dataset]
    return f'<div class="squares">{"".join(parts)}</div>' if parts else ""


def _reliable(found: Promises) -> str:
    """Return the picture of a contestant's probabilities and what they come to."""
    known = found.calibration
    brier = "" if known.brier is None else f" [{known.brier.low:.3f}, {known.brier.high:.3f}]"
    chance = "too few sessions" if known.error_by_chance is None else f"chance {known.error_by_chance:.3f}"
    said = (
        f"{found.contestant}: Brier {known.brier_value:.3f}{brier}, constant {known.brier_constant:.3f}; "
        f"calibration error {known.error:.3f} ({chance}); n = {known.n} answers to {found.cases} cases of "
        f"{known.sessions} sessions"
    )
    picture = reliability(known.groups, found.contestant)
    return f"<figure>{picture}<figcaption>{escape(said)}</figcaption></figure>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    body = "".join(f"<tr>{_cells(row, 'td')}</tr>" for row in rows)
    return (
        f'<div class="wide"><table><thead><tr>{_cells(head, "th")}</tr></thead><tbody>{body}</tbody></table>'
        "</div>"
    )


def _books(report: Report) -> str:
    if not report.books:
        return ""
    table = _table(BOOK_HEAD, [book_cells(each) for each in report.books])
    return f"<section><h2>Books</h2><p>{escape(NO_WINNER)}</p>{table}</section>"


def _skipped(report: Report) -> str:
    if not report.skipped:
        return ""
    rows = "".join(f"<li>{escape(name)}: {escape(why)}</li>" for name, why in sorted(report.skipped.items()))
    return f"<section><h2>Skipped</h2><ul>{rows}</ul></section>"


def _facts(report: Report) -> str:
    experiment = report.experiment
    facts = {
        "Source": experiment.commit,
        "Trials of each case": str(experiment.trials),
        "Seed": str(experiment.seed),
        **{f"Dataset {name}": digest for name, digest in sorted(experiment.datasets.items())},
        **{f"Contestant {name}": what for name, what in sorted(experiment.contestants.items())},
        **{f"Prompt of {role}": digest for role, digest in sorted(experiment.prompts.items())},
        **{name: str(value) for name, value in sorted(experiment.parameters.items())},
    }
    rows = "".join(f"<tr>{_cells(pair, 'td')}</tr>" for pair in facts.items())
    return f'<section><h2>What was run</h2><table class="facts"><tbody>{rows}</tbody></table></section>'


def _cells(texts: Iterable[str], tag: str) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)
