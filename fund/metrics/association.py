"""How often something came with a sign and how often without it: precision, recall and lift."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fund.metrics.inference import Z_95, Interval, share_interval

WIDEST = 1e8
"""A ratio of risks beyond this is infinite."""
HALVINGS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """Cases with and without a sign, and how many of each came to the end it warned of."""

    signed: int
    """Cases with the sign."""
    signed_ended: int
    """Those of them that came to that end."""
    others: int
    others_ended: int

    @property
    def n(self) -> int:
        """Return how many cases there are."""
        return self.signed + self.others

    @property
    def precision(self) -> Interval | None:
        """Return the share of signs that were right (Wilson); None without a sign."""
        return share_interval(self.signed_ended, self.signed)

    @property
    def recall(self) -> Interval | None:
        """Return the share of ends that were warned of (Wilson); None without an end."""
        return share_interval(self.signed_ended, self.signed_ended + self.others_ended)

    @property
    def base_rate(self) -> Interval | None:
        """Return the share of all cases that came to that end (Wilson); None without a case."""
        return share_interval(self.signed_ended + self.others_ended, self.n)

    @property
    def lift(self) -> Interval | None:
        """Return precision over base rate, 1 where the sign says nothing; None where it cannot be told.

        With the number of signs given, lift rises with the ratio of the two risks, so the score interval
        of that ratio carries over and holds 1 exactly where the other does.
        """
        ended = self.signed_ended + self.others_ended
        if not (self.signed and self.others and ended):
            return None
        low, high = ratio_bounds(self.signed_ended, self.signed, self.others_ended, self.others)
        part = self.signed / self.n
        value = (self.signed_ended / self.signed) / (ended / self.n)
        return Interval(value=value, low=_lift(low, part), high=_lift(high, part), n=self.n)

    @property
    def p_value(self) -> float:
        """Return the probability of a table at least as unlikely if the sign said nothing.

        Source: Fisher (1934), Statistical Methods for Research Workers, 5th ed., section 21.02.
        """
        ended = self.signed_ended + self.others_ended
        whole = math.comb(self.n, ended)
        chances = [
            math.comb(self.signed, k) * math.comb(self.others, ended - k)
            for k in range(max(0, ended - self.others), min(self.signed, ended) + 1)
        ]
        own = math.comb(self.signed, self.signed_ended) * math.comb(self.others, self.others_ended)
        return sum(chance for chance in chances if chance <= own) / whole


def ratio_bounds(ended: int, n: int, others_ended: int, others: int) -> tuple[float, float]:
    """Return the 95 % score interval of the ratio of two risks; it may begin at 0 and end at infinity.

    Unlike the interval on the logarithm it needs no cell above zero. Source: Koopman (1984), "Confidence
    Intervals for the Ratio of Two Binomial Proportions", Biometrics 40; the constrained estimate as in
    Miettinen and Nurminen (1985), "Comparative analysis of two rates", Statistics in Medicine 4.
    """
    counts = (ended, n, others_ended, others)
    if not ended and not others_ended:
        return 0.0, math.inf
    middle = math.inf if not others_ended else (ended / n) / (others_ended / others)
    low = 0.0 if not ended else _crossing(counts, 1 / WIDEST, min(middle, WIDEST))
    high = math.inf if not others_ended else _crossing(counts, WIDEST, max(middle, 1 / WIDEST))
    return low, high


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values adjusted for how many were looked at, in their order.

    Source: Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6.
    """
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[at]))
        adjusted[at] = highest
    return tuple(adjusted)


def _lift(ratio: float, part: float) -> float:
    return 1.0 / part if math.isinf(ratio) else ratio / (part * ratio + 1.0 - part)


def _crossing(counts: tuple[int, int, int, int], outside: float, inside: float) -> float:
    """Return where the score statistic crosses its 95 % point between a ratio beyond it and one within."""
    for _ in range(HALVINGS):
        middle = math.sqrt(outside * inside)
        if _score(counts, middle) > Z_95**2:
            outside = middle
        else:
            inside = middle
    return inside


def _score(counts: tuple[int, int, int, int], ratio: float) -> float:
    """Return the squared score statistic of one ratio of risks."""
    ended, n, others_ended, others = counts
    total, both = n + others, ended + others_ended
    b = ended + others + ratio * (others_ended + n)
    root = math.sqrt(max(b * b - 4.0 * ratio * total * both, 0.0))
    below = min(2.0 * both / (b + root), 1.0)
    above = min(ratio * below, 1.0)
    spread = above * (1.0 - above) / n + ratio**2 * below * (1.0 - below) / others
    apart = ended / n - ratio * others_ended / others
    if spread <= 0.0:
        return 0.0 if abs(apart) < 1e-12 else math.inf
    return apart * apart / spread
