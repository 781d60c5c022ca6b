"""The committed baseline: what the desk scored when somebody last said that this is how good it has to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from db.record_codec import from_json, to_json
from evals.experiment import Experiment
from evals.summary import by_case
from evals.trial import Trial
from fund.errors import ConfigError, DataError

BASELINE = Path(__file__).with_name("baseline.json")
SHORTEST_REASON = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One contestant on one dataset, case by case, so that what comes later can be compared in pairs."""

    dataset: str
    contestant: str
    scores: Mapping[str, Mapping[str, tuple[float | None, ...]]]
    """Scorer to case to its values, one a trial; None is "not scorable"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was measured, of which source, and why it was made the measure."""

    experiment: Experiment
    reason: str
    promoted_at: datetime
    promoted_by: str
    measured: tuple[Measured, ...]

    def of(self, dataset: str, contestant: str) -> Measured | None:
        """Return what a contestant came to on a dataset, None where it was not there."""
        return next(
            (each for each in self.measured if (each.dataset, each.contestant) == (dataset, contestant)), None
        )


def promoted(
    experiment: Experiment, trials: Sequence[Trial], *, reason: str, at: datetime, by: str
) -> Baseline:
    """Return the baseline that an experiment makes; `ConfigError` without a reason worth reading later."""
    require_reason(reason)
    return Baseline(
        experiment=experiment,
        reason=reason.strip(),
        promoted_at=at,
        promoted_by=by,
        measured=measured_of(trials),
    )


def require_reason(reason: str) -> None:
    """Raise `ConfigError` for a reason that nobody could make anything of later."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise ConfigError(f"expected a reason of at least {SHORTEST_REASON} characters, found {reason!r}")


def measured_of(trials: Sequence[Trial]) -> tuple[Measured, ...]:
    """Return what trials came to, by dataset and contestant in the order in which they come."""
    keys = dict.fromkeys((trial.dataset, trial.contestant) for trial in trials)
    return tuple(
        _measured(*key, [trial for trial in trials if (trial.dataset, trial.contestant) == key])
        for key in keys
    )


def _measured(dataset: str, contestant: str, trials: Sequence[Trial]) -> Measured:
    scorers = dict.fromkeys(score.scorer for trial in trials for score in trial.scores)
    return Measured(
        dataset=dataset,
        contestant=contestant,
        scores={
            scorer: {case_id: tuple(values) for case_id, values in by_case(trials, scorer).items()}
            for scorer in scorers
        },
    )


def read_baseline(path: Path = BASELINE) -> Baseline:
    """Return the committed baseline; `DataError` where there is none or it cannot be read."""
    try:
        return from_json(Baseline, path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(
            f"{path.name}: expected a baseline, found {error}; `desk evals promote` makes one"
        ) from error


def write_baseline(baseline: Baseline, path: Path = BASELINE) -> None:
    """Keep a baseline in place of the last one, whole or not at all."""
    half = path.with_suffix(".half")
    half.write_text(f"{to_json(baseline)}\n", encoding="utf-8")
    half.replace(path)
