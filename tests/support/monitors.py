"""A monitor for tests: a roll that says what it is told, a patrol over it, and triggers to submit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from desk.monitor.patrol import Patrol
from desk.monitor.replaying import Kept
from desk.monitor.submission import Submission, submissions_of
from fund.clock import FixedClock
from fund.errors import FeedError
from fund.market.calendar import Hours
from fund.market.ticks import TickSource
from fund.watching.reference import Reference
from fund.watching.rules import MonitorRules
from fund.watching.trigger import Trigger, TriggerKind
from fund.watching.watch import Watch
from support.ticks import OPEN, VIX, a_calendar, a_reference, at


class FakeRoll:
    """A roll that answers, or fails as often as it is told to."""

    failures: tuple[type[Exception], ...] = (FeedError,)

    def __init__(self, *references: Reference, book: Sequence[str] = ("SPY",), fail: int = 0) -> None:
        self.references = {each.ticker: each for each in references or (a_reference(),)}
        self.book = book
        self.fail = fail
        self.called: list[Hours] = []

    def call(self, session: Hours) -> Mapping[str, Reference]:
        self.called.append(session)
        if self.fail:
            self.fail -= 1
            raise FeedError("the roll is away")
        return self.references


class Monitored:
    """A patrol with what it works on at hand."""

    def __init__(
        self, source: TickSource, roll: FakeRoll | None = None, *, now: datetime = OPEN, **changes: Any
    ) -> None:
        self.clock = FixedClock(now)
        self.roll = roll or FakeRoll()
        self.kept = Kept()
        self.watch = Watch(MonitorRules(), a_calendar(), volatility_index=VIX)
        plain = {"every_seconds": 60.0, "many_from": 5}
        self.patrol = Patrol(
            source=source,
            watch=self.watch,
            roll=self.roll,
            outlet=self.kept,
            calendar=a_calendar(),
            clock=self.clock,
            **{**plain, **changes},
        )

    def look_at(self, seconds: float) -> float:
        """Look so many seconds after the open."""
        self.clock.move(at(seconds))
        return self.patrol.look()


def a_trigger(
    ticker: str = "AAPL", kind: TriggerKind = "move", value: float = 94.0, **changes: Any
) -> Trigger:
    plain: dict[str, Any] = {
        "at": at(600),
        "seen_at": at(601),
        "slot": at(0),
        "against": 100.0,
        "against_at": at(60),
    }
    return Trigger(kind=kind, ticker=ticker, value=value, **{**plain, **changes})


def a_submission(*triggers: Trigger) -> Submission:
    return submissions_of(triggers or (a_trigger(),), many_from=1, book=("SPY",))[0]
