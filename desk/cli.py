"""The command line: one parser, one way to show a result, one place where errors become exit codes."""

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import psycopg
from rich.console import Console
from rich.text import Text
from sqlalchemy.exc import DBAPIError

from db.engine import trouble
from desk import commands
from desk.account_cli import add_account
from desk.alert_commands import add_alerts
from desk.backfill_command import add_backfill
from desk.backtests import STRATEGIES
from desk.backup_commands import add_backup
from desk.canary_command import add_canary
from desk.discovery_commands import add_discover
from desk.eval_commands import add_evals
from desk.feed_commands import add_feeds
from desk.forecaster_commands import add_forecasters
from desk.job_commands import add_jobs
from desk.mcp_command import MCP, mcp
from desk.migrate_command import MIGRATE, migrate_database
from desk.monitor.command import MONITOR, add_options, monitor
from desk.outcome import Outcome
from desk.shadow_commands import add_shadow
from desk.tuning_command import add_tuning
from fund.errors import ConfigError, DeskError

OK, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130
INTERRUPTION = "Interrupted. Nothing is lost; the next start goes on from here."

REPLAY = """Take a past decision again from what is on record, with no LLM call: byte for byte, or with one
thing changed, and show the difference. A change that alters what an LLM was told (memory, news, a role that
spoke before it) is refused where its recorded answer no longer applies; where the rules decided, they decide
anew. Nothing is recorded but the calls of --llm."""
Command = Callable[[argparse.Namespace, Console], Outcome]

DESCRIPTION = """Conclave: an AI investment committee you can talk to.

  python -m desk up              start the desk: database, data, forecaster, replay, chat
  python -m desk status          where the desk stands
  python -m desk advance 5       play the next five sessions
  python -m desk close AAPL      have a position closed first in the next decision
  python -m desk watch MSFT      let the committee look at a name; `watchlist` shows them
  python -m desk discover        look for names beside the book; --performance compares the pickers
  python -m desk shadow          compare LLMs that are asked beside the committee and never trade
  python -m desk risk            how much of every limit the book uses
  python -m desk stress          what shocks would do to the book
  python -m desk halt            throw the kill switch; `resume` lets trading go on
  python -m desk forecasters     who leads, what each is worth, who drifts; `compare`, `explain`
  python -m desk tune gbm        choose a family's sizes, judged inside the walk-forward
  python -m desk replay last     take the last decision again from what is on record
  python -m desk canary          look for decisions that know their future
  python -m desk ask "what do we hold and why?"
  python -m desk account --help  let others look on, and give scripts keys
  python -m desk alerts test     send a test alert by every channel that is set
  python -m desk jobs list       what the desk does by itself, and when
  python -m desk feeds test      ask each vendor that is set for one thing
  python -m desk backfill --help fetch years of market data into a folder
  python -m desk evals run       measure how well the rules and LLMs decide
  python -m desk backup          write the whole desk into one file; `restore` puts it back
  python -m desk migrate         bring the database to this program's schema
  python -m desk mcp             serve the desk's tools to an assistant on this machine
  python -m desk monitor         watch prices, and ask for a cycle about what is sudden

Settings come from the environment (DESK_...) or a file .env; see .env.example.
What the desk may do comes from mandate.toml. Exit codes: 0 done, 1 failed, 2 refused."""


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    _write_what_can_be_written()
    try:
        code = _guarded(arguments, "--json" in arguments)
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except OSError:
        # Nobody reads any more; what Python still holds for standard output goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def _guarded(arguments: Sequence[str], as_json: bool) -> int:
    try:
        return _run(arguments)
    except ConfigError as error:
        return _refused(error, as_json, REFUSED)
    except DeskError as error:
        return _refused(error, as_json, FAILED)
    except (DBAPIError, psycopg.Error) as error:
        return _refused(trouble(error), as_json, REFUSED)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _refused(ConfigError(f"the machine does not allow it: {error}"), as_json, REFUSED)
    except KeyboardInterrupt:
        if as_json:
            return _refused(KeyboardInterrupt("interrupted"), as_json, INTERRUPTED)
        _plain_console(stderr=True).print(INTERRUPTION, highlight=False, soft_wrap=True)
        return INTERRUPTED


