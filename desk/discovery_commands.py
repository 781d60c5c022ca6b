"""`desk discover`: run the discovery now, or see how well its pickers have picked."""

import argparse
from contextlib import closing
from datetime import datetime
from typing import Any

from rich.console import Console

from db.record_codec import to_plain
from desk.bootstrap import Desk, open_desk
from desk.data_folder import DataFolder
from desk.discovery import run_discovery
from desk.discovery_returns import fill_forward_returns
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.settings import Settings
from desk.shown_discovery import performance_tables, suggestions_tables
from desk.talk import Sight
from fund.discovery.forward import HORIZONS
from fund.errors import NoDataError
from tools.discovery import DiscoveryTools

DISCOVER = """Look for names beside the book: every picker is heard, their lists are merged, and the
discovered half of the watchlist is brought up to date. In a replay one run a session; asked again, it is
shown again. Nothing is bought: the committee only looks there.

  desk discover                                  run now, and show what was found
  desk discover --performance                    the pickers beside names drawn by lot
  desk discover --performance --sessions 20      over another horizon: 1, 5 or 20"""


def add_discover(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    made = sub.add_parser(
        "discover",
        parents=[shared],
        help="Look for names beside the book",
        description=DISCOVER,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--performance", action="store_true", help="compare the pickers; nothing is run")
    made.add_argument("--sessions", type=int, choices=HORIZONS, default=5, help="horizon (default 5)")
    made.set_defaults(run=discover)


def discover(options: argparse.Namespace, console: Console) -> Outcome:
    """Run the discovery, or show how its pickers compare; what is known of past suggestions is filled in."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    DataFolder(settings.data_dir).require_started()
    with progress_beside(console) as progress:
        desk = open_desk(settings, progress, trained=not options.performance)
    with closing(desk):
        fill_forward_returns(desk)
        tools = DiscoveryTools(desk.engine, Sight(desk).view, desk.mandate)
        if options.performance:
            report = tools.performance(options.sessions)
            return Outcome(data=to_plain(report), shown=performance_tables(report))
        as_of = _now(desk)
        done = run_discovery(desk, as_of, f"manual-{as_of:%Y%m%dT%H%M%S}")
        found = tools.suggestions(done.run.run_id)
    shown = suggestions_tables(found, done.changes, fresh=done.fresh)
    data = {"run": to_plain(found), "changes": to_plain(done.changes), "fresh": done.fresh}
    return Outcome(data=data, shown=shown)


def _now(desk: Desk) -> datetime:
    """Return the desk's own moment: the wall's, or the close at which a replay stands."""
    if desk.is_live:
        return desk.clock.now()
    last = desk.player.last_session()
    if last is None:
        raise NoDataError("no session has been played; `make up` plays the past first")
    return desk.history.calendar.decision_time(last)
