"""`--publish` and `desk evals publish`: evaluations uploaded to LangSmith, now or another time."""

import argparse
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from desk.evaluating import EVALS, Result
from desk.experiment_folders import LAST, experiment_folder
from desk.outcome import Outcome
from desk.progress import ProgressSink, progress_beside, silent
from desk.retry_after import asked_wait
from desk.settings import Settings, publish
from evals.publishing.checking import differences
from evals.publishing.kept import kept_in
from evals.publishing.publisher import Publication, Publisher
from evals.publishing.uplink import Destination, Uplink
from evals.suite import SUITE
from fund.clock import SystemClock
from fund.errors import ConfigError, DeskError

log = logging.getLogger("conclave.evals")
Sleep = Callable[[float], object]


def add_publish(below: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    told = "Upload an experiment to LangSmith, or the rest of one; a second time nothing is made twice"
    made = below.add_parser("publish", parents=[shared], help=told)
    made.add_argument("experiment", help=f"its id, as its folder is called, or `{LAST}`")
    told = "upload nothing: let LangSmith's own runner score the trials here, and say whether it agrees"
    made.add_argument("--check", action="store_true", help=told)
    made.set_defaults(run=publish_experiment)


def destination_of(settings: Settings) -> Destination:
    """Return where evaluations are published; raises `ConfigError` without a key."""
    if settings.langsmith_api_key is None:
        raise ConfigError("publishing needs DESK_LANGSMITH_API_KEY, which is not set")
    return Destination(
        url=settings.langsmith_endpoint,
        key=settings.langsmith_api_key.get_secret_value(),
        project=settings.langsmith_project,
        workspace=settings.langsmith_workspace,
    )


def publish_folder(
    settings: Settings, folder: Path, progress: ProgressSink = silent, sleep: Sleep = time.sleep
) -> Publication:
    """Publish the experiment of a folder; raises `PublishError` where LangSmith does not take it."""
    destination = destination_of(settings)
    with Uplink(destination, clock=SystemClock(), wait=asked_wait, sleep=sleep) as uplink:
        publisher = Publisher(uplink, destination)
        return publisher.publish(folder, lambda done, total: progress("Publishing", done, total))


def publish_experiment(options: argparse.Namespace, console: Console) -> Outcome:
    """Publish an experiment by its name."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    publish(settings.variables_for_libraries())
    if options.check:
        return _checked(experiment_folder(settings.data_dir / EVALS, options.experiment))
    destination_of(settings)
    folder = experiment_folder(settings.data_dir / EVALS, options.experiment)
    with progress_beside(console) as progress:
        found = publish_folder(settings, folder, progress)
    data = {
        "experiment": found.experiment_id,
        "datasets": list(found.datasets),
        "experiments": list(found.experiments),
        "runs": found.runs,
        "new_runs": found.new_runs,
        "left_out": dict(found.left_out),
    }
    return Outcome(data=data, shown=found.told)


def _checked(folder: Path) -> Outcome:
    """Compare our scores with what LangSmith's runner makes of the same trials; it needs no key."""
    kept = kept_in(folder)
    found = [
        each
        for (name, _), trials in kept.parts.items()
        for each in differences(kept.datasets[name], SUITE[name].scorers, trials)
    ]
    count = sum(len(trial.scores) for trials in kept.parts.values() for trial in trials)
    told = f"{count} scores of {folder.name} by LangSmith's runner: {len(found)} are others."
    data = {"experiment": folder.name, "scores": count, "differences": found}
    return Outcome(data=data, shown=(told, *found), good=not found)


def publish_result(
    settings: Settings, result: Result, progress: ProgressSink = silent, sleep: Sleep = time.sleep
) -> tuple[str, ...]:
    """Publish what was just measured and say so; a failure is said, and costs the evaluation nothing."""
    try:
        return publish_folder(settings, result.folder, progress, sleep).told
    except DeskError as error:
        name = result.experiment.experiment_id
        told = f"Not published: {error}. `desk evals publish {name}` goes on; the evaluation is kept."
        log.warning("%s", told)
        return (told,)
