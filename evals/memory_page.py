"""What the controls tell of reasoning and memory, as a table of the report's page."""

from collections.abc import Sequence
from html import escape

from evals.memorisation import CONTROLLED, SHOULD_FLIP, SHOULD_STAY, Memorisation, under
from evals.re_identification import Named
from evals.report import Report, told
from fund.metrics.inference import Interval

HEAD = (
    "Contestant",
    "Right under pseudonyms",
    "Right with real names",
    f"Views that change with the path (wanted {SHOULD_FLIP:.0%})",
    f"Views that stay with moved dates (wanted {SHOULD_STAY:.0%})",
    "Views that stay in another order",
    "Companies named (by chance)",
    "Quarters named (by chance)",
    "Doubts",
)
NOT_ASKED = "not scorable: rules name nobody"


def memory_section(report: Report) -> str:
    """Return the section, empty where no control was asked."""
    if not report.memorisation:
        return ""
    rows = "".join(f"<tr>{_cells(_row(report, each), 'td')}</tr>" for each in report.memorisation)
    return (
        "<section><h2>Reasoning or memory</h2><p>The cases of "
        f"{CONTROLLED} again: with real names, with the path turned over, some years later, in the opposite "
        "order; and each once with the question whom the pseudonym stands for.</p>"
        f'<div class="wide wraps"><table><thead><tr>{_cells(HEAD, "th")}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _row(report: Report, found: Memorisation) -> tuple[str, ...]:
    scored = {each.contestant: each.score("direction") for each in report.of(CONTROLLED)}
    order = told_share(found.reordered)
    if found.agreement is not None:
        order += f"; two trials of the same agree on {found.agreement:.0%}"
    return (
        found.contestant,
        told(scored.get(found.contestant)),
        told(scored.get(under(found.contestant, "real"))),
        told_share(found.flipped),
        told_share(found.stayed),
        order,
        told_named(found.company),
        told_named(found.quarter),
        "; ".join(found.suspicions) or "none",
    )


def told_share(share: Interval | None) -> str:
    """Return a share in words, with its interval and size."""
    if share is None:
        return "not asked"
    return f"{share.value:.0%} [{share.low:.0%}, {share.high:.0%}], n = {share.n}"


def told_named(found: Named | None) -> str:
    """Return how much was named rightly, beside chance."""
    return NOT_ASKED if found is None else f"{told_share(found.right)} ({found.by_chance:.0%})"


def _cells(texts: Sequence[str], tag: str) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)
