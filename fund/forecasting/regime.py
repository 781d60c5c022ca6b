"""Which weather the market is in: states of different volatility that follow each other."""

import warnings
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError, NoDataError
from fund.features.technical import decay
from fund.forecasting.samples import VOLATILITY_SPAN
from fund.market.view import FloatArray
from fund.metrics.inference import Interval, mean_interval

NAMES = {2: ("calm", "turbulent"), 3: ("calm", "normal", "turbulent")}
MIN_RETURNS = 500
"""A state that comes once a year must have come at least twice."""
MAX_RETURNS = 2_520
PERCENT = 100.0
YEAR = 252
_EM_STEPS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regimes:
    """Fitted states, calmest first; daily log returns are normal within each.

    Source: Hamilton (1989), "A new approach to the economic analysis of nonstationary time series and the
    business cycle", Econometrica 57.
    """

    means: FloatArray
    """[K] daily, as fractions."""
    deviations: FloatArray
    transition: FloatArray
    """[K, K] from row to column, a session on."""
    returns: int
    """How many it was fitted on."""
    gain: float
    """BIC of one normal less that of the states: above 0 where the data ask for more than one."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the states are called."""
        return NAMES[len(self.means)]

    def filtered(self, returns: FloatArray) -> FloatArray:
        """Return [T, K] probabilities of the states having seen each return and none after it.

        Never smoothed: a smoothed probability knows what came next. A missing return changes nothing but
        the time that passed.
        """
        probability, path = self.stationary(), np.empty((len(returns), len(self.means)))
        for t, likelihood in enumerate(self._likelihoods(returns)):
            told = (probability @ self.transition) * likelihood
            # A state that was ruled out altogether is believed again when no other reaches so far.
            probability = told / told.sum() if told.sum() > 0 else likelihood / likelihood.sum()
            path[t] = probability
        return path

    def likeliest(self, returns: FloatArray, sessions: int) -> NDArray[np.int64]:
        """Return [T] the likeliest state after the last `sessions` returns alone; -1 where there are fewer.

        What came before a session's window is forgotten, so that a label is the same whenever it is computed.
        """
        labels = np.full(len(returns), -1, dtype=np.int64)
        if len(returns) < sessions:
            return labels
        windows = np.lib.stride_tricks.sliding_window_view(self._likelihoods(returns), sessions, axis=0)
        path = np.broadcast_to(self.stationary(), (len(windows), len(self.means)))
        for step in range(sessions):
            # State by state: a matrix product may sum otherwise for another number of sessions.
            told = sum(path[:, [at]] * row for at, row in enumerate(self.transition)) * windows[:, :, step]
            total = told.sum(axis=1, keepdims=True)
            seen = windows[:, :, step] / windows[:, :, step].sum(axis=1, keepdims=True)
            path = np.where(total > 0, told / np.where(total > 0, total, 1.0), seen)
        labels[sessions - 1 :] = path.argmax(axis=1)
        return labels

    def stationary(self) -> FloatArray:
        """Return [K] shares of time spent in each state in the long run."""
        states = len(self.means)
        system = np.vstack([self.transition.T - np.eye(states), np.ones(states)])
        shares = np.linalg.lstsq(system, np.append(np.zeros(states), 1.0), rcond=None)[0]
        return np.asarray(np.clip(shares, 0.0, 1.0) / np.clip(shares, 0.0, 1.0).sum())

    def log_scores(self, returns: FloatArray) -> FloatArray:
        """Return [T] log densities of each return as forecast on the session before it."""
        path = np.vstack([self.stationary(), self.filtered(returns)[:-1]]) @ self.transition
        with np.errstate(divide="ignore"):
            parts = np.log(path) + _log_normal(returns, self.means, self.deviations)
        known = np.isfinite(returns)
        scores = np.logaddexp.reduce(np.where(known[:, None], parts, 0.0), axis=1)
        return np.where(known, scores, np.nan)

    def _likelihoods(self, returns: FloatArray) -> FloatArray:
        """Return [T, K] densities over the largest of the row; ones where the return is missing."""
        dense = _log_normal(returns, self.means, self.deviations)
        told = np.isfinite(dense).all(axis=1, keepdims=True)
        return np.exp(np.where(told, dense - dense.max(axis=1, keepdims=True), 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeState:
    """One state of the market, and how likely it is."""

    name: str
    volatility: float
    """Annual deviation within the state."""
    probability: float
    """That the session was in it, by what was known at its close."""
    probability_ahead: float
    """That the session at the end of the horizon will be."""
    expected_sessions: float
    """How long it lasts once it has begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeForecast:
    """The market's states at a close, calmest first."""

    session: date
    horizon_sessions: int
    states: tuple[RegimeState, ...]
    returns: int
    """Sessions the states were fitted on."""
    supported: bool
    """Whether the data ask for more than one state, by BIC."""
    log_score_gain: Interval | None
    """Mean log density a session over that of a normal with the EWMA deviation, out of sample; None if
    history is too short to tell."""

    @property
    def likeliest(self) -> RegimeState:
        """The state the session was most probably in."""
        return max(self.states, key=lambda state: state.probability)


def fit_regimes(returns: FloatArray, states: int = 2) -> Regimes:
    """Fit 2 or 3 states to [T] daily log returns of the benchmark by maximum likelihood, gaps left out.

    `NoDataError` below 500 finite returns; `DataError` for a constant series or a fit without an end.
    """
    if states not in NAMES:
        raise DataError(f"expected 2 or 3 states, found {states!r}")
    finite = returns[np.isfinite(returns)][-MAX_RETURNS:]
    if len(finite) < MIN_RETURNS:
        raise NoDataError(
            f"expected at least {MIN_RETURNS!r} returns, found {len(finite)!r}; load more history"
        )
    if not np.ptp(finite) > 0:
        raise DataError(f"expected returns that vary, found {float(finite[0])!r} throughout; check the bars")
    return _fit(finite, states)


def regime_forecast(
    session: date,
    returns: FloatArray,
    *,
    states: int = 2,
    horizon_sessions: int = 5,
    judged_sessions: int = 250,
) -> RegimeForecast:
    """Forecast the states from [T] daily log returns of the benchmark up to the session's close.

    Infinite returns count as missing. Errors are those of `fit_regimes`; `DataError` for no horizon.
    """
    if horizon_sessions < 1 or judged_sessions < 1:
        raise DataError(
            f"expected a horizon and judged sessions of at least 1, "
            f"found {horizon_sessions!r} and {judged_sessions!r}"
        )
    returns = np.where(np.isfinite(returns), returns, np.nan)
    regimes = fit_regimes(returns, states)
    now = regimes.filtered(returns)[-1]
    ahead = now @ np.linalg.matrix_power(regimes.transition, horizon_sessions)
    staying = np.diag(regimes.transition)
    return RegimeForecast(
        session=session,
        horizon_sessions=horizon_sessions,
        states=tuple(
            RegimeState(
                name=name,
                volatility=float(regimes.deviations[k] * np.sqrt(YEAR)),
                probability=float(now[k]),
                probability_ahead=float(ahead[k]),
                expected_sessions=float(1.0 / max(1.0 - staying[k], 1e-9)),
            )
            for k, name in enumerate(regimes.names)
        ),
        returns=regimes.returns,
        supported=regimes.gain > 0,
        log_score_gain=_judged(returns, states, judged_sessions),
    )


def _judged(returns: FloatArray, states: int, judged_sessions: int) -> Interval | None:
    """Score the last sessions with states fitted before them, beside a normal with the EWMA deviation."""
    before = returns[: max(len(returns) - judged_sessions, 0)]
    if np.isfinite(before).sum() < MIN_RETURNS:
        return None
    deviation = np.sqrt(decay((returns**2)[:, None], VOLATILITY_SPAN)[:, 0])
    plain = np.append(np.nan, deviation[:-1])
    plain = np.where(plain > 0, plain, np.nan)
    rival = -0.5 * np.log(2.0 * np.pi * plain**2) - 0.5 * (returns / plain) ** 2
    gain = (fit_regimes(before, states).log_scores(returns) - rival)[len(before) :]
    return mean_interval(gain, lag=5)


def _fit(returns: FloatArray, states: int) -> Regimes:
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    asked = MarkovRegression(returns * PERCENT, k_regimes=states, trend="c", switching_variance=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what does not settle is refused below
            fit = asked.fit(disp=False, em_iter=_EM_STEPS, cov_type="none", maxiter=200)
    except (np.linalg.LinAlgError, ValueError) as error:
        raise DataError(
            f"expected returns that states can be fitted to, found {error!s}; check the bars"
        ) from error
    means = np.asarray(fit.params[-2 * states : -states]) / PERCENT
    variances = np.asarray(fit.params[-states:]) / PERCENT**2
    transition = np.asarray(fit.regime_transition)[:, :, 0].T
    settled = bool(fit.mle_retvals["converged"]) and np.isfinite(transition).all() and (variances > 0).all()
    if not settled:
        raise DataError(
            f"expected a fit that settles, found variances {variances.tolist()!r} without one; "
            "ask for fewer states or load more history"
        )
    order = np.argsort(variances)
    one = -0.5 * len(returns) * (np.log(2.0 * np.pi * np.var(returns * PERCENT)) + 1.0)
    free = (states - 1) * states + 2 * states
    size = np.log(len(returns))
    return Regimes(
        means=means[order],
        deviations=np.sqrt(variances[order]),
        transition=transition[np.ix_(order, order)],
        returns=len(returns),
        gain=float((2.0 * size - 2.0 * one) - (free * size - 2.0 * fit.llf)),
    )


def _log_normal(returns: FloatArray, means: FloatArray, deviations: FloatArray) -> FloatArray:
    """Return [T, K] logarithms of normal densities; NaN where the return is missing or infinite."""
    known = np.where(np.isfinite(returns), returns, np.nan)
    distance = (known[:, None] - means) / deviations
    return np.asarray(-0.5 * distance**2 - np.log(deviations * np.sqrt(2.0 * np.pi)))
