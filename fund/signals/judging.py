"""What a rule's signals were worth: judged like a forecaster, beside rules that know nothing new."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.errors import DataError
from fund.features.columns import Columns
from fund.features.labels import excess_labels
from fund.features.technical import delay
from fund.features.universe import Universe
from fund.forecasting.card import MAX_PLAUSIBLE_IC
from fund.market.view import FloatArray
from fund.metrics.forecasts import (
    MIN_NAMES,
    information_coefficients,
    rank_information_coefficients,
)
from fund.metrics.inference import MINIMUM, Interval, mean_interval
from fund.signals.signal import SignalTable


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRecord:
    """One rule over one universe and horizon. Nothing is fitted, so every session is out of sample.

    Figures are before costs; what trading it comes to is told by `fund.backtest.research`.
    """

    source: str
    horizon_sessions: int
    first: date | None
    """First session with enough views to be judged; None where there is none."""
    last: date | None
    names: float
    """Mean number of names it could look at in a judged session."""
    views: float
    """Mean number of them on which it had an opinion."""
    ic: Interval | None
    """Mean daily IC over names it looked at, Newey-West interval (lag = horizon); None below 20 sessions."""
    rank_ic: Interval | None
    hit_rate: Interval | None
    """Share of opinions on the right side of the session's median."""
    baseline_rank_ic: Mapping[str, Interval]
    """12-1 momentum and 5-session reversal over the same names and sessions."""

    @property
    def verdict(self) -> str:
        """Say in words what the rank IC allows to be said."""
        found = self.rank_ic
        if found is None:
            return "too few sessions to say anything"
        span = f"rank IC {found.value:+.4f} (95 % {found.low:+.4f} to {found.high:+.4f}, {found.n} sessions)"
        if abs(found.value) > MAX_PLAUSIBLE_IC:
            return f"{span}: beyond what daily data can give, look for a leak"
        if found.low <= 0.0 <= found.high:
            return f"{span}: no edge that can be told from chance"
        side = "above" if found.low > 0.0 else "below"
        if self.independent < MINIMUM:
            return f"{span}: {side} chance, but only {self.independent} of the sessions do not overlap"
        return f"{span}: {side} chance"

    @property
    def independent(self) -> int:
        """Judged sessions so far apart that no two outcomes overlap."""
        return 0 if self.rank_ic is None else self.rank_ic.n // (self.horizon_sessions + 1)


def judge(table: SignalTable, universe: Universe, horizon_sessions: int) -> SignalRecord:
    """Judge a rule by the excess returns that followed, from the next open on.

    A table of other sessions or tickers than the universe's raises `DataError`.
    """
    if (table.sessions, table.tickers) != (universe.panel.sessions, universe.panel.tickers):
        raise DataError(
            f"expected signals over the universe's {len(universe.panel.sessions)!r} sessions and "
            f"{len(universe.panel.tickers)!r} tickers, found {table.conviction.shape!r} of others"
        )
    realised = excess_labels(universe, horizon_sessions).values
    looked = np.isfinite(table.conviction)
    spoken = np.where(looked & (table.conviction != 0.0), table.conviction, np.nan)
    daily = rank_information_coefficients(table.conviction, realised)
    judged = np.flatnonzero(np.isfinite(daily))
    return SignalRecord(
        source=table.source,
        horizon_sessions=horizon_sessions,
        first=table.sessions[judged[0]] if len(judged) else None,
        last=table.sessions[judged[-1]] if len(judged) else None,
        names=float(looked[judged].sum(axis=1).mean()) if len(judged) else 0.0,
        views=float(np.isfinite(spoken[judged]).sum(axis=1).mean()) if len(judged) else 0.0,
        ic=mean_interval(information_coefficients(table.conviction, realised), lag=horizon_sessions),
        rank_ic=mean_interval(daily, lag=horizon_sessions),
        hit_rate=mean_interval(_sided(spoken, realised), lag=horizon_sessions),
        baseline_rank_ic=_baselines(table, universe, realised, horizon_sessions),
    )


def _sided(spoken: FloatArray, realised: FloatArray) -> FloatArray:
    """Return for each session the share of opinions on the right side of the session's median, [T]."""
    middle = np.array(
        [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in realised]
    )
    return _right(np.sign(spoken), realised - middle[:, None])


def _right(sides: FloatArray, beyond: FloatArray) -> FloatArray:
    """Return the share of sides (-1 or 1) that have the sign of what came, [T]; NaN below 10 of them."""
    both = np.isfinite(sides) & np.isfinite(beyond)
    count = both.sum(axis=1)
    right = np.where(both, 0.5 + 0.5 * np.sign(sides * beyond), 0.0).sum(axis=1)
    return np.where(count >= MIN_NAMES, right / np.maximum(count, 1), np.nan)


def _baselines(
    table: SignalTable, universe: Universe, realised: FloatArray, horizon_sessions: int
) -> dict[str, Interval]:
    """Rank IC of two plain rules over the names and sessions that the signal had a score for."""
    close = Columns(universe).log_close
    rules = {"momentum": delay(close, 21) - delay(close, 252), "reversal": delay(close, 5) - close}
    same = np.where(np.isfinite(table.conviction), realised, np.nan)
    found = {
        name: mean_interval(rank_information_coefficients(scores, same), lag=horizon_sessions)
        for name, scores in rules.items()
    }
    return {name: figure for name, figure in found.items() if figure is not None}
