"""What convictions are worth as probabilities: their reliability, beside chance's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.case import Dataset
from evals.experiment import Experiment
from evals.scorers.signal import HORIZON, promise
from evals.trial import Trial
from fund.metrics.probability import Calibration, calibration_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """How one contestant's probabilities came true on one dataset."""

    dataset: str
    contestant: str
    cases: int
    """With a clear outcome; `calibration` counts their trials, and its intervals redraw whole sessions."""
    calibration: Calibration


def promises(experiment: Experiment, dataset: Dataset, trials: Sequence[Trial]) -> tuple[Promises, ...]:
    """Return it of each contestant that stated convictions about cases with a session; of others nothing."""
    found = (_promises(dataset, name, trials, experiment.seed) for name in experiment.contestants)
    return tuple(each for each in found if each is not None)


def _promises(dataset: Dataset, contestant: str, trials: Sequence[Trial], seed: int) -> Promises | None:
    cases = {case.case_id: case for case in dataset.cases if "horizons" in case.label}
    told = [
        (*stated, int(cases[trial.case_id].label["session"]), trial.case_id)
        for trial in trials
        if (trial.dataset, trial.contestant) == (dataset.name, contestant)
        and trial.case_id in cases
        and (stated := promise(cases[trial.case_id], trial.output)) is not None
    ]
    if not told:
        return None
    probability, happened, sessions, case_ids = zip(*told, strict=True)
    calibration = calibration_of(
        np.array(probability),
        np.array(happened, dtype=np.bool_),
        np.array(sessions, dtype=np.int64),
        horizon_sessions=HORIZON,
        seed=seed,
    )
    if calibration is None:
        return None
    return Promises(
        dataset=dataset.name, contestant=contestant, cases=len(set(case_ids)), calibration=calibration
    )
