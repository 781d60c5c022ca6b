"""Whether a book grew while its breaker forbade it: losses and falls are worked out from the book alone."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise, takewhile
from math import sqrt
from typing import Literal

import numpy as np

from fund.metrics.returns import SESSIONS_A_YEAR
from fund.risk.breaker import BreakerLevels

Standing = Literal["closed", "reducing", "open"]
ORDER: Sequence[Standing] = ("closed", "reducing", "open")


def standings(equity: Sequence[Decimal], levels: BreakerLevels) -> tuple[Standing, ...]:
    """Return how the breaker stood at the decision of each close.

    Losses and falls from the peak tighten it, as the mandate says. The stand-in for the owner resumes
    after the first decision at whose close every level of the mandate is met: the fall, so many winning
    sessions in a row, and the Sharpe ratio, both since the breaker tightened. What else can stop a desk
    (orders that come to nothing, missing prices) cannot be seen in a book, and is not looked for.
    """
    values = [float(each / equity[0]) for each in equity]
    found: list[Standing] = []
    now: Standing = "closed"
    changed, peak = 0, 1.0
    for place, value in enumerate(values):
        peak = max(peak, value)
        fall = 1.0 - value / peak
        tripped = _tripped(fall, _loss(values, place), levels)
        if ORDER.index(tripped) > ORDER.index(now):
            now, changed = tripped, place
        found.append(now)
        if now != "closed" and _is_over(values[changed : place + 1], fall, levels):
            now, changed = "closed", place
    return tuple(found)


def _tripped(fall: float, loss: float, levels: BreakerLevels) -> Standing:
    if fall >= levels.drawdown or loss >= levels.daily_loss:
        return "open"
    return "reducing" if fall >= levels.reduce_drawdown else "closed"


def _loss(values: Sequence[float], place: int) -> float:
    return 1.0 - values[place] / values[place - 1] if place else 0.0


def _is_over(since: Sequence[float], fall: float, levels: BreakerLevels) -> bool:
    """Return whether every level is met by the closes since the breaker tightened."""
    returns = [after / before - 1.0 for before, after in pairwise(since)]
    wins = sum(1 for _ in takewhile(lambda each: each > 0, reversed(returns)))
    window = np.array(returns[-levels.resume_sharpe_sessions :])
    if fall >= levels.resume_drawdown or wins < levels.resume_winning_sessions:
        return False
    if len(window) < levels.resume_sharpe_sessions or window.std(ddof=1) <= 0:
        return False
    sharpe = float(window.mean() / window.std(ddof=1)) * sqrt(SESSIONS_A_YEAR)
    return sharpe > levels.resume_sharpe
