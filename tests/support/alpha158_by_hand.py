"""Alpha158 written out a second time, a name and a session at a time, with nothing shared between windows."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
WINDOWS = (5, 10, 20, 30, 60)
GRAIN = 1e-12


def made_bars(sessions: int = 90, *, seed: int = 0) -> dict[str, Array]:
    """[T, N] columns of a dozen names, most of them sick: ties, constants, gaps, zeros, infinities."""
    random = np.random.default_rng(seed)
    shape = (sessions, 13)
    close = 50.0 * np.exp(np.cumsum(random.normal(0, 0.02, shape), axis=0))
    opened = close * np.exp(random.normal(0, 0.005, shape))
    volume = np.exp(random.normal(13, 0.5, shape)).round()
    close[:, 1], opened[:, 1] = close[:, 1].round(0), opened[:, 1].round(0)
    close[20:, 2] = opened[20:, 2] = 40.0
    volume[10:, 3] = 1000.0
    volume[::7, 4] = volume[40:52, 4] = 0.0
    reach = np.abs(random.normal(0, 0.005, (2, *shape)))
    high, low = np.maximum(opened, close) * (1 + reach[0]), np.minimum(opened, close) * (1 - reach[1])
    high[:, 1], low[:, 1] = high[:, 1].round(0), low[:, 1].round(0)
    high[30:, 2] = low[30:, 2] = 40.0
    bars = {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
    lost = np.zeros(shape, dtype=bool)
    lost[:37, 5] = lost[50:54, 5] = True
    lost[:, 6] = random.uniform(size=sessions) < 0.25
    lost[:, 8] = True
    lost[:-1, 9] = lost[:-10, 10] = True
    for column in bars.values():
        column[lost] = np.nan
    close[5, 7], high[30, 7], volume[60, 7], opened[61, 7], low[62, 7] = np.inf, np.inf, np.inf, -1.0, 0.0
    for name in ("open", "high", "low", "close"):
        bars[name][:, 11] *= 1e9
    high[40:50, 12], volume[45:48, 12], opened[70, 12] = np.nan, np.nan, np.nan
    return bars


def by_hand(bars: Mapping[str, Array], j: int, t: int) -> Iterator[tuple[str, float]]:
    """Every feature of one name in one session, in Qlib's order; NaN where there is none."""
    o, h, low, c, v = (bars[name][: t + 1, j].copy() for name in ("open", "high", "low", "close", "volume"))
    for price in (o, h, low, c):
        price[~((price > 0) & (price < np.inf))] = np.nan
    v[~((v >= 0) & (v < np.inf))] = np.nan
    for column in (o, h, low, v):
        column[np.isnan(c)] = np.nan
    yield from _bar(o[-1], h[-1], low[-1], c[-1])
    rolling = [(w, dict(_window(o, h, low, c, v, w))) for w in WINDOWS]
    for stem in rolling[0][1]:
        for w, found in rolling:
            yield f"{stem}{w}", found[stem] if np.isfinite(c[-1]) else np.nan


def _bar(o: float, h: float, low: float, c: float) -> Iterator[tuple[str, float]]:
    top, bottom, width = np.maximum(o, c), np.minimum(o, c), h - low + GRAIN
    yield from (("KMID", (c - o) / o), ("KLEN", (h - low) / o), ("KMID2", (c - o) / width))
    yield from (("KUP", (h - top) / o), ("KUP2", (h - top) / width))
    yield from (("KLOW", (bottom - low) / o), ("KLOW2", (bottom - low) / width))
    yield from (("KSFT", (2 * c - h - low) / o), ("KSFT2", (2 * c - h - low) / width))
    yield from (("OPEN0", o / c), ("HIGH0", h / c), ("LOW0", low / c), ("VWAP0", (h + low + c) / 3 / c))


def _window(o: Array, h: Array, low: Array, c: Array, v: Array, w: int) -> Iterator[tuple[str, float]]:
    last, prices = c[-1], known(c[-w:])
    age = np.arange(len(c[-w:]))[::-1][np.isfinite(c[-w:])]
    yield "ROC", c[-1 - w] / last if len(c) > w else np.nan
    yield "MA", mean(prices) / last
    yield "STD", std(prices) / last
    slope, level = line(-age.astype(float), prices)
    yield "BETA", slope / last
    yield "RSQR", correlation(-age.astype(float), prices) ** 2
    yield "RESI", (last - level) / last
    top, bottom = known(h[-w:]), known(low[-w:])
    yield "MAX", top.max() / last if len(top) else np.nan
    yield "MIN", bottom.min() / last if len(bottom) else np.nan
    yield "QTLU", np.quantile(prices, 0.8) / last if len(prices) else np.nan
    yield "QTLD", np.quantile(prices, 0.2) / last if len(prices) else np.nan
    below, same = (prices < last).sum(), (prices == last).sum()
    yield "RANK", (below + (same + 1) / 2) / len(prices) if len(prices) else np.nan
    both = len(top) > 0 and len(bottom) > 0
    yield "RSV", (last - bottom.min()) / (top.max() - bottom.min() + GRAIN) if both else np.nan
    bars_from = np.flatnonzero(np.isfinite(c[-w:]))[0] if len(prices) else 0
    high_at, low_at = place(h[-w:][bars_from:]), place(-low[-w:][bars_from:])
    yield from (("IMAX", high_at / w), ("IMIN", low_at / w), ("IMXD", (high_at - low_at) / w))
    yield "CORR", correlation(c[-w:], np.log(v[-w:] + 1))
    change = c[1:] / c[:-1]
    grown = np.log(v[1:] / np.where(v[:-1] > 0, v[:-1], np.nan) + 1)
    yield "CORD", correlation(change[-w:], grown[-w:])
    step = np.diff(c, prepend=np.nan)[-w:]
    bars = max(len(prices), 1)
    yield from (("CNTP", (step > 0).sum() / bars), ("CNTN", (step < 0).sum() / bars))
    yield "CNTD", ((step > 0).sum() - (step < 0).sum()) / bars
    yield from movements(step, "SUM")
    yield "VMA", mean(known(v[-w:])) / (v[-1] + GRAIN)
    yield "VSTD", std(known(v[-w:])) / (v[-1] + GRAIN)
    weighed = known((np.abs(change - 1) * v[1:])[-w:])
    yield "WVMA", std(weighed) / (mean(weighed) + GRAIN)
    yield from movements(np.diff(v, prepend=np.nan)[-w:], "VSUM")


def known(x: Array) -> Array:
    return x[np.isfinite(x)]


def mean(x: Array) -> float:
    return float(x.mean()) if len(x) else np.nan


def std(x: Array) -> float:
    return float(x.std(ddof=1)) if len(x) > 1 else np.nan


def place(x: Array) -> float:
    return float(np.nanargmax(x)) + 1 if np.isfinite(x).any() else np.nan


def correlation(x: Array, y: Array) -> float:
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    return float(np.corrcoef(x, y)[0, 1])


def line(x: Array, y: Array) -> tuple[float, float]:
    """Slope, and level where x is 0."""
    if len(x) < 2:
        return np.nan, np.nan
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, y.mean() - slope * x.mean()


def movements(step: Array, stem: str) -> Iterator[tuple[str, float]]:
    moved = known(step)
    up, down = moved.clip(min=0).sum(), (-moved).clip(min=0).sum()
    whole = up + down + GRAIN if len(moved) else np.nan
    yield from ((f"{stem}P", up / whole), (f"{stem}N", down / whole), (f"{stem}D", (up - down) / whole))
