"""`desk shadow`: LLMs that are asked beside the committee, and how they have done."""

import argparse
from contextlib import closing
from datetime import date
from typing import Any

from rich.console import Console

from db.record_codec import to_plain
from desk.bootstrap import open_desk
from desk.data_folder import DataFolder
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.settings import Settings
from desk.shadow_field import shadow_field
from desk.shadow_returns import fill_shadow_returns
from desk.shadowing import Shadowing
from desk.shown_shadow import shadow_day_tables, shadows_tables
from desk.talk import shadow_tools
from fund.discovery.forward import HORIZONS

SHADOW = """LLMs that are asked beside the committee, on the evidence of each of its decisions, and never
trade: win rate, mean excess, Sharpe, latency and cost of each, beside the committee in force. Name them in
[llm] of the mandate and start the desk again; it asks them in the background after each decision:

  shadows = ["openai:gpt-5.4", "compatible:qwen3", "offline"]
  shadow_budget_usd = 1.00

One without a key is skipped, and said to be. What they cost comes out of that budget, not the day's.

  desk shadow                     how each stands beside the committee, over 5 sessions
  desk shadow --sessions 20       over another horizon: 1, 5 or 20
  desk shadow --day last          who would have bought and sold what; or a day such as 2016-06-24
  desk shadow --ask               ask now about decisions that were not put to them yet"""


def add_shadow(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    made = sub.add_parser(
        "shadow",
        parents=[shared],
        help="Compare LLMs that are asked beside the committee",
        description=SHADOW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--sessions", type=int, choices=HORIZONS, default=5, help="horizon (default 5)")
    made.add_argument("--day", type=_day, metavar="DAY", help="last, or a trading day, YYYY-MM-DD")
    made.add_argument("--ask", action="store_true", help="ask now what was not asked yet")
    made.set_defaults(run=shadow)


def shadow(options: argparse.Namespace, console: Console) -> Outcome:
    """Show the shadows, first filling in what is known of their views by now."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    DataFolder(settings.data_dir).require_started()
    with progress_beside(console) as progress:
        desk = open_desk(settings, progress, trained=False)
    with closing(desk):
        if options.ask:
            with closing(Shadowing(desk, shadow_field(settings, desk.mandate))) as shadowing:
                shadowing.ask_waiting()
        fill_shadow_returns(desk)
        tools = shadow_tools(desk)
        if options.day is not None:
            day = tools.decisions(options.day if isinstance(options.day, date) else None)
            return Outcome(data=to_plain(day), shown=shadow_day_tables(day))
        report = tools.performance(options.sessions)
        return Outcome(data=to_plain(report), shown=shadows_tables(report))


def _day(text: str) -> date | str:
    if text == "last":
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"last, or a day such as 2016-06-24, is needed, was {text!r}"
        ) from None
