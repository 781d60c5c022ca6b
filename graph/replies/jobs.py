"""How the desk's own schedule is told: what comes next, what ran last, what the committee was heard about."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, cell, plural, quote, say, table
from tools.jobs import JobReport, JobStanding

NEW_YORK = ZoneInfo("America/New_York")
LONGEST = 90


def jobs_reply(report: JobReport) -> Iterator[ChatEvent]:
    """Say what is due next and what went wrong last, then show every job."""
    coming = min((j for j in report.jobs if j.next_at), key=_due, default=None)
    if coming is not None and coming.next_at is not None:
        yield from say(f"Next is {coming.name}, {_told(coming.next_at)}: {coming.what}. ")
    for each in report.jobs:
        if each.paused_by:
            yield from say(f"{each.name} is paused by {each.paused_by}. ")
        elif each.last_status in ("failed", "missed"):
            yield from say(f"{each.name} {each.last_status} last: {quote(each.last_said)}. ")
    yield from table(
        "What the desk does by itself",
        ("Job", "What it does", "Next (New York)", "Last slot", "Became", "What came of it"),
        [
            (
                each.name,
                each.what,
                _told(each.next_at) if each.next_at else ("paused" if each.paused_by else MISSING),
                each.last_slot or MISSING,
                each.last_status or MISSING,
                cell(_short(each.last_said) or MISSING),
            )
            for each in report.jobs
        ],
    )
    if report.hearings:
        yield from say(f"The committee was heard {plural(len(report.hearings), 'time')} lately.")
        yield from table(
            "The last hearings",
            ("Asked (New York)", "By", "Why", "Became", "What came of it"),
            [
                (
                    _told(each.asked_at),
                    each.asked_by,
                    cell(_short(each.occasion) or each.job),
                    each.status,
                    cell(_short(each.said) or MISSING),
                )
                for each in report.hearings
            ],
        )


def _due(job: JobStanding) -> datetime:
    assert job.next_at is not None
    return job.next_at


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
