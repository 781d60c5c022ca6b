"""Every feature against its formula, written out a second time for a single name without a hole."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from fund.features.panel import FEATURES
from support.panels import BENCHMARK, a_panel, a_universe, feature_values

UNIVERSE = a_universe(a_panel(300, 12, seed=8))
NAME = 3


def series(j: int) -> SimpleNamespace:
    panel = UNIVERSE.panel
    scale = panel.total_return_index[:, j] / panel.close[:, j]
    o, h, low, c = (getattr(panel, key)[:, j] * scale for key in ("open", "high", "low", "close"))
    r = np.concatenate([[np.nan], np.diff(np.log(c))])
    previous = np.concatenate([[np.nan], c[:-1]])
    v = panel.close[:, j] * panel.volume[:, j]
    return SimpleNamespace(o=o, h=h, l=low, c=c, r=r, p=previous, v=v)


S = series(NAME)
MARKET = series(UNIVERSE.panel.tickers.index(BENCHMARK)).r


def line(y: np.ndarray, x: np.ndarray) -> SimpleNamespace:
    slope, level = np.polyfit(x, y, 1)
    residual = y - level - slope * x
    return SimpleNamespace(slope=slope, residual=residual, r2=np.corrcoef(x, y)[0, 1] ** 2)


def log_trend(w: int) -> SimpleNamespace:
    return line(np.log(S.c[-w:]), np.arange(float(w)))


def age(values: np.ndarray, at: float) -> int:
    return len(values) - 1 - int(np.flatnonzero(values == at)[-1])


def ema(x: np.ndarray, span: int) -> np.ndarray:
    weights = (1 - 2 / (span + 1)) ** np.arange(4 * span)
    return np.array(
        [np.average(x[t - 4 * span + 1 : t + 1][::-1], weights=weights) for t in range(4 * span, len(x))]
    )


def macd(_: int) -> float:
    fast, slow = ema(S.c, 12)[-40:], ema(S.c, 26)[-40:]
    histogram = (fast - slow) / S.c[-40:]
    return float(histogram[-1] - np.average(histogram[-36:][::-1], weights=0.8 ** np.arange(36)))


def yang_zhang(w: int) -> float:
    gap, body = np.log(S.o / S.p)[-w:], np.log(S.c / S.o)[-w:]
    up, down = np.log(S.h / S.o)[-w:], np.log(S.l / S.o)[-w:]
    share = 0.34 / (1.34 + (w + 1) / (w - 1))
    drift_free = np.mean(up * (up - body) + down * (down - body))
    return float(np.sqrt(gap.var(ddof=1) + share * body.var(ddof=1) + (1 - share) * drift_free))


def above_sector(w: int) -> float:
    index = UNIVERSE.panel.total_return_index
    change = np.log(index[-1] / index[-1 - w])
    return float(change[NAME] - change[UNIVERSE.sectors == UNIVERSE.sectors[NAME]].mean())


FORMULAS: dict[str, Callable[[int], float]] = {
    "ROC": lambda w: np.log(S.c[-1] / S.c[-1 - w]),
    "MOM": lambda w: np.log(S.c[-22] / S.c[-1 - w]),
    "MA": lambda w: S.c[-w:].mean() / S.c[-1],
    "BETA": lambda w: log_trend(w).slope,
    "RSQR": lambda w: log_trend(w).r2,
    "RESI": lambda w: log_trend(w).residual[-1],
    "MAX": lambda w: S.h[-w:].max() / S.c[-1],
    "MIN": lambda w: S.l[-w:].min() / S.c[-1],
    "QTLU": lambda w: np.quantile(S.c[-w:], 0.8) / S.c[-1],
    "QTLD": lambda w: np.quantile(S.c[-w:], 0.2) / S.c[-1],
    "RANK": lambda w: (S.c[-w:] < S.c[-1]).sum() / (w - 1),
    "RSV": lambda w: (S.c[-1] - S.l[-w:].min()) / (S.h[-w:].max() - S.l[-w:].min()),
    "IMAX": lambda w: age(S.h[-w:], S.h[-w:].max()) / w,
    "IMIN": lambda w: age(S.l[-w:], S.l[-w:].min()) / w,
    "CNTP": lambda w: (S.r[-w:] > 0).mean(),
    "RSI": lambda w: S.r[-w:].clip(min=0).sum() / np.abs(S.r[-w:]).sum(),
    "MACD": macd,
    "BOLL": lambda w: (S.c[-1] - S.c[-w:].mean()) / (2 * S.c[-w:].std(ddof=1)),
    "SECTOR": above_sector,
    "RESMOM": lambda w: S.r[-w:].mean() - line(S.r[-w:], MARKET[-w:]).slope * MARKET[-w:].mean(),
    "VOL": lambda w: S.r[-w:].std(ddof=1),
    "PARK": lambda w: np.sqrt((np.log(S.h / S.l)[-w:] ** 2).mean() / (4 * np.log(2))),
    "GK": lambda w: np.sqrt(
        (0.5 * np.log(S.h / S.l) ** 2 - (2 * np.log(2) - 1) * np.log(S.c / S.o) ** 2)[-w:].mean()
    ),
    "YZ": yang_zhang,
    "VOLRATIO": lambda _: S.r[-10:].std(ddof=1) / S.r[-60:].std(ddof=1),
    "ATR": lambda w: ((np.maximum(S.h, S.p) - np.minimum(S.l, S.p)) / S.p)[-w:].mean(),
    "STD": lambda w: S.c[-w:].std(ddof=1) / S.c[-1],
    "LOTTERY": lambda w: S.r[-w:].max(),
    "MKTBETA": lambda w: line(S.r[-w:], MARKET[-w:]).slope,
    "RESVOL": lambda w: np.sqrt((line(S.r[-w:], MARKET[-w:]).residual ** 2).sum() / (w - 2)),
    "CORR": lambda w: np.corrcoef(S.c[-w:], np.log(S.v[-w:]))[0, 1],
    "CORD": lambda w: np.corrcoef(S.r[-w:], np.diff(np.log(S.v))[-w:])[0, 1],
    "VMA": lambda w: S.v[-w:].mean() / S.v[-1],
    "VSTD": lambda w: S.v[-w:].std(ddof=1) / S.v[-w:].mean(),
    "ATTENTION": lambda _: np.log(S.v[-5:].mean() / S.v[-60:].mean()),
    "AMIHUD": lambda w: (np.abs(S.r) / (S.v / 1e6))[-w:].mean(),
    "LIQUIDITY": lambda w: np.log(S.v[-w:]).mean(),
    "KMID": lambda _: (S.c / S.o - 1)[-1],
    "KLEN": lambda _: ((S.h - S.l) / S.o)[-1],
    "KMID2": lambda _: ((S.c - S.o) / (S.h - S.l))[-1],
    "KUP": lambda _: ((S.h - np.maximum(S.o, S.c)) / S.o)[-1],
    "KLOW": lambda _: ((np.minimum(S.o, S.c) - S.l) / S.o)[-1],
    "KSFT": lambda _: ((2 * S.c - S.h - S.l) / S.o)[-1],
    "GAP": lambda _: np.log(S.o / S.p)[-1],
}


def stem_and_window(name: str) -> tuple[str, int]:
    if name in FORMULAS:
        return name, 0
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :])


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_feature_is_what_its_formula_says(feature):
    stem, window = stem_and_window(feature.name)
    found = feature_values(UNIVERSE, feature)[-1, NAME]
    assert found == pytest.approx(FORMULAS[stem](window), rel=1e-6, abs=1e-10)


def test_no_formula_is_left_without_a_feature():
    assert {stem_and_window(feature.name)[0] for feature in FEATURES} == set(FORMULAS)
