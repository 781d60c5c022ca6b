"""Where the desk's forecasters are trained walk-forward on what was known, registered and found again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.forecasters import Forecasters, RegisteredForecaster
from db.live_scores import LiveScores
from db.locks import Lock, hold
from desk.ensembles import ensembles_again
from desk.forecaster_catalogue import FORECASTERS
from desk.luck import claims_before, tried
from desk.market import Market
from desk.net_training import Epochs, forget, resumable
from desk.pinning import pinned_version, put_trained
from desk.progress import ProgressSink, silent
from desk.trained_sources import TrainedSource, live_features
from desk.universes import POINT_IN_TIME, universe_for, universe_name
from fund.clock import Clock
from fund.errors import DataError, NoDataError
from fund.features.cache import FeatureCache
from fund.forecasting.catalogue import (
    DESK_HORIZON,
    DESK_SET,
    FEATURE_SETS,
    LOADERS,
    baselines_on,
    family_of,
    min_train_sessions,
    set_of_version,
    variants,
)
from fund.forecasting.executing import Executor, Threads
from fund.forecasting.forecast import Forecaster, ForecasterCard, Spreading
from fund.forecasting.life.watching import State
from fund.forecasting.registry import Artifact, Registry
from fund.forecasting.samples import Samples, make_samples, samples_on
from fund.forecasting.serving.served import ServedForecaster
from fund.forecasting.serving.shelf import Shelf
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train, version_of
from fund.forecasting.validation import Schedule

Beside = Callable[[Connection, Sequence[ForecasterCard]], None]
"""What else is written with new challengers, in their transaction."""


def nothing_beside(connection: Connection, cards: Sequence[ForecasterCard]) -> None:
    """Write nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """Where forecasters are trained, kept and found again."""

    engine: Engine
    registry: Registry
    market: Market
    benchmark: str
    schedule: Schedule
    clock: Clock
    executor: Executor = field(default_factory=lambda: Threads(2))
    """Where folds are fitted, and how many at once; the result does not depend on it."""
    unavailable: dict[str, str] = field(default_factory=dict)
    """Versions that should speak and cannot, and why; the others go on."""
    features: FeatureCache | None = None
    """Tables of features kept on disk, of other sets than the desk's own; None computes them each time."""
    checkpoints: Path | None = None
    """Where a killed training of nets goes on from; None begins it again."""
    shelf: Shelf | None = None
    """Artifacts in memory; None reads them each time."""
    deadline_seconds: float = 30.0
    """The most that a live forecast may take before it counts as unavailable."""

    def due(self, sources: Sequence[TrainedSource], session: date) -> bool:
        """Tell whether a session is a whole refit interval past the training."""
        learned = self.learned(sources)
        return self.market.history.calendar.distance(learned, session) >= self.schedule.refit_sessions

    def learned(self, sources: Sequence[TrainedSource]) -> date:
        """Return what `train` knew the last time; what it leaves alone, pinned or tuned, may know less."""
        pinned = pinned_version(self.engine, self.schedule.horizon_sessions)
        anew = {each.name for group in self._in_force().values() for each in group}
        renewed = [s for s in sources if s.card.forecaster in anew and s.card.version != pinned]
        return min(source.last for source in renewed or sources)

    def train(
        self, last: date, progress: ProgressSink = silent, executor: Executor | None = None
    ) -> tuple[TrainedSource, ...]:
        """Train whatever speaks on what was known on the close of `last`, and put it to use.

        What speaks is what was kept, so that a restart says the same to the last digit. `executor` stands
        for the desk's own.
        """
        horizon = self.schedule.horizon_sessions
        made = [
            one
            for feature_set, chosen in self._in_force().items()
            for one in self._made(
                self.samples(last, horizon, feature_set, progress), chosen, last, progress, executor
            )
        ]
        speak = {row.name for row in self._speaking()} | {each.name for each in FORECASTERS}
        artifacts = [
            self.registry.register(one, must_explain=one.card.forecaster in speak, luck=luck)
            for one, luck in tried(self.engine, made, self.clock.now())
        ]
        kept = [self._read(artifact.version, artifact.sha256) for artifact in artifacts]
        for artifact in tuple(ensembles_again(self, self._speaking(), kept, artifacts, last, progress)):
            artifacts.append(artifact)
            kept.append(self._read(artifact.version, artifact.sha256))

        def put_to_use(connection: Connection) -> tuple[RegisteredForecaster, ...]:
            hold(connection, Lock.FORECASTERS)
            for one, artifact in zip(kept, artifacts, strict=True):
                self._keep(connection, one, artifact)
                if one.card.forecaster not in speak:
                    Forecasters(connection).challenge(one.card.version)
            put_trained(
                connection,
                [one.card for one in kept if one.card.forecaster in speak],
                last,
                at=self.clock.now(),
                readable=lambda row: self._loaded(row, last) is not None,
            )
            return Forecasters(connection).speaking(horizon)

        speaking = in_transaction(self.engine, put_to_use)
        forget([one.card for one in kept], self.checkpoints)
        self.unavailable.clear()
        trained = {one.card.version: one for one in kept}
        found = [(trained.get(row.version) or self._loaded(row, last), row) for row in speaking]
        return self._served([(one, row) for one, row in found if one is not None])

    def challenge(
        self,
        chosen: Sequence[Forecaster],
        horizon_sessions: int,
        last: date,
        progress: ProgressSink = silent,
        *,
        explanation: str = "",
        features: str = DESK_SET,
        executor: Executor | None = None,
        beside: Beside = nothing_beside,
    ) -> tuple[ForecasterCard, ...]:
        """Train families over a horizon as silent challengers, and return their cards.

        They are scored beside the champion and heard by nobody until one is promoted. A card that is too
        good to believe is kept; its promotion is what is refused. What `beside` writes is
        committed with them.
        """
        samples = self.samples(last, horizon_sessions, features, progress)
        made = self._made(samples, chosen, last, progress, executor)
        return self.keep_silent(made, explanation, beside)

    def keep_silent(
        self, made: Sequence[TrainedForecaster], explanation: str, beside: Beside = nothing_beside
    ) -> tuple[ForecasterCard, ...]:
        """Register what was trained as silent challengers, and return their cards."""
        artifacts = [
            self.registry.register(one, explanation=explanation, must_explain=False, luck=luck)
            for one, luck in tried(self.engine, made, self.clock.now())
        ]
        kept = [self.registry.load(artifact.version, sha256=artifact.sha256) for artifact in artifacts]

        def keep(connection: Connection) -> None:
            hold(connection, Lock.FORECASTERS)
            for one, artifact in zip(kept, artifacts, strict=True):
                self._keep(connection, one, artifact)
                Forecasters(connection).challenge(one.card.version)
            beside(connection, [one.card for one in kept])

        in_transaction(self.engine, keep)
        forget([one.card for one in kept], self.checkpoints)
        return tuple(one.card for one in kept)

    def registered(self, last: date) -> tuple[TrainedSource, ...]:
        """Return whoever speaks, the champion first; none where what every desk has is not whole and current.

        Another family's that is damaged, or learned later than `last`, is left out, and `unavailable` says
        why.
        """
        self.unavailable.clear()
        found: list[tuple[TrainedForecaster, RegisteredForecaster]] = []
        own = {each.name: each for each in FORECASTERS}
        pinned = pinned_version(self.engine, self.schedule.horizon_sessions)
        for row in self._speaking():
            trained = self._loaded(row, last)
            if row.name in own and (
                trained is None or (row.version != pinned and not self._is_current(own[row.name], trained))
            ):
                return ()
            if trained is not None:
                found.append((trained, row))
        names = {row.name for _, row in found}
        return self._served(found) if own.keys() <= names else ()

    def in_use(self) -> dict[str, str]:
        """Return the versions in use as a decision's inputs name them."""
        rows = self._speaking()
        led = bool(rows) and rows[0].role == "champion"
        return named_inputs([(row.name, row.version) for row in rows], rows[0].name if led else "")

    def recorded(self, versions: Mapping[str, str], champion: str = "") -> tuple[TrainedSource, ...]:
        """Return the forecasters of given versions by name, as they spoke when they were in use.

        `champion` names who led where it was not the desk's own. Raises `NoDataError` for a version that is
        not kept, `DataError` for one that is not what was kept.
        """
        strangers = {name for name in versions if family_of(name) not in LOADERS}
        if strangers:
            raise NoDataError(f"expected forecasters that this desk has, found {sorted(strangers)!r}")
        own = [each.name for each in FORECASTERS]
        order = sorted(
            versions, key=lambda name: (name != champion, own.index(name) if name in own else len(own), name)
        )
        return self._sources([self.kept(versions[name]) for name in order], {})

    def kept(self, version: str) -> TrainedForecaster:
        """Return one version from its artifact; `NoDataError` unknown, `DataError` where it is damaged."""
        row = in_transaction(self.engine, lambda connection: Forecasters(connection).get(version))
        if row is None:
            raise NoDataError(f"forecaster version {version!r} is not on the desk's register")
        return self.registry.load(
            version, sha256=row.manifest_sha256
        )  # what lies on disk, not what is in memory

    def at_hand(self, version: str) -> TrainedForecaster:
        """Return one version, from memory where it lies there; errors as in `kept`."""
        row = in_transaction(self.engine, lambda connection: Forecasters(connection).known(version))
        return self._read(row.version, row.manifest_sha256)

    def source(self, trained: TrainedForecaster) -> TrainedSource:
        """Return what a version says by session, whatever its horizon."""
        horizon = trained.card.horizon_sessions
        (live,) = live_features([trained], self.market, self.benchmark, horizon)
        return TrainedSource(trained, live)

    def samples(self, last: date, horizon_sessions: int, features: str, progress: ProgressSink) -> Samples:
        """Compute what is learned from, on what was known on the close of `last`."""
        progress("Computing features", 0, 1)
        universe = universe_for(features, self.market.history, last, self.benchmark)
        if self.features is None or features == DESK_SET:
            samples = make_samples(universe, horizon_sessions, FEATURE_SETS[features])
        else:
            kept = self.features.table(universe, FEATURE_SETS[features], universe_name=POINT_IN_TIME)
            samples = samples_on(kept.table, universe, horizon_sessions)
        progress("Computing features", 1, 1)
        return samples

    def schedule_for(self, forecaster: str, horizon_sessions: int) -> Schedule:
        """Return the desk's schedule over a horizon, with as long a first fold as a forecaster needs."""
        least = min_train_sessions(forecaster, self.schedule.min_train_sessions)
        return replace(self.schedule, horizon_sessions=horizon_sessions, min_train_sessions=least)

    def _made(
        self,
        samples: Samples,
        chosen: Sequence[Forecaster],
        last: date,
        progress: ProgressSink,
        executor: Executor | None,
    ) -> tuple[TrainedForecaster, ...]:
        """Train each beside the baselines; those whose first fold is as long walk together."""
        epochs, where = Epochs(progress), self.executor if executor is None else executor
        groups: dict[Schedule, list[Forecaster]] = {}
        for each in resumable(chosen, self.checkpoints, epochs, where):
            schedule = self.schedule_for(each.name, samples.labels.horizon_sessions)
            groups.setdefault(schedule, []).append(each)
        made = [
            one
            for schedule, group in groups.items()
            for one in train(
                samples,
                group,
                schedule,
                universe_name=universe_name(self.market.history, last),
                data_version=self.data_version(last),
                baselines=baselines_on(samples.table.names),
                executor=where,
                progress=epochs.folds,
            )
        ]
        order = [each.name for each in chosen]
        return tuple(sorted(made, key=lambda one: order.index(one.card.forecaster)))

    def _in_force(self) -> Mapping[str, tuple[Forecaster, ...]]:
        """What every desk has and the variants of others that speak, by the set of features they read.

        Whom an ensemble that speaks hears is trained with it, silent as before.
        """
        rows = self._speaking()
        heard = {part.forecaster for row in rows if row.card.ensemble for part in row.card.ensemble.members}
        speaking = ({row.name for row in rows} | heard) - {each.name for each in FORECASTERS}
        found: dict[str, tuple[Forecaster, ...]] = {DESK_SET: FORECASTERS}
        for each in sorted(variants(), key=lambda variant: variant.forecaster.name):
            if each.horizon_sessions == DESK_HORIZON and each.forecaster.name in speaking:
                found[each.feature_set] = (*found.get(each.feature_set, ()), each.forecaster)
        return found

    def _speaking(self) -> tuple[RegisteredForecaster, ...]:
        """Whoever speaks over the mandate's horizon: the champion, what every desk has, then by name."""
        own = [each.name for each in FORECASTERS]
        rows = in_transaction(
            self.engine,
            lambda connection: Forecasters(connection).speaking(self.schedule.horizon_sessions),
        )

        def place(row: RegisteredForecaster) -> tuple[bool, int, str]:
            at = own.index(row.name) if row.name in own else len(own)
            return row.role != "champion", at, row.name

        return tuple(sorted(rows, key=place))

    def _loaded(self, row: RegisteredForecaster, last: date) -> TrainedForecaster | None:
        try:
            trained = self._read(row.version, row.manifest_sha256)
        except DataError as error:
            self.unavailable[row.version] = str(error)
            return None
        if trained.table.sessions[-1] > last:
            learned = trained.table.sessions[-1].isoformat()
            self.unavailable[row.version] = f"it has learned what was known on {learned}, later than the desk"
            return None
        strange = [version for version in trained.reads if set_of_version(version) is None]
        if strange:
            self.unavailable[row.version] = (
                f"it reads features {strange[0]!r}, of which this desk computes none"
            )
            return None
        return trained

    def _keep(self, connection: Connection, one: TrainedForecaster, artifact: Artifact) -> None:
        Forecasters(connection).register(one.card, manifest_sha256=artifact.sha256, at=self.clock.now())

    def _is_current(self, forecaster: Forecaster, trained: TrainedForecaster) -> bool:
        """Tell whether the same training would give it again: same data, schedule, features and code."""
        data = self.data_version(trained.table.sessions[-1])
        spreads = isinstance(trained.folds[-1].fitted, Spreading)
        return trained.card.version == version_of(forecaster, self.schedule, data, spreads=spreads)

    def data_version(self, last: date) -> str:
        """Return the id of what was known on the close of `last`."""
        history = self.market.history
        return history.version_at(history.calendar.decision_time(last))

    def _read(self, version: str, sha256: str) -> TrainedForecaster:
        if self.shelf is None:
            return self.registry.load(version, sha256=sha256)
        return self.shelf.get(version, sha256)

    def _served(
        self, found: Sequence[tuple[TrainedForecaster, RegisteredForecaster]]
    ) -> tuple[TrainedSource, ...]:
        """Let versions speak to decisions, each behind its deadline."""
        shelf = self.shelf
        served = {
            row.version: ServedForecaster(
                row.name, row.version, row.manifest_sha256, shelf, deadline_seconds=self.deadline_seconds
            )
            for _, row in found
            if shelf is not None
        }
        return self._sources([trained for trained, _ in found], served)

    def _sources(
        self, trained: Sequence[TrainedForecaster], served: Mapping[str, ServedForecaster]
    ) -> tuple[TrainedSource, ...]:
        read = live_features(trained, self.market, self.benchmark, self.schedule.horizon_sessions)
        claims = claims_before(self.engine, trained, self.clock.now())
        return tuple(
            TrainedSource(each, live, served.get(each.card.version), self.drift_before, claims)
            for each, live in zip(trained, read, strict=True)
        )

    def drift_before(self, version: str, session: date) -> State:
        """Return how a version was faring when last looked at before a session."""
        until = session - timedelta(days=1)
        found = in_transaction(self.engine, lambda c: LiveScores(c).drift([version], until)).get(version)
        return found.state if found else "unknown"


INPUT = "forecaster_"
"""Prefix of the inputs of a decision that name the versions it heard."""
CHAMPION = "champion"
"""Input of a decision that names who led, where it was not the desk's own."""


def named_inputs(speaking: Sequence[tuple[str, str]], champion: str) -> dict[str, str]:
    """Return (name, version) pairs and who leads as a decision's inputs name them."""
    named = {f"{INPUT}{name}": version for name, version in speaking}
    return named if champion in ("", FORECASTERS[0].name) else named | {CHAMPION: champion}
