"""Which of two versions is better, over the same sessions and names: or that it cannot be told yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.forecasting.table import ForecastTable
from fund.market.view import FloatArray
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import Interval, mean_interval
from fund.metrics.sequential import SequentialDifference, sequential_difference

DailyIC = Mapping[date, float]
"""Rank IC by session; a session without one is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two versions side by side; the difference is the first less the second, session by session."""

    first: str
    second: str
    sessions: int
    """Sessions both were scored on."""
    first_session: date | None
    last_session: date | None
    first_rank_ic: Interval | None
    """Over these sessions; None below 20."""
    second_rank_ic: Interval | None
    difference: Interval | None
    """Mean daily difference of rank IC, 95 % Newey-West interval: for one look, at a length set before."""
    sequential: SequentialDifference | None
    """The same with bounds that hold however often one looks; None below its own least number."""

    @property
    def better(self) -> str | None:
        """The version that is better by more than chance, however often one looked; None while unclear.

        Only the sequential test decides: two versions are compared every day, not once.
        """
        found = self.sequential
        if found is None or found.low is None or found.high is None or found.low <= 0 <= found.high:
            return None
        return self.first if found.value > 0 else self.second

    @property
    def verdict(self) -> str:
        """Say in a sentence whom that speaks for, with the number of sessions."""
        if self.sessions == 0:
            return f"{self.first} and {self.second} have no session in common"
        if self.better is not None:
            other = self.second if self.better == self.first else self.first
            return f"{self.better} is better than {other} over {self.sessions} sessions"
        if self.sequential is None:
            return (
                f"{self.first} and {self.second} cannot be told apart: {self.sessions} sessions are too few"
            )
        return f"{self.first} and {self.second} cannot be told apart over {self.sessions} sessions"


def daily_rank_ics(first: ForecastTable, second: ForecastTable) -> tuple[DailyIC, DailyIC]:
    """Return both tables' rank IC by session, over the names that both scored in the sessions both have.

    An outcome counts where either table knows it: the older training did not see how its last sessions ended.
    """
    sessions = sorted(set(first.sessions) & set(second.sessions))
    tickers = sorted(set(first.tickers) & set(second.tickers))
    one, known = _aligned(first, sessions, tickers)
    two, known_later = _aligned(second, sessions, tickers)
    realised = np.where(np.isfinite(known), known, known_later)
    both = np.isfinite(one) & np.isfinite(two)
    daily = (rank_information_coefficients(np.where(both, x, np.nan), realised) for x in (one, two))
    found = tuple(
        {day: float(ic) for day, ic in zip(sessions, values, strict=True) if np.isfinite(ic)}
        for values in daily
    )
    return found[0], found[1]


def compare(first: DailyIC, second: DailyIC, *, names: tuple[str, str], horizon_sessions: int) -> Comparison:
    """Compare two versions over the sessions both were scored on, oldest first.

    `horizon_sessions` is the longer horizon of the two: neighbouring sessions share that much of an outcome.
    """
    days = sorted(first.keys() & second.keys())
    one, two = (np.array([daily[day] for day in days]) for daily in (first, second))
    return Comparison(
        first=names[0],
        second=names[1],
        sessions=len(days),
        first_session=days[0] if days else None,
        last_session=days[-1] if days else None,
        first_rank_ic=mean_interval(one, lag=horizon_sessions),
        second_rank_ic=mean_interval(two, lag=horizon_sessions),
        difference=mean_interval(one - two, lag=horizon_sessions),
        sequential=sequential_difference(one - two, lag=horizon_sessions),
    )


def _aligned(table: ForecastTable, sessions: list[date], tickers: list[str]) -> tuple[FloatArray, FloatArray]:
    rows = [table.sessions.index(day) for day in sessions]
    columns = [table.tickers.index(ticker) for ticker in tickers]
    chosen = np.ix_(rows, columns)
    return table.scores[chosen], table.realised[chosen]
