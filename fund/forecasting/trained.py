"""A trained forecaster, ready to speak for the past it was judged on and for the sessions to come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.errors import DataError, NoDataError
from fund.forecasting.calibration import Calibration
from fund.forecasting.explaining.explanation import Explanation, explain
from fund.forecasting.forecast import FittedForecaster, Forecast, ForecasterCard
from fund.forecasting.recent import RecentFeatures
from fund.forecasting.table import ForecastTable, TrackRecord
from fund.forecasting.walk_forward import scaled, score
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

    @property
    def sessions(self) -> int:
        """Sessions of features that a forecast reads, its own included."""
        return max(fold.fitted.sessions for fold in self.folds)

    @property
    def reads(self) -> Mapping[str, int]:
        """Versions of the sets of features a forecast reads, with the sessions of each."""
        return {self.feature_version: self.sessions}

    def at(self, session: date) -> tuple[Forecast, ...]:
        """Return the out-of-sample forecasts of a session of the walk-forward; empty when none were made."""
        return self.table.at(session)

    def track_record(self, as_of: date) -> TrackRecord:
        """Return the forecaster's worth as far as it was known at the close of `as_of`."""
        return self.table.track_record(as_of)

    def forecast(self, recent: RecentFeatures) -> tuple[Forecast, ...]:
        """Forecast the members of the session the features are of, by ticker.

        The newest fold that was fitted for this session or an earlier one speaks, so a session of the
        walk-forward gets the same figures as `at`, to the bit. `NoDataError` when no calibrated fold is
        old enough; `DataError` when the features are no longer the ones it learned, or the volatility
        is over another horizon.
        """
        scores = self.scores(recent)
        calibration, fitted = self._speaking(recent.session)
        scale = scaled(fitted, recent.table, recent.newest, recent.volatility)
        return ForecastTable(
            forecaster=self.card.forecaster,
            version=self.card.version,
            horizon_sessions=self.card.horizon_sessions,
            sessions=(recent.session,),
            tickers=recent.table.tickers,
            scores=scores,
            realised=np.full_like(scores, np.nan),
            **calibrated(scores, scale, calibration),
        ).at(recent.session)

    def scores(self, recent: RecentFeatures) -> FloatArray:
        """Return the raw scores of the session the features are of, [1, N]; errors as in `forecast`."""
        self._check(recent)
        return score(self._fold(recent.session).fitted, recent.table, recent.newest)

    def apart(self, recent: RecentFeatures) -> dict[str, float]:
        """Return by ticker how far apart those it listens to are; nothing for one that listens to nobody."""
        return {}

    def explanations(self, recent: RecentFeatures, tickers: Collection[str]) -> dict[str, Explanation]:
        """Return why some names are scored as they are, by the fold that speaks.

        A name without a view is absent. `DataError` for a forecaster that cannot be told apart; errors as in
        `forecast`.
        """
        self._check(recent)
        _, fitted = self._speaking(recent.session)
        table = recent.table
        told = {
            ticker: explain(fitted, table.values, j, features=table.names, sessions=table.sessions)
            for j, ticker in enumerate(table.tickers)
            if ticker in tickers
        }
        return {ticker: each for ticker, each in told.items() if each is not None}

    def _check(self, recent: RecentFeatures) -> None:
        if self.feature_version != recent.table.version:
            raise DataError(
                f"expected features of version {self.feature_version!r}, found {recent.table.version!r}; "
                "train again"
            )
        if recent.horizon_sessions != self.card.horizon_sessions:
            raise DataError(
                f"expected volatility over {self.card.horizon_sessions!r} sessions, found "
                f"{recent.horizon_sessions!r}; compute the features with the forecaster's horizon"
            )

    def _speaking(self, session: date) -> tuple[Calibration, FittedForecaster]:
        fold = self._fold(session)
        if fold.calibration is None:
            raise self._silent(session)
        return fold.calibration, fold.fitted

    def _fold(self, session: date) -> TrainedFold:
        found = next((fold for fold in reversed(self.folds) if fold.test_first <= session), None)
        if found is None:
            raise self._silent(session)
        return found

    def _silent(self, session: date) -> NoDataError:
        return NoDataError(
            f"expected a calibrated fold of {self.card.version} by {session!s}, found none; "
            "train on a history that ends later"
        )


def calibrated(scores: FloatArray, scale: FloatArray, calibration: Calibration) -> dict[str, FloatArray]:
    """Return expected, low, high and probability_up of [T, N] scores."""
    rank = average_ranks(scores)
    low, high = calibration.interval(rank, scale)
    return {
        "expected": calibration.expected(rank, scale),
        "low": low,
        "high": high,
        "probability_up": calibration.probability_up(rank),
    }
