"""A desk left alone, as it is served but without the web; run as a module, one that lives for one round.

Run as `python -m support.unattended_desk FOLDER BUNDLE FEED MOMENT hears|deaf`: it opens the desk, waits for
a line, lets one round pass at that moment, ends as a service does, and prints which alerts it told.
"""

import asyncio
import json
import sys
from datetime import date, datetime
from pathlib import Path

from desk.alerts.channel import Later, Outcome, Sent
from desk.alerts.keeper import AlertKeeper
from desk.bootstrap import Desk, open_desk
from desk.heap import share_heap
from desk.replay import replay_past
from desk.setting_groups import Schedule
from desk.worker import DeskWorker
from fund.clock import FixedClock
from support.alerts import FakeChannel
from support.live_stage import Stage
from support.plain_desk import without_env_file
from support.started_desks import settings_for

SCHEDULE = Schedule(hearings=("before_open", "after_open", "before_close"))
HEARS, DEAF = "hears", "deaf"


class Unattended:
    """A desk with its worker and its alert keeper."""

    def __init__(self, stage: Stage, channel: FakeChannel) -> None:
        chosen = settings_for(stage.folder, stage.bundle, feed=stage.feed, schedule=SCHEDULE)
        self.desk: Desk = open_desk(chosen, clock=stage.clock)
        replay_past(self.desk)
        self.worker = DeskWorker(self.desk)
        self._alerts = AlertKeeper(self.desk.engine, (channel,), self.desk.mandate.alerts, stage.clock)

    def round(self) -> None:
        """Let one round pass, and send what is to be told."""
        asyncio.run(self.worker.keep_time())
        self._alerts.round()

    def close(self) -> None:
        """Release everything."""
        self.worker.close()
        self._alerts.close()
        self.desk.close()

    @property
    def last(self) -> date | None:
        """Return the last session that was decided."""
        return self.desk.player.last_session()


def answer_of(hearing: str) -> Outcome:
    """Return what the channel says of a message, as it hears or is deaf."""
    return Later("HTTP 503") if hearing == DEAF else Sent("HTTP 204")


def main(folder: str, bundle: str, feed: str, moment: str, hearing: str) -> None:
    without_env_file()
    share_heap()
    clock = FixedClock(datetime.fromisoformat(moment))
    channel = FakeChannel(answer=lambda _: answer_of(hearing))
    other = Unattended(Stage(Path(folder), Path(bundle), Path(bundle), Path(feed), (), clock), channel)
    try:
        print("ready", flush=True)  # noqa: T201
        sys.stdin.readline()
        other.round()
    finally:
        other.close()
    print(json.dumps(channel.told), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
