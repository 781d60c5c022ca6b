"""`desk feeds`: which vendors are set and how they stand, and whether each of them answers."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from desk.feeds.feed import Kind, Request
from desk.feeds.report import FeedReport, feed_reports
from desk.feeds.vendors import tick_source_of, vendors_of
from desk.feeds.watched import WatchedFeed
from desk.outcome import Outcome
from desk.settings import Settings
from desk.stores import open_started
from fund.clock import SystemClock
from fund.errors import ConfigError, FeedError
from fund.market.ticks import TickSource

FEEDS = """See which vendors the desk has its facts from, and try them.

Vendors, their order and their keys are set in the environment or .env (DESK_FEEDS__...).

  desk feeds list   who is set, when each answered last, and what is left of its keys
  desk feeds test   ask each for one thing, and say what came"""
NONE_SET = (
    "no vendor is set: set DESK_FEEDS__ORDER=yahoo, or a key or a folder under DESK_FEEDS__; see .env.example"
)
ASKED: dict[Kind, tuple[str, int]] = {
    "bars": ("AAPL", 14),
    "actions": ("AAPL", 200),
    "headlines": ("AAPL", 7),
    "macro": ("DGS10", 30),
}
"""What each kind is tried with, and over how many days."""


def add_feeds(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command with everything below it."""
    feeds = sub.add_parser(
        "feeds",
        help="See how the vendors stand, and try them",
        description=FEEDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    below = feeds.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("list", listed, "Show which vendors are set, how each stands, and what is left of its keys."),
        ("test", test, "Ask each vendor for one thing, and say what came; nothing is kept."),
    ):
        made = below.add_parser(name, parents=[shared], help=text, description=text)
        made.set_defaults(run=run)


def listed(options: argparse.Namespace, console: Console) -> Outcome:
    """Show how the vendors stand."""
    clock = SystemClock()
    with _database(options) as (settings, engine):
        told = [_told(report) for report in feed_reports(settings, engine, clock)]
    if not told:
        return Outcome(data={"feeds": []}, shown=(NONE_SET,))
    table = Table("Feed", "Answered (UTC)", "Failures", "Last failure", "Left of its keys")
    for each in told:
        left = "; ".join(_left(key) for key in each["keys"])
        table.add_row(
            each["feed"],
            (each["answered_at"] or "never")[:16].replace("T", " "),
            str(each["failures"]),
            f"{each['reason']}: {each['said']}" if each["reason"] else "",
            left,
        )
    return Outcome(data={"feeds": told}, shown=(table,))


def test(options: argparse.Namespace, console: Console) -> Outcome:
    """Ask each vendor for one thing."""
    clock = SystemClock()
    with _database(options) as (settings, engine), ExitStack() as exits:
        feeds = vendors_of(settings, engine, clock)
        if not feeds:
            raise ConfigError(NONE_SET)
        today = clock.now().date()
        tried = []
        for feed in feeds:
            exits.callback(feed.close)
            tried += [_tried(feed, kind, today) for kind in sorted(feed.offers)]
        ticks = tick_source_of(settings, engine, clock)
        if ticks is not None:
            exits.callback(ticks.close)
            tried.append(_ticked(ticks))
    shown = tuple(
        f"{each['feed']} {each['kind']}: {'' if each['good'] else 'no: '}{each['said']}" for each in tried
    )
    return Outcome(data={"feeds": tried}, shown=shown, good=all(each["good"] for each in tried))


def _tried(feed: WatchedFeed, kind: Kind, today: date) -> dict[str, Any]:
    name, days = ASKED[kind]
    request = Request(kind=kind, names=(name,), first=today - timedelta(days=days), last=today)
    told = {"feed": feed.name, "kind": kind, "asked": name}
    try:
        delivery = feed.fetch(request)
    except FeedError as error:
        return {**told, "good": False, "rows": 0, "said": str(error)}
    rows = delivery.frame.height
    if name in delivery.missing:
        return {**told, "good": False, "rows": rows, "said": f"it has nothing of {name}"}
    return {**told, "good": True, "rows": rows, "said": f"{rows} rows of {name} in {days} days"}


def _ticked(source: TickSource) -> dict[str, Any]:
    told = {"feed": source.name, "kind": "ticks", "asked": "AAPL"}
    try:
        ticks = source.latest(["AAPL"])
    except FeedError as error:
        return {**told, "good": False, "rows": 0, "said": str(error)}
    if not ticks:
        return {**told, "good": False, "rows": 0, "said": "it has no trade of AAPL"}
    said = f"AAPL at {ticks[0].price:,.2f} USD, {ticks[0].at:%Y-%m-%d %H:%M:%S} UTC"
    return {**told, "good": True, "rows": len(ticks), "said": said}


def _told(report: FeedReport) -> dict[str, Any]:
    state = report.state
    return {
        "feed": report.feed,
        "answered_at": None if state.answered_at is None else state.answered_at.isoformat(),
        "failures": state.failures,
        "reason": state.reason,
        "said": state.said,
        "keys": [
            {
                "key": each.key_hash[:8],
                "left_this_minute": each.left_this_minute,
                "left_today": each.left_today,
                "free_at": each.free_at.isoformat(),
                "held_for": each.held_for,
            }
            for each in report.keys
        ],
    }


def _left(key: dict[str, Any]) -> str:
    today = "" if key["left_today"] is None else f", {key['left_today']} today"
    held = f" (held until {key['free_at'][:16]}: {key['held_for']})" if key["held_for"] else ""
    return f"{key['left_this_minute']} this minute{today}{held}"


@contextmanager
def _database(options: argparse.Namespace) -> Iterator[tuple[Settings, Engine]]:
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    with ExitStack() as exits:
        _, engine = open_started(settings, exits)
        yield settings, engine
