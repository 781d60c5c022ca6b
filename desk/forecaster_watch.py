"""Looks how every champion and challenger is faring, keeps it, and tells the owner of drift."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import numpy as np
from sqlalchemy import Connection

from db.engine import in_transaction
from db.events import Event, Events
from db.forecasters import Forecasters, RegisteredForecaster
from db.live_scores import DriftState, LiveScores
from desk.learning import Learning
from desk.live_scoring import learned_by
from desk.universes import universe_for
from fund.errors import DataError
from fund.forecasting.catalogue import DESK_SET, FEATURE_SETS, set_of_version
from fund.forecasting.life.input_drift import LEAST_SESSIONS, InputDrift, input_drift
from fund.forecasting.life.live_score import LiveScore, residuals
from fund.forecasting.life.watching import Thresholds, Watched, watch
from fund.forecasting.trained import TrainedForecaster
from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A version's daily figures: out of sample in training as far as known then, then live."""

    sessions: tuple[date, ...]
    rank_ic: FloatArray
    residual: FloatArray
    live: int
    """How many of them are live."""


def record_of(trained: TrainedForecaster, live: Sequence[LiveScore]) -> Record:
    """Join what a training knew of a version with its live scores, oldest first, a session once."""
    table = trained.table
    residual = residuals(table.expected, table.low, table.high, table.realised)
    known = np.flatnonzero(np.isfinite(table.daily_rank_ic))
    before = {table.sessions[t]: (float(table.daily_rank_ic[t]), float(residual[t])) for t in known}
    after = {
        each.session: (each.rank_ic, np.nan if each.residual is None else each.residual)
        for each in live
        if each.rank_ic is not None and each.session not in before
    }
    joined = sorted((before | after).items())
    figures = np.array([figure for _, figure in joined], dtype=np.float64).reshape(-1, 2)
    return Record(
        sessions=tuple(session for session, _ in joined),
        rank_ic=figures[:, 0],
        residual=figures[:, 1],
        live=len(after),
    )


def watch_forecasters(
    learning: Learning, last: date, *, inputs: bool = True, thresholds: Thresholds | None = None
) -> tuple[Watched, ...]:
    """Judge every champion and challenger on a session, keep it, and tell of what is drifting.

    One whose artifact cannot be read is left out: it is unavailable, which is told elsewhere. `inputs` also
    compares what is read with what was learned from, which takes seconds.
    """
    rows = in_transaction(learning.engine, lambda connection: Forecasters(connection).scored())
    drifts: dict[tuple[date, date, str], tuple[InputDrift, ...]] = {}
    found: list[Watched] = []
    for row in rows:
        try:
            trained = learning.kept(row.version)
        except DataError:
            continue
        read = set_of_version(next(iter(trained.reads))) or DESK_SET
        key = (row.card.train_first, row.card.train_last, read)
        if inputs and key not in drifts:
            drifts[key] = _inputs(learning, row, last, read)
        live = in_transaction(learning.engine, partial(_live, version=row.version))
        record = record_of(trained, live)
        found.append(_watched(learning, row, record, last, drifts.get(key, ()), thresholds))
    in_transaction(learning.engine, lambda connection: _keep(connection, learning, found))
    return tuple(found)


def told(states: Sequence[Watched] | Sequence[DriftState]) -> str:
    """Say how many of the versions are faring how."""
    counts = {state: sum(each.state == state for each in states) for state in _STATES}
    said = [f"{count} {state}" for state, count in counts.items() if count]
    return f"{len(states)} versions looked at: {', '.join(said)}" if said else "no version to look at"


_STATES = ("drifting", "watch", "steady", "unknown")


def _watched(
    learning: Learning,
    row: RegisteredForecaster,
    record: Record,
    last: date,
    inputs: tuple[InputDrift, ...],
    thresholds: Thresholds | None,
) -> Watched:
    return watch(
        row.version,
        record.sessions,
        record.rank_ic,
        record.residual,
        session=last,
        age_sessions=learning.market.history.calendar.distance(learned_by(row), last),
        horizon_sessions=row.horizon_sessions,
        inputs=inputs,
        thresholds=thresholds,
    )


def _inputs(
    learning: Learning, row: RegisteredForecaster, last: date, feature_set: str
) -> tuple[InputDrift, ...]:
    """Compare the sessions since the newest fold's training with all of it; nothing where too few passed."""
    universe = universe_for(feature_set, learning.market.history, last, learning.benchmark)
    sessions = universe.panel.sessions
    stop = bisect_right(sessions, row.card.train_last)
    start = bisect_right(sessions, row.card.train_first) - 1
    if stop > len(sessions) - LEAST_SESSIONS or start < 0:
        return ()
    return input_drift(universe, range(start, stop), features=FEATURE_SETS[feature_set])


def _keep(connection: Connection, learning: Learning, found: Sequence[Watched]) -> None:
    now = learning.clock.now()
    scores = LiveScores(connection)
    before = scores.drift([each.version for each in found])
    events = []
    for each in found:
        new = scores.note(each, at=now)
        was = before.get(each.version)
        if new and each.state == "drifting" and (was is None or was.state != "drifting"):
            events.append(_drifting(each, now))
    Events(connection).append(events)


def _live(connection: Connection, version: str) -> tuple[LiveScore, ...]:
    return LiveScores(connection).of(version)


def _drifting(watched: Watched, at: datetime) -> Event:
    reasons = "; ".join(each.told for each in watched.reasons)
    return Event(
        event_id=f"drift-{watched.version}-{watched.session.isoformat()}",
        at=at,
        kind="forecaster_drifting",
        severity="warning",
        text=f"{watched.version} is drifting: {reasons}; a training is due",
        data={"version": watched.version, "causes": [each.cause for each in watched.reasons]},
    )
