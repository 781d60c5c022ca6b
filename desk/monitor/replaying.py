"""Plays recorded bars through the monitor on a simulated clock, and counts what it told."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desk.monitor.patrol import Patrol
from desk.monitor.recording import Recording
from desk.monitor.submission import Submission
from fund.clock import FixedClock
from fund.market.calendar import Hours, SessionCalendar
from fund.watching.reference import Reference
from fund.watching.rules import MonitorRules
from fund.watching.trigger import Trigger
from fund.watching.watch import Watch, hours_at

RULE = (
    "A delay runs from the tick of the whole recording that first shows the same thing about the ticker to "
    "the look that told it; a duplicate is a submission under a key that was used, or a ticker told twice of "
    "the same kind within the cooldown."
)


class Kept:
    """An outlet that keeps what it is given."""

    def __init__(self) -> None:
        self.submissions: list[Submission] = []

    def submit(self, submission: Submission) -> None:
        """Keep one."""
        self.submissions.append(submission)

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """Return everything that was told, in order."""
        return tuple(trigger for each in self.submissions for trigger in each.triggers)


class RecordedRoll:
    """Everybody whose bars of the session are recorded."""

    failures: tuple[type[Exception], ...] = ()

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    @property
    def book(self) -> Sequence[str]:
        """Return everybody: in a replay nothing is held."""
        return self._recording.tickers

    def call(self, session: Hours) -> Mapping[str, Reference]:
        """Return the references of a session."""
        return self._recording.references(session.session)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """What a replay came to; every count with the rule it was counted by."""

    tickers: int
    sessions: int
    bars: int
    bars_left_out: int
    looks: int
    every_seconds: float
    told: tuple[Trigger, ...]
    """What the looks told, in order."""
    submissions: int
    duplicates: int
    delays: tuple[float, ...]
    """Seconds, of those that the whole recording shows as well."""
    unseen: int
    """What the whole recording shows, and no look told within the cooldown."""
    second_submissions: int
    """What a second monitor asks for, that looks half an interval later."""
    second_new: int
    """Those of them under a key that the first has not used: a second cycle about the same thing."""
    refused: Mapping[str, int]

    @property
    def figures(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "tickers": self.tickers,
            "sessions": self.sessions,
            "bars": self.bars,
            "bars_left_out": self.bars_left_out,
            "every_seconds": self.every_seconds,
            "looks": self.looks,
            "alerts": len(self.told),
            "alerts_by_kind": dict(Counter(trigger.kind for trigger in self.told)),
            "submissions": self.submissions,
            "duplicates": self.duplicates,
            "delay_seconds": {
                "n": len(self.delays),
                "median": statistics.median(self.delays) if self.delays else None,
                "max": max(self.delays, default=None),
            },
            "unseen": self.unseen,
            "second_monitor": {"submissions": self.second_submissions, "new_keys": self.second_new},
            "refused_ticks": dict(self.refused),
            "rule": RULE,
            "told": [
                {
                    "kind": each.kind,
                    "at": each.at.isoformat(),
                    "seen_at": each.seen_at.isoformat(),
                    "reason": each.reason,
                }
                for each in self.told
            ],
        }


def replay(
    recording: Recording,
    clock: FixedClock,
    calendar: SessionCalendar,
    rules: MonitorRules,
    *,
    every_seconds: float,
    volatility_index: str,
) -> ReplayReport:
    """Play a recording: once as polls see it, once tick by tick, and once as a second monitor would."""
    played = _polled(recording, clock, calendar, rules, every_seconds, volatility_index)
    kept, patrol, watch = played
    second, _, _ = _polled(
        recording, clock, calendar, rules, every_seconds, volatility_index, phase=every_seconds / 2
    )
    whole = _tick_by_tick(recording, calendar, rules, volatility_index)
    delays, unseen = _delays(kept.triggers, whole, timedelta(minutes=rules.cooldown_minutes))
    keys = [each.key for each in kept.submissions]
    return ReplayReport(
        tickers=len(recording.tickers),
        sessions=len(recording.sessions),
        bars=recording.bars,
        bars_left_out=recording.left_out,
        looks=patrol.counts.looks,
        every_seconds=every_seconds,
        told=kept.triggers,
        submissions=len(keys),
        duplicates=len(keys) - len(set(keys)) + _repeated(kept.triggers, rules),
        delays=delays,
        unseen=unseen,
        second_submissions=len(second.submissions),
        second_new=sum(each.key not in keys for each in second.submissions),
        refused={str(reason): count for reason, count in watch.refused.items()},
    )


def _polled(
    recording: Recording,
    clock: FixedClock,
    calendar: SessionCalendar,
    rules: MonitorRules,
    every_seconds: float,
    volatility_index: str,
    *,
    phase: float = 0.0,
) -> tuple[Kept, Patrol, Watch]:
    watch = Watch(rules, calendar, volatility_index=volatility_index)
    kept = Kept()
    patrol = Patrol(
        source=recording,
        watch=watch,
        roll=RecordedRoll(recording),
        outlet=kept,
        calendar=calendar,
        clock=clock,
        every_seconds=every_seconds,
        many_from=rules.many_from,
    )
    for session in recording.sessions:
        clock.move(calendar.open_at(session) + timedelta(seconds=phase))
        while clock.now() < calendar.close_at(session):
            clock.move(clock.now() + timedelta(seconds=patrol.look()))
    return kept, patrol, watch


def _tick_by_tick(
    recording: Recording, calendar: SessionCalendar, rules: MonitorRules, volatility_index: str
) -> tuple[Trigger, ...]:
    watch = Watch(rules, calendar, volatility_index=volatility_index)
    told: list[Trigger] = []
    hours: Hours | None = None
    for tick in recording.ticks():
        if hours is None or tick.at >= hours.close_at:
            hours = hours_at(calendar, tick.at)
            assert hours is not None, "a recording holds ticks of sessions only"
            watch.follow(recording.references(hours.session), hours.open_at)
        told += watch.settle(tick.at)
        told += watch.take((tick,), tick.at)
    return tuple(told)


def _delays(
    told: Sequence[Trigger], whole: Sequence[Trigger], within: timedelta
) -> tuple[tuple[float, ...], int]:
    """Return how long each took to be told, and how many of the whole recording's were not told at all."""
    left = list(whole)
    delays = []
    for trigger in told:
        same = [
            each
            for each in left
            if (each.ticker, each.kind) == (trigger.ticker, trigger.kind)
            and timedelta(0) <= trigger.seen_at - each.at < within
        ]
        if same:
            left.remove(same[0])
            delays.append((trigger.seen_at - same[0].at).total_seconds())
    return tuple(delays), len(left)


def _repeated(told: Sequence[Trigger], rules: MonitorRules) -> int:
    """Return how many were told of the same ticker and kind within the cooldown of one another."""
    last: dict[tuple[str, str], datetime] = {}
    repeated = 0
    for trigger in told:
        before = last.get((trigger.ticker, trigger.kind))
        last[trigger.ticker, trigger.kind] = trigger.at
        repeated += before is not None and trigger.at - before < timedelta(
            minutes=rules.cooldown_minutes
        ) - timedelta(seconds=1)
    return repeated
