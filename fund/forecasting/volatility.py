"""How far a name may move over a horizon, with an interval, and whether GARCH knew it better than EWMA."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.errors import DataError, NoDataError
from fund.features.technical import decay
from fund.forecasting.garch import Garch, fit_garch
from fund.forecasting.samples import VOLATILITY_SPAN
from fund.forecasting.spread import relative_to_session
from fund.market.view import FloatArray
from fund.metrics.inference import Interval, least_samples, mean_interval
from fund.metrics.volatility import qlike, realised_variance

JUDGED_SESSIONS = 250
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityRecord:
    """QLIKE out of sample, lower is better; Newey-West intervals with the horizon as lag."""

    garch: Interval
    ewma: Interval
    """Exponentially weighted squared returns, span 20: what costs nothing."""
    gain: Interval
    """EWMA less GARCH of the same sessions: above 0 where GARCH knew more."""

    @property
    def is_better(self) -> bool:
        """Whether the whole interval of the gain is above 0."""
        return self.gain.low > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityForecast:
    """A name's deviation over a horizon, as a fraction (0.04 = 4 %), not annualised."""

    ticker: str
    session: date
    """The session on whose close it was made."""
    horizon_sessions: int
    deviation: float
    """By GARCH."""
    low: float
    """10 % quantile of the realised deviation (root of the sum of squared daily returns)."""
    high: float
    """90 % quantile."""
    samples: int
    """Overlapping sessions out of sample that the quantiles are from."""
    ewma_deviation: float
    record: VolatilityRecord


def volatility_forecast(
    ticker: str,
    session: date,
    returns: FloatArray,
    horizon_sessions: int,
    *,
    judged_sessions: int = JUDGED_SESSIONS,
) -> VolatilityForecast:
    """Forecast from [T] daily log returns up to the session's close; infinite ones count as missing.

    The record's parameters are fitted on what lies before the judged sessions, those of the forecast on
    everything. `NoDataError` for too short a history or a name that has hardly
    traded of late, `DataError` for one that is constant or broken.
    """
    if horizon_sessions < 1 or judged_sessions < 1:
        raise DataError(
            f"expected a horizon and judged sessions of at least 1, "
            f"found {horizon_sessions!r} and {judged_sessions!r}"
        )
    returns = np.where(np.isfinite(returns), returns, np.nan)
    now = fit_garch(returns)
    before = fit_garch(returns[: -(judged_sessions + horizon_sessions)])
    judged = slice(len(returns) - judged_sessions - horizon_sessions, None)
    realised = realised_variance(returns, horizon_sessions)[judged]
    ewma = ewma_variances(returns, horizon_sessions)
    if not np.isfinite(ewma[-1]):
        raise NoDataError(
            f"expected a return in a fifth of the newest {4 * VOLATILITY_SPAN!r} sessions, found "
            f"{int(np.isfinite(returns[-4 * VOLATILITY_SPAN :]).sum())!r}; wait until {ticker!r} trades again"
        )
    past = horizon_variances(before, returns, horizon_sessions)[judged]
    record = _record(realised, past, ewma[judged], horizon_sessions)
    ratio = np.sqrt(realised / past)
    ratio = ratio[np.isfinite(ratio)]
    deviation = float(np.sqrt(horizon_variances(now, returns, horizon_sessions)[-1]))
    return VolatilityForecast(
        ticker=ticker,
        session=session,
        horizon_sessions=horizon_sessions,
        deviation=deviation,
        low=deviation * float(np.quantile(ratio, LOW)),
        high=deviation * float(np.quantile(ratio, HIGH)),
        samples=len(ratio),
        ewma_deviation=float(np.sqrt(ewma[-1])),
        record=record,
    )


def horizon_variances(garch: Garch, returns: FloatArray, horizon_sessions: int) -> FloatArray:
    """Return [T] variances over the horizon that begins after each session."""
    return garch.over(garch.next_variances(returns), horizon_sessions)


def ewma_variances(returns: FloatArray, horizon_sessions: int) -> FloatArray:
    """Return the same by exponentially weighted squared returns, as the desk's calibration has it."""
    return np.asarray(decay((returns**2)[:, None], VOLATILITY_SPAN)[:, 0] * horizon_sessions)


def garch_spread(
    returns: FloatArray, volatility: FloatArray, train: range, horizon_sessions: int
) -> FloatArray:
    """Return GARCH's deviation over the expected `volatility`, relative to the session's median, [T, N].

    Each name is fitted on the sessions of `train` alone; one that cannot be fitted is typical, which is 1.
    """
    spread = np.full(returns.shape, np.nan)
    for name in range(returns.shape[1]):
        try:
            garch = fit_garch(returns[train.start : train.stop, name])
        except DataError:
            continue
        variances = horizon_variances(garch, returns[:, name], horizon_sessions)
        spread[:, name] = np.sqrt(variances) / np.where(volatility[:, name] > 0, volatility[:, name], np.nan)
    relative = relative_to_session(spread)
    return np.where(np.isfinite(relative), relative, 1.0)


def _record(
    realised: FloatArray, garch: FloatArray, ewma: FloatArray, horizon_sessions: int
) -> VolatilityRecord:
    losses = qlike(realised, garch), qlike(realised, ewma)
    both = np.isfinite(losses[0]) & np.isfinite(losses[1])
    ours, plain = (loss[both] for loss in losses)
    figures = [mean_interval(each, lag=horizon_sessions) for each in (ours, plain, plain - ours)]
    known = [each for each in figures if each is not None]
    if len(known) < len(figures):
        raise DataError(
            f"expected at least {least_samples(horizon_sessions)!r} sessions whose movement is known, found "
            f"{int(both.sum())!r}; judge more sessions"
        )
    return VolatilityRecord(garch=known[0], ewma=known[1], gain=known[2])
