"""How the alerts are told: whether they went out, and what was in the way."""

from collections import Counter
from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, cell, plural, quote, say, table
from tools.alerts import AlertReport

UNSET = (
    "No alert channel is set on this desk, so nothing is sent to anybody: set one in `.env` "
    "(the runbook says how) and try it with `desk alerts test`."
)
CALLED = {"discord": "Discord", "email": "E-mail", "webhook": "The webhook"}
LONGEST = 90
"""Characters of an alert in the table; the whole is in the records."""


def alerts_reply(report: AlertReport) -> Iterator[ChatEvent]:
    """Say how each channel stands and what became of the last alerts."""
    if not report.channels:
        yield from say(UNSET)
        return
    for state in report.channels:
        if state.failures:
            said = f"{CALLED[state.channel]} fails: {quote(state.held_for or 'no answer')}."
            until = f" It is tried again at {state.held_until:%H:%M:%S} UTC." if state.held_until else ""
            yield from say(f"{said}{until} ")
        else:
            yield from say(f"{CALLED[state.channel]} works. ")
        if state.waiting:
            yield from say(f"{plural(state.waiting, 'alert')} waiting. ")
        if state.dead:
            yield from say(f"{plural(state.dead, 'alert')} could not be delivered. ")
    if not report.deliveries:
        yield from say("No alert has been due so far.")
        return
    became = Counter(each.status for each in report.deliveries)
    counted = ", ".join(f"{count} {status}" for status, count in became.most_common())
    yield from say(f"Of the last {plural(len(report.deliveries), 'alert')}: {counted}.")
    yield from table(
        "The last alerts",
        ("Happened (UTC)", "Channel", "Became", "What", "Tries", "Settled (UTC)", "Answer"),
        [
            (
                f"{each.at:%Y-%m-%d %H:%M}",
                CALLED[each.channel],
                each.status,
                cell(each.text if len(each.text) <= LONGEST else f"{each.text[:LONGEST]}…"),
                each.attempts,
                f"{each.settled_at:%Y-%m-%d %H:%M}" if each.settled_at else MISSING,
                cell(each.answer or MISSING),
            )
            for each in report.deliveries
        ],
    )
