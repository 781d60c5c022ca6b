"""Which sessions the real clock lets the desk play: decided by now, in order, and with their bars there."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fund.market.history import History

COMPLETE_PERCENT = 95
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How many bars of a session have arrived, of the names that had one in the session before."""

    session: date
    arrived: int
    expected: int
    benchmark: str
    """The benchmark's ticker while its bar is missing; empty once it is there."""

    @property
    def complete(self) -> bool:
        """Whether the session can be played: the benchmark is there, and so is nearly everybody."""
        return not self.benchmark and self.arrived * 100 >= self.expected * COMPLETE_PERCENT


def arrival(history: History, session: date, benchmark: str) -> Arrival:
    """Count the bars of a session; one that has no bar yet is counted against the last that has."""
    panel, has_bar = history.panel, history.bars.has_bar
    row = bisect_left(panel.sessions, session)
    there = row < len(panel.sessions)
    before = has_bar[row - 1] if row else has_bar[row] & False
    here = has_bar[row] if there else before & False
    return Arrival(
        session=session,
        arrived=int((here & before).sum()),
        expected=int(before.sum()),
        benchmark="" if here[history.bars.column[benchmark]] else benchmark,
    )


def due_sessions(history: History, last: date | None, now: datetime, benchmark: str) -> tuple[date, ...]:
    """Return the sessions after `last` that can be played now, up to the first that cannot."""
    due: list[date] = []
    for session in history.panel.sessions:
        if last is not None and session <= last:
            continue
        if not _playable(history, session, now, benchmark):
            break
        due.append(session)
    return tuple(due)


def last_playable(history: History, now: datetime, benchmark: str) -> date:
    """Return the newest session that can be played now, the first one where none can."""
    newest_first = reversed(history.panel.sessions)
    playable = (s for s in newest_first if _playable(history, s, now, benchmark))
    return next(playable, history.first_session)


def waits_for(history: History, session: date, now: datetime, benchmark: str) -> str:
    """Say what the next session waits for; empty when it can be played."""
    decided = history.calendar.decision_time(session)
    if now < decided:
        local = decided.astimezone(NEW_YORK)
        return f"waiting for the decision time of {session}, {local:%H:%M} in New York"
    found = arrival(history, session, benchmark)
    if found.complete:
        return ""
    missing = f", {benchmark} is missing" if found.benchmark else ""
    return f"waiting for the bars of {session}: {found.arrived} of {found.expected} names{missing}"


def _playable(history: History, session: date, now: datetime, benchmark: str) -> bool:
    decided = history.calendar.decision_time(session) <= now
    return decided and arrival(history, session, benchmark).complete
