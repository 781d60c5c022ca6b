"""One line of JSON for each thing that happened: a log that programs read."""

import json
from typing import Any

from desk.monitor.submission import Submission


def event_line(event: str, submission: Submission | None = None, **facts: Any) -> str:
    """Return the line of an event about a submission, or about none."""
    about: dict[str, Any] = {"event": event}
    if submission is not None:
        about |= {"key": submission.key, "tickers": list(submission.tickers), "reason": submission.reason}
        about["kinds"] = sorted({trigger.kind for trigger in submission.triggers})
    return json.dumps({**about, **facts}, ensure_ascii=False, default=str)
