"""Spans of sessions, as an owner asks for them: today, week, month, quarter, year, all, from-to."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fund.errors import QueryRefusedError

NAMED_SPANS = {"today": 1, "week": 5, "month": 21, "quarter": 63, "year": 252}
"""Trailing sessions of each named span; `all` is everything there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of sessions: the last `sessions`, or those from `first` to `last`, or all."""

    label: str
    sessions: int | None = None
    first: date | None = None
    last: date | None = None

    def select(self, sessions: Sequence[date]) -> slice:
        """Return the slice of ascending `sessions` the span covers.

        Raises:
            QueryRefusedError: Nothing lies inside the span; the message says what there is.
        """
        start = bisect_left(sessions, self.first) if self.first else 0
        stop = bisect_right(sessions, self.last) if self.last else len(sessions)
        if self.sessions is not None:
            start = max(start, stop - self.sessions)
        if start >= stop:
            raise QueryRefusedError(_nothing_inside(self, sessions))
        return slice(start, stop)


ALL_SESSIONS = Span(label="since the start")


def trailing(sessions: int, label: str | None = None) -> Span:
    """Return the span of the last `sessions` sessions."""
    if sessions < 1:
        raise QueryRefusedError(f"a span needs at least 1 session, found {sessions!r}")
    plain = "the last session" if sessions == 1 else f"the last {sessions} sessions"
    return Span(label=label or plain, sessions=sessions)


def between(first: date | None, last: date | None) -> Span:
    """Return the span from `first` to `last`, both included; None leaves an end open."""
    if first and last and first > last:
        first, last = last, first
    if first and first == last:
        return Span(label=first.isoformat(), first=first, last=last)
    if first and last:
        return Span(label=f"{first.isoformat()} to {last.isoformat()}", first=first, last=last)
    if first:
        return Span(label=f"since {first.isoformat()}", first=first)
    return Span(label=f"until {last.isoformat()}", last=last) if last else ALL_SESSIONS


def parse_span(text: str) -> Span:
    """Read `today`, `week`, `month`, `quarter`, `year`, `all`, `12` or `2016-05-01..2016-06-30`.

    Raises:
        QueryRefusedError: The text is none of these.
    """
    word = text.strip().casefold()
    if word in NAMED_SPANS:
        return trailing(NAMED_SPANS[word])
    if word in ("all", ""):
        return ALL_SESSIONS
    if word.isascii() and word.isdigit() and len(word) <= 6:
        return trailing(int(word))
    first, dots, last = word.partition("..")
    last = last if dots else first
    try:
        return between(
            date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None
        )
    except ValueError:
        raise QueryRefusedError(
            f"a span is one of {', '.join(NAMED_SPANS)}, all, a number of sessions or "
            f"2016-05-01..2016-06-30, found {text!r}"
        ) from None


def _nothing_inside(span: Span, sessions: Sequence[date]) -> str:
    if not sessions:
        return "there is no session with a return yet; advance the desk by a session first"
    return (
        f"there is no session in {span.label}; the desk has "
        f"{sessions[0].isoformat()} to {sessions[-1].isoformat()}"
    )
