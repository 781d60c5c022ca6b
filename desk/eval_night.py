"""The nightly evaluation: once a date, beside the baseline and the night before, kept on file."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from db.record_codec import from_json, to_json
from desk.committee import roster_of
from desk.eval_asking import EvalRun, kept_report
from desk.eval_publishing import publish_result
from desk.evaluating import EVALS, Asked, Result, deciding_field, most_usd, run_experiment
from desk.progress import ProgressSink, silent
from desk.settings import Settings
from evals.baseline import BASELINE, Baseline, read_baseline
from evals.chat_gate import ChatVerdict
from evals.experiment import CALLS, TRIALS
from evals.gate import TRIALS as TIMES
from evals.gate import Colour, GateResult, gate
from evals.judging import judged, safety_of
from evals.night import Night, scores_of, worst_of
from evals.suite import SUITE
from fund.clock import Clock
from fund.errors import DeskError, TradingHaltedError
from fund.mandate import Mandate

log = logging.getLogger("conclave.evals")
NAME, KEPT = "night", "night.json"
AskChat = Callable[[date, Night | None, ProgressSink], ChatVerdict]
"""Asks the chat of a desk for a date, beside the night before."""
WHOLE = 30
"""How many nights keep every call; of older ones that cost nothing and can be had again, the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRun:
    """A night, where it is kept, and whether it was evaluated just now."""

    night: Night
    folder: Path
    is_new: bool


def runs_at_night(settings: Settings, mandate: Mandate) -> bool:
    """Return whether the schedule has the evaluation: by itself only where the rules alone decide."""
    wanted = settings.schedule.evals
    return wanted == "on" or (wanted == "auto" and roster_of(settings, mandate).providers == "offline")


def night(
    settings: Settings,
    mandate: Mandate,
    clock: Clock,
    day: date,
    *,
    datasets: tuple[str, ...] = tuple(SUITE),
    baseline: Path = BASELINE,
    progress: ProgressSink = silent,
    chat: AskChat | None = None,
) -> NightRun:
    """Evaluate the desk for a date, or go on where that was cut off; a date that has its night keeps it.

    `chat` asks the chat of a started desk too; without it the night has none.
    """
    root = settings.data_dir / EVALS
    before = dict(nights_on_file(root))
    for folder, known in before.items():
        if known.day == day:
            return NightRun(night=known, folder=folder, is_new=False)
    run = night_run_of(settings, mandate, day, datasets)
    result = run_experiment(NAME, run.plan, run.field, root=root, clock=clock, progress=progress)
    earlier = [known for known in before.values() if known.day < day]
    last = max(earlier, key=lambda known: known.day, default=None)
    found = _night(day, result, tuple(run.field.rosters), baseline, last)
    if chat is not None:
        found = _with_chat(found, last, chat, progress)
    kept_report(run.report(result, verdicts=(found.told,)), result)
    _keep(found, result.folder)
    if settings.langsmith_nights:
        publish_result(settings, result, progress)
    _tidy({**before, result.folder: found})
    return NightRun(night=found, folder=result.folder, is_new=True)


def night_run_of(
    settings: Settings, mandate: Mandate, day: date, datasets: tuple[str, ...] = tuple(SUITE)
) -> EvalRun:
    """Return what a night asks of whom: as often as the gate wants where that costs nothing, else once."""
    field = deciding_field(settings, mandate)
    once = Asked(datasets=datasets, trials=1, budget_usd=mandate.evals_budget_usd, occasion=day.isoformat())
    free = not most_usd(once, field)
    often = Asked(datasets=datasets, trials=TIMES, occasion=once.occasion)
    return EvalRun(settings=settings, plan=often if free else once, field=field)


def _night(day: date, result: Result, contestants: tuple[str, ...], path: Path, last: Night | None) -> Night:
    baseline, found = _judged(result, contestants, path)
    return Night(
        day=day,
        experiment_id=result.experiment.experiment_id,
        colour=found.colour,
        reasons=found.reasons,
        baseline=None if baseline is None else baseline.experiment.experiment_id,
        last=None if last is None else last.day,
        cost_usd=sum((trial.output.cost_usd for trial in result.trials), Decimal(0)),
        scores=scores_of(result.experiment, result.trials, contestants, baseline, last),
        worst=worst_of(result.experiment, result.trials, contestants, baseline),
        commit=result.experiment.commit,
        prompts=sha256(to_json(result.experiment.prompts).encode()).hexdigest()[:12],
    )


def _with_chat(found: Night, last: Night | None, chat: AskChat, progress: ProgressSink) -> Night:
    """Add what came of the chat; a chat that cannot be asked is said, and amber."""
    try:
        return found.with_chat(chat(found.day, last, progress))
    except TradingHaltedError:
        raise
    except DeskError as error:
        colour: Colour = "block" if found.colour == "block" else "amber"
        return replace(found, colour=colour, reasons=(*found.reasons, f"the chat was not asked: {error}"))


def _judged(result: Result, contestants: tuple[str, ...], path: Path) -> tuple[Baseline | None, GateResult]:
    """Judge against the baseline; without one that fits, what must not happen is looked at all the same."""
    baseline = None
    try:
        baseline = read_baseline(path)
        return baseline, judged(baseline, result.experiment, result.trials, contestants)
    except DeskError as error:
        alone = gate((), safety_of(result.experiment, result.trials, contestants), seed=0)
        return baseline, replace(alone, reasons=(*alone.reasons, str(error)))


def nights_on_file(root: Path) -> Iterator[tuple[Path, Night]]:
    """Yield the nights that are done; one of another version or edited by hand counts for none."""
    for path in sorted(root.glob(f"{NAME}-*/{KEPT}")):
        try:
            yield path.parent, from_json(Night, path.read_text(encoding="utf-8"))
        except (DeskError, OSError, UnicodeDecodeError) as error:
            log.warning("%s is passed over: %s", path, error)


def _keep(found: Night, folder: Path) -> None:
    """Write what makes a date done, last of all and whole or not at all."""
    half = folder / f"{KEPT}.half"
    half.write_text(f"{to_json(found)}\n", encoding="utf-8")
    half.replace(folder / KEPT)


def _tidy(nights: dict[Path, Night]) -> None:
    """Let go of the calls and trials of old nights that follow from the source alone."""
    newest_first = sorted(nights, key=lambda folder: nights[folder].day, reverse=True)
    for folder in newest_first[WHOLE:]:
        if not nights[folder].cost_usd:
            for name in (CALLS, TRIALS):
                (folder / name).unlink(missing_ok=True)
