"""`desk backfill`: years of market data out of a feed, into a folder that a desk can begin with."""

import argparse
import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from desk.exchange import calendar_of
from desk.feeds.backfill import BackfillReport, backfill
from desk.feeds.feed import Feed
from desk.feeds.parts import KINDS, Plan
from desk.outcome import Outcome
from desk.progress import progress_beside, silent
from desk.settings import Settings
from desk.stores import feed_of, open_database
from fund.clock import SystemClock
from fund.errors import ConfigError
from fund.market.calendar import SessionCalendar

BACKFILL = """Fetch years of bars and corporate actions from the vendors, check them, and write a bundle.

It may be stopped, or killed, and started again with the same words: what was had is not asked for again.
Requests run in parallel, within the vendors' budgets. Rows that are no facts are left out, and the bundle's
quality.csv says why. The folder can then be DESK_BUNDLE of a new desk, or DESK_FEED of one that runs.

  desk backfill --from 2005-01-01 --to 2024-12-31 --universe --into bundles/us
  desk backfill --from 2020-01-01 --to 2024-12-31 --tickers SPY AAPL MSFT --into bundles/few"""
SHOWN = 5
FeedBuilder = Callable[[Settings, ExitStack], Feed]
"""Makes the feed that the settings ask for, to be closed by the stack; `ConfigError` where they name none."""


def vendors(settings: Settings, exits: ExitStack) -> Feed:
    """Return the vendors that are set; what they were asked is counted in the desk's own database."""
    *_, engine = open_database(settings, exits, silent)
    return feed_of(settings, engine, SystemClock(), exits)


def add_backfill(sub: Any, shared: argparse.ArgumentParser, build: FeedBuilder = vendors) -> None:
    """Add the command; `build` makes its feed."""
    made = sub.add_parser(
        "backfill",
        parents=[shared],
        help=BACKFILL.partition("\n")[0],
        description=BACKFILL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.set_defaults(run=lambda options, console: run(options, console, build))
    made.add_argument("--from", dest="first", type=_day, required=True, help="first day, YYYY-MM-DD")
    made.add_argument("--to", dest="last", type=_day, required=True, help="last day, YYYY-MM-DD")
    whose = made.add_mutually_exclusive_group(required=True)
    whose.add_argument("--tickers", nargs="+", metavar="TICKER", help="these names")
    whose.add_argument("--universe", action="store_true", help="every name of DESK_BUNDLE")
    made.add_argument("--series", nargs="*", default=(), metavar="ID", help="macro series as well")
    made.add_argument("--headlines", action="store_true", help="headlines as well")
    made.add_argument("--into", type=Path, required=True, metavar="FOLDER", help="where the bundle goes")
    made.add_argument("--workers", type=int, default=4, help="requests at a time (default 4)")


def run(options: argparse.Namespace, console: Console, build: FeedBuilder) -> Outcome:
    """Fetch, check and write; an outcome that is not good says what is still missing."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    calendar = calendar_of(settings)
    with ExitStack() as exits:
        return _fetched(options, console, settings, build(settings, exits), calendar)


def _fetched(
    options: argparse.Namespace, console: Console, settings: Settings, feed: Feed, calendar: SessionCalendar
) -> Outcome:
    wanted = {"bars", "actions", *(["headlines"] * options.headlines), *(["macro"] * bool(options.series))}
    plan = Plan(
        feed=feed.name,
        first=max(options.first, calendar.first),
        last=min(options.last, calendar.last),
        names=tuple(options.tickers or _names(settings.bundle)),
        series=tuple(options.series),
        kinds=tuple(kind for kind in KINDS if kind in wanted & feed.offers),
    )
    if "bars" not in plan.kinds:
        raise ConfigError(f"expected a vendor of daily bars, found {feed.name!r}, which has none")
    into = options.into.absolute()
    with progress_beside(console) as progress:
        report = backfill(feed, plan, into, calendar, progress, workers=options.workers, like=settings.bundle)
    return Outcome(data=_plain(report, into), shown=tuple(_told(report, into)), good=report.complete)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a day such as 2005-01-03 is needed, was {text!r}") from None


def _names(bundle: Path) -> tuple[str, ...]:
    path = bundle / "metadata.csv"
    if not path.exists():
        raise ConfigError(f"expected {path} to list the universe, found none; name names with --tickers")
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(row["symbol"] for row in csv.DictReader(file))


def _plain(report: BackfillReport, into: Path) -> dict[str, Any]:
    return {
        "path": str(into),
        "complete": report.complete,
        "parts": report.parts,
        "asked": report.asked,
        "failed": list(report.failed),
        "rows": dict(report.rows),
        "quarantined": dict(report.quarantined),
        "strange": dict(report.strange),
        "missing": list(report.missing),
    }


def _told(report: BackfillReport, into: Path) -> Iterator[str]:
    if not report.complete:
        yield f"{len(report.failed)} of {report.parts} parts could not be had; the others are kept."
        yield from (f"  {why}" for why in report.failed[:SHOWN])
        yield "Start it again: it asks for these alone."
        return
    bars, actions = report.rows["bars_daily.parquet"], report.rows["corporate_actions.parquet"]
    yield f"{into} holds {bars:,} bars and {actions:,} corporate actions, for DESK_BUNDLE or DESK_FEED."
    for said, counts in (("Left out", report.quarantined), ("Kept, but strange", report.strange)):
        if counts:
            yield f"{said}: {', '.join(f'{kind} {count:,}' for kind, count in counts.items())}."
    if report.missing:
        yield f"Without a bar: {', '.join(report.missing)}."
