"""The report as one page of HTML that needs nothing else: tables, and scores with intervals as pictures."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template

from evals.books.figures import NO_WINNER
from evals.books.table import HEAD, book_cells
from evals.forest import Row, forest
from evals.report import Question, Report, silent, told
from evals.summary import Summary

_PAGE = Template(Path(__file__).with_name("report.html").read_text(encoding="utf-8"))
COSTS = ("Silent", "Schema valid", "ms p50 / p95", "Tokens", "USD")


def report_page(report: Report) -> str:
    """Write the page."""
    parts = [
        *(f'<p class="verdict">{escape(verdict)}</p>' for verdict in report.verdicts),
        *(_question(question, report.of(question.dataset)) for question in report.questions),
        _books(report),
        _skipped(report),
        _facts(report),
    ]
    return _PAGE.substitute(title=escape(report.experiment.experiment_id), parts="\n".join(parts))


def _question(question: Question, found: Sequence[Summary]) -> str:
    rows = [Row.of(each.contestant, each.score(question.primary)) for each in found]
    scorers = dict.fromkeys(score.scorer for each in found for score in each.scores)
    others = [name for name in scorers if name != question.primary]
    head = [
        "Contestant",
        question.primary,
        *others,
        "Silent",
        "Schema valid",
        "ms p50 / p95",
        "Tokens",
        "USD",
    ]
    body = "".join(_row(each, [question.primary, *others]) for each in found)
    return (
        f"<section><h2>{escape(question.dataset)}</h2><p>{escape(question.about)}</p>"
        f"{forest(rows, question.primary, question.no_skill)}"
        f'<div class="wide"><table><thead><tr>{_cells(head, "th")}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></section>"
    )


def _row(found: Summary, scorers: Sequence[str]) -> str:
    valid = found.schema_valid
    cells = [
        found.contestant,
        *(told(found.score(scorer)) for scorer in scorers),
        silent(found),
        "n/a" if valid is None else f"{valid.value:.1%} [{valid.low:.1%}, {valid.high:.1%}]",
        "n/a" if found.ms_p50 is None else f"{found.ms_p50:,.0f} / {found.ms_p95:,.0f}",
        f"{found.tokens:,.0f}",
        f"{found.cost_per_decision:.5f} each",
    ]
    return f"<tr>{_cells(cells, 'td')}</tr>"


def _books(report: Report) -> str:
    if not report.books:
        return ""
    rows = "".join(f"<tr>{_cells(book_cells(each), 'td')}</tr>" for each in report.books)
    return (
        f"<section><h2>Books</h2><p>{escape(NO_WINNER)}</p>"
        f'<div class="wide"><table><thead><tr>{_cells(HEAD, "th")}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


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
