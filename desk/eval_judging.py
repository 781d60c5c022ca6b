"""`desk evals bakeoff`, `gate`, `night` and `promote`: what follows from what was measured."""

import argparse
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

from rich.console import Console

from db.record_codec import to_plain
from desk.consent import account_name, says
from desk.data_folder import DataFolder
from desk.eval_asking import PAGE, REPORT, EvalRun
from desk.eval_chat import chat_of
from desk.eval_chat_gate import gate_chat, promote_chat
from desk.eval_night import night, night_run_of
from desk.eval_record import recorded_where_started
from desk.mandate import load_mandate
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.settings import Settings, publish
from desk.shown_evals import gate_lines, night_lines, report_tables
from evals.baseline import promoted, read_baseline, require_reason, write_baseline
from evals.judging import judged
from evals.suite import SUITE
from fund.clock import SystemClock


def bakeoff(options: argparse.Namespace, console: Console) -> Outcome:
    """Ask everybody the same cases, and say for each role whom that speaks for."""
    run = EvalRun.of(options)
    most = run.most_usd
    if most and not options.yes and not _agreed(most, console):
        return Outcome(data={"asked": False}, shown=("Nobody was asked.",), good=False)
    result = run.asked("bakeoff", console)
    found, report = run.chosen(result)
    data = to_plain(report) | {"choices": {name: to_plain(choice) for name, choice in found.items()}}
    return Outcome(data=data, shown=(*report_tables(report), *run.told(report, result, console)))


def run_gate(options: argparse.Namespace, console: Console) -> Outcome:
    """Measure what the baseline measured, and say whether anything is worse; red is exit code 1."""
    if options.chat:
        return gate_chat(options, console)
    baseline = read_baseline(options.baseline)
    run = EvalRun.of(options)
    result = run.asked("gate", console)
    found = judged(baseline, result.experiment, result.trials, tuple(run.field.rosters))
    report = run.report(result, verdicts=(f"The gate is {found.colour}.", *found.reasons))
    shown = (*gate_lines(found, baseline), *run.told(report, result, console))
    return Outcome(data=to_plain(found), shown=shown, good=found.colour != "block")


def run_night(options: argparse.Namespace, console: Console) -> Outcome:
    """Evaluate today as the schedule does, once; exit code 1 where something is worse."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    publish(settings.variables_for_libraries())
    mandate, clock = load_mandate(settings.mandate), SystemClock()
    day = clock.now().astimezone(UTC).date()
    most = night_run_of(settings, mandate, day).most_usd
    if most:
        console.print(f"The calls may cost up to {most:.2f} USD.", highlight=False)
    with progress_beside(console) as progress:
        chat = chat_of(settings) if DataFolder(settings.data_dir).is_started() else None
        run = night(settings, mandate, clock, day, baseline=options.baseline, progress=progress, chat=chat)
    told = () if run.is_new else (f"{day.isoformat()} was evaluated before; nobody was asked.",)
    kept = (f"Kept in {run.folder / PAGE}", *recorded_where_started(settings, clock.now()))
    data = {"new": run.is_new, "report": str(run.folder / REPORT), **to_plain(run.night)}
    return Outcome(data=data, shown=(*told, *night_lines(run.night), *kept), good=run.night.colour != "block")


def promote(options: argparse.Namespace, console: Console) -> Outcome:
    """Measure, and make it the baseline on a typed word."""
    require_reason(options.reason)
    if options.chat:
        return promote_chat(options, console)
    run = EvalRun.of(options)
    result = run.asked("gate", console)
    primaries = {name: SUITE[name].primary.name for name in run.plan.datasets}
    kept = tuple(
        replace(trial, scores=tuple(s for s in trial.scores if s.scorer == primaries[trial.dataset]))
        for trial in result.trials
        if trial.contestant in run.field.rosters
    )
    made = promoted(result.experiment, kept, reason=options.reason, at=SystemClock().now(), by=account_name())
    report = run.report(result)
    console.print(*report_tables(report), sep="\n")
    question = f"From now on this is how good the desk has to be ({options.baseline.name})."
    if not options.yes and not says("promote", question, console):
        return Outcome(data={"promoted": False}, shown=("The baseline stays as it is.",), good=False)
    write_baseline(made, options.baseline)
    told = f"{options.baseline.name} holds {result.experiment.experiment_id}: {made.reason}"
    data = {"promoted": True, "experiment": result.experiment.experiment_id}
    return Outcome(data=data, shown=(told, *run.uploaded(result, console)))


def _agreed(most: Decimal, console: Console) -> bool:
    return says("ask", f"The calls may cost up to {most:.2f} USD.", console)
