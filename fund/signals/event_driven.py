"""What the market takes in slowly: earnings, from the day they were filed, and gaps that held."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from fund.errors import DataError
from fund.features.columns import Columns, ratio
from fund.features.cross_section import cross_rank
from fund.features.technical import delay
from fund.features.universe import BoolArray, Universe
from fund.market.facts import Report
from fund.market.view import FloatArray
from fund.signals.signal import Figures, SignalTable, table_of
from fund.signals.surprises import Scale, Surprise, surprises

DecisionTime = Callable[[date], datetime]
"""From a session to the moment its decision is made: a filing known by then may be read."""
GAP_SESSIONS = 60
"""Sessions over which a name's ordinary gap is taken."""
NAMES_COMPARED = 20
"""Surprises of other filings that one must be ranked against."""


@dataclass(frozen=True, kw_only=True)
class EarningsDrift:
    """Post-earnings drift: a surprise is ranked against those of the last quarter and fades over one.

    Sources: Bernard and Thomas (1989), "Post-Earnings-Announcement Drift", J. of Accounting Research 27, for
    the drift of sixty sessions; Foster, Olsen and Shevlin (1984) for the surprise. The filing follows the
    press release by days or weeks, so part of the drift is over when it is filed.
    """

    reports: Sequence[Report]
    decision_time: DecisionTime
    scale: Scale = "own_errors"
    drift_sessions: int = 60
    name: str = "earnings_drift"

    def __post_init__(self) -> None:
        if self.drift_sessions < 2:
            raise DataError(f"expected a drift of at least 2 sessions, found {self.drift_sessions!r}")

    def signals(self, universe: Universe) -> SignalTable:
        """Return convictions of names that filed lately, 0 for those whose drift is over.

        A name none of whose surprises is known yet has no view.
        """
        panel = universe.panel
        moments = [self.decision_time(session) for session in panel.sessions]
        found = surprises(self.reports, scale=self.scale)
        value, age = _latest(found, moments, panel.tickers)
        rank = _ranked(value, age, self.drift_sessions, universe.present)
        left = np.clip(1.0 - age / self.drift_sessions, 0.0, 1.0)
        fresh = age < self.drift_sessions
        conviction = np.where(fresh, np.where(np.isfinite(rank), rank * left, np.nan), 0.0)
        over = "its usual change" if self.scale == "own_errors" else "book equity"
        return table_of(
            self.name,
            universe,
            np.where(np.isfinite(value), conviction, np.nan),
            (
                Figures(
                    what=f"net income of the quarter beyond that of a year ago, over {over}",
                    unit="deviations" if self.scale == "own_errors" else "fraction",
                    values=value,
                ),
                Figures(what="since the filing was known", unit="sessions", values=age),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """An opening far from the last close that the session did not take back goes on for some days.

    Source: Chan (2003), "Stock price reaction to news and no-news: drift and reversal after headlines",
    J. of Financial Economics 70: moves on news drift, others reverse; here a gap that holds stands for news.
    """

    entry: float = 3.0
    """Deviations of an ordinary gap from which one is looked at."""
    held_share: float = 0.5
    """How much of the gap must be left at the close."""
    drift_sessions: int = 10
    name: str = "gaps"

    def __post_init__(self) -> None:
        if not (self.entry > 0.0 and self.held_share >= 0.0 and self.drift_sessions >= 1):
            raise DataError(f"expected an entry above 0, a share of at least 0 and a session, found {self!r}")

    def signals(self, universe: Universe) -> SignalTable:
        """Return convictions in the gap's direction, fading by the session; 0 where nothing gapped."""
        columns = Columns(universe)
        usual = delay(columns.moments("log_gap", GAP_SESSIONS).std, 1)
        size = ratio(columns.log_gap, usual)
        held = np.sign(columns.log_gap) * (columns.log_gap + columns.log_body)
        jumped = (np.abs(size) >= self.entry) & (held >= self.held_share * np.abs(columns.log_gap))
        conviction = np.where(np.isfinite(size), 0.0, np.nan)
        last = np.full_like(size, np.nan)
        for age in range(self.drift_sessions - 1, -1, -1):
            then = delay(np.where(jumped, size, np.nan), age)
            at = np.isfinite(then)
            strength = np.clip(then / (2.0 * self.entry), -1.0, 1.0) * (1.0 - age / self.drift_sessions)
            conviction, last = np.where(at, strength, conviction), np.where(at, then, last)
        return table_of(
            self.name,
            universe,
            conviction,
            (Figures(what="its last gap, beyond an ordinary one", unit="deviations", values=last),),
        )


def _latest(
    found: Mapping[str, Sequence[Surprise]], moments: Sequence[datetime], tickers: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    """Return the last surprise known at each decision and its age in sessions, [T, N] each; NaN before one.

    What was known by the first decision already is of unknown age, and counts as old.
    """
    value = np.full((len(moments), len(tickers)), np.nan)
    age = np.full_like(value, np.nan)
    for column, ticker in enumerate(tickers):
        for surprise in found.get(ticker, ()):
            row = bisect_left(moments, surprise.known_at)
            value[row:, column] = surprise.value
            age[row:, column] = np.arange(len(moments) - row) if row else np.inf
    return value, age


def _ranked(value: FloatArray, age: FloatArray, sessions: int, present: BoolArray) -> FloatArray:
    """Rank fresh surprises of members against each other, -1 to 1; NaN where too few filed."""
    fresh = present & (age < sessions)
    enough = fresh.sum(axis=1, keepdims=True) >= NAMES_COMPARED
    return np.where(enough, 2.0 * cross_rank(np.where(fresh, value, np.nan), present), np.nan)
