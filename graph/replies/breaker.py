"""Answers about the circuit breaker: how it stands, why, and what it would take to resume."""

from collections.abc import Iterator, Sequence

from fund.risk.breaker import CAUSES
from fund.risk.resumption import Evidence
from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, number, percent, quote, say, table
from tools.breaker import BreakerStanding

LEVELS = {
    "drawdown": ("Below the peak", "less than"),
    "winning_sessions": ("Winning sessions in a row", "at least"),
    "sharpe": ("Sharpe ratio", "more than"),
    "prices": ("Names held without a price", "at most"),
    "books": ("Books that do not add up", "none"),
}
IN_PERCENT = frozenset({"drawdown", "prices"})


def breaker_reply(standing: BreakerStanding) -> Iterator[ChatEvent]:
    """Say how the breaker stands and why, and hold every level for a resume beside what was measured."""
    status = standing.status
    if status.state == "closed":
        since = f" since {status.since:%Y-%m-%d %H:%M} UTC" if status.since else ""
        by = f"; it was resumed by {quote(status.changed_by)}" if status.changed_by else ""
        yield from say(f"The circuit breaker is closed{since}{by}: trading runs, nothing is to be resumed.")
        return
    shrink = "positions may only shrink" if status.state == "reducing" else "nothing is planned"
    latch = " and latched" if status.latched else ""
    yield from say(
        f"The circuit breaker is {status.state}{latch} since {status.since:%Y-%m-%d %H:%M} UTC, so {shrink}. "
        f"What tripped it: {CAUSES[status.cause]} ({quote(status.reason)}), "
        f"set by {quote(status.changed_by or 'nobody')}. "
    )
    met = sum(each.met for each in standing.evidence)
    if standing.proposed:
        yield from say("Every level of the mandate for a resume is met, so the desk proposes to resume. ")
    else:
        are = "is" if met == 1 else "are"
        yield from say(f"{met} of the {len(standing.evidence)} levels for a resume {are} met. ")
    yield from say("It takes effect only when you say *resume trading* and confirm. ")
    yield from evidence_table(standing.evidence)


def evidence_table(evidence: Sequence[Evidence]) -> Iterator[ChatEvent]:
    """Show each level with its value and its sample size; nothing where there is no evidence."""
    if not evidence:
        return
    yield from table(
        "Levels for a resume",
        ("Level", "Value", "Asked for", "Sample", "Met"),
        [_row(each) for each in evidence],
    )


def _row(each: Evidence) -> tuple[str, str, str, int, str]:
    title, bound = LEVELS.get(each.name, (each.name, ""))
    if each.name in IN_PERCENT:
        value, level = percent(each.value), percent(each.level)
    else:
        digits = 2 if each.name == "sharpe" else 0
        value, level = number(each.value, digits), number(each.level, digits)
    asked = bound if each.name == "books" else f"{bound} {level}"
    return title, value or MISSING, asked, each.n, "yes" if each.met else "no"
