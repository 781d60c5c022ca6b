"""The rolling loops behind Alpha158, over the sessions of a row; importing this file loads the compiler.

A window is the merge of a newer and an older part, in the steps of `alpha158_steps`. Nothing runs on from
session to session: a value is the same to the bit whatever came before its window. A row holds a name, or
`lanes` names side by side, so that the session before stands `lanes` places back. A part without a value
counts as nothing. A loop writes one row from few inputs, which the compiler turns into vector instructions,
and stands in one place only, because every copy is compiled anew.
"""

import numpy as np
from numpy.typing import NDArray

from fund.features.compiling import compiled, inlined

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Whole = NDArray[np.int64]

WINDOWS = (5, 10, 20, 30, 60)
PAD = 60

MA, STD, BETA, RSQR, RESI, MAX, MIN = range(18, 53, 5)
RSV, IMAX, IMIN, IMXD, CORR, CORD, CNTP = range(68, 103, 5)
SUMP, VMA, VSTD, WVMA, VSUMP = 113, 128, 133, 138, 143
"""Rows of the result: the first of each family's five."""

TINY = 1e-12
FLAT = 1e-18
"""Squared: a deviation of a billionth of the mean is rounding and no spread."""


@inlined
def add(rows: Array, step: Whole) -> None:
    """A sum: the newer part's and the older part's."""
    start, stop, back = step[5], step[6], step[7]
    a, b = rows[step[0], start:stop], rows[step[1], start - back : stop - back]
    out = rows[step[2], start:stop]
    for i in range(out.shape[0]):
        out[i] = a[i] + b[i]


@inlined
def weigh(count: Array, step: Whole, share: Array, weight: Array) -> None:
    """The older part's share of a window's values, and the newer part's count times that share."""
    start, stop, back = step[5], step[6], step[7]
    a, b = count[step[0], start:stop], count[step[1], start - back : stop - back]
    for i in range(a.shape[0]):
        n = a[i] + b[i]
        share[i] = b[i] / (n if n > 1.0 else 1.0)
    for i in range(a.shape[0]):
        weight[i] = a[i] * share[i]


@inlined
def blend(mean: Array, step: Whole, share: Array, lift: float) -> None:
    """A mean; `lift` is what the older part's values have grown by since."""
    start, stop, back = step[5], step[6], step[7]
    a, b = mean[step[0], start:stop], mean[step[1], start - back : stop - back]
    out = mean[step[2], start:stop]
    for i in range(out.shape[0]):
        out[i] = a[i] + (b[i] + lift - a[i]) * share[i]


@inlined
def cross(
    product: Array, x: Array, y: Array, step: Whole, weight: Array, lift_x: float, lift_y: float
) -> None:
    """Products of deviations from the mean (Chan, Golub and LeVeque 1983, The American Statistician 37)."""
    newer, older, start, stop = step[0], step[1], step[5], step[6]
    before, end = start - step[7], stop - step[7]
    pa, pb, out = product[newer, start:stop], product[older, before:end], product[step[2], start:stop]
    xa, xb = x[newer, start:stop], x[older, before:end]
    ya, yb = y[newer, start:stop], y[older, before:end]
    for i in range(out.shape[0]):
        out[i] = pa[i] + pb[i] + (xb[i] + lift_x - xa[i]) * (yb[i] + lift_y - ya[i]) * weight[i]


@inlined
def reach(top: Array, age: Array, step: Whole) -> None:
    """The highest value and its age in sessions, the older of two equal ones."""
    newer, older, start, stop = step[0], step[1], step[5], step[6]
    first, end, lift = start - step[7], stop - step[7], float(step[3])
    a, b, out = top[newer, start:stop], top[older, first:end], top[step[2], start:stop]
    age_a, age_b, age_out = age[newer, start:stop], age[older, first:end], age[step[2], start:stop]
    for i in range(out.shape[0]):
        before, since = age_b[i] + lift, age_a[i]
        age_out[i] = before if b[i] >= a[i] else since
    for i in range(out.shape[0]):
        before, since = b[i], a[i]
        out[i] = before if before >= since else since


@inlined
def deviation(out: Single, square: Array, count: Array, by: Array) -> None:
    """Sample standard deviation times `by`; NaN of fewer than two values."""
    for i in range(out.shape[0]):
        n = count[i] - 1.0
        out[i] = np.sqrt(square[i] / (n if n > 0.0 else np.nan)) * by[i]


