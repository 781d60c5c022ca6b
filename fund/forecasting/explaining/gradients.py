"""Which features, and which sessions, moved a net's score away from that of a name without any news."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.universe import IntArray
from fund.forecasting.families.nets.fitted import FittedNet
from fund.forecasting.families.nets.sequences import readable, windows
from fund.forecasting.families.nets.threads import one_thread
from fund.market.view import FloatArray

FEWEST_POINTS, MOST_POINTS = 16, 1024
TOLERANCE = 0.01
"""Share of the score's way, and least amount in scores, that contributions may miss it by."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attribution:
    """How a score came about, in scores; what is at the middle rank gives nothing."""

    cells: FloatArray
    """[steps, F] contribution of each feature in each session of the window, oldest first."""
    score: float
    neutral: float
    """Score of a name with every feature at the middle rank throughout."""
    points: int
    """Points between the two at which the gradient was taken."""

    @property
    def by_feature(self) -> FloatArray:
        """[F] contributions summed over the window."""
        return np.asarray(self.cells.sum(axis=0))

    @property
    def by_session(self) -> FloatArray:
        """[steps] contributions summed over the features, oldest first."""
        return np.asarray(self.cells.sum(axis=1))

    @property
    def gap(self) -> float:
        """What the contributions miss the way from `neutral` to `score` by."""
        return float(self.cells.sum() - (self.score - self.neutral))


def integrated_gradients(fitted: FittedNet, values: NDArray[np.float32], name: int) -> Attribution:
    """Attribute the score of column `name` in the last session of ranked features [T, N, F].

    The gradient is averaged along the straight line from middle ranks to the window, at Gauss-Legendre
    points, and more of them until the contributions add up to the score. `DataError` when they do not,
    or when the name has no score. Source: Sundararajan, Taly and Yan (2017), ICML 34.
    """
    x = last_window(fitted, values, name).astype(np.float64)
    points = FEWEST_POINTS
    while points <= MOST_POINTS:
        found = _attribution(fitted, x, points)
        if abs(found.gap) <= TOLERANCE * max(abs(found.score - found.neutral), TOLERANCE):
            return found
        points *= 2
    raise DataError(
        f"expected contributions that add up to {found.score - found.neutral:.4g}, found them "
        f"{found.gap:.2g} off at {found.points!r} points; this score has no explanation"
    )


def last_window(fitted: FittedNet, values: NDArray[np.float32], name: int) -> NDArray[np.float32]:
    """Return the window of a name that ends in the last session, [steps, F]; `DataError` without one."""
    fitted.expect_features(values)
    if not 0 <= name < values.shape[1]:
        raise DataError(f"expected a column below {values.shape[1]!r}, found {name!r}")
    recent = values[-fitted.steps :, name : name + 1]
    if not (len(recent) == fitted.steps and readable(recent, fitted.steps)[-1, 0]):
        raise DataError(
            f"expected features in half of {fitted.steps!r} sessions and in the last, found too few for "
            f"column {name!r}; the name has no score to explain"
        )
    last: IntArray = np.array([fitted.steps - 1])
    return np.asarray(windows(recent, last, np.zeros(1, dtype=np.int64), fitted.steps)[0])


def _attribution(fitted: FittedNet, x: FloatArray, points: int) -> Attribution:
    import torch

    at, weights = np.polynomial.legendre.leggauss(points)
    module = fitted.net.module(fitted.features, fitted.steps)
    module.load_state_dict({key: torch.from_numpy(each.copy()) for key, each in fitted.weights.items()})
    module.double()
    line = torch.from_numpy((at + 1.0)[:, None, None] / 2.0 * x).requires_grad_()
    ends = torch.from_numpy(np.stack([np.zeros_like(x), x]))
    with one_thread():
        (gradient,) = torch.autograd.grad(module(line).sum(), line)
        with torch.no_grad():
            neutral, score = module(ends).sum(dim=1).tolist()
    mean = np.tensordot(weights / 2.0, gradient.numpy(), axes=1)
    return Attribution(cells=mean * x, score=score, neutral=neutral, points=points)
