"""A trained forecaster, ready to speak for the past it was judged on and for the sessions to come."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.errors import DataError, NoDataError
from fund.features.panel import FEATURE_VERSION, HISTORY_SESSIONS, feature_table
from fund.features.universe import Universe
from fund.forecasting.calibration import Calibration
from fund.forecasting.forecast import FittedForecaster, Forecast, ForecasterCard
from fund.forecasting.samples import horizon_volatility
from fund.forecasting.table import ForecastTable, TrackRecord
from fund.forecasting.walk_forward import score
from fund.market.view import FloatArray
from fund.metrics.ranks import average_ranks


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedFold:
    """One refit, by dates: what it learned from, and the first session it may speak for."""

    train_first: date
    train_last: date
    test_first: date
    fitted: FittedForecaster
    calibration: Calibration | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainedForecaster:
    """The folds of a walk-forward, the forecasts they made out of sample, and the card that sums them up."""

    card: ForecasterCard
    feature_version: str
    folds: tuple[TrainedFold, ...]
    """Oldest first."""
    table: ForecastTable

    def at(self, session: date) -> tuple[Forecast, ...]:
        """Return the out-of-sample forecasts of a session of the walk-forward; empty when none were made."""
        return self.table.at(session)

    def track_record(self, as_of: date) -> TrackRecord:
        """Return the forecaster's worth as far as it was known at the close of `as_of`."""
        return self.table.track_record(as_of)

    def forecast(self, universe: Universe) -> tuple[Forecast, ...]:
        """Forecast the members of the universe's last session, by ticker.

        The newest fold that was fitted for this session or an earlier one speaks, so a session of the
        walk-forward gets the same figures as `at`, to the bit. `NoDataError` when no calibrated fold is
        old enough; `DataError` when the features are no longer the ones it learned. Only the last
        `HISTORY_SESSIONS` sessions of the universe are read.
        """
        session = universe.panel.sessions[-1]
        fold = self._fold(session)
        if self.feature_version != FEATURE_VERSION:
            raise DataError(
                f"expected features of version {self.feature_version!r}, found {FEATURE_VERSION!r}; "
                "train again"
            )
        if fold is None or fold.calibration is None:
            raise NoDataError(
                f"expected a calibrated fold of {self.card.version} by {session!s}, found none; "
                "train on a history that ends later"
            )
        recent = universe.rows(
            max(len(universe.panel.sessions) - HISTORY_SESSIONS, 0), len(universe.panel.sessions)
        )
        table = feature_table(recent, last=1)
        scores = score(fold.fitted, table.values, table.present)
        volatility = horizon_volatility(recent, self.card.horizon_sessions)[-1:]
        figures = calibrated(scores, volatility, fold.calibration)
        return ForecastTable(
            forecaster=self.card.forecaster,
            version=self.card.version,
            horizon_sessions=self.card.horizon_sessions,
            sessions=(session,),
            tickers=universe.panel.tickers,
            scores=scores,
            realised=np.full_like(scores, np.nan),
            **figures,
        ).at(session)

    def _fold(self, session: date) -> TrainedFold | None:
        return next((fold for fold in reversed(self.folds) if fold.test_first <= session), None)


def calibrated(scores: FloatArray, volatility: FloatArray, calibration: Calibration) -> dict[str, FloatArray]:
    """Return expected, low, high and probability_up of [T, N] scores."""
    rank = average_ranks(scores)
    low, high = calibration.interval(rank, volatility)
    return {
        "expected": calibration.expected(rank, volatility),
        "low": low,
        "high": high,
        "probability_up": calibration.probability_up(rank),
    }
