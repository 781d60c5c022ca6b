"""A backfill in a process of its own, killed at a chosen answer: dying_backfill.py FOLDER COUNT WORKERS."""

import os
import signal
import sys
from pathlib import Path

from desk.feeds.backfill import backfill
from desk.feeds.feed import Request
from desk.feeds.parts import Plan
from desk.progress import silent
from support.fake_feed import CALENDAR, DAYS, FakeFeed, at, made_actions, made_bars

SPAN = DAYS[:80]
"""The sessions that are filled; the calendar of the tests goes on a while."""
WHO = tuple(f"N{place:02d}" for place in range(12))
PLAN = Plan(feed="fake", first=DAYS[0], last=SPAN[-1], names=WHO, names_a_part=2)


def a_feed(log: Path, count: int) -> FakeFeed:
    """Return a vendor that writes down what it is asked, and kills its process before an answer too many."""
    said = [0]

    def write_down(request: Request) -> None:
        said[0] += 1
        if said[0] > count:
            os.kill(os.getpid(), signal.SIGKILL)
        with log.open("a") as file:
            file.write(f"{request.kind} {','.join(request.names)}\n")

    bars = made_bars(WHO, SPAN)
    actions = made_actions(("N03", DAYS[9], "dividend", 0.25, "cash"))
    return FakeFeed(now=at(SPAN[-1], 23), bars=bars, actions=actions, before=write_down)


if __name__ == "__main__":
    folder, count, workers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    feed = a_feed(folder / "asked.txt", count)
    backfill(feed, PLAN, folder / "bundle", CALENDAR, silent, workers=workers)