@inlined
def correlation(out: Single, work: Array, into: int, here: Array) -> None:
    """Correlation of a pair; NaN where either has no spread."""
    first = work.shape[2] - out.shape[0]
    count, x, y = work[0, into, first:], work[1, into, first:], work[2, into, first:]
    xx, xy, yy = work[3, into, first:], work[4, into, first:], work[5, into, first:]
    for i in range(out.shape[0]):
        spread = (xx[i] > FLAT * count[i] * x[i] * x[i]) & (yy[i] > FLAT * count[i] * y[i] * y[i])
        both = xx[i] * yy[i]
        out[i] = xy[i] / np.sqrt(both if spread else np.nan) * here[i]


@inlined
def line(out: Single, j: int, at: int, work: Array, into: int, close: Array, per: Array) -> None:
    """Slope over time, R2 and the last close's distance from the line, the first and last over the close."""
    beta, square, residual = out[BETA + at, j], out[RSQR + at, j], out[RESI + at, j]
    first = work.shape[2] - beta.shape[0]
    count, mean, age = work[0, into, first:], work[1, into, first:], work[2, into, first:]
    cc, ac, aa = work[3, into, first:], work[4, into, first:], work[5, into, first:]
    for i in range(beta.shape[0]):
        beta[i] = -ac[i] / aa[i] * per[i]
    for i in range(beta.shape[0]):
        known = (cc[i] > FLAT * count[i] * mean[i] * mean[i]) & (per[i] > 0.0)
        both = aa[i] * cc[i]
        square[i] = ac[i] * ac[i] / (both if known else np.nan)
    for i in range(beta.shape[0]):
        residual[i] = (close[i] - mean[i] + ac[i] / aa[i] * age[i]) * per[i]


CLOSE, AGE, VOLUME, LOG_VOLUME, CHANGE, LOG_CHANGE, WEIGHED, PER, PER_VOLUME, HERE = range(10)
PAIRS = np.array(
    (
        (CLOSE, AGE, 3, PER, MA, STD, -1),
        (CLOSE, LOG_VOLUME, 3, -1, -1, -1, CORR),
        (CHANGE, LOG_CHANGE, 3, -1, -1, -1, CORD),
        (VOLUME, AGE, 1, PER_VOLUME, VMA, VSTD, -1),
        (WEIGHED, AGE, 1, -1, -1, WVMA, -1),
    )
)
"""Two series of `bar`, products needed, the last value's inverse, rows of mean, deviation and correlation."""


@inlined
def prepare(bars: Array, j: int, bar: Array, lanes: int) -> None:
    """The series of a row: PER is 1 / close, HERE 1 where there is a bar and NaN elsewhere, AGE zero."""
    close, volume = bars[3, j], bars[4, j]
    for i in range(close.shape[0]):
        bar[CLOSE, i], bar[VOLUME, i] = close[i], volume[i]
        bar[PER, i] = 1.0 / close[i]
        bar[HERE, i] = 1.0 if close[i] > 0.0 else np.nan
        bar[PER_VOLUME, i] = 1.0 / (volume[i] + TINY)
        bar[LOG_VOLUME, i] = np.log(volume[i] + 1.0)
    for i in range(lanes):
        bar[CHANGE, i] = bar[LOG_CHANGE, i] = bar[WEIGHED, i] = np.nan
    for i in range(lanes, close.shape[0]):
        change, before = close[i] / close[i - lanes], volume[i - lanes]
        bar[CHANGE, i] = change
        bar[LOG_CHANGE, i] = np.log(volume[i] / (before if before > 0.0 else np.nan) + 1.0)
        bar[WEIGHED, i] = abs(change - 1.0) * volume[i]


@inlined
def begin(work: Array, x: Array, y: Array) -> None:
    """Windows of one session, where both series have a value."""
    pad = work.shape[2] - x.shape[0]
    count, mean_x, mean_y = work[0, 0, pad:], work[1, 0, pad:], work[2, 0, pad:]
    for i in range(x.shape[0]):
        count[i] = 1.0 if (x[i] == x[i]) & (y[i] == y[i]) else 0.0
    for i in range(x.shape[0]):
        a = x[i]
        mean_x[i] = a if count[i] > 0.0 else 0.0
    for i in range(x.shape[0]):
        b = y[i]
        mean_y[i] = b if count[i] > 0.0 else 0.0
    for row in range(3, 6):
        product = work[row, 0, pad:]
        for i in range(x.shape[0]):
            product[i] = 0.0


