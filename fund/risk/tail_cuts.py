"""Cuts on what the book may lose in one session: VaR, and the mean loss beyond it."""

from decimal import Decimal
from typing import Literal

import numpy as np

from fund.market.view import FloatArray
from fund.metrics.tail import TailRisk, tail_risk, tails
from fund.risk.buckets import UNLIMITED
from fund.risk.cuts import Cut, Weights, frozen_part, kept_part, movable_part, reasoned
from fund.risk.limits import ReviewContext, RiskLimits
from fund.risk.market_risk import BELOW_ONE, MarketRisk, shrunk
from fund.risk.measures import as_held, as_it_would_stand, measured_room, tail_of

TailName = Literal["var", "cvar"]
GRID, FITTED_GRID = 32, 8
"""Scales that are tried; the fewer where each takes the fit of a GARCH."""
HALVINGS = 8
PULL = 0.98
TRIES = 64


def cut_max_var(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Scale what may move until the value at risk fits."""
    return _cut_tail("var", limits.max_var, weights, limits, context)


def cut_max_cvar(weights: Weights, limits: RiskLimits, context: ReviewContext) -> Cut:
    """Scale what may move until the mean loss beyond the value at risk fits."""
    return _cut_tail("cvar", limits.max_cvar, weights, limits, context)


def _cut_tail(
    which: TailName, cap: Decimal, weights: Weights, limits: RiskLimits, context: ReviewContext
) -> Cut:
    """Scale the measured names that may move by the largest scale that fits, alike.

    Where nothing fits, because what cannot be traded is too much by itself, the scale with the least
    risk is taken and nothing may grow.
    """
    market = context.market
    if market is None or cap >= UNLIMITED:
        return {}
    now = tail_of(as_it_would_stand(weights, context), limits, market)
    if now is None or _figure(which, now) <= cap:
        return {}
    held = tail_of(as_held(weights, context), limits, market)
    room, below = measured_room(cap, 0.0 if held is None else _figure(which, held), context)
    moving = {t: w for t, w in movable_part(weights, context).items() if t in market.column}
    search = _Search(which, market, limits, frozen_part(weights, context), float(room))
    scale, fits = search.scale(moving)
    reason = f"{_told(which, now, limits)} may not exceed {cap:.2%} of equity, was {_figure(which, now):.2%}"
    if not fits:
        kept = kept_part(moving, context)
        smaller = {t: min(kept[t], w, key=abs) for t, w in shrunk(moving, scale).items()}
        return reasoned(smaller, f"{reason}; what cannot be traded is above that by itself")
    return reasoned(
        search.rounded(moving, scale),
        reason + (f"; the book is above that, so down to {room:.2%}" if below else ""),
    )


def _figure(which: TailName, tail: TailRisk) -> float:
    return tail.var if which == "var" else tail.cvar


def _told(which: TailName, tail: TailRisk, limits: RiskLimits) -> str:
    how = f"{tail.method}, {tail.sample} sessions" + (f"; {tail.fallback}" if tail.fallback else "")
    name = "VaR" if which == "var" else "CVaR"
    return f"{name} over one session at {limits.var_confidence:.1%} ({how})"


class _Search:
    """Looks for the largest scale of what may move at which the tail of the book fits."""

    def __init__(
        self, which: TailName, market: MarketRisk, limits: RiskLimits, fixed: Weights, room: float
    ) -> None:
        self._place = 0 if which == "var" else 1
        self._market, self._limits, self._room = market, limits, room
        self._fixed: FloatArray = market.returns @ market.exposures(fixed)

    def scale(self, moving: Weights) -> tuple[float, bool]:
        """Return the scale and whether the book fits with it.

        A tail is homogeneous: with nothing fixed the scale is the ratio of cap and figure. With names that
        stay, some of which the others may hedge, it need not fall with the scale, so a grid is tried.
        """
        path = self._path(moving)
        if not self._fixed.any():
            risk = float(self._risks(path[None, :])[0])
            return (min(self._room / risk, BELOW_ONE) if risk > 0 else BELOW_ONE), True
        grid = np.linspace(0.0, 1.0, 1 + (FITTED_GRID if self._limits.var_method == "garch" else GRID))
        risks = self._risks(grid[:, None] * path + self._fixed)
        fitting = np.flatnonzero(risks[:-1] <= self._room)
        if not len(fitting):
            best = int(np.argmin(risks))
            return (float(grid[best]) if risks[best] < 0.99 * risks[-1] else 1.0), False
        low, high = grid[fitting[-1]], grid[fitting[-1] + 1]
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            fits = self._risks((middle * path + self._fixed)[None, :])[0] <= self._room
            low, high = (middle, high) if fits else (low, middle)
        return min(float(low), BELOW_ONE), True

    def rounded(self, moving: Weights, scale: float) -> dict[str, Decimal]:
        """Return weights in whole basis points that fit: rounding a hedge may take a little more of all."""
        for _ in range(TRIES):
            smaller = shrunk(moving, scale)
            if self._risks((self._path(smaller) + self._fixed)[None, :])[0] <= self._room:
                return smaller
            scale *= PULL
        return smaller

    def _path(self, weights: Weights) -> FloatArray:
        path: FloatArray = self._market.returns @ self._market.exposures(weights)
        return path

    def _risks(self, paths: FloatArray) -> FloatArray:
        confidence, method = float(self._limits.var_confidence), self._limits.var_method
        if method != "garch":
            return tails(paths, confidence, method)[self._place]
        found = [tail_risk(path, confidence, method) for path in paths]
        return np.array([np.inf if t is None else (t.var, t.cvar)[self._place] for t in found])
