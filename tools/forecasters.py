"""Which forecasters there are, how each is faring, and whether one is better than another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.forecasters import Forecasters, RegisteredForecaster, Role
from db.live_scores import DriftState, LiveScores
from db.promotions import Promotion, Promotions
from db.retrainings import Retraining, Retrainings
from db.trials import Trials
from fund.errors import DataError, QueryRefusedError
from fund.forecasting.edge import Worth
from fund.forecasting.life.comparison import Comparison, DailyIC, compare, daily_rank_ics
from fund.forecasting.life.live_score import LiveScore
from fund.forecasting.luck import Luck, luck_among
from fund.forecasting.trained import TrainedForecaster
from fund.metrics.inference import Interval, mean_interval

Load = Callable[[str], TrainedForecaster]
"""Returns a version from its artifact; `DataError` where it is damaged."""
PROMOTIONS = 5
RETRAININGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One version: what it was worth out of sample in training, and live since."""

    version: str
    forecaster: str
    horizon_sessions: int
    role: Role
    speaks: bool
    """Whether the committee hears it."""
    pinned: bool = False
    """Whether a person chose it over newer ones, so that no training takes its place."""
    train_first: date
    train_last: date
    test_first: date | None
    test_last: date | None
    rank_ic: Interval | None
    """Mean daily rank IC out of sample, before it was used; its n are sessions."""
    baseline_rank_ic: Mapping[str, Interval] = field(default_factory=dict)
    """The same of the baselines over the same sessions and names."""
    hit_rate: Interval | None
    coverage: Interval | None
    """Share of outcomes inside the 80 % interval."""
    worth: Worth
    edge: str
    """The same in a sentence with its figures."""
    live_rank_ic: Interval | None
    """Over the sessions since, where at least twenty are known."""
    live_sessions: int
    drift: str
    """steady, watch, drifting or unknown."""
    drift_reasons: tuple[str, ...]
    drift_session: date | None
    """When that was looked at."""
    trials: int
    """Configurations of its family that were judged over this horizon: the more, the likelier luck."""
    luck: Luck
    """What is left of its figures among all that was tried until now."""
    unavailable: str
    """Why it cannot speak; empty where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastersReport:
    """Champions and challengers, the champion of each horizon first, and what was put to use last."""

    session: date
    forecasters: tuple[Standing, ...]
    retired: int
    """How many more versions there were."""
    promotions: tuple[Promotion, ...]
    retrainings: tuple[Retraining, ...] = ()
    """How the last trainings ended that drift, decay or age called for, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastersCompared:
    """Two versions side by side; live is since both were trained, and only that was not chosen by anybody."""

    first: Standing
    second: Standing
    walk_forward: Comparison
    live: Comparison


