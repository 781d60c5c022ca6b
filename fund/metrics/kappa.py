"""How far two raters agree beyond chance."""

from collections import Counter
from collections.abc import Sequence

from fund.errors import DataError
from fund.metrics.inference import Interval, share_interval

FEWEST = 10
"""Fewer cases rated twice say nothing of two raters."""


def cohen_kappa(first: Sequence[str | None], second: Sequence[str | None]) -> Interval | None:
    """Return Cohen's kappa of two raters of the same cases, None where one did not rate, with its interval.

    1 is full agreement, 0 what raters with the same habits reach blindly. The interval is the score interval
    of the share they agree in, with the agreement by chance as found: unlike the usual one it keeps its
    width where they agree in every case. None below 10 cases rated twice, or where both use one word only,
    so that there is nothing to agree on. Source: Cohen (1960), "A coefficient of agreement for nominal
    scales", Educational and Psychological Measurement 20, whose interval it is but for Wilson's bounds.
    """
    if len(first) != len(second):
        raise DataError(f"expected the same cases twice, found {len(first)} and {len(second)}")
    pairs = [(one, other) for one, other in zip(first, second, strict=True) if None not in (one, other)]
    agreed = share_interval(sum(one == other for one, other in pairs), len(pairs))
    if agreed is None or len(pairs) < FEWEST:
        return None
    ours, theirs = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(ours[word] * theirs[word] for word in ours) / len(pairs) ** 2
    if by_chance >= 1.0:
        return None
    value, low, high = (
        (share - by_chance) / (1.0 - by_chance) for share in (agreed.value, agreed.low, agreed.high)
    )
    return Interval(value=value, low=low, high=high, n=len(pairs))