def _run(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    console = _plain_console(quiet=options.json)
    outcome = options.run(options, console)
    if options.json:
        _plain_console().out(json.dumps(outcome.data, indent=2), highlight=False)
    for part in outcome.shown:
        console.print(part)
    return OK if outcome.good else FAILED


def _write_what_can_be_written() -> None:
    """Let a terminal without the letter show a question mark instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


class _Terminal(Console):
    """A console that goes quiet when nobody reads it any more; the command's own exit code stands."""

    def on_broken_pipe(self) -> None:
        """Show nothing more, and let what is still held for standard output go nowhere."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def _plain_console(*, stderr: bool = False, quiet: bool = False) -> Console:
    """Return a terminal that shows brackets as brackets: what an LLM or a file says is no markup."""
    return _Terminal(stderr=stderr, quiet=quiet, markup=False, emoji=False)


def _refused(error: BaseException, as_json: bool, code: int) -> int:
    if as_json:
        _plain_console().out(json.dumps({"error": str(error), "kind": type(error).__name__}), highlight=False)
    else:
        said = Text.assemble(("Error:", "bold red"), f" {error}")
        _plain_console(stderr=True).print(said, highlight=False, soft_wrap=True)
    return code


GROUPS = (
    add_account,
    add_alerts,
    add_feeds,
    add_backup,
    add_backfill,
    add_jobs,
    add_discover,
    add_shadow,
    add_evals,
    add_canary,
    add_forecasters,
    add_tuning,
)
"""Commands that live in a file of their own, with what lies below them."""


class _Parser(argparse.ArgumentParser):
    """Refuses arguments in the way everything else is refused: in a sentence, or in JSON."""

    def error(self, message: str) -> NoReturn:
        """Raise `ConfigError` with what is wrong and where to read on."""
        raise ConfigError(f"{message}; see `python -m {self.prog} --help`")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="desk", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shared = _Parser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print the result as JSON, and nothing else")
    shared.add_argument("--data-dir", type=Path, help="the desk's folder (DESK_DATA_DIR, default .desk)")
    shared.add_argument("--mandate", type=Path, help="the mandate to run under (DESK_MANDATE)")
    sub = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        made = sub.add_parser(name, parents=[shared], help=text.split(". ")[0], description=text)
        made.set_defaults(run=run)
        return made

    up = add("up", commands.up, "Start the desk and serve the chat until Ctrl-C.")
    up.add_argument("--host", help="address to listen on (DESK_HOST, default 127.0.0.1)")
    up.add_argument("--port", type=int, help="port to listen on (DESK_PORT, default 8000)")
    up.add_argument("--new-password", action="store_true", help="replace the owner's password and show it")
    add("status", commands.status, "Show where the desk stands: clock, equity, positions, health.")
    advance = add("advance", commands.advance, "Play the next sessions of the replay.")
    advance.add_argument("sessions", nargs="?", type=_count, default=1, help="how many (default 1)")
    advance.add_argument("--yes", action="store_true", help="do not ask before more than five are played")
    halt = add("halt", commands.halt, "Throw the kill switch: cancel open orders, plan nothing any more.")
    halt.add_argument("--yes", action="store_true", help="do not ask for the word to be typed")
    resume = add("resume", commands.resume, "Show what speaks for a resume, and let trading go on.")
    resume.add_argument("--yes", action="store_true", help="do not ask for the word to be typed")
    for way, run in (("deposit", commands.deposit), ("withdraw", commands.withdraw)):
        told = {"deposit": "Bring money in", "withdraw": "Take free cash out"}[way]
        moved = add(way, run, f"{told}, booked at the open of the next session.")
        moved.add_argument("amount", type=_amount, metavar="AMOUNT", help="USD, such as 5000 or 99.95")
        moved.add_argument("--yes", action="store_true", help="do not ask for the word to be typed")
    _add_wishes(add)
    cycle = add("cycle", commands.cycle, "Rehearse a decision on the current session; nothing is ordered.")
    cycle.add_argument("tickers", nargs="*", metavar="TICKER", help="about these names only")
    cycle.add_argument(
        "--open-eyes", action="store_true", help="show an LLM real names and dates of the past"
    )
    backtest = add("backtest", commands.backtest, "Run a strategy over the history, beside its baselines.")
    backtest.add_argument("strategy", choices=STRATEGIES, help="which strategy to run")
    backtest.add_argument("--from", dest="first", type=_day, help="first session, YYYY-MM-DD")
    backtest.add_argument("--to", dest="last", type=_day, help="last session, YYYY-MM-DD")
    ask = add("ask", commands.ask, "Ask the desk a question, as in the chat.")
    ask.add_argument("question", type=_question, help='for example "how are we doing?"')
    stress = add("stress", commands.stress, "Show what shocks would do to the book; none is a forecast.")
    stress.add_argument("scenario", nargs="?", default="all", help="one scenario, by position")
    add("risk", commands.risk, "Show how much of every limit the book uses, nearest to its cap first.")
    add("verify", commands.verify, "Replay the journal and check the books and the chain of records.")
    reembed = add("reembed", commands.reembed, "Let the encoder read every record it has not read yet.")
    reembed.add_argument("--again", action="store_true", help="also those that it has read")
    _add_replay(add("replay", commands.replay, REPLAY))
    add("mcp", mcp, MCP)
    add("migrate", migrate_database, MIGRATE)
    add_options(add("monitor", monitor, MONITOR))
    for add_group in GROUPS:
        add_group(sub, shared)
    return parser


def _add_wishes(add: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Add what the owner wants closed or watched."""
    told = (
        ("close", commands.close, "Close positions first in the next decision, whatever the committee says."),
        ("keep", commands.keep, "Take a requested close back, as long as it is not decided."),
        ("watch", commands.watch, "Put names on the watchlist: the committee looks at them."),
        ("unwatch", commands.unwatch, "Take names off the watchlist."),
    )
    for name, run, text in told:
        made = add(name, run, text)
        made.add_argument("tickers", nargs="+", metavar="TICKER", help="such as AAPL")
        made.add_argument("--yes", action="store_true", help="do not ask for the word to be typed")
        if name == "close":
            made.add_argument(
                "--fraction", type=_fraction, metavar="PART", help="how much of each, 0.5 for half"
            )
    add("watchlist", commands.watchlist, "Show the names that are watched, and who added them.")


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument("cycle", help="a cycle's id, its session (2016-06-24) or `last`")
    one = replay.add_mutually_exclusive_group()
    one.add_argument("--without-memory", action="store_true", help="show no similar trades and markets")
    one.add_argument("--drop-news", metavar="ID", help="show one headline less")
    one.add_argument(
        "--without-role",
        metavar="ROLE",
        help="leave out macro_researcher, quant_researcher, validator or risk_officer",
    )
    one.add_argument(
        "--limit",
        metavar="NAME=VALUE",
        help="review the same proposal under another limit",
    )
    one.add_argument(
        "--llm", metavar="NAME", help="ask another LLM, provider:llm or offline: a real call from the budget"
    )


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"a number of sessions from 1 up is needed, was {text!r}")
    return count


def _amount(text: str) -> Decimal:
    if not re.fullmatch(r"\$?(\d{1,13}|\d{1,3}(,\d{3}){1,4})(\.\d{1,2})?", text):
        raise argparse.ArgumentTypeError(f"an amount in USD such as 5000 or 99.95 is needed, was {text!r}")
    return Decimal(text.replace(",", "").removeprefix("$"))


def _fraction(text: str) -> Decimal:
    if not re.fullmatch(r"1|0?\.\d{1,4}", text) or not Decimal(text):
        raise argparse.ArgumentTypeError(f"a part such as 0.5 for half is needed, was {text!r}")
    return Decimal(text)


def _question(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("a question is needed, was empty")
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a day such as 2016-06-24 is needed, was {text!r}") from None
