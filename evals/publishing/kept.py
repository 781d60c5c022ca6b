"""What of an experiment's folder is published, and why the rest is not."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agents.calls import RecordedCall
from agents.roles import ROLES
from evals.case import Dataset
from evals.experiment import CALLS, MANIFEST, TRIALS, Experiment, read_experiment
from evals.json_lines import read_lines
from evals.memorisation import CONTROLS, under
from evals.part import part_of
from evals.recordings import Line
from evals.runner import key_of
from evals.suite import SUITE, dataset
from evals.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptExperiment:
    """An experiment as it lies on disk, whole or so far."""

    experiment: Experiment
    datasets: Mapping[str, Dataset]
    """Those that are published, as they were asked: whole, or a part."""
    parts: Mapping[tuple[str, str], tuple[Trial, ...]]
    """The trials that were answered, by dataset and contestant, in a fixed order."""
    calls: Mapping[str, RecordedCall]
    began: datetime
    left_out: Mapping[str, str]
    """Dataset to the reason why it is not published."""

    def calls_of(self, trial: Trial) -> list[RecordedCall]:
        """Return the calls of a trial that are on file."""
        return [self.calls[call_id] for call_id in trial.output.call_ids if call_id in self.calls]


def kept_in(folder: Path) -> KeptExperiment:
    """Read a folder; raises `DataError` where there is no experiment, or its trials are gone."""
    experiment = read_experiment(folder)
    left_out = {name: why for name in experiment.datasets if (why := _why_not(experiment, name))}
    published = experiment.datasets.keys() - left_out.keys()
    trials = {key_of(trial): trial for trial in read_lines(folder / TRIALS, Trial)}.values()
    calls = _calls_in(folder)
    written = datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC)
    return KeptExperiment(
        experiment=experiment,
        datasets={name: _asked(experiment, name) for name in published},
        parts=_parts(trials, experiment, published),
        calls=calls,
        began=min((call.started_at for call in calls.values()), default=written),
        left_out=left_out,
    )


def _why_not(experiment: Experiment, name: str) -> str:
    """Return why a dataset is not published; empty where it is."""
    quiz = SUITE.get(name)
    if quiz is None:
        return "its answers are the records of this desk"
    if quiz.shown != "masked":
        return "it is shown with real names"
    known = _asked(experiment, name)
    if known.digest != experiment.datasets[name]:
        return "it has been cut anew since"
    strangers = {case.subject for case in known.cases} - ROLES.keys()
    return f"who is asked in it is {', '.join(sorted(strangers))}, and no role" if strangers else ""


def _asked(experiment: Experiment, name: str) -> Dataset:
    """Return what was asked of a dataset, as this program has it."""
    count = experiment.parameters.get("cases")
    return part_of(dataset(name), None if count is None else int(count))


def _parts(
    trials: Iterable[Trial], experiment: Experiment, published: Collection[str]
) -> dict[tuple[str, str], tuple[Trial, ...]]:
    """Return answered trials by dataset and contestant; controls stay here, some were shown real names."""
    controls = {under(name, shown) for name in experiment.contestants for shown in CONTROLS}
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        if trial.dataset in published and trial.contestant not in controls and not trial.output.absent:
            found.setdefault((trial.dataset, trial.contestant), []).append(trial)
    return {
        key: tuple(sorted(own, key=lambda each: (each.number, each.case_id))) for key, own in found.items()
    }


def _calls_in(folder: Path) -> dict[str, RecordedCall]:
    """Return the calls of a folder by their id; old nights have let go of theirs."""
    path = folder / CALLS
    lines = read_lines(path, Line) if path.exists() else ()
    return {line.call_id: line.call for line in lines if line.call is not None}
