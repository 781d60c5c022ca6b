"""Rolling windows over [T, N] columns, written as loops for a compiler; call them through `technical`.

Every kernel recomputes each window from its own values, oldest first. There is no running sum, so no
rounding error travels from one session to the next: a value is the same to the bit whatever came
before its window or after it. NaN is skipped; a window with fewer than `minimum` values yields NaN.
Where all values of a window are alike, `alike` says so and their mean is that value: 20 times 0.1 over 20 is
another, and what it is off by would pass for a deviation.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def alike(x: FloatArray, y: FloatArray, window: int) -> FloatArray:
    """[T, N]: the value that all of a window are where y is there too; NaN where two differ."""
    rows, columns = x.shape
    out = np.full((rows, columns), np.nan)
    newest = np.full(columns, np.nan)
    seen = np.full(columns, -1)
    since = np.zeros(columns)
    for t in range(rows):
        first = max(0, t - window + 1)
        for j in range(columns):
            v = x[t, j]
            if v == v and y[t, j] == y[t, j]:
                if v != newest[j]:
                    since[j] = seen[j] + 1.0
                    newest[j] = v
                seen[j] = t
            if since[j] <= first:
                out[t, j] = newest[j]
    return out


def moments(x: FloatArray, same: FloatArray, window: int, minimum: int) -> FloatArray:
    """[2, T, N]: mean and sample standard deviation."""
    rows, columns = x.shape
    out = np.full((2, rows, columns), np.nan)
    for t in range(rows):
        first = max(0, t - window + 1)
        total = np.zeros(columns)
        count = np.zeros(columns)
        for s in range(first, t + 1):
            for j in range(columns):
                v = x[s, j]
                total[j] += v if v == v else 0.0
                count[j] += 1.0 if v == v else 0.0
        mean = np.where(same[t] == same[t], same[t], total / np.maximum(count, 1.0))
        square = np.zeros(columns)
        for s in range(first, t + 1):
            for j in range(columns):
                d = x[s, j] - mean[j]
                square[j] += d * d if d == d else 0.0
        for j in range(columns):
            if count[j] >= minimum:
                out[0, t, j] = mean[j]
                out[1, t, j] = np.sqrt(square[j] / (count[j] - 1.0)) if count[j] > 1.0 else np.nan
    return out


def extremes(x: FloatArray, window: int, minimum: int) -> FloatArray:
    """[4, T, N]: lowest value, highest value, and how many sessions ago each was last seen."""
    rows, columns = x.shape
    out = np.full((4, rows, columns), np.nan)
    for t in range(rows):
        low = np.full(columns, np.inf)
        high = np.full(columns, -np.inf)
        low_age = np.zeros(columns)
        high_age = np.zeros(columns)
        count = np.zeros(columns)
        for s in range(max(0, t - window + 1), t + 1):
            for j in range(columns):
                v = x[s, j]
                count[j] += 1.0 if v == v else 0.0
                if v <= low[j]:
                    low[j] = v
                    low_age[j] = t - s
                if v >= high[j]:
                    high[j] = v
                    high_age[j] = t - s
        for j in range(columns):
            if count[j] >= minimum:
                out[0, t, j] = low[j]
                out[1, t, j] = high[j]
                out[2, t, j] = low_age[j]
                out[3, t, j] = high_age[j]
    return out


def pair(
    x: FloatArray,
    y: FloatArray,
    same_x: FloatArray,
    same_y: FloatArray,
    on_time: bool,
    window: int,
    minimum: int,
) -> FloatArray:
    """[4, T, N]: correlation, slope of x on y, residual deviation, and the last value's residual.

    With `on_time` neither y nor `same_y` is read: the regressor is the age of each session, 0 for the current
    one. Residuals are about the fitted line, their deviation with n - 2. Zero spread in y leaves all four
    undefined, in x only the correlation.
    """
    rows, columns = x.shape
    out = np.full((4, rows, columns), np.nan)
    for t in range(rows):
        first = max(0, t - window + 1)
        sums = np.zeros((2, columns))
        count = np.zeros(columns)
        for s in range(first, t + 1):
            for j in range(columns):
                v, w = x[s, j], float(s - t) if on_time else y[s, j]
                both = v == v and w == w
                sums[0, j] += v if both else 0.0
                sums[1, j] += w if both else 0.0
                count[j] += 1.0 if both else 0.0
        mean_x = np.where(same_x[t] == same_x[t], same_x[t], sums[0] / np.maximum(count, 1.0))
        mean_y = sums[1] / np.maximum(count, 1.0)
        if not on_time:
            mean_y = np.where(same_y[t] == same_y[t], same_y[t], mean_y)
        products = np.zeros((3, columns))
        for s in range(first, t + 1):
            for j in range(columns):
                w = float(s - t) if on_time else y[s, j]
                dx, dy = x[s, j] - mean_x[j], w - mean_y[j]
                both = dx == dx and dy == dy
                products[0, j] += dx * dx if both else 0.0
                products[1, j] += dy * dy if both else 0.0
                products[2, j] += dx * dy if both else 0.0
        for j in range(columns):
            xx, yy, xy = products[0, j], products[1, j], products[2, j]
            if count[j] < minimum or count[j] < 3.0 or yy <= 0.0:
                continue
            slope = xy / yy
            if xx > 0.0:
                out[0, t, j] = xy / np.sqrt(xx * yy)
            out[1, t, j] = slope
            out[2, t, j] = np.sqrt(max(xx - slope * xy, 0.0) / (count[j] - 2.0))
            w = 0.0 if on_time else y[t, j]
            out[3, t, j] = x[t, j] - mean_x[j] - slope * (w - mean_y[j])
    return out


def order(x: FloatArray, window: int, minimum: int) -> FloatArray:
    """[3, T, N]: the last value's rank in its window from 0 to 1, the 20 % and the 80 % quantile.

    The sorted window is kept between sessions, one value out and one in: exact, as nothing is added up.
    """
    rows, columns = x.shape
    out = np.full((3, rows, columns), np.nan)
    kept = np.empty(window + 1)
    for j in range(columns):
        n = 0
        for t in range(rows):
            leaving = x[t - window, j] if t >= window else np.nan
            if leaving == leaving:
                i = 0
                while kept[i] != leaving:
                    i += 1
                n -= 1
                kept[i:n] = kept[i + 1 : n + 1].copy()
            v = x[t, j]
            if v == v:
                i = n
                while i > 0 and kept[i - 1] > v:
                    kept[i] = kept[i - 1]
                    i -= 1
                kept[i] = v
                n += 1
            if n < minimum or n < 2:
                continue
            for q in range(2):
                at = (0.2 + 0.6 * q) * (n - 1)
                below = int(at)
                above = min(below + 1, n - 1)
                out[1 + q, t, j] = kept[below] + (at - below) * (kept[above] - kept[below])
            if v == v:
                less, same = np.sum(kept[:n] < v), np.sum(kept[:n] == v)
                out[0, t, j] = (less + 0.5 * (same - 1)) / (n - 1)
    return out


def decay(x: FloatArray, same: FloatArray, window: int, minimum: int) -> FloatArray:
    """[1, T, N]: exponentially weighted mean of span `window`, cut off after four spans.

    Weights are renormalised over the values present; what the cut leaves out weighs under 0.04 %.
    """
    rows, columns = x.shape
    out = np.full((1, rows, columns), np.nan)
    keep = 1.0 - 2.0 / (window + 1.0)
    for t in range(rows):
        total = np.zeros(columns)
        weights = np.zeros(columns)
        count = np.zeros(columns)
        for s in range(max(0, t - 4 * window + 1), t + 1):
            weight = keep ** (t - s)
            for j in range(columns):
                v = x[s, j]
                total[j] += weight * v if v == v else 0.0
                weights[j] += weight if v == v else 0.0
                count[j] += 1.0 if v == v else 0.0
        for j in range(columns):
            if count[j] >= minimum:
                out[0, t, j] = same[t, j] if same[t, j] == same[t, j] else total[j] / weights[j]
    return out
