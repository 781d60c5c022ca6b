"""How a forecaster is faring: steady, to be watched, or drifting, and whether it should be trained anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from fund.errors import DataError
from fund.forecasting.life.decay import Decay, decay_of
from fund.forecasting.life.error_drift import ErrorDrift, error_drift
from fund.forecasting.life.input_drift import InputDrift
from fund.market.view import FloatArray

State = Literal["steady", "watch", "drifting", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From when on a forecaster is watched or trained anew."""

    age_sessions: int = 63
    """Sessions since the training beyond which it is old."""
    drifted_share: float = 0.2
    """Share of features that have drifted from which its inputs have."""

    def __post_init__(self) -> None:
        if self.age_sessions < 1 or not 0 < self.drifted_share <= 1:
            raise DataError(
                f"expected an age of at least 1 session and a share in (0, 1], found {self.age_sessions!r} "
                f"and {self.drifted_share!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One cause for a look or a training, with the figures it rests on."""

    cause: Literal["age", "inputs", "errors", "decay"]
    figure: float
    threshold: float
    n: int
    told: str
    """The same in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How one version was faring on a session."""

    version: str
    session: date
    state: State
    reasons: tuple[Reason, ...]
    """Why it should be trained anew; empty when it is steady. Age and inputs count in any state."""
    age_sessions: int
    """Sessions since its training."""
    scored_sessions: int
    """Sessions with a known rank IC that this rests on."""
    rank_ic: ErrorDrift | None
    residual: ErrorDrift | None
    decay: Decay | None
    inputs: tuple[InputDrift, ...]

    @property
    def retrain_due(self) -> bool:
        """Whether it should be trained anew: any one of the reasons is enough."""
        return bool(self.reasons)


def watch(
    version: str,
    sessions: Sequence[date],
    daily_rank_ic: FloatArray,
    daily_residual: FloatArray,
    *,
    session: date,
    age_sessions: int,
    horizon_sessions: int,
    inputs: tuple[InputDrift, ...] = (),
    thresholds: Thresholds | None = None,
) -> Watched:
    """Judge a version by its record up to `session`: out of sample in training, then live, [T] oldest first.

    Errors that have grown or a worth that wears off are drift; other inputs, or age alone, are a reason to
    watch. Without enough sessions for either test the state is unknown.
    """
    allowed = thresholds or Thresholds()
    ics = error_drift(sessions, -daily_rank_ic, what="rank IC", horizon_sessions=horizon_sessions)
    residual = error_drift(sessions, daily_residual, what="residual", horizon_sessions=horizon_sessions)
    decay = decay_of(daily_rank_ic, lag=horizon_sessions)
    grave = (*_errors(ics), *_errors(residual), *_decayed(decay))
    light = (*_inputs(inputs, allowed), *_age(age_sessions, allowed))
    told: State = "drifting" if grave else "watch" if light else "steady"
    if not grave and ics is None and decay is None:
        told = "unknown"
    return Watched(
        version=version,
        session=session,
        state=told,
        reasons=(*grave, *light),
        age_sessions=age_sessions,
        scored_sessions=int(np.isfinite(daily_rank_ic).sum()),
        rank_ic=ics,
        residual=residual,
        decay=decay,
        inputs=inputs,
    )


def _errors(drift: ErrorDrift | None) -> tuple[Reason, ...]:
    if drift is None or drift.session is None:
        return ()
    moved = "its rank IC fell" if drift.what == "rank IC" else "outcomes lie further from what it expected"
    told = (
        f"{moved} below its record on {drift.session.isoformat()}"
        if drift.what == "rank IC"
        else f"{moved} than in its record, since {drift.session.isoformat()}"
    )
    said = (
        f"{told} (Page-Hinkley {drift.alarm.statistic:.1f}, alarm above {drift.alarm.threshold:.1f}, "
        f"{drift.alarm.n} sessions {drift.apart_sessions} apart against {drift.alarm.n_reference})"
    )
    return (
        Reason(
            cause="errors",
            figure=drift.alarm.statistic,
            threshold=drift.alarm.threshold,
            n=drift.alarm.n,
            told=said,
        ),
    )


def _decayed(decay: Decay | None) -> tuple[Reason, ...]:
    if decay is None or not decay.found:
        return ()
    told = (
        f"its rank IC over the last {decay.recent.n} sessions is {decay.recent.value:+.3f}, before it was "
        f"{decay.before.value:+.3f} over {decay.before.n}; the difference is {decay.difference.value:+.3f} "
        f"[{decay.difference.low:+.3f}, {decay.difference.high:+.3f}]"
    )
    figure = decay.difference.high
    return (Reason(cause="decay", figure=figure, threshold=0.0, n=decay.recent.n, told=told),)


def _inputs(inputs: Sequence[InputDrift], allowed: Thresholds) -> tuple[Reason, ...]:
    drifted = sorted(
        (each for each in inputs if each.found), key=lambda each: (-each.stability.statistic, each.feature)
    )
    share = len(drifted) / len(inputs) if inputs else 0.0
    if not drifted or share < allowed.drifted_share:
        return ()
    furthest = ", ".join(f"{each.feature} {each.stability.statistic:.2f}" for each in drifted[:3])
    told = (
        f"{len(drifted)} of {len(inputs)} features have drifted from the training; the furthest by stability "
        f"index: {furthest}"
    )
    return (Reason(cause="inputs", figure=share, threshold=allowed.drifted_share, n=len(inputs), told=told),)


def _age(age_sessions: int, allowed: Thresholds) -> tuple[Reason, ...]:
    if age_sessions <= allowed.age_sessions:
        return ()
    told = f"it was trained {age_sessions} sessions ago, {allowed.age_sessions} is the most"
    threshold = float(allowed.age_sessions)
    return (Reason(cause="age", figure=float(age_sessions), threshold=threshold, n=age_sessions, told=told),)
