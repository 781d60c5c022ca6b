"""An experiment: what exactly is run, by whom, over which cases; and the folder that keeps all of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from db.record_codec import from_json, to_json
from evals.json_lines import JsonLines
from evals.runner import key_of
from evals.trial import Trial
from fund.errors import ConfigError, DataError

MANIFEST, TRIALS, CALLS = "experiment.json", "trials.jsonl", "calls.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Everything a result follows from; the same again is the same experiment, and goes on where it was."""

    name: str
    """What it is for: bakeoff, night, gate ..."""
    datasets: Mapping[str, str]
    """Name to the digest of its cases."""
    contestants: Mapping[str, str]
    """Name to who that is: an LLM with its price and parameters, a rule, a persona with its skill."""
    trials: int
    prompts: Mapping[str, str]
    """Role to the hash of its prompt."""
    commit: str
    """Of the program's source; with a plus where it had been changed."""
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    seed: int = 0
    occasion: str = ""
    """What tells one run of the same from another: the date of a night, or what the owner calls it."""

    @property
    def experiment_id(self) -> str:
        """Return the id that follows from all of it."""
        return f"{self.name}-{sha256(to_json(self).encode()).hexdigest()[:12]}"


class ExperimentFolder:
    """The folder of an experiment: what it is, its calls, its trials; one process at a time."""

    def __init__(self, root: Path, experiment: Experiment) -> None:
        self.path = root / experiment.experiment_id
        self.path.mkdir(parents=True, exist_ok=True)
        self.calls = self.path / CALLS
        manifest = self.path / MANIFEST
        if not manifest.exists():
            manifest.write_text(to_json(experiment), encoding="utf-8")
        elif read_experiment(self.path) != experiment:
            raise ConfigError(f"{self.path.name}: expected the experiment it is named after; it was edited")
        self._lines = JsonLines(self.path / TRIALS, Trial)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Return the trials that have ended so far, each once."""
        return tuple({key_of(trial): trial for trial in self._lines}.values())

    def keep(self, trial: Trial) -> None:
        """Keep a trial that has ended."""
        self._lines.append(trial)

    def close(self) -> None:
        """Let another process have the folder."""
        self._lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_experiment(folder: Path) -> Experiment:
    """Return the experiment of a folder; raises `DataError` where there is none."""
    try:
        return from_json(Experiment, (folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{folder.name}: expected an experiment, found {error}") from error


def trials_text(trials: Iterable[Trial]) -> str:
    """Return trials as JSON lines: the same bytes for the same trials in the same order."""
    return "".join(f"{to_json(trial)}\n" for trial in trials)
