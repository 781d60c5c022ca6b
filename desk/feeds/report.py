"""How the feeds stand, for health, metrics and the terminal: read off the record, nobody is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from db.feed_budgets import Standing
from db.feed_states import FeedState, FeedStates
from desk.feeds.vendor_settings import order_of
from desk.feeds.vendors import pool_of
from desk.settings import Settings
from desk.web.face import HealthItem
from fund.clock import Clock

LONGEST_SILENCE = timedelta(days=4)
"""Over a long weekend nobody asks for bars; after this a feed that is set has stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """How one feed stands."""

    state: FeedState
    keys: tuple[Standing, ...]
    """What is left of each of its keys; empty for a feed of files."""

    @property
    def feed(self) -> str:
        """Its name."""
        return self.state.feed

    @property
    def left_today(self) -> int | None:
        """How many calls are left today over all its keys; None where its days are not counted."""
        left = [key.left_today for key in self.keys if key.left_today is not None]
        return sum(left) if left else None

    def trouble(self, now: datetime) -> str:
        """Return what is wrong with it in a few words, empty when nothing is or it was never asked.

        That the day's questions are spent is nothing wrong, for as long as it answers again in time.
        """
        if self.state.reason not in (None, "limit"):
            said = f" ({self.state.said})" if self.state.said else ""
            return f"{self.state.reason}, {self.state.failures} in a row{said}"
        age = self.state.age_seconds(now)
        if age is not None and age > LONGEST_SILENCE.total_seconds():
            return f"silent for {age / 86_400:.0f} days"
        return ""


def feed_reports(settings: Settings, engine: Engine, clock: Clock) -> tuple[FeedReport, ...]:
    """Return how every feed that is set stands, in the order in which they are believed; asks nobody."""
    with engine.connect() as connection:
        states = {state.feed: state for state in FeedStates(connection).all()}
    return tuple(
        FeedReport(
            state=states.get(name, FeedState(feed=name)),
            keys=() if name == "files" else pool_of(name, settings.feeds, engine, clock).standings(),
        )
        for name in order_of(settings.feeds)
    )


def feeds_health(reports: Sequence[FeedReport], now: datetime) -> HealthItem | None:
    """Return one item for all feeds, None without any; not vital, as a restart mends no vendor."""
    if not reports:
        return None
    wrong = [f"{each.feed}: {said}" for each in reports if (said := each.trouble(now))]
    detail = "; ".join(wrong) or f"{len(reports)} set"
    return HealthItem(name="feeds", ok=not wrong, detail=detail, vital=False)
