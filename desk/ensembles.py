"""Ensembles of forecasters on the register: whom one hears, how it is made, and when it is made again."""

import logging
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from db.engine import in_transaction
from db.forecasters import Forecasters, RegisteredForecaster
from desk.luck import tried
from desk.progress import ProgressSink
from desk.universes import universe_at
from fund.errors import ConfigError, DataError
from fund.features.panel import FeatureTable
from fund.forecasting.catalogue import set_of_version
from fund.forecasting.ensemble.forecaster import ENSEMBLE
from fund.forecasting.ensemble.trained_ensemble import TrainedEnsemble
from fund.forecasting.ensemble.training import Pinned, train_ensemble
from fund.forecasting.forecast import ForecasterCard
from fund.forecasting.registry import Artifact
from fund.forecasting.trained import TrainedForecaster
from tools.forecasters import found_by_name

if TYPE_CHECKING:
    from datetime import date

    from desk.learning import Learning

log = logging.getLogger("conclave.forecasters")
WAY = "stacking"
"""How members are weighed where nobody says otherwise."""


def chosen_members(
    rows: tuple[RegisteredForecaster, ...], asked: Sequence[str], horizon_sessions: int
) -> tuple[RegisteredForecaster, ...]:
    """Return whom an ensemble over a horizon hears: those named, else champion and challengers, one a name.

    A name stands for its version that speaks, else for its newest. `ConfigError` for one that is not there.
    """
    there = tuple(
        row for row in rows if row.horizon_sessions == horizon_sessions and row.card.ensemble is None
    )
    if not asked:
        names = sorted({row.name for row in there if row.role != "retired"})
        return tuple(found_by_name(there, name)[0] for name in names)
    found: dict[str, RegisteredForecaster] = {}
    for each in asked:
        meant = found_by_name(there, each)
        if not meant:
            known = ", ".join(sorted({row.name for row in there})) or "none"
            raise ConfigError(
                f"expected members over {horizon_sessions} sessions, found no forecaster {each!r}; there are "
                f"{known}, and `desk train --family NAME --horizon {horizon_sessions}` makes others"
            )
        found[meant[0].version] = meant[0]
    return tuple(found.values())


def challenge_ensemble(
    learning: "Learning",
    asked: Sequence[str],
    horizon_sessions: int,
    last: "date",
    progress: ProgressSink,
    *,
    way: str = WAY,
    explanation: str = "",
) -> tuple[ForecasterCard, ...]:
    """Train an ensemble over a horizon as a silent challenger, and return its card.

    `DataError` where fewer than two members are there, or one of them is not whole.
    """
    rows = in_transaction(learning.engine, lambda connection: Forecasters(connection).all())
    chosen = chosen_members(rows, asked, horizon_sessions)
    members = [Pinned(trained=learning.kept(row.version), sha256=row.manifest_sha256) for row in chosen]
    return learning.keep_silent(
        [_made(learning, members, horizon_sessions, last, progress, way)], explanation
    )


def ensembles_again(
    learning: "Learning",
    speaking: Sequence[RegisteredForecaster],
    trained: Sequence[TrainedForecaster],
    artifacts: Sequence[Artifact],
    last: "date",
    progress: ProgressSink,
) -> Iterator[Artifact]:
    """Yield the artifact of every ensemble that speaks, made again of its members' newest versions.

    One that cannot be made, or whose figures are too good to believe, is left as it is, and the log says why.
    """
    fresh = {
        one.card.forecaster: Pinned(trained=one, sha256=artifact.sha256)
        for one, artifact in zip(trained, artifacts, strict=True)
    }
    for row in speaking:
        if row.card.ensemble is None:
            continue
        try:
            members = [
                fresh.get(part.forecaster) or Pinned(trained=learning.kept(part.version), sha256=part.sha256)
                for part in row.card.ensemble.members
            ]
            way = str(row.card.parameters.get("way", WAY))
            made = _made(learning, members, row.horizon_sessions, last, progress, way)
            ((one, luck),) = tried(learning.engine, [made], learning.clock.now())
            artifact = learning.registry.register(one, explanation=row.card.explanation, luck=luck)
        except DataError as error:
            log.warning("%s was not trained again: %s", row.version, error)
            continue
        yield artifact


def _made(
    learning: "Learning",
    members: Sequence[Pinned],
    horizon_sessions: int,
    last: "date",
    progress: ProgressSink,
    way: str,
) -> TrainedEnsemble:
    @cache
    def features(version: str) -> FeatureTable:
        read = set_of_version(version)
        if read is None:
            raise DataError(f"expected a member of features that this desk computes, found {version!r}")
        return learning.samples(last, horizon_sessions, read, progress).table

    return train_ensemble(
        members,
        universe_at(learning.market.history, last, learning.benchmark),
        learning.schedule_for(ENSEMBLE, horizon_sessions),
        features,
        way=way,
        universe_name=members[0].trained.card.universe if members else "",
        data_version=learning.data_version(last),
        progress=lambda label, done, total: progress(label.capitalize(), done, total),
    )
