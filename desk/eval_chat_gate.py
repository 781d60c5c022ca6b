"""`desk evals gate --chat` and `promote --chat`: the chat against what it scored on the same desk."""

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from db.record_codec import to_plain
from desk.bootstrap import Desk, open_desk
from desk.consent import account_name, says
from desk.eval_asking import kept_report
from desk.eval_chat import GATE, ChatRun, ask_chat, started_settings, verdict_of
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.shown_evals import report_tables
from desk.worker import DeskWorker
from evals.baseline import BASELINE, Baseline, promoted, read_baseline, require_reason, write_baseline
from evals.chat_cases import chat_dataset
from evals.chat_gate import PRIMARY
from evals.experiment import Experiment
from fund.clock import SystemClock
from fund.errors import ConfigError
from graph.chat import OFFLINE

NOT_OF_THE_CHAT = ("dataset", "llm", "budget", "controls", "replay")
CHAT_BASELINE = BASELINE.with_name("chat_baseline.json")


def gate_chat(options: argparse.Namespace, console: Console) -> Outcome:
    """Ask the chat of a desk that stands where the baseline's stood; red is exit code 1."""
    baseline = read_baseline(_path(options))
    with _asked(options, console) as (desk, found):
        experiment = found.result.experiment
        require_same_desk(baseline, experiment)
        cases = chat_dataset()
        then = cases_then(baseline, cases.name)
        verdict = verdict_of(desk, found.result, cases, then=then, beside="the baseline")
    report = replace(
        found.report, verdicts=(f"The gate is {verdict.colour}.", verdict.told, *verdict.reasons)
    )
    held = (
        f"Against {baseline.experiment.experiment_id} of {baseline.promoted_at:%Y-%m-%d}: {baseline.reason}"
    )
    shown = (held, *report.verdicts, *kept_report(report, found.result))
    return Outcome(data=to_plain(verdict), shown=shown, good=verdict.colour != "block")


def promote_chat(options: argparse.Namespace, console: Console) -> Outcome:
    """Ask the chat of a desk, and make what its rules score the baseline, on a typed word."""
    require_reason(options.reason)
    with _asked(options, console) as (_, found):
        experiment, trials = found.result.experiment, found.result.trials
    kept = tuple(
        replace(trial, scores=tuple(score for score in trial.scores if score.scorer == PRIMARY))
        for trial in trials
        if trial.contestant == OFFLINE
    )
    path = _path(options)
    made = promoted(experiment, kept, reason=options.reason, at=SystemClock().now(), by=account_name())
    console.print(*report_tables(found.report), sep="\n")
    question = f"From now on this is how well the chat has to answer ({path.name})."
    if not options.yes and not says("promote", question, console):
        return Outcome(data={"promoted": False}, shown=("The baseline stays as it is.",), good=False)
    write_baseline(made, path)
    told = f"{path.name} holds {experiment.experiment_id}: {made.reason}"
    return Outcome(data={"promoted": True, "experiment": experiment.experiment_id}, shown=(told,))


@contextmanager
def _asked(options: argparse.Namespace, console: Console) -> Iterator[tuple[Desk, ChatRun]]:
    """Open the desk, ask its chat once, and close it."""
    if left_out := [f"--{name}" for name in NOT_OF_THE_CHAT if getattr(options, name)]:
        raise ConfigError(
            f"expected --chat alone, found {', '.join(left_out)} beside it: the rules of the chat are asked "
            "each of its cases once, and no LLM is; leave it out"
        )
    settings = started_settings(options)
    with (
        progress_beside(console) as progress,
        closing(open_desk(settings, progress)) as desk,
        closing(DeskWorker(desk)) as worker,
    ):
        yield (
            desk,
            ask_chat(
                desk,
                worker,
                GATE,
                [chat_dataset()],
                profiles=(OFFLINE,),
                occasion=options.name,
                progress=progress,
            ),
        )


def _path(options: argparse.Namespace) -> Path:
    return CHAT_BASELINE if options.baseline == BASELINE else Path(options.baseline)


def require_same_desk(baseline: Baseline, now: Experiment) -> None:
    """Raise `ConfigError` where the baseline was measured on another desk or on other cases."""
    then = baseline.experiment
    was, at = (each.parameters.get("session") for each in (then, now))
    if was != at:
        raise ConfigError(
            f"expected a desk at {was}, where the chat's baseline was measured, found one at {at}; "
            "start one from the bundle in a folder of its own (--data-dir), and advance it no further"
        )
    if then.datasets != now.datasets:
        raise ConfigError(
            "nothing can be compared with the chat's baseline: its cases are others; look at what changed, "
            "and promote a new one with its reason"
        )


def cases_then(baseline: Baseline, dataset: str) -> dict[str, float]:
    """Return how the baseline answered each case, by the mean of its trials."""
    measured = baseline.of(dataset, OFFLINE)
    values = {} if measured is None else measured.scores[PRIMARY]
    known = {case_id: [each for each in found if each is not None] for case_id, found in values.items()}
    return {case_id: sum(found) / len(found) for case_id, found in known.items() if found}
