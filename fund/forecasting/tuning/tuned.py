"""Nested tuning: each outer fold learns with sizes that its own training span alone has chosen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from fund.errors import DataError
from fund.forecasting.catalogue import LOADERS, TUNED, family_named, renamed, sized
from fund.forecasting.executing import INLINE, Executor
from fund.forecasting.forecast import FittedForecaster, Forecaster
from fund.forecasting.samples import Samples
from fund.forecasting.trials import parameters_hash
from fund.forecasting.tuning.inner import Standing, before, inner_splits, standings
from fund.forecasting.tuning.overfitting import overfitting_of
from fund.forecasting.tuning.spaces import Size, Space, space_of
from fund.forecasting.tuning.study import JudgedSizes, Search, best, held, searched
from fund.forecasting.validation import Schedule, Split
from fund.forecasting.walk_forward import Progress, silent
from fund.metrics.overfitting import Overfitting


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningPlan:
    """How long sizes are looked for, and how often anew."""

    trials: int = 20
    """Sizes judged in each search."""
    inner_folds: int = 3
    every: int = 4
    """A search for every n-th outer fold; the folds between go by the search before them."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value < 1:
                raise DataError(f"expected {name} of at least 1, found {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What one search chose."""

    until: date
    """Last session of the training span it looked at: longer spans may go by it, shorter ones may not."""
    sizes: Mapping[str, Size]


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedForecaster:
    """A family whose sizes are chosen anew as time goes on, and judged like any other forecaster."""

    name: str
    family: str
    chosen: tuple[Chosen, ...]
    """Oldest first."""
    plan: TuningPlan
    space: Space
    seed: int
    trials: int
    """Every sizes of every search counts, those given up and refused too."""
    overfitting: Overfitting | None = None
    """Of the newest search."""

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """How sizes were looked for, which decides them on given data, and the newest that were chosen."""
        return {
            "tuned": self.family,
            "space": space_hash(self.space),
            "trials_each": self.plan.trials,
            "inner_folds": self.plan.inner_folds,
            "search_every": self.plan.every,
            **self.chosen[-1].sizes,
        }

    def fit(self, samples: Samples, train: range) -> FittedForecaster:
        """Fit with the sizes chosen from a span that ends no later; `DataError` when none does."""
        last = samples.sessions[train.stop - 1]
        known = [each for each in self.chosen if each.until <= last]
        if not known:
            raise DataError(
                f"expected a span that ends on {self.chosen[0].until.isoformat()} or later, as the first "
                f"search looked so far, found {last.isoformat()}; tune on the schedule that is trained on"
            )
        return sized(self.family, known[-1].sizes).fit(samples, train)

    def load(self, path: Path) -> FittedForecaster:
        """Read a fit of the family back."""
        return LOADERS[self.family](path)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedTrial:
    """Some sizes as they were judged, with where."""

    forecaster: Forecaster
    search: str
    """Name of the search, which tells its span, folds and data from others."""
    judged: JudgedSizes


def tune(
    samples: Samples,
    family: str,
    schedule: Schedule,
    plan: TuningPlan,
    *,
    folder: Path,
    data_version: str,
    named: str | None = None,
    executor: Executor = INLINE,
    progress: Progress = silent,
    heard: Callable[[JudgedTrial], None] = lambda trial: None,
) -> TunedForecaster:
    """Search sizes of a family for outer folds of the schedule, and return what walks forward with them.

    A search reads the sessions of its fold's training span and none after. Interrupted, the same call goes
    on from the journal in `folder`. `named` is what the family is called on these features, such as
    `gbm-lab`. `heard` is told of every judged trial, also again of those of an
    earlier start. `DataError` for a family with nothing to choose, too short a history, or a folder in use.
    """
    usual, space, name = family_named(family), space_of(family), named or family
    outer = schedule.splits(len(samples.sessions), samples.first_warm)[:: plan.every]
    label, total = f"tuning {name}, {schedule.horizon_sessions} ahead", len(outer) * plan.trials
    chosen: list[Chosen] = []
    done, overfitting = 0, None
    progress(label, done, total)
    with held(folder) as journal:
        for split in outer:
            search = _search(samples, usual, space, schedule, plan, split.train, data_version)
            look = partial(_standings, before(samples, split.train.stop), family, executor)
            inner = inner_splits(split.train, schedule, plan.inner_folds)
            judged: list[JudgedSizes] = []
            for each in searched(journal, search, plan.trials, partial(look, inner)):
                judged.append(each)
                tried = renamed(sized(family, each.sizes), name)
                heard(JudgedTrial(forecaster=tried, search=search.name, judged=each))
                done += 1
                progress(label, done, total)
            overfitting = overfitting_of(judged, schedule.horizon_sessions)
            until = samples.sessions[split.train.stop - 1]
            chosen.append(Chosen(until=until, sizes=best(judged, search.usual)))
    return TunedForecaster(
        name=f"{name}{TUNED}",
        family=family,
        chosen=tuple(chosen),
        plan=plan,
        space=space,
        seed=usual.seed,
        trials=usual.trials + done,
        overfitting=overfitting,
    )


def _standings(
    samples: Samples, family: str, executor: Executor, inner: Sequence[Split], sizes: Mapping[str, Size]
) -> Iterator[Standing]:
    _ = samples.target
    return standings(samples, sized(family, sizes), inner, executor)


def _search(
    samples: Samples,
    usual: Forecaster,
    space: Space,
    schedule: Schedule,
    plan: TuningPlan,
    train: range,
    data_version: str,
) -> Search:
    """Name a search by all that decides it but how many trials it has, so that it may be prolonged."""
    causes: dict[str, Any] = {
        "family": usual.name,
        "usual": dict(usual.parameters),
        "seed": usual.seed,
        "space": space_hash(space),
        "schedule": asdict(schedule),
        "inner_folds": plan.inner_folds,
        "features": samples.table.version,
        "data": data_version,
        "span": [samples.sessions[train.start], samples.sessions[train.stop - 1]],
    }
    return Search(
        name=f"{usual.name}-{parameters_hash(causes)[:16]}",
        space=space,
        usual={name: usual.parameters[name] for name in space},
        seed=usual.seed,
        horizon_sessions=schedule.horizon_sessions,
    )


def space_hash(space: Space) -> str:
    """Return the hash of the bounds of sizes."""
    return parameters_hash({name: asdict(size) for name, size in space.items()})[:12]
