"""What the forecasts of one session turned out to be worth, once their outcome is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from fund.features.labels import excess_labels
from fund.features.universe import Universe
from fund.forecasting.forecast import Forecast
from fund.market.view import FloatArray
from fund.metrics.forecasts import (
    MIN_NAMES,
    hit_rates,
    information_coefficients,
    interval_coverage,
    rank_information_coefficients,
)
from fund.metrics.probability import log_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveScore:
    """One version on one session after its training; one session says nothing by itself."""

    version: str
    session: date
    horizon_sessions: int
    known_session: date
    """The session at whose open the outcome was known."""
    names: int
    """Names that were forecast and whose outcome is known."""
    ic: float | None
    """Of the expected returns; None where `rank_ic` is None, or where all expectations are equal."""
    rank_ic: float | None
    """None where there is no score, and `why` says the reason."""
    hit_rate: float | None
    coverage: float | None
    """Share of outcomes inside [low, high]; 0.8 is promised."""
    log_loss: float | None
    """Mean of the stated probabilities; ln 2 is what even odds score."""
    residual: float | None
    """Mean distance of outcome and expectation, in widths of the interval."""
    why: str | None = None
    """Why there is no score."""


def outcomes_of(universe: Universe, session: date, horizon_sessions: int) -> Mapping[str, float]:
    """Return the excess return of each member of a session by ticker, by the rule of the labels.

    Empty while the universe does not reach the open at which it is known.
    """
    if session not in universe.panel.sessions:
        return {}
    at = universe.panel.sessions.index(session)
    labels = excess_labels(universe, horizon_sessions).values[at]
    tickers = universe.panel.tickers
    return {tickers[j]: float(labels[j]) for j in np.flatnonzero(np.isfinite(labels))}


def live_score(
    forecasts: Sequence[Forecast],
    outcomes: Mapping[str, float],
    *,
    version: str,
    session: date,
    horizon_sessions: int,
    known_session: date,
) -> LiveScore:
    """Score the forecasts of a session; fewer than ten names with an outcome have no score, and a reason."""
    known = [each for each in forecasts if each.ticker in outcomes]
    absent = unscored(
        "its forecasts, or their outcomes, are all the same",
        version=version,
        session=session,
        horizon_sessions=horizon_sessions,
        known_session=known_session,
        names=len(known),
    )
    if len(known) < MIN_NAMES:
        why = f"{len(known)} of its {len(forecasts)} forecasts have an outcome, {MIN_NAMES} are needed"
        return replace(absent, why=why)
    realised = np.array([[outcomes[each.ticker] for each in known]])
    expected, low, high, rank, up = (
        np.array([[getattr(each, name) for each in known]])
        for name in ("expected", "low", "high", "rank", "probability_up")
    )
    ranked = _first(rank_information_coefficients(rank, realised))
    if ranked is None:
        return absent
    return replace(
        absent,
        ic=_first(information_coefficients(expected, realised)),
        rank_ic=ranked,
        hit_rate=_first(hit_rates(rank, realised)),
        coverage=_first(interval_coverage(low, high, realised)),
        log_loss=float(log_loss(up, realised > 0).mean()),
        residual=_first(residuals(expected, low, high, realised)),
        why=None,
    )


def unscored(
    why: str, *, version: str, session: date, horizon_sessions: int, known_session: date, names: int = 0
) -> LiveScore:
    """Return a session without a score and the reason for it."""
    return LiveScore(
        version=version,
        session=session,
        horizon_sessions=horizon_sessions,
        known_session=known_session,
        names=names,
        ic=None,
        rank_ic=None,
        hit_rate=None,
        coverage=None,
        log_loss=None,
        residual=None,
        why=why,
    )


def residuals(expected: FloatArray, low: FloatArray, high: FloatArray, realised: FloatArray) -> FloatArray:
    """Return for each session the mean distance of outcome and expectation in widths of the interval, [T].

    In widths, so that a calm market and a wild one are one measure. NaN below ten names.
    """
    width = high - low
    known = np.isfinite(width) & (width > 0) & np.isfinite(realised) & np.isfinite(expected)
    distance = np.where(known, np.abs(realised - expected) / np.where(known, width, 1.0), 0.0)
    count = known.sum(axis=1)
    return np.where(count >= MIN_NAMES, distance.sum(axis=1) / np.maximum(count, 1), np.nan)


def _first(values: FloatArray) -> float | None:
    return float(values[0]) if np.isfinite(values[0]) else None
