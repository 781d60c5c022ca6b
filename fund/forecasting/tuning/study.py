"""A search for sizes that a kill cannot harm: every judged trial is in a journal, and none is run twice."""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fund.errors import DataError
from fund.forecasting.tuning.inner import Standing
from fund.forecasting.tuning.spaces import OneOf, Real, Size, Space, Whole
from fund.metrics.inference import Interval, mean_interval

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial

JOURNAL = "journal.log"
STARTUP_TRIALS = 5
"""Trials that are drawn at random before what is known guides the choice, the usual sizes among them."""
PRUNING_TRIALS = 4
"""Trials that must have been judged whole before one may be given up half-way."""
_REFUSED, _RANK_IC, _SESSIONS, _DAILY = "refused", "rank_ic", "sessions", "daily"
End = Literal["judged", "given up", "refused"]

Standings = Callable[[Mapping[str, Size]], Iterator[Standing]]
"""How some sizes stand after each inner fold; `DataError` when they cannot be fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSizes:
    """Some sizes, and what came of them in the inner walk-forward."""

    sizes: dict[str, Size]
    end: End
    """Given up: behind the median of the others after the same inner folds. Refused: could not be fitted."""
    objective: float | None
    """Mean inner rank IC less one standard error; None where they were not judged whole."""
    rank_ic: Interval | None
    """Of the inner sessions judged; None below 20 of them."""
    sessions: int
    daily: tuple[float, ...] = ()
    """Rank IC of each of these sessions; empty where they were not judged whole, or by an older search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One search: over which sizes, from which, and how it draws."""

    name: str
    """Of the study in the journal: a hash of everything that decides it."""
    space: Space
    usual: Mapping[str, Size]
    """Judged first."""
    seed: int
    horizon_sessions: int
    """Sessions over which labels overlap."""


@contextmanager
def held(folder: Path) -> Iterator[Path]:
    """Give the journal of a folder, which nobody else may write to; a half-written line of a kill is dropped.

    `DataError` when another process is at it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(
                f"expected nobody else to tune in {folder.name!r}, found another process at it; "
                "wait for it, or tune in another data folder"
            ) from error
        journal = folder / JOURNAL
        journal.touch()
        whole = journal.read_bytes().rfind(b"\n") + 1
        os.truncate(journal, whole)
        yield journal


def searched(journal: Path, search: Search, trials: int, standings: Standings) -> Iterator[JudgedSizes]:
    """Yield `trials` judged sizes in their order, those of an earlier start first.

    Each draw depends on the seed, on its place and on what was judged before it: interrupted anywhere, a
    search ends as it would have ended. `DataError` for a journal that is damaged.
    """
    study = _study(journal, search)
    for each in study.get_trials(deepcopy=False):
        if each.state == _states().RUNNING:
            study.tell(each.number, state=_states().FAIL)
    finished = _finished(study)
    yield from (_judged_of(each) for each in finished[:trials])
    for place in range(len(finished), trials):
        if place == 0 and not study.get_trials(deepcopy=False, states=(_states().WAITING,)):
            study.enqueue_trial(dict(search.usual))
        study.sampler = _sampler(search.seed, place)
        _run(study, study.ask(_distributions(search.space)), search, standings)
        yield _judged_of(_finished(study)[place])


def best(judged: Sequence[JudgedSizes], usual: Mapping[str, Size]) -> dict[str, Size]:
    """Return the sizes with the highest objective, the first of equals; the usual ones if none was judged."""
    whole = [each for each in judged if each.objective is not None]
    if not whole:
        return dict(usual)
    return max(whole, key=lambda each: each.objective or 0.0).sizes


def _run(study: "Study", trial: "Trial", search: Search, standings: Standings) -> None:
    last: Standing | None = None
    try:
        steps = standings(trial.params)
        for at, last in enumerate(steps):
            trial.report(last.objective, at)
            if trial.should_prune():
                _remember(trial, last, search)
                study.tell(trial, state=_states().PRUNED)
                return
        if last is None:
            raise DataError("expected an inner fold at least, found none; take more folds")
    except DataError as error:
        trial.set_user_attr(_REFUSED, str(error))
        study.tell(trial, state=_states().FAIL)
        return
    _remember(trial, last, search)
    trial.set_user_attr(_DAILY, last.daily.tolist())
    study.tell(trial, last.objective)


def _remember(trial: "Trial", standing: Standing, search: Search) -> None:
    interval = mean_interval(standing.daily, lag=search.horizon_sessions)
    trial.set_user_attr(_RANK_IC, None if interval is None else asdict(interval))
    trial.set_user_attr(_SESSIONS, len(standing.daily))


def _study(journal: Path, search: Search) -> "Study":
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    lock: Any = _Held()
    backend = JournalFileBackend(str(journal), lock_obj=lock)
    try:
        return optuna.create_study(
            storage=optuna.storages.JournalStorage(backend),
            study_name=search.name,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=PRUNING_TRIALS),
            direction="maximize",
            load_if_exists=True,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"expected a journal of trials in {journal.parent.name!r}, found a {journal.name} that cannot be "
            f"read ({error!r:.120}); move it away to search anew"
        ) from error


class _Held:
    """No lock: the journal is held for the whole search, by a lock that a kill gives back at once."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None


def _sampler(seed: int, place: int) -> Any:
    import numpy as np
    import optuna

    own = int(np.random.SeedSequence([seed, place]).generate_state(1)[0])
    return optuna.samplers.TPESampler(seed=own, n_startup_trials=STARTUP_TRIALS)


def _finished(study: "Study") -> list["FrozenTrial"]:
    """Return what was judged to its end; a trial that failed without being refused was interrupted."""
    whole = _states().COMPLETE, _states().PRUNED
    trials = study.get_trials(deepcopy=False)
    return [
        each
        for each in trials
        if each.state in whole or (each.state == _states().FAIL and _REFUSED in each.user_attrs)
    ]


def _judged_of(trial: "FrozenTrial") -> JudgedSizes:
    interval = trial.user_attrs.get(_RANK_IC)
    ends: Mapping[str, End] = {"COMPLETE": "judged", "PRUNED": "given up", "FAIL": "refused"}
    return JudgedSizes(
        sizes=dict(trial.params),
        end=ends[trial.state.name],
        objective=trial.value if trial.state.name == "COMPLETE" else None,
        rank_ic=None if interval is None else Interval(**interval),
        sessions=int(trial.user_attrs.get(_SESSIONS, 0)),
        daily=tuple(trial.user_attrs.get(_DAILY, ())),
    )


def _distributions(space: Space) -> dict[str, "BaseDistribution"]:
    from optuna import distributions

    def one(size: Whole | Real | OneOf) -> "BaseDistribution":
        if isinstance(size, Whole):
            return distributions.IntDistribution(size.low, size.high, log=size.log)
        if isinstance(size, Real):
            return distributions.FloatDistribution(size.low, size.high, log=size.log)
        return distributions.CategoricalDistribution(size.values)

    return {name: one(size) for name, size in space.items()}


def _states() -> Any:
    from optuna.trial import TrialState

    return TrialState
