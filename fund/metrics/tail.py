"""Value at risk and expected shortfall over one session, four ways, each with its sample size.

A return is a simple fraction per session, oldest first. VaR is the loss that is not exceeded with the
given confidence, CVaR the mean loss beyond it (glossary: CVaR); both are fractions, and 0 where the
tail is a gain. The three closed forms take paths of shape [..., n] and answer one value a path. All
are positively homogeneous: twice the position is twice the risk.

Sources: Jorion (2007), Value at Risk, 3rd ed., chapters 5 and 10; J.P. Morgan (1996), RiskMetrics
Technical Document, 4th ed., chapter 5; Barone-Adesi, Giannopoulos and Vosper (1999), "VaR without
correlations for portfolios of derivative securities", Journal of Futures Markets 19; McNeil, Frey and
Embrechts (2015), Quantitative Risk Management, sections 2.2 and 2.3.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from statistics import NormalDist
from typing import Literal, get_args

import numpy as np

from fund.metrics.returns import FLAT, FloatArray

TailMethod = Literal["historical", "parametric", "ewma", "garch"]
TAIL_METHODS: tuple[TailMethod, ...] = get_args(TailMethod)
SMALLEST_SAMPLE = 60
"""Sessions below which a tail of 5 % is two or three days, and no figure is given."""
GARCH_SAMPLE = 250
"""Sessions below which a GARCH(1,1) is not identified well enough to be used."""
DECAY = 0.94
"""Lambda of RiskMetrics for daily returns."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class TailRisk:
    """A tail as measured: fractions of equity, how it was measured and from how many sessions."""

    var: float
    cvar: float
    method: TailMethod
    """The method that gave the figures."""
    sample: int
    fallback: str = ""
    """Why it is not the method asked for, where it is not."""


def historical_tail(paths: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return VaR and CVaR of the empirical distribution.

    VaR is the smallest loss l with F(l) >= confidence; CVaR the mean of the worst (1 - confidence) n
    observations, the last of them in part (Acerbi and Tasche 2002), which is never below VaR.
    """
    count = paths.shape[-1]
    losses = np.sort(-paths, axis=-1)
    place = max(ceil(count * confidence - 1e-9), 1)
    var = losses[..., place - 1]
    part = max(place - count * confidence, 0.0)
    beyond = losses[..., place:].sum(axis=-1) + part * var
    cvar = beyond / (count * (1.0 - confidence))
    return np.maximum(var, 0.0), np.maximum(np.maximum(cvar, var), 0.0)


def parametric_tail(paths: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return VaR = z s and CVaR = s phi(z) / (1 - confidence), normal around 0; s is the root mean square."""
    return _normal_tail(np.sqrt(np.mean(paths**2, axis=-1)), confidence)


def ewma_tail(paths: FloatArray, confidence: float, decay: float = DECAY) -> tuple[FloatArray, FloatArray]:
    """Return the normal tail with the variance of RiskMetrics: weights falling by `decay` a session back."""
    weights = decay ** np.arange(paths.shape[-1] - 1, -1, -1)
    return _normal_tail(np.sqrt(paths**2 @ (weights / weights.sum())), confidence)


def garch_tail(path: FloatArray, confidence: float) -> tuple[float, float] | None:
    """Return the tail of a filtered historical simulation over one path of shape [n]; None where it fails.

    A GARCH(1,1) with Student-t errors is fitted; its standardised residuals, times the volatility it
    expects of the next session, are the losses whose empirical tail is taken. Slow: 25 ms or more a
    path, so the last answers are kept.
    """
    if len(path) < GARCH_SAMPLE or np.std(path) <= FLAT * max(float(np.max(np.abs(path))), 1.0):
        return None
    return _filtered_tail(np.ascontiguousarray(path, dtype=np.float64).tobytes(), confidence)


def tail_risk(path: FloatArray, confidence: float, method: TailMethod) -> TailRisk | None:
    """Return the tail of one path of returns; None below `SMALLEST_SAMPLE` sessions or without a number.

    Where a GARCH cannot be fitted the figures are those of the EWMA, and `fallback` says why.
    """
    count = len(path)
    if count < SMALLEST_SAMPLE or not np.isfinite(path).all():
        return None
    fallback = ""
    if method == "garch":
        filtered = garch_tail(path, confidence)
        if filtered is not None:
            return TailRisk(var=filtered[0], cvar=filtered[1], method="garch", sample=count)
        short = f"{count} sessions, a GARCH needs {GARCH_SAMPLE}"
        fallback = short if count < GARCH_SAMPLE else "the GARCH did not converge"
        method = "ewma"
    var, cvar = tails(path, confidence, method)
    return TailRisk(var=float(var), cvar=float(cvar), method=method, sample=count, fallback=fallback)


def tails(
    paths: FloatArray, confidence: float, method: Literal["historical", "parametric", "ewma"]
) -> tuple[FloatArray, FloatArray]:
    """Return VaR and CVaR of paths [..., n] by one of the methods that need no fitting."""
    if method == "historical":
        return historical_tail(paths, confidence)
    return (parametric_tail if method == "parametric" else ewma_tail)(paths, confidence)


def _normal_tail(spread: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    z = _NORMAL.inv_cdf(confidence)
    return spread * max(z, 0.0), spread * (_NORMAL.pdf(z) / (1.0 - confidence))


@lru_cache(maxsize=512)
def _filtered_tail(data: bytes, confidence: float) -> tuple[float, float] | None:
    from arch import arch_model

    path = np.frombuffer(data, dtype=np.float64)
    scale = float(np.std(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = arch_model(path / scale, mean="Zero", vol="GARCH", p=1, q=1, dist="t", rescale=False).fit(
            disp="off", show_warning=False
        )
    omega, alpha, beta = (float(fitted.params[name]) for name in ("omega", "alpha[1]", "beta[1]"))
    volatility = np.asarray(fitted.conditional_volatility, dtype=np.float64)
    residuals = np.asarray(fitted.std_resid, dtype=np.float64)
    expected = omega + alpha * float(path[-1] / scale) ** 2 + beta * float(volatility[-1]) ** 2
    if fitted.convergence_flag != 0 or not np.isfinite(residuals).all() or not 0 < expected < np.inf:
        return None
    var, cvar = historical_tail(residuals * (np.sqrt(expected) * scale), confidence)
    return float(var), float(cvar)
