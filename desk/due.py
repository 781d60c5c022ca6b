"""Which sessions the real clock lets the desk play: decided by now, in order, and with their bars there."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from fund.market.history import History

COMPLETE_PERCENT = 95
RECENT_SESSIONS = 5
"""Who had a bar in one of these is expected to have one now; a whole week without is an end or a halt."""
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How many bars of a session have arrived, of the names that had one in the week before."""

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
    """Count the bars of a session; one that has no bar yet is counted against the last that have."""
    panel, has_bar = history.panel, history.bars.has_bar
    row = bisect_left(panel.sessions, session)
    before = has_bar[max(0, row - RECENT_SESSIONS) : row].any(axis=0)
    here = has_bar[row] if row < len(panel.sessions) else np.zeros_like(before)
    return Arrival(
        session=session,
        arrived=int((here & before).sum()),
        expected=int(before.sum()),
        benchmark="" if here[history.bars.column[benchmark]] else benchmark,
    )


def due_sessions(history: History, last: date | None, now: datetime, benchmark: str) -> tuple[date, ...]:
    """Return the sessions after `last` that can be played now, oldest first.

    One whose bars stay incomplete is played with what there is as soon as a later one is complete: by
    then the feed has moved on, and a name without a bar is carried at its last mark.
    """
    newest = newest_complete(history, now, benchmark)
    if newest is None:
        return ()
    return tuple(s for s in history.panel.sessions if s <= newest and (last is None or s > last))


def newest_complete(history: History, now: datetime, benchmark: str) -> date | None:
    """Return the newest session that is over and has its bars, None without one."""
    for session in reversed(history.panel.sessions):
        over = history.calendar.decision_time(session) <= now
        if over and arrival(history, session, benchmark).complete:
            return session
    return None


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
