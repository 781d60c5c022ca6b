"""How large one position may be: each rule a formula of its own, with its source.

Every function answers None where an input is missing or is no number: not knowing is never a weight of
zero. Weights are magnitudes, fractions of equity, unrounded.
"""

import math

import numpy as np

from fund.market.view import FloatArray

SESSIONS_PER_YEAR = 252


def shrunk_probability(
    probability: float, base_rate: float, *, sample: int, prior_sample: int
) -> float | None:
    """Return a probability drawn towards a base rate: (n p + k r) / (n + k), k = `prior_sample`.

    The posterior mean of a beta prior that weighs as much as k samples. With nothing to go by, n = k = 0,
    it is the base rate.
    """
    if not (_is_probability(probability) and _is_probability(base_rate)) or min(sample, prior_sample) < 0:
        return None
    known = sample + prior_sample
    if not known:
        return base_rate
    return base_rate + (probability - base_rate) * (sample / known)


def break_even(payoff: float) -> float | None:
    """Return the probability at which a bet with this payoff is worth nothing: 1 / (1 + b)."""
    return 1 / (1 + payoff) if math.isfinite(payoff) and payoff > 0 else None


def kelly_weight(
    probability: float, payoff: float, *, fraction: float, cap: float, sample: int, prior_sample: int
) -> float | None:
    """Return fraction * f*, between 0 and `cap`, with f* = p - (1 - p) / b.

    p is drawn towards the break-even probability of the payoff b first, because p is an estimate: a
    forecaster without a record has no edge, and n samples of record keep n / (n + k) of it. The whole
    weight counts as the stake, which is cautious: a fall seldom takes all of it. Sources: Kelly (1956), "A
    New Interpretation of Information Rate"; Thorp (2006), "The Kelly Criterion in Blackjack, Sports
    Betting, and the Stock Market"; Baker and McHale (2013), "Optimal Betting Under Parameter
    Uncertainty: Improving the Kelly Criterion", which shrinks the bet by a factor likewise.
    """
    fair = break_even(payoff)
    if fair is None or not (_is_amount(fraction) and _is_amount(cap)):
        return None
    believed = shrunk_probability(probability, fair, sample=sample, prior_sample=prior_sample)
    if believed is None:
        return None
    edge = believed - (1 - believed) / payoff
    return min(max(fraction * edge, 0.0), cap)


def atr_weight(price: float, atr: float, *, multiple: float, risk: float) -> float | None:
    """Return the weight whose stop, `multiple` ATR away, loses `risk` of equity: risk * price / (k ATR).

    Source: the percent-volatility rule of Tharp (1998), "Trade Your Way to Financial Freedom", on
    Wilder's (1978) average true range. A gap through the stop loses more.
    """
    if not all(math.isfinite(x) and x > 0 for x in (price, atr, multiple)) or not _is_amount(risk):
        return None
    return risk * price / (multiple * atr)


def annual_volatility(returns: FloatArray) -> float | None:
    """Return the annualised standard deviation of daily returns, shape [sessions]; None below two."""
    if len(returns) < 2 or not bool(np.isfinite(returns).all()):
        return None
    return float(returns.std(ddof=1)) * math.sqrt(SESSIONS_PER_YEAR)


def volatility_scale(
    moving: FloatArray, resting: FloatArray, target: float, *, ceiling: float = 1.0
) -> float | None:
    """Return the largest s up to `ceiling` at which resting + s * moving keeps the annual target.

    Both are daily returns of parts of the book, shape [sessions], in fractions of equity: `moving` is what
    is proposed, `resting` what stays held whatever is decided. Without anything resting it is
    min(ceiling, target / volatility). Where no s keeps the target, the s of least variance. Source: Moreira
    and Muir (2017), "Volatility-Managed Portfolios".
    """
    series = (moving, resting)
    if len(moving) != len(resting) or len(moving) < 2 or not _is_amount(target) or not _is_amount(ceiling):
        return None
    if not all(bool(np.isfinite(part).all()) for part in series):
        return None
    m, r = (part - part.mean() for part in series)
    n = len(m) - 1
    a, b, c = (float(np.sum(x * y)) / n for x, y in ((m, m), (m, r), (r, r)))
    room = target**2 / SESSIONS_PER_YEAR - c
    if a <= 0:
        return ceiling
    inside = b * b + a * room
    wanted = (math.sqrt(inside) - b) / a if inside >= 0 else -b / a
    return min(max(wanted, 0.0), ceiling)


def inverse_volatility(volatility: FloatArray) -> FloatArray | None:
    """Return shares that sum to 1, each one over the name's volatility; shape [names].

    Every name then carries the same risk where all correlations are equal; where they are not, this is
    the approximation of equal risk contributions that needs no correlation. Source: Maillard, Roncalli
    and Teiletche (2010), "The Properties of Equally Weighted Risk Contribution Portfolios".
    """
    if not len(volatility) or not bool((np.isfinite(volatility) & (volatility > 0)).all()):
        return None
    shares: FloatArray = volatility.min() / volatility
    shares /= shares.sum()
    return shares


def _is_probability(value: float) -> bool:
    return math.isfinite(value) and 0 <= value <= 1


def _is_amount(value: float) -> bool:
    return math.isfinite(value) and value >= 0
