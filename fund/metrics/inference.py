"""How far a mean or a share may be off, also when neighbouring samples overlap."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError

FloatArray = NDArray[np.float64]

Z_95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""
MINIMUM = 20
"""Fewer samples state nothing: an interval from a handful of overlapping ones is far too narrow."""
MINIMUM_BLOCKS = 5
LEAST_MEMORIES = 3
"""Samples without overlap that there must be: of one or two of them no interval is wide enough."""
COSINES_A_MEMORY = 0.25
"""Cosines per sample without overlap: more of them see the overlap as if it were short-lived noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A statistic with what it rests on: nothing is reported without its size and its interval."""

    value: float
    low: float
    high: float
    """Bounds of the 95 % interval."""
    n: int
    """Sample size, in the unit the statistic is computed over (sessions for an IC)."""


def newey_west_error(samples: FloatArray, lag: int) -> float:
    """Return the standard error of the mean of a serially correlated series, shape [n], n >= 2.

    Bartlett weights up to `lag` keep the variance non-negative; n / (n - 1) corrects for the fitted mean.
    Source: Newey and West (1987), "A simple, positive semi-definite, heteroskedasticity and
    autocorrelation consistent covariance matrix", Econometrica 55.
    """
    n = len(samples)
    centred = samples - samples.mean()
    total = float(np.sum(centred * centred))  # not a dot product: BLAS sums by the number of its threads
    for k in range(1, min(lag, n - 1) + 1):
        total += 2.0 * (1.0 - k / (lag + 1.0)) * float(np.sum(centred[k:] * centred[:-k]))
    return math.sqrt(max(total, 0.0) / n / (n - 1))


def mean_error(samples: FloatArray, lag: int) -> tuple[float, int]:
    """Return the standard error of the mean of a serially correlated series, [n], and its degrees of freedom.

    The error is taken from the slowest cosines of the series, the fewer the further its memory reaches; a
    mean over it follows Student's distribution with as many degrees as there are cosines. Newey and West's
    error with the overlap as its lag and a normal quantile calls 10 to 15 of 100 means of nothing
    significant at 5 %, overlapping by 5 to 20: Bartlett's weights leave out a third of the covariance, and
    the error's own noise is not allowed for. This one calls 5 to 6. Without memory it is the textbook's.
    Sources: Müller (2004), "A theory of robust long-run variance estimation"; Lazarus, Lewis, Stock and
    Watson (2018), "HAR inference: recommendations for practice", Journal of Business & Economic Statistics
    36, for the number of cosines.
    """
    n = len(samples)
    centred = samples - samples.mean()
    if lag < 1:
        return math.sqrt(float(np.sum(centred * centred)) / n / (n - 1)), n - 1
    count = freedom_of(n, lag)
    slowest = _cosine_transform(centred)[1 : count + 1]
    return math.sqrt(float(np.sum(slowest * slowest)) * 2.0 / n / count / n), count


def freedom_of(n: int, lag: int) -> int:
    """Return the degrees of freedom of `mean_error` of so many samples."""
    if lag < 1:
        return n - 1
    return max(2, min(int(COSINES_A_MEMORY * n / lag), int(0.4 * n ** (2.0 / 3.0))))


def mean_interval(samples: FloatArray, *, lag: int) -> Interval | None:
    """Return the mean of the finite samples with its 95 % interval; None below 20 of them, or 3 times `lag`.

    Use the forecast horizon as `lag`: labels of neighbouring sessions share that many days. How the interval
    allows for it is `mean_error`.
    """
    finite = samples[np.isfinite(samples)]
    if len(finite) < least_samples(lag):
        return None
    error, freedom = mean_error(finite, lag)
    mean, reach = float(finite.mean()), student_95(freedom) * error
    return Interval(value=mean, low=mean - reach, high=mean + reach, n=len(finite))


def interval_error(interval: Interval, lag: int) -> tuple[float, int]:
    """Return the standard error that an interval of `mean_interval` was made of, and its degrees of freedom.

    `lag` is the one it was made with.
    """
    freedom = freedom_of(interval.n, lag)
    return (interval.high - interval.low) / 2.0 / student_95(freedom), freedom


def chance_of(interval: Interval, lag: int) -> float:
    """Return the two-sided p-value of a mean of 0, given an interval of `mean_interval` with `lag`.

    It is 0.05 where a bound is 0. Of samples that are all alike it is 0, or 1 where they are 0.
    """
    from scipy.special import stdtr

    error, freedom = interval_error(interval, lag)
    if error == 0.0:
        return 1.0 if interval.value == 0.0 else 0.0
    return float(2.0 * stdtr(freedom, -abs(interval.value) / error))


def least_samples(lag: int) -> int:
    """Return how many finite samples `mean_interval` asks for."""
    return max(MINIMUM, LEAST_MEMORIES * lag)


def newey_west_interval(samples: FloatArray, *, lag: int) -> Interval | None:
    """Return the mean with Newey and West's error and a normal quantile; None below 20 finite samples.

    For samples of which neighbours resemble each other a little. Where they overlap by the whole lag it is
    too narrow, and `mean_interval` is the one to use.
    """
    finite = samples[np.isfinite(samples)]
    if len(finite) < MINIMUM:
        return None
    mean, reach = float(finite.mean()), Z_95 * newey_west_error(finite, lag)
    return Interval(value=mean, low=mean - reach, high=mean + reach, n=len(finite))


def block_interval(samples: FloatArray, *, block: int, gap: int) -> Interval | None:
    """Return the mean over blocks of samples with `gap` left out between them; None below 5 blocks.

    The plainest answer to overlapping labels: a gap of a horizon less one makes neighbouring blocks share no
    label, and the mean of their means over its textbook error is Student's t. Without a gap they share the
    labels at their edges, and 8 to 10 of 100 means of nothing are significant at 5 %. The blocks end with
    the last sample; `n` is their number.
    """
    if block < 1 or gap < 0:
        raise DataError(f"expected blocks of at least a sample and a gap from 0, found {block!r} and {gap!r}")
    finite = samples[np.isfinite(samples)]
    ends = np.arange(len(finite), block - 1, -(block + gap))[::-1]
    if len(ends) < MINIMUM_BLOCKS:
        return None
    means = np.array([finite[end - block : end].mean() for end in ends])
    error, freedom = mean_error(means, 0)
    mean, reach = float(means.mean()), student_95(freedom) * error
    return Interval(value=mean, low=mean - reach, high=mean + reach, n=len(means))


def student_95(freedom: int) -> float:
    """Return the two-sided 95 % quantile of Student's distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def _cosine_transform(values: FloatArray) -> FloatArray:
    """Return sums of values times cos(pi j (t + 1/2) / n) for j = 0 ... n - 1 (DCT-II), by one FFT.

    Source: Makhoul (1980), "A fast cosine transform in one and two dimensions", IEEE Transactions on
    Acoustics, Speech and Signal Processing 28.
    """
    n = len(values)
    spectrum = np.fft.fft(np.concatenate([values[::2], values[1::2][::-1]]))
    turned: FloatArray = (spectrum * np.exp(-0.5j * np.pi * np.arange(n) / n)).real
    return turned


def share_interval(successes: int, n: int) -> Interval | None:
    """Return a share of n trials with its score interval; None of no trials.

    Source: Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference",
    Journal of the American Statistical Association 22.
    """
    if not 0 <= successes <= n:
        raise DataError(f"expected successes from 0 to the number of trials, found {successes!r} of {n!r}")
    if n == 0:
        return None
    share, spread = successes / n, Z_95**2 / n
    centre = (share + spread / 2) / (1 + spread)
    reach = Z_95 / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = max(min(centre - reach, share), 0.0), min(max(centre + reach, share), 1.0)
    return Interval(value=share, low=low, high=high, n=n)