@inlined
def climb(work: Array, step: Whole, products: int, aging: float, old: Array) -> None:
    """Count, means and products of deviations one step up; the second series may be an age."""
    lift = aging * step[3]
    weigh(work[0], step, old[0], old[1])
    add(work[0], step)
    for which in range(products):
        x, y = 1 + which // 2, 1 + (which + 1) // 2
        cross(work[3 + which], work[x], work[y], step, old[1], lift * (x - 1), lift * (y - 1))
    for which in range(2 if products > 1 else 1):
        blend(work[1 + which], step, old[0], lift * which)


@compiled
def spreads(bars: Array, out: Single, lanes: int, steps: Whole) -> None:
    """Write MA, STD, BETA, RSQR, RESI, CORR, CORD, VMA, VSTD and WVMA; `bars` are clean."""
    long, kept, pad = bars.shape[2], bars.shape[2] - out.shape[2], PAD * lanes
    bar, work, old = np.zeros((10, long)), np.zeros((6, 3, pad + long)), np.empty((2, long))
    here, first, inverse = bar[HERE, kept:], pad + kept, np.empty(out.shape[2])
    for j in range(bars.shape[1]):
        prepare(bars, j, bar, lanes)
        for which in range(5):
            pair = PAIRS[which]
            begin(work, bar[pair[0]], bar[pair[1]])
            for k in range(steps.shape[0]):
                step = steps[k]
                climb(work, step, pair[2], 1.0 if which == 0 else 0.0, old)
                into, at = step[2], step[4]
                if at < 0:
                    continue
                mean = work[1, into, first:]
                if pair[6] >= 0:
                    correlation(out[pair[6] + at, j], work, into, here)
                    continue
                by = inverse
                if pair[3] >= 0:
                    by, last = bar[pair[3], kept:], out[pair[4] + at, j]
                    for i in range(last.shape[0]):
                        last[i] = mean[i] * by[i]
                else:
                    for i in range(by.shape[0]):
                        by[i] = here[i] / (mean[i] + TINY)
                deviation(out[pair[5] + at, j], work[3, into, first:], work[0, into, first:], by)
                if which == 0:
                    line(out, j, at, work, into, bar[CLOSE, kept:], by)


@inlined
def moves(work: Array, x: Array, lanes: int) -> None:
    """Of one session: rise, fall and their difference, as counts and as sizes; whether there is a change."""
    pad = PAD * lanes
    for row in range(work.shape[0]):
        for i in range(pad, pad + lanes):
            work[row, 0, i] = 0.0
    a, b = x[: x.shape[0] - lanes], x[lanes:]
    for which in range(2):
        sign = 1.0 - 2.0 * which
        count, size = work[which, 0, pad + lanes :], work[3 + which, 0, pad + lanes :]
        for i in range(b.shape[0]):
            count[i] = 1.0 if sign * (b[i] - a[i]) > 0.0 else 0.0
        for i in range(b.shape[0]):
            rise = sign * (b[i] - a[i])
            size[i] = rise if rise > 0.0 else 0.0
    for which in (2, 5):
        plus, minus, net = work[which - 2, 0, pad:], work[which - 1, 0, pad:], work[which, 0, pad:]
        for i in range(net.shape[0]):
            net[i] = plus[i] - minus[i]
    change = work[6, 0, pad + lanes :]
    for i in range(b.shape[0]):
        change[i] = 1.0 if (a[i] == a[i]) & (b[i] == b[i]) else 0.0


@inlined
def wholes(whole: Array, work: Array, into: int, close: Array) -> None:
    """What a window's counts and sizes are shares of: its bars, and all its movement."""
    first = work.shape[2] - close.shape[0]
    bars, changes = work[7, into, first:], work[6, into, first:]
    up, down = work[3, into, first:], work[4, into, first:]
    for i in range(close.shape[0]):
        number = bars[i]
        whole[0, i] = number if close[i] > 0.0 else np.nan
    for i in range(close.shape[0]):
        movement = up[i] + down[i] + TINY
        whole[1, i] = movement if (changes[i] > 0.0) & (close[i] > 0.0) else np.nan


