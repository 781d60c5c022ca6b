"""A live desk to be moved from evening to evening: its folder, its feed, and a clock in the test's hand."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from desk.bootstrap import Desk, open_desk
from desk.replay import replay_past
from desk.running import health_of, status_page
from desk.web.face import StatusPage
from desk.worker import DeskWorker
from fund.clock import FixedClock
from fund.market.calendar import nyse
from support.feeds import drop
from support.started_desks import settings_for

CALENDAR = nyse()
LATER = 4
"""How many sessions after the first start the tests live through."""


@dataclass(frozen=True)
class Stage:
    """A desk's folder after its first start at the close of `days[0]`, its feed, and a clock to move."""

    folder: Path
    bundle: Path
    source: Path
    feed: Path
    days: tuple[date, ...]
    clock: FixedClock

    def bring(self, until: date) -> None:
        """Put what is known on the evening of a session into the feed."""
        drop(self.source, self.feed, self.days[0], until)

    def evening(self, session: date) -> None:
        """Move the clock to a session's decision time."""
        self.clock.move(CALENDAR.decision_time(session))

    @contextmanager
    def desk(self, **settings: object) -> Iterator["Live"]:
        """Open the desk as `up` does, without the web."""
        chosen = settings_for(self.folder, self.bundle, feed=self.feed, **settings)
        with closing(open_desk(chosen, clock=self.clock)) as desk, closing(DeskWorker(desk)) as worker:
            replay_past(desk)
            yield Live(desk, worker)


@dataclass(frozen=True)
class Live:
    """An open desk and its worker, round by round."""

    desk: Desk
    worker: DeskWorker

    def round(self) -> tuple[date, ...]:
        """Let one round pass and return the sessions that were played in it."""
        before = self.last
        asyncio.run(self.worker.keep_time())
        return CALENDAR.sessions(before, self.last)[1:]

    @property
    def last(self) -> date:
        last = self.desk.player.last_session()
        assert last is not None
        return last

    @property
    def page(self) -> StatusPage:
        return status_page(self.desk, self.worker, health_of(self.desk))

    @property
    def market_health(self) -> tuple[bool, str]:
        (item,) = (each for each in self.page.health if each.name == "market data")
        return item.ok, item.detail


def staged(root: Path, source: Path, days: tuple[date, ...]) -> Stage:
    """Return the stage of a folder, its clock at the decision time of the first day."""
    clock = FixedClock(CALENDAR.decision_time(days[0]))
    return Stage(root / "desk", root / "bundle", source, root / "feed", days, clock)