class ForecasterTools:
    """Questions about the register; figures are those known at the desk's session."""

    def __init__(
        self,
        engine: Engine,
        session: Callable[[], date],
        load: Load,
        unavailable: Callable[[], Mapping[str, str]],
    ) -> None:
        self._engine = engine
        self._session = session
        self._load = load
        self._unavailable = unavailable

    def forecasters(self, retired: bool = False) -> ForecastersReport:
        """Return which forecasters there are: role, record, drift, pins, last promotions and retrainings.

        Args:
            retired: Whether versions that are no longer used are listed too.
        """

        def read(connection: Connection) -> ForecastersReport:
            rows = Forecasters(connection).all()
            shown = [row for row in rows if retired or row.role != "retired"]
            standings, _ = self._standings(connection, shown)
            return ForecastersReport(
                session=self._session(),
                forecasters=tuple(sorted(standings, key=_place)),
                retired=sum(row.role == "retired" for row in rows),
                promotions=Promotions(connection).latest(limit=PROMOTIONS),
                retrainings=Retrainings(connection).latest(limit=RETRAININGS),
            )

        return in_transaction(self._engine, read)

    def compare(self, first: str, second: str) -> ForecastersCompared:
        """Return whether one forecaster is better than another, over the same sessions and names.

        Args:
            first: A version such as gbm-0123456789ab, or a name such as gbm.
            second: The same of the other.

        Raises:
            QueryRefusedError: One of them is not there, or the two forecast over different horizons.
        """

        def read(connection: Connection) -> tuple[list[Standing], list[DailyIC]]:
            return self._standings(connection, _pair(Forecasters(connection).all(), first, second))

        (one, two), (lives, others) = in_transaction(self._engine, read)
        names, horizon = (one.version, two.version), one.horizon_sessions
        try:
            walks = daily_rank_ics(self._load(one.version).table, self._load(two.version).table)
        except DataError as error:
            raise QueryRefusedError(f"they cannot be compared: {error}") from error
        return ForecastersCompared(
            first=one,
            second=two,
            walk_forward=compare(*walks, names=names, horizon_sessions=horizon),
            live=compare(lives, others, names=names, horizon_sessions=horizon),
        )

    def _standings(
        self, connection: Connection, rows: Sequence[RegisteredForecaster]
    ) -> tuple[list[Standing], list[DailyIC]]:
        """Return how versions stand and what each was worth live; each record is read once for all."""
        session, versions = self._session(), [row.version for row in rows]
        scores, trials = LiveScores(connection), Trials(connection).all()
        promotions = Promotions(connection)
        drifts, made = scores.drift(versions, session), scores.of_each(versions)
        lives = [_daily(made[version], session) for version in versions]
        pinned = {horizon: promotions.pinned(horizon) for horizon in {row.horizon_sessions for row in rows}}
        pins = {pin.version for pin in pinned.values() if pin is not None}
        standings = [
            self._standing(
                row,
                live,
                drifts.get(row.version),
                luck_among(row.card, trials, row.registered_at),
                pinned=row.version in pins,
            )
            for row, live in zip(rows, lives, strict=True)
        ]
        return standings, lives

    def _standing(
        self, row: RegisteredForecaster, live: DailyIC, drift: DriftState | None, luck: Luck, *, pinned: bool
    ) -> Standing:
        card = row.card
        return Standing(
            version=row.version,
            forecaster=row.name,
            horizon_sessions=row.horizon_sessions,
            role=row.role,
            speaks=row.active,
            pinned=pinned,
            train_first=card.train_first,
            train_last=card.train_last,
            test_first=card.test_first,
            test_last=card.test_last,
            rank_ic=card.rank_ic,
            baseline_rank_ic=card.baseline_rank_ic,
            hit_rate=card.hit_rate,
            coverage=card.coverage,
            worth=luck.edge.worth,
            edge=luck.edge.told,
            live_rank_ic=mean_interval(np.array(list(live.values())), lag=row.horizon_sessions),
            live_sessions=len(live),
            drift=drift.state if drift else "unknown",
            drift_reasons=drift.reasons if drift else (),
            drift_session=drift.session if drift else None,
            trials=luck.tried.of_name,
            luck=luck,
            unavailable=self._unavailable().get(row.version, ""),
        )


def found_by_name(rows: tuple[RegisteredForecaster, ...], name: str) -> tuple[RegisteredForecaster, ...]:
    """Return the versions that a version, the beginning of one, or a family's name may mean, best first.

    Of a family: who speaks, then champions and challengers, then the newest; of other horizons likewise.
    """
    exact = tuple(row for row in rows if row.version == name)
    if exact:
        return exact
    family = [row for row in rows if row.name == name]
    if family:
        newest = sorted(family, key=lambda row: row.registered_at, reverse=True)
        return tuple(sorted(newest, key=lambda row: (not row.active, row.role == "retired")))
    begun = tuple(row for row in rows if row.version.startswith(name) and "-" in name)
    return begun if len(begun) == 1 else ()


def _pair(
    rows: tuple[RegisteredForecaster, ...], first: str, second: str
) -> tuple[RegisteredForecaster, RegisteredForecaster]:
    """Return the two that are meant, over one horizon: the first such pair by `found_by_name`."""
    ones, twos = found_by_name(rows, first), found_by_name(rows, second)
    for name, found in ((first, ones), (second, twos)):
        if not found:
            known = ", ".join(sorted({row.name for row in rows})) or "none"
            raise QueryRefusedError(
                f"there is no forecaster {name!r}; there are {known}, and `desk train --family` makes others"
            )
    pairs = [(one, two) for one in ones for two in twos if one.version != two.version]
    same = [(one, two) for one, two in pairs if one.horizon_sessions == two.horizon_sessions]
    if same:
        return same[0]
    if pairs:
        raise QueryRefusedError(
            f"{first} forecasts {ones[0].horizon_sessions} sessions ahead and {second} "
            f"{twos[0].horizon_sessions}: what they say cannot be compared"
        )
    raise QueryRefusedError(f"{first} and {second} are the same version, {ones[0].version}")


def _daily(scores: tuple[LiveScore, ...], session: date) -> DailyIC:
    """Return the rank ICs that were known on the close of a session."""
    known = (each for each in scores if each.known_session <= session)
    return {each.session: each.rank_ic for each in known if each.rank_ic is not None}


def _place(standing: Standing) -> tuple[object, ...]:
    role = ("champion", "challenger", "retired").index(standing.role)
    return standing.horizon_sessions, role, not standing.speaks, standing.forecaster, standing.version