@compiled
def ups_and_downs(bars: Array, out: Single, lanes: int, steps: Whole) -> None:
    """Write CNTP, CNTN, CNTD, SUMP, SUMN, SUMD, VSUMP, VSUMN and VSUMD; `bars` are clean."""
    long, kept, pad = bars.shape[2], bars.shape[2] - out.shape[2], PAD * lanes
    work, whole, first = np.zeros((8, 3, pad + long)), np.empty((2, out.shape[2])), pad + kept
    for case in range(2 * bars.shape[1]):
        j, series = case // 2, 3 + case % 2
        skipped, row = (0, CNTP) if series == 3 else (3, VSUMP - 15)
        moves(work, bars[series, j], lanes)
        close, bar = bars[3, j], work[7, 0, pad:]
        for i in range(long):
            bar[i] = 1.0 if close[i] > 0.0 else 0.0
        for k in range(steps.shape[0]):
            step = steps[k]
            into, at = step[2], step[4]
            for which in range(skipped, 8):
                add(work[which], step)
            if at < 0:
                continue
            wholes(whole, work, into, close[kept:])
            for which in range(skipped, 6):
                share, part, of = out[row + 5 * which + at, j], work[which, into, first:], whole[which // 3]
                for i in range(share.shape[0]):
                    share[i] = part[i] / of[i]


@inlined
def bounds(edge: Array, high: Array, low: Array) -> None:
    """Extremes of one session: the high, and the low as its negative."""
    pad = edge.shape[2] - high.shape[0]
    for which in range(2):
        value, age = edge[2 * which, 0, pad:], edge[2 * which + 1, 0, pad:]
        price, sign = (high if which == 0 else low), 1.0 - 2.0 * which
        for i in range(value.shape[0]):
            signed = sign * price[i]
            value[i] = signed if signed == signed else -np.inf
            age[i] = 0.0


@inlined
def begun(oldest: Array, when: Array, close: Array, lanes: int) -> None:
    """Write the first session with a bar, from each session on; the last `lanes` places are NaN."""
    pad = PAD * lanes
    for i in range(pad + close.shape[0] - 1, -1, -1):
        traded = i >= pad and close[i - pad] > 0.0
        oldest[i] = when[i - pad] if traded else oldest[i + lanes]


@inlined
def places(
    out: Single, j: int, at: int, edge: Array, into: int, close: Array, when: Array, since: Array
) -> None:
    """Extremes over the close, and which bar of the window they are, the oldest 1; `since` is its session."""
    window, first = WINDOWS[at], edge.shape[2] - close.shape[0]
    for which in range(2):
        top, age, sign = edge[2 * which, into, first:], edge[2 * which + 1, into, first:], 1.0 - 2.0 * which
        value, place = out[MAX + 5 * which + at, j], out[IMAX + 5 * which + at, j]
        for i in range(close.shape[0]):
            reached = sign * top[i] / close[i]
            value[i] = reached if top[i] > -np.inf else np.nan
        for i in range(close.shape[0]):
            number = (when[i] + 1.0 - since[i] - age[i]) / window
            place[i] = number if (top[i] > -np.inf) & (close[i] > 0.0) else np.nan


@inlined
def between(out: Single, j: int, at: int, edge: Array, into: int, close: Array) -> None:
    """Where the close stands between low and high, and how far apart in time these are."""
    window, first = WINDOWS[at], edge.shape[2] - close.shape[0]
    stand, apart = out[RSV + at, j], out[IMXD + at, j]
    high, high_age, low, low_age = (
        edge[0, into, first:],
        edge[1, into, first:],
        edge[2, into, first:],
        edge[3, into, first:],
    )
    for i in range(close.shape[0]):
        width = high[i] + low[i]
        stand[i] = (close[i] + low[i]) / (width + TINY if width > -np.inf else np.nan)
    for i in range(close.shape[0]):
        distance = (low_age[i] - high_age[i]) / window
        apart[i] = distance if (high[i] + low[i] > -np.inf) & (close[i] > 0.0) else np.nan


@compiled
def extremes(bars: Array, out: Single, lanes: int, steps: Whole) -> None:
    """Write MAX, MIN, RSV, IMAX, IMIN and IMXD; `bars` are clean."""
    long, kept, pad = bars.shape[2], bars.shape[2] - out.shape[2], PAD * lanes
    edge, first, when = np.full((4, 3, pad + long), -np.inf), pad + kept, np.empty(long)
    oldest = np.full(pad + long + lanes, np.nan)
    for i in range(long):
        when[i] = i // lanes
    for j in range(bars.shape[1]):
        bounds(edge, bars[1, j], bars[2, j])
        begun(oldest, when, bars[3, j], lanes)
        for k in range(steps.shape[0]):
            step = steps[k]
            into, at = step[2], step[4]
            for which in range(0, 4, 2):
                reach(edge[which], edge[which + 1], step)
            if at >= 0:
                before = first - (WINDOWS[at] - 1) * lanes
                since = oldest[before : before + out.shape[2]]
                places(out, j, at, edge, into, bars[3, j, kept:], when[kept:], since)
                between(out, j, at, edge, into, bars[3, j, kept:])
