"""What several trials of the same case say: whether all of them pass, and whether they agree."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.paired import checked_scores

FloatArray = NDArray[np.float64]


def pass_all(passed: FloatArray, k: int) -> FloatArray:
    """Return for each case the chance that k trials of it all pass, [cases]; `mean_interval` sums it up.

    `passed` is 1 or 0 by case and trial, NaN where not scorable: [cases, trials]. Of n scorable trials of
    which c passed it is C(c, k) / C(n, k), which is right on average; NaN where n < k. Source: Yao et al.
    (2024), "tau-bench", arXiv:2406.12045, where it is called pass^k.
    """
    known = np.isfinite(checked_scores(passed))
    found = passed[known]
    if k < 1 or not np.isin(found, (0.0, 1.0)).all():
        raise DataError(f"expected passes of 0 or 1 and at least one trial, found {np.unique(found)}, k={k}")
    n, c = known.sum(axis=1), np.where(known, passed, 0.0).sum(axis=1).astype(np.int64)
    shares = [
        math.comb(int(ours), k) / math.comb(int(all_), k) if all_ >= k else math.nan
        for ours, all_ in zip(c, n, strict=True)
    ]
    return np.array(shares, dtype=np.float64)


def agreements(answers: Sequence[Sequence[str | None]]) -> FloatArray:
    """Return for each case how often two trials of it answer the same, [cases]; NaN below two answers.

    None is no answer and is not counted. Source: the agreement within an item of Fleiss (1971), "Measuring
    nominal scale agreement among many raters", Psychological Bulletin 76.
    """
    return np.array([_agreement([word for word in trials if word is not None]) for trials in answers])


def _agreement(words: Sequence[str]) -> float:
    pairs = len(words) * (len(words) - 1)
    same = sum(count * (count - 1) for count in Counter(words).values())
    return same / pairs if pairs else math.nan
