"""Out-of-sample forecasts of many sessions, and what they had turned out to be worth by any one of them."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from fund.errors import DataError
from fund.features.labels import label_known_index
from fund.features.universe import BoolArray
from fund.forecasting.forecast import Forecast
from fund.market.view import FloatArray
from fund.metrics.forecasts import hit_rates, information_coefficients, rank_information_coefficients
from fund.metrics.inference import Interval, mean_interval
from fund.metrics.ranks import average_ranks


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """What a forecaster had been worth by one session: realised, out-of-sample sessions only."""

    forecaster: str
    version: str
    as_of: date
    sessions: int
    """Forecast sessions whose label was known by then."""
    ic: Interval | None
    """Mean daily Pearson IC, its interval allowing for overlapping labels; None below `least_samples`."""
    rank_ic: Interval | None
    hit_rate: Interval | None
    """Share of names on the right side of the session's median."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ForecastTable:
    """Forecasts of one forecaster for every session of a walk-forward, [T, N]; NaN where there is none."""

    forecaster: str
    version: str
    horizon_sessions: int
    sessions: tuple[date, ...]
    tickers: tuple[str, ...]
    scores: FloatArray
    """Raw out-of-sample scores; they begin before the calibrated figures do."""
    expected: FloatArray
    low: FloatArray
    high: FloatArray
    probability_up: FloatArray
    realised: FloatArray
    """Excess returns that followed; not known before `label_known_index` says so."""

    @cached_property
    def rank(self) -> FloatArray:
        """Cross-sectional rank of each score, (0, 1)."""
        return average_ranks(self.scores)

    @cached_property
    def calibrated(self) -> BoolArray:
        """[T, N] where there is a full forecast."""
        return np.isfinite(self.expected)

    @cached_property
    def daily_ic(self) -> FloatArray:
        """[T] Pearson IC of each session."""
        return information_coefficients(self.scores, self.realised)

    @cached_property
    def daily_rank_ic(self) -> FloatArray:
        """[T] rank IC of each session."""
        return rank_information_coefficients(self.scores, self.realised)

    @cached_property
    def daily_hit_rate(self) -> FloatArray:
        """[T] share of names on the right side of the median."""
        return hit_rates(self.scores, self.realised)

    def at(self, session: date) -> tuple[Forecast, ...]:
        """Return the forecasts made on the close of a session, by ticker; empty when none were made then.

        A session outside the table raises `DataError`.
        """
        t = self._index(session)
        made = np.flatnonzero(self.calibrated[t])
        figures = (self.expected, self.low, self.high, self.probability_up, self.rank)
        rows = zip(made.tolist(), *(figure[t, made].tolist() for figure in figures), strict=True)
        return tuple(
            Forecast(
                ticker=self.tickers[j],
                session=session,
                horizon_sessions=self.horizon_sessions,
                expected=expected,
                low=low,
                high=high,
                probability_up=probability_up,
                rank=rank,
                forecaster=self.forecaster,
                version=self.version,
            )
            for j, expected, low, high, probability_up, rank in rows
        )

    def track_record(self, as_of: date) -> TrackRecord:
        """Return what was known of the forecaster's worth at the close of `as_of`, and nothing later."""
        known = label_known_index(len(self.sessions), self.horizon_sessions) <= self._index(as_of)
        return TrackRecord(
            forecaster=self.forecaster,
            version=self.version,
            as_of=as_of,
            sessions=int(np.isfinite(self.daily_rank_ic[known]).sum()),
            ic=self._mean(self.daily_ic[known]),
            rank_ic=self._mean(self.daily_rank_ic[known]),
            hit_rate=self._mean(self.daily_hit_rate[known]),
        )

    def _mean(self, daily: FloatArray) -> Interval | None:
        """The card's interval, over the outcomes that were known."""
        return mean_interval(daily, lag=self.horizon_sessions)

    def _index(self, session: date) -> int:
        at = bisect_left(self.sessions, session)
        if at == len(self.sessions) or self.sessions[at] != session:
            raise DataError(
                f"expected a session from {self.sessions[0]!s} to {self.sessions[-1]!s}, found {session!s}; "
                "ask for one of these, or forecast from bars that reach it"
            )
        return at
