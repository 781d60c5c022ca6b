"""Volatility that comes in waves: one GARCH(1,1) a name."""

import warnings
from dataclasses import dataclass

import numpy as np

from fund.errors import DataError, NoDataError
from fund.market.view import FloatArray

MIN_RETURNS = 250
"""Four parameters from fewer returns say little, the one about the tail least."""
PERCENT = 100.0
"""The optimiser likes numbers near 1."""
ALIKE = 1e-9
"""Squared returns that differ by less than this share of the largest are of one size."""
_BEGINNING = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class Garch:
    """Next session's variance: omega + alpha * squared return + beta * this session's variance.

    Daily log returns around zero, Student's t innovations. Source: Bollerslev (1986), "Generalized
    autoregressive conditional heteroskedasticity", J. of Econometrics 31, and (1987) for the t.
    """

    omega: float
    """In squared fractions a session, as variances are."""
    alpha: float
    beta: float
    degrees_of_freedom: float
    returns: int
    """How many it was fitted on."""
    beginning: float
    """Variance the recursion starts from: the mean of the first squared returns of the fit."""

    def next_variances(self, returns: FloatArray) -> FloatArray:
        """Return [T] variances expected of the session after each of [T] returns, from nothing later.

        A missing return leaves the variance where it was expected to go.
        """
        variance, ahead = self.beginning, np.empty(len(returns))
        for t, value in enumerate(returns):
            squared = value * value if np.isfinite(value) else variance
            ahead[t] = variance = self.omega + self.alpha * squared + self.beta * variance
        return ahead

    def over(self, next_variance: FloatArray, horizon_sessions: int) -> FloatArray:
        """Return the variance of the sum of the next `horizon_sessions` returns."""
        total = step = np.asarray(next_variance)
        for _ in range(horizon_sessions - 1):
            step = self.omega + (self.alpha + self.beta) * step
            total = total + step
        return np.asarray(total)


def fit_garch(returns: FloatArray) -> Garch:
    """Fit one name's daily log returns by maximum likelihood; gaps are left out.

    `NoDataError` for fewer than 250 finite returns, `DataError` for a constant or broken series or when the
    optimiser does not settle.
    """
    from arch import arch_model

    finite = returns[np.isfinite(returns)]
    if len(finite) < MIN_RETURNS:
        raise NoDataError(
            f"expected at least {MIN_RETURNS!r} returns, found {len(finite)!r}; load more history"
        )
    squared, typical = finite * finite, float(np.median(np.abs(finite)))
    # Of returns of one size there is nothing to fit, and the optimiser answers all the same.
    alike = squared.max() - squared.min() <= ALIKE * squared.max()
    if typical <= 0 or alike or squared.max() > (200.0 * typical) ** 2:
        raise DataError(
            f"expected returns that vary and no jump beyond 200 times their median size, found a median of "
            f"{typical!r} and a largest of {float(np.sqrt(squared.max()))!r}; check bars and splits"
        )
    asked = arch_model(finite * PERCENT, mean="Zero", vol="GARCH", p=1, q=1, dist="t", rescale=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what does not settle is refused below
        fit = asked.fit(disp="off", show_warning=False)
    omega, alpha, beta, freedom = (float(each) for each in fit.params)
    if fit.convergence_flag != 0 or not np.isfinite([omega, alpha, beta, freedom]).all():
        raise DataError(
            f"expected a fit that settles, found the optimiser's flag {fit.convergence_flag!r}; "
            "use the exponentially weighted deviation"
        )
    return Garch(
        omega=omega / PERCENT**2,
        alpha=alpha,
        beta=beta,
        degrees_of_freedom=freedom,
        returns=len(finite),
        beginning=float(squared[:_BEGINNING].mean()),
    )
