"""`desk evals`: how well the desk and its LLMs decide, on cases of the past whose end is known."""

import argparse
from collections.abc import Callable, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console

from db.record_codec import to_plain
from desk.bootstrap import open_desk
from desk.data_folder import DataFolder
from desk.eval_asking import EvalRun
from desk.eval_chat import evaluate_chat
from desk.eval_choosing import add_choose
from desk.eval_judging import bakeoff, promote, run_gate, run_night
from desk.eval_publishing import add_publish
from desk.eval_sentiment import add_sentiment
from desk.eval_sheets import add_sheets
from desk.evals_make import make_datasets
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.settings import Settings
from desk.shown_base_rates import base_rate_data, beside
from desk.shown_evals import datasets_table, report_tables
from evals.baseline import BASELINE
from evals.case import Dataset
from evals.shelf import SHELF
from evals.suite import SUITE, dataset

Command = Callable[[argparse.Namespace, Console], Outcome]
DESCRIPTION = """How well the desk and its LLMs decide, on cases of the past whose end is known.

  desk evals list                         the datasets, what each asks, and base rates
  desk evals run                          everybody with a key, the rules and the baselines, once each
  desk evals bakeoff --llm anthropic:claude-haiku-4-5
                                          who is better than the others by more than noise
  desk evals choose                       put in the roster whom that speaks for, role by role
  desk evals chat                         how well the chat answers and obeys, on this desk's own records
  desk evals sentiment                    how well this desk's reader of headlines reads labelled ones
  desk evals gate                         is anything worse than the committed baseline?
  desk evals night                        the same for tonight, once a date, beside the night before
  desk evals sheet last                   20 decisions for people to rate blind; `ratings` reads them back
  desk evals publish last                 upload it to LangSmith; --publish does so when a run is done
  desk evals promote --reason "..."       make what is measured now the baseline

No key is needed: the offline rules and the baselines always take part, and a provider without a key is
skipped, never zero. LLMs see pseudonyms and distances of days, because they may remember how it went;
--controls tells what they would remember. Every call is on file:
a run that is stopped goes on where it was."""


def add_evals(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command and what lies below it."""
    made = sub.add_parser(
        "evals",
        help="Measure how well the desk and its LLMs decide",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    below = made.add_subparsers(required=True, metavar="ACTION")
    listed = below.add_parser("list", parents=[shared], help="Show the datasets and what each of them asks")
    listed.set_defaults(run=list_datasets)
    told = "Cut the datasets anew from the past a desk has played"
    cut = below.add_parser("make", parents=[shared], help=told)
    cut.add_argument("--out", type=Path, default=SHELF, help="folder to write to (default: the checkout)")
    cut.add_argument("--dataset", action="append", metavar="NAME", help="only this one; may be repeated")
    cut.set_defaults(run=make)
    asked = _add_run(below, shared, "run", run_evals, "Ask everybody every case, and report", trials=1)
    told = "Ask everybody the same cases, and say whom that speaks for"
    baked = _add_run(below, shared, "bakeoff", bakeoff, told, trials=4)
    baked.add_argument("--yes", action="store_true", help="do not ask before calls that cost money")
    for each in (asked, baked):
        told = "only so many of each dataset, the same ones every time: for a first look"
        each.add_argument("--cases", type=int, metavar="N", help=told)
    add_choose(below, shared)
    told = "Put questions and orders to this desk's own chat; nothing is carried out"
    chat = below.add_parser("chat", parents=[shared], help=told)
    chat.add_argument("--trials", type=int, default=1, help="how often each case (default 1)")
    told = "of how many cases other words are tried too (default 30; 0 for none)"
    chat.add_argument("--paraphrases", type=int, default=30, metavar="N", help=told)
    chat.add_argument("--name", default="", help="to run the same once more, under another name")
    chat.set_defaults(run=evaluate_chat)
    add_sheets(below, shared)
    add_sentiment(below, shared)
    add_publish(below, shared)
    told = "Measure against the committed baseline; exit code 1 where something is worse"
    gated = _add_run(below, shared, "gate", run_gate, told, trials=4)
    told = "Evaluate today, once, as the schedule does; exit code 1 where something is worse"
    nightly = below.add_parser("night", parents=[shared], help=told)
    nightly.set_defaults(run=run_night)
    told = "Measure, and make that the baseline"
    made = _add_run(below, shared, "promote", promote, told, trials=4)
    made.add_argument("--reason", required=True, help="why, for whoever reads it later")
    made.add_argument("--yes", action="store_true", help="do not ask for the word to be typed")
    for each in (gated, made):
        told = "of the chat instead, on a desk that was started and not advanced since"
        each.add_argument("--chat", action="store_true", help=told)
    for each in (gated, nightly, made):
        each.add_argument("--baseline", type=Path, default=BASELINE, help="file (default: the checkout's)")


def _add_run(
    below: Any, shared: argparse.ArgumentParser, name: str, run: Command, told: str, *, trials: int
) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = below.add_parser(name, parents=[shared], help=told)
    made.add_argument("--dataset", action="append", metavar="NAME", help="only this one; may be repeated")
    made.add_argument("--trials", type=int, default=trials, help=f"how often each case (default {trials})")
    made.add_argument("--llm", action="append", metavar="SPEC", help="another LLM, provider:llm")
    made.add_argument("--budget", type=Decimal, metavar="USD", help="at most (mandate: llm.evals_budget_usd)")
    made.add_argument("--controls", action="store_true", help="tell reasoning from memory; 6 times the calls")
    made.add_argument("--name", default="", help="to run the same once more, under another name")
    made.add_argument("--replay", type=Path, metavar="FILE", help="from recorded calls; nobody is asked")
    made.add_argument("--publish", action="store_true", help="upload to LangSmith when it is done")
    made.set_defaults(run=run, cases=None)
    return made


def list_datasets(options: argparse.Namespace, console: Console) -> Outcome:
    """Show the datasets, and what those who do not think would score."""
    return _listed([dataset(name) for name in SUITE])


def make(options: argparse.Namespace, console: Console) -> Outcome:
    """Cut the datasets anew from what a desk has played; one that knows of the future is refused."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    DataFolder(settings.data_dir).require_started()
    with progress_beside(console) as progress, closing(open_desk(settings, progress)) as desk:
        found = make_datasets(desk, options.out, progress, only=options.dataset or ())
    return _listed(found)


def run_evals(options: argparse.Namespace, console: Console) -> Outcome:
    """Ask everybody, and report."""
    run = EvalRun.of(options)
    if run.most_usd:
        console.print(f"The calls may cost up to {run.most_usd:.2f} USD.", highlight=False)
    result = run.asked("run", console)
    report = run.report(result)
    return Outcome(data=to_plain(report), shown=(*report_tables(report), *run.told(report, result, console)))


def _listed(datasets: Sequence[Dataset]) -> Outcome:
    rates = beside(datasets)
    listed = [
        {"name": each.name, "cases": len(each.cases), "digest": each.digest, "about": each.about}
        for each in datasets
    ]
    shown = (datasets_table(datasets), *(line for each in rates for line in each.shown()))
    return Outcome(data={"datasets": listed} | base_rate_data(rates), shown=shown)
