"""How likely the sizes that a search chose were the luckiest, and not the best."""

from collections.abc import Sequence

import numpy as np

from fund.forecasting.tuning.study import JudgedSizes
from fund.metrics.overfitting import PARTS, Overfitting, backtest_overfitting

LEAST_PARTS = 4


def overfitting_of(judged: Sequence[JudgedSizes], horizon_sessions: int) -> Overfitting | None:
    """Return the probability that the best sizes of one half of the inner sessions are poor in the other.

    By the daily rank ICs that the search went by, of sizes judged whole on the same sessions; those given up
    count with none, so the figure is of the better ones. Blocks are no shorter than the horizon, for at their
    edges outcomes overlap. None below two such sizes, or where there are too few sessions for four blocks.
    """
    longest = max((len(each.daily) for each in judged), default=0)
    daily = [each.daily for each in judged if each.end == "judged" and len(each.daily) == longest]
    blocks = min(PARTS, longest // max(2, horizon_sessions)) // 2 * 2
    if len(daily) < 2 or blocks < LEAST_PARTS:
        return None
    return backtest_overfitting(np.array(daily).T, parts=blocks)
