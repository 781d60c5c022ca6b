"""An ensemble as a table of forecasts of its own, calibrated on what it had said before."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.ensemble.against_best import AgainstBest, against_best
from fund.forecasting.ensemble.members import combined, disagreement, members_of
from fund.forecasting.ensemble.weights import Weigh, weights_of
from fund.forecasting.table import ForecastTable
from fund.forecasting.trained import calibrated
from fund.forecasting.validation import Schedule
from fund.forecasting.walk_forward import Calibrator
from fund.market.view import FloatArray

IntArray = NDArray[np.int64]
_FIGURES = ("expected", "low", "high", "probability_up")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ensemble:
    """Members heard as one."""

    table: ForecastTable
    members: tuple[str, ...]
    weights: FloatArray
    """[T, M] of each session; NaN before the first fold."""
    disagreement: FloatArray
    """[T, N] from 0 to 1, see `disagreement`."""
    against_best: AgainstBest

    def disagreement_at(self, session: date) -> dict[str, float]:
        """Return by ticker how far apart the members are on a session's close; a lone view has none.

        A session outside the table raises `DataError`.
        """
        if session not in self.table.sessions:
            raise DataError(
                f"expected a session from {self.table.sessions[0]!s} to {self.table.sessions[-1]!s}, found "
                f"{session!s}; ask for one of these"
            )
        row = self.disagreement[self.table.sessions.index(session)]
        return {self.table.tickers[at]: float(row[at]) for at in np.flatnonzero(np.isfinite(row))}


def ensemble_of(
    tables: Sequence[ForecastTable],
    volatility: FloatArray,
    schedule: Schedule,
    weigh: Weigh,
    *,
    name: str = "ensemble",
    regimes: Sequence[int] | IntArray | None = None,
) -> Ensemble:
    """Combine out-of-sample tables session by session; nothing of the members is fitted again.

    `volatility`, [T, N], is what the members' samples have. Weights and calibration of a session are learned
    from outcomes known purge plus embargo before it. `DataError` for tables that do not belong together.
    """
    members = members_of(tables)
    if volatility.shape != members.realised.shape:
        raise DataError(
            f"expected volatility of shape {members.realised.shape!r}, found {volatility.shape!r}; take that "
            "of the samples the members were trained on"
        )
    weights = weights_of(members, schedule, weigh, regimes=regimes)
    scores = combined(members, weights)
    return Ensemble(
        table=ForecastTable(
            forecaster=name,
            version=_version(name, tables, schedule, weigh, regimes),
            horizon_sessions=members.horizon_sessions,
            sessions=members.sessions,
            tickers=members.tickers,
            scores=scores,
            realised=members.realised,
            **_calibrated(scores, members.realised, volatility, schedule),
        ),
        members=members.names,
        weights=weights,
        disagreement=disagreement(members),
        against_best=against_best(members, scores),
    )


def _calibrated(
    scores: FloatArray, realised: FloatArray, volatility: FloatArray, schedule: Schedule
) -> dict[str, FloatArray]:
    """Calibrate each fold's sessions on the ensemble's own earlier ones, as a walk-forward does."""
    figures = {key: np.full_like(scores, np.nan) for key in _FIGURES}
    first = int(np.isfinite(scores).any(axis=1).argmax())
    calibrator = Calibrator(realised, schedule, scores, volatility)
    for start in range(first, len(scores), schedule.refit_sessions):
        test = slice(start, start + schedule.refit_sessions)
        fitted = calibrator.calibrate(start)
        calibrator.remember(fitted, test)
        if fitted is not None:
            for key, values in calibrated(scores[test], volatility[test], fitted).items():
                figures[key][test] = values
    return figures


def _version(
    name: str,
    tables: Sequence[ForecastTable],
    schedule: Schedule,
    weigh: Weigh,
    regimes: Sequence[int] | IntArray | None,
) -> str:
    """Return the id of the combination: the same members, weighed alike, have the same."""
    causes = {
        "members": [table.version for table in tables],
        "schedule": asdict(schedule),
        "weigh": getattr(weigh, "__name__", repr(weigh)),
        "regimes": None if regimes is None else np.asarray(regimes).tolist(),
    }
    return f"{name}-{hashlib.sha256(json.dumps(causes, sort_keys=True).encode()).hexdigest()[:12]}"
