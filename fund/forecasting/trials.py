"""Every configuration that was ever judged: who tries a hundred finds one that looks good by luck.

Trials are appended and never taken back. Each carries the hash of the one before it, so that a count made
smaller afterwards is seen.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np

from fund.errors import DataError
from fund.metrics.inference import Interval

GENESIS = "0" * 64
"""What the first trial carries as the hash of the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One configuration of a family, judged out of sample once."""

    trial_id: str
    """`trial_id_of` its configuration: the same one judged again is the same trial."""
    family: str
    parameters: str
    """Hash of everything but data that decides the result, the schedule and the seed included."""
    features: str
    """Version of the set of features."""
    horizon_sessions: int
    data_version: str
    rank_ic: Interval | None
    """Mean daily rank IC out of sample; None where there were too few sessions."""
    sharpe: float | None
    """Yearly net Sharpe ratio out of sample; None where no book was made of it."""
    sessions: int
    """Sessions it was judged on."""
    at: datetime
    search: str = ""
    """Name of the search that judged it inside a training span; empty where it was judged out of sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainedTrial:
    """A trial in its place."""

    trial: Trial
    previous_hash: str
    hash: str


def parameters_hash(parameters: Mapping[str, object]) -> str:
    """Return the hash of parameters, whatever their order; numpy's numbers count as what they are."""
    return _digest(json.dumps(dict(parameters), sort_keys=True, default=_plain))


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else str(value)


def trial_id_of(
    *, family: str, parameters: str, features: str, horizon_sessions: int, data_version: str
) -> str:
    """Return the id of a configuration on some data; what came of it has no part in it."""
    return _digest(json.dumps([family, parameters, features, horizon_sessions, data_version]))[:16]


def appended(chain: Sequence[ChainedTrial], trial: Trial) -> tuple[ChainedTrial, ...]:
    """Return the chain with a trial at its end; `DataError` for an id that is not its configuration's."""
    expected = trial_id_of(
        family=trial.family,
        parameters=trial.parameters,
        features=trial.features,
        horizon_sessions=trial.horizon_sessions,
        data_version=trial.data_version,
    )
    if trial.trial_id != expected:
        raise DataError(
            f"expected trial id {expected!r} of this configuration, found {trial.trial_id!r}; "
            "make it with trial_id_of"
        )
    previous = chain[-1].hash if chain else GENESIS
    return (*chain, ChainedTrial(trial=trial, previous_hash=previous, hash=trial_hash(previous, trial)))


def trial_hash(previous: str, trial: Trial) -> str:
    """Return sha256(previous ‖ canonical trial)."""
    row = asdict(trial) | {"at": trial.at.astimezone(UTC).isoformat()}
    if not trial.search:
        del row["search"]  # trials from before there was one keep their hash
    return _digest(previous + json.dumps(row, sort_keys=True))


def first_broken(chain: Sequence[ChainedTrial], *, head: str | None = None) -> int | None:
    """Return the index of the first trial that was edited, moved, put in or follows one taken out.

    `head` is the hash the chain is known to end with; without it a cut-off tail goes unseen. The length of
    the chain is returned where its end is missing, None where it is whole.
    """
    previous = GENESIS
    for at, link in enumerate(chain):
        if link.previous_hash != previous or link.hash != trial_hash(previous, link.trial):
            return at
        previous = link.hash
    return None if head is None or head == previous else len(chain)


def trials_of(
    trials: Iterable[Trial], *, family: str, horizon_sessions: int, data_version: str | None = None
) -> tuple[Trial, ...]:
    """Return a family's different configurations over a horizon, each by its first judgement.

    A configuration judged on ten versions of the data is ten trials: newer data is another try. Give
    `data_version` to count one version's only.
    """
    found: dict[str, Trial] = {}
    for trial in trials:
        same = trial.family == family and trial.horizon_sessions == horizon_sessions
        if same and data_version in (None, trial.data_version):
            found.setdefault(trial.trial_id, trial)
    return tuple(found.values())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
