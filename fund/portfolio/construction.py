"""The whole book at once: mean-variance, risk parity, hierarchical risk parity and minimum CVaR by skfolio.

Weights in here are magnitudes on the side the proposal chose, so that a short is a long position in the
returns with their sign turned, and no optimiser can flip a side.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from fund.market.view import FloatArray
from fund.portfolio.sizing import inverse_volatility

Method = Literal["equal_risk", "mean_variance", "risk_parity", "hrp", "min_cvar"]
QUADRATIC_SOLVER = "CLARABEL"
LINEAR_SOLVER = "SCIPY"
"""HiGHS, as SciPy brings it: CLARABEL finds no minimum CVaR of a hundred names."""
OBJECTIVE_SCALE = 1e4
"""Daily variances are about 1e-4: scaled to 1, the solver's last digits are no longer whole basis points."""
TOLERANCE = 1e-5
"""How far a solution may stand over a bound, of the budget; it is then clipped."""
SLACK = 1e-7
"""An interior-point solver needs an inside: where the limits leave one book only, a little is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What the limits leave for the names of a book; fractions of equity."""

    budget: float
    """Gross weight to be shared out."""
    least: FloatArray
    most: FloatArray
    """Bounds of each name's weight, [names]."""
    sides: FloatArray
    """1 for a long position, -1 for a short one, [names]."""
    groups: tuple[str, ...]
    """Group of each name."""
    group_most: Mapping[str, float]
    """Largest gross weight of a group; a group that is not named has none."""
    net_low: float
    net_high: float
    """Bounds of long less short."""

    def inequalities(self) -> tuple[FloatArray, FloatArray]:
        """Return A and b of the group and net limits, A w <= b, [limits, names] and [limits]."""
        capped = sorted(set(self.groups) & self.group_most.keys())
        rows = [np.array([float(g == name) for g in self.groups]) for name in capped]
        bounds = [self.group_most[name] for name in capped]
        left = np.array([*rows, self.sides, -self.sides])
        return left, np.array([*bounds, self.net_high, -self.net_low])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What an optimiser may know of the names, per session; every array [names] but the returns."""

    returns: FloatArray
    """[sessions, names], as the names traded: a short's are turned in here."""
    expected: FloatArray
    """Expected return of the name itself, 0 where nobody has a view."""
    previous: FloatArray
    """Weight held now, on the side of the proposal: negative where the book stands on the other one."""
    costs: FloatArray
    """Cost of trading a unit of weight once, spread over the sessions it is meant to be held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbuilt:
    """Why there is no book."""

    reason: str


def build_book(
    method: Method,
    outlook: Outlook,
    room: Room,
    *,
    risk_aversion: float,
    cvar_level: float = 0.95,
) -> FloatArray | Unbuilt:
    """Return the weights of a method within the limits, or why there are none; it never raises for figures.

    The gross weight is the budget, or as much of it as the limits let through. All methods count costs:
    - mean-variance maximises w'm - (a / 2) w'Sw - c'|w - p| (Markowitz, 1952), with S the covariance shrunk
      as in Ledoit and Wolf (2004), "A Well-Conditioned Estimator for Large-Dimensional Covariance Matrices";
    - minimum CVaR minimises CVaR(w) + c'|w - p| on past returns (Rockafellar and Uryasev, 2000);
    - the others have an ideal book t that knows neither limits nor costs: equal risk contributions
      (Maillard, Roncalli and Teiletche, 2010), hierarchical risk parity (Lopez de Prado, 2016, "Building
      Diversified Portfolios that Outperform Out of Sample"), inverse volatility. Theirs is the book nearest
      to it by squared tracking error and costs: the least (a / 2) (w - t)'S(w - t) + c'|w - p|.
    """
    trouble = _trouble(outlook, room)
    if trouble is not None:
        return Unbuilt(reason=trouble)
    gross = _largest_gross(room)
    if gross is None or gross <= 0:
        return Unbuilt(reason="the limits leave no room for a book of these names")
    if len(room.sides) == 1:
        return np.array([gross])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", UserWarning)
        try:
            weights = gross * _shares(method, outlook, room, gross, risk_aversion, cvar_level)
        except _failures() as error:
            return Unbuilt(reason=f"the optimiser found no book ({type(error).__name__})")
    return _within(weights, room, gross)


def _trouble(outlook: Outlook, room: Room) -> str | None:
    """Say what of the input no optimiser could use."""
    names = len(room.sides)
    arrays = (outlook.expected, outlook.previous, outlook.costs, room.least, room.most)
    if not names:
        return "there is no name to share out between"
    if outlook.returns.shape[1:] != (names,) or any(a.shape != (names,) for a in arrays):
        return f"figures are needed for {names} names each, not all have them"
    if len(outlook.returns) < 2 or not all(bool(np.isfinite(a).all()) for a in (outlook.returns, *arrays)):
        return "at least two sessions of finite figures are needed"
    if bool((outlook.returns.std(axis=0) <= 0).any()):
        return "a name whose price never moves has no risk to size by"
    return None


def _largest_gross(room: Room) -> float | None:
    """Return how much of the budget fits under the limits, None where not even the least weights do."""
    from scipy.optimize import linprog

    if bool((room.most < room.least).any()):
        return None
    left, bounds = room.inequalities()
    names = len(room.sides)
    solved = linprog(
        -np.ones(names),
        A_ub=np.vstack([left, np.ones(names)]),
        b_ub=np.append(bounds, room.budget),
        bounds=np.column_stack([room.least, room.most]),
        method="highs",
    )
    if solved.status != 0:
        return None
    most = float(-solved.fun)
    binding = most < room.budget * (1 - SLACK)
    return most - SLACK * (most - float(room.least.sum())) if binding else room.budget


def _shares(
    method: Method, outlook: Outlook, room: Room, gross: float, risk_aversion: float, level: float
) -> FloatArray:
    """Return the shares of the gross weight; in these units a variance counts `gross` times as much."""
    from skfolio import RiskMeasure

    returns, prior = outlook.returns * room.sides, _prior()
    aversion = risk_aversion * gross / 2
    settings: dict[str, Any] = {"prior_estimator": prior, "risk_aversion": aversion}
    if method == "min_cvar":
        settings = {
            "prior_estimator": prior,
            "risk_aversion": 1.0,
            "risk_measure": RiskMeasure.CVAR,
            "cvar_beta": level,
            "solver": LINEAR_SOLVER,
            "scale_objective": 1.0,
        }
        return _optimum(returns, np.zeros(len(room.sides)), outlook, room, gross, settings)
    if method == "mean_variance":
        return _optimum(returns, outlook.expected * room.sides, outlook, room, gross, settings)
    ideal = _IDEALS[method](returns)
    if not outlook.costs.any() and _allowed(ideal * gross, room):
        return ideal
    covariance = prior.fit(returns).return_distribution_.covariance
    pull = 2 * aversion * np.sum(covariance * ideal, axis=1)
    return _optimum(returns, pull, outlook, room, gross, settings)


def _prior() -> Any:
    """Return moments whose covariance is positive definite, with more names than sessions too."""
    from skfolio.moments import LedoitWolf
    from skfolio.prior import EmpiricalPrior

    return EmpiricalPrior(covariance_estimator=LedoitWolf())


def _optimum(
    returns: FloatArray,
    gain: FloatArray,
    outlook: Outlook,
    room: Room,
    gross: float,
    settings: Mapping[str, Any],
) -> FloatArray:
    """Maximise gain'x less risk and costs over the shares x within the limits."""
    from skfolio.optimization import MeanRisk, ObjectiveFunction

    left, bounds = room.inequalities()
    fitted = MeanRisk(
        objective_function=ObjectiveFunction.MAXIMIZE_UTILITY,
        overwrite_expected_return=lambda shares: shares @ gain,
        min_weights=room.least / gross,
        max_weights=room.most / gross,
        left_inequality=left,
        right_inequality=bounds / gross,
        transaction_costs=outlook.costs,
        previous_weights=outlook.previous / gross,
        **{"solver": QUADRATIC_SOLVER, "scale_objective": OBJECTIVE_SCALE, **settings},
    ).fit(returns)
    return np.asarray(fitted.weights_, dtype=np.float64)


def _inverse_volatility(returns: FloatArray) -> FloatArray:
    shares = inverse_volatility(returns.std(axis=0, ddof=1))
    if shares is None:
        raise ValueError("expected names that move, found one that does not")
    return shares


def _risk_parity(returns: FloatArray) -> FloatArray:
    from skfolio.optimization import RiskBudgeting

    fitted = RiskBudgeting(prior_estimator=_prior(), solver=QUADRATIC_SOLVER).fit(returns)
    return np.asarray(fitted.weights_, dtype=np.float64)


def _hierarchical_risk_parity(returns: FloatArray) -> FloatArray:
    from skfolio.optimization import HierarchicalRiskParity

    fitted = HierarchicalRiskParity(prior_estimator=_prior()).fit(returns)
    return np.asarray(fitted.weights_, dtype=np.float64)


_IDEALS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "equal_risk": _inverse_volatility,
    "risk_parity": _risk_parity,
    "hrp": _hierarchical_risk_parity,
}


def _failures() -> tuple[type[Exception], ...]:
    """Return what an optimiser raises, or warns of, when figures defeat it."""
    from skfolio.exceptions import OptimizationError

    return (OptimizationError, ValueError, ArithmeticError, np.linalg.LinAlgError, Warning)


def _allowed(weights: FloatArray, room: Room) -> bool:
    left, bounds = room.inequalities()
    over = np.concatenate(
        [room.least - weights, weights - room.most, np.sum(left * weights, axis=1) - bounds]
    )
    return bool(np.isfinite(weights).all()) and bool((over <= TOLERANCE * room.budget).all())


def _within(weights: FloatArray, room: Room, gross: float) -> FloatArray | Unbuilt:
    """Clip the last digits of a solution to its bounds; anything further off is no solution."""
    if not _allowed(weights, room) or abs(float(weights.sum()) - gross) > TOLERANCE * room.budget:
        return Unbuilt(reason="the optimiser's book does not keep the limits")
    clipped: FloatArray = np.clip(weights, room.least, room.most)
    return clipped
