"""Why a forecaster scores a name as it does: one answer, be it trees, a linear rule or a net."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.explaining import gradients
from fund.forecasting.explaining.attention import attention_map
from fund.forecasting.explaining.contributions import Contributions, contributions
from fund.forecasting.explaining.reasons import TOP, Reason, reasons
from fund.forecasting.explaining.window import Window, window_of
from fund.forecasting.families.nets.fitted import FittedNet
from fund.forecasting.families.nets.sequences import readable

Method = Literal["exact contributions", "integrated gradients", "weighted members"]
ROUNDING = 1e-12
"""Parts no further from the whole are it, but for the arithmetic of floats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One name's score told apart; everything is in the score's own units."""

    method: Method
    start: float
    """Score of a name of which nothing is known (trees, rules), or all at the middle rank (nets)."""
    score: float
    """As the forecaster gave it."""
    reasons: tuple[Reason, ...]
    """The five features that moved it most, the largest first; of a net summed over its window."""
    others: int
    """How many more features moved it, and by how much together."""
    others_added: float
    gap: float
    """What start and all features together miss the score by; more than the method allows is refused."""
    told: str
    """What adds up to the score, and how closely."""
    window: Window | None = None
    """Of a net that reads a sequence."""


def explain(
    fitted: object,
    values: NDArray[np.float32],
    column: int,
    *,
    features: tuple[str, ...],
    sessions: Sequence[date],
) -> Explanation | None:
    """Explain a name's score in the last session of ranked features [T, N, F]; None without a view.

    `sessions` are those of the rows. `DataError` for a forecaster that cannot be told apart, or whose parts
    do not add up to its score.
    """
    if isinstance(fitted, FittedNet):
        return _of_net(fitted, values, column, features, sessions)
    found = contributions(fitted, values[-1, [column]], features)
    return _told("exact contributions", found, values[-1, column])


def _of_net(
    fitted: FittedNet,
    values: NDArray[np.float32],
    column: int,
    features: tuple[str, ...],
    sessions: Sequence[date],
) -> Explanation | None:
    own = values[-fitted.steps :, [column]]
    fitted.expect_features(own)
    if not readable(own, fitted.steps)[-1, 0]:
        return None
    found, score = gradients.integrated_gradients(fitted, own, 0), float(fitted.score(own)[-1, 0])
    apart = abs(found.gap) + abs(score - found.score)
    most = gradients.TOLERANCE * max(abs(score - found.neutral), gradients.TOLERANCE)
    if apart > 2.0 * most:
        raise DataError(
            f"expected contributions that add up to the score {score:.4g}, found them {apart:.2g} off; "
            "explain with the net that scored"
        )
    parts = Contributions(
        features=features,
        added=found.by_feature[None],
        start=np.array([found.neutral]),
        scores=np.array([score]),
    )
    window = window_of(
        sessions[-fitted.steps :],
        found.by_session.tolist(),
        attention_map(fitted, own, 0).tolist() if fitted.attends else None,
    )
    return _told("integrated gradients", parts, own[-1, 0], window)


def _told(
    method: Method, found: Contributions, ranks: NDArray[np.float32], window: Window | None = None
) -> Explanation | None:
    score = float(found.scores[0])
    if not np.isfinite(score):
        return None
    every = reasons(found, 0, ranks.astype(np.float64), count=len(found.features))
    return explained(method, every, float(found.start[0]), score, window)


def explained(
    method: Method, every: Sequence[Reason], start: float, score: float, window: Window | None = None
) -> Explanation:
    """Return a score told apart into all its parts, the largest first."""
    top, rest = every[:TOP], every[TOP:]
    others = sum(each.added for each in rest)
    gap = start + sum(each.added for each in top) + others - score
    what = "members" if method == "weighted members" else "features"
    more = f", {len(rest)} other {what} {_signed(others)}" if rest else ""
    largest = f"the {len(top)} largest {_signed(sum(each.added for each in top))}"
    return Explanation(
        method=method,
        start=start,
        score=score,
        reasons=tuple(top),
        others=len(rest),
        others_added=others,
        gap=gap,
        told=f"Start {_signed(start)}, {largest}{more}: score {_signed(score)}{_apart(gap)} ({method}).",
        window=window,
    )


def _signed(amount: float) -> str:
    """Return an amount with its sign; what rounds to nothing has none below."""
    return f"{round(amount, 3) + 0.0:+.3f}"


def _apart(gap: float) -> str:
    """Say how far parts and whole are apart, to one digit; nothing where they are not."""
    return f", {abs(gap):.1g} apart" if abs(gap) > ROUNDING else ""
