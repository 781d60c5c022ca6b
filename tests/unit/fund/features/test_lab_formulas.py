"""The lab's features against their formulas, written out a second time for one name without a hole."""

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from fund.features.columns import Columns
from fund.features.sets import DESK, KINDS, LAB
from support.contexts import with_context
from support.panels import BENCHMARK, a_panel, a_universe

UNIVERSE = with_context(a_universe(a_panel(300, 12, seed=8)), seed=11)
COLUMNS = Columns(UNIVERSE)
NAME = 3
PANEL = UNIVERSE.panel
MEMBERS = [j for j, ticker in enumerate(PANEL.tickers) if ticker != BENCHMARK]
PEERS = [j for j in MEMBERS if UNIVERSE.sectors[j] == UNIVERSE.sectors[NAME]]
assert UNIVERSE.context is not None
MACRO = {name: values for name, values in UNIVERSE.context.market.items()}
KNOWN = {name: values[:, NAME] for name, values in UNIVERSE.context.names.items()}
F = {name: values[-1] for name, values in KNOWN.items()}


def series(j: int) -> SimpleNamespace:
    scale = PANEL.total_return_index[:, j] / PANEL.close[:, j]
    o, h, low, c = (getattr(PANEL, key)[:, j] * scale for key in ("open", "high", "low", "close"))
    r = np.concatenate([[np.nan], np.diff(np.log(c))])
    p = np.concatenate([[np.nan], c[:-1]])
    v = PANEL.close[:, j] * PANEL.volume[:, j]
    tr = np.maximum(h, p) - np.minimum(low, p)
    return SimpleNamespace(
        o=o,
        h=h,
        l=low,
        c=c,
        r=r,
        p=p,
        v=v,
        tr=tr,
        x=np.log(c),
        tp=(h + low + c) / 3,
        n=PANEL.volume[:, j] / scale,
    )


S = series(NAME)
B = series(PANEL.tickers.index(BENCHMARK))
PRICE = PANEL.close[-1, NAME]
WORTH = F["shares"] * PRICE
MEMBER_R = np.array([series(j).r for j in MEMBERS])
SECTOR_R = np.array([series(j).r for j in PEERS]).mean(axis=0)


def slope(y: np.ndarray, x: np.ndarray) -> float:
    return float(np.polyfit(x, y, 1)[0])


def corr(y: np.ndarray, x: np.ndarray) -> float:
    return float(np.corrcoef(y, x)[0, 1])


def ema(x: np.ndarray, span: int) -> np.ndarray:
    weights = (1 - 2 / (span + 1)) ** np.arange(4 * span)
    out = np.full(len(x), np.nan)
    for t in range(4 * span - 1, len(x)):
        out[t] = np.average(x[t - 4 * span + 1 : t + 1][::-1], weights=weights)
    return out


def rolling(of: Callable[[slice], float], w: int, count: int) -> np.ndarray:
    return np.array([of(slice(t - w + 1, t + 1)) for t in range(300 - count, 300)])


def dmi() -> np.ndarray:
    up, down = np.diff(S.h, prepend=np.nan), -np.diff(S.l, prepend=np.nan)
    plus = np.array([u if u > d and u > 0 else 0.0 for u, d in zip(up, down, strict=True)])
    minus = np.array([d if d > u and d > 0 else 0.0 for u, d in zip(up, down, strict=True)])
    a, b = ema(plus, 27), ema(minus, 27)
    return (a - b) / (a + b)


def stochastic(w: int, count: int = 1) -> np.ndarray:
    return rolling(lambda at: (S.c[at][-1] - S.l[at].min()) / (S.h[at].max() - S.l[at].min()), w, count)


def rsi(w: int, count: int = 1) -> np.ndarray:
    return rolling(lambda at: S.r[at].clip(min=0).sum() / np.abs(S.r[at]).sum(), w, count)


def ultimate(_: int) -> float:
    pressure = S.c - np.minimum(S.l, S.p)
    parts = [pressure[-w:].sum() / S.tr[-w:].sum() for w in (7, 14, 28)]
    return (4 * parts[0] + 2 * parts[1] + parts[2]) / 7


def spread(w: int) -> float:
    found = []
    for t in range(300 - w, 300):
        beta = np.log(S.h[t] / S.l[t]) ** 2 + np.log(S.h[t - 1] / S.l[t - 1]) ** 2
        gamma = np.log(max(S.h[t], S.h[t - 1]) / min(S.l[t], S.l[t - 1])) ** 2
        k = 3 - 2 * 2**0.5
        alpha = (np.sqrt(2 * beta) - np.sqrt(beta)) / k - np.sqrt(gamma / k)
        found.append(max(2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha)), 0.0))
    return float(np.mean(found))


def yang_zhang(w: int) -> float:
    gap, body = np.log(S.o / S.p)[-w:], np.log(S.c / S.o)[-w:]
    up, down = np.log(S.h / S.o)[-w:], np.log(S.l / S.o)[-w:]
    share = 0.34 / (1.34 + (w + 1) / (w - 1))
    return float(
        np.sqrt(
            gap.var(ddof=1)
            + share * body.var(ddof=1)
            + (1 - share) * np.mean(up * (up - body) + down * (down - body))
        )
    )


def garman_klass(w: int) -> float:
    daily = 0.5 * np.log(S.h / S.l) ** 2 - (2 * np.log(2) - 1) * np.log(S.c / S.o) ** 2
    return float(np.sqrt(daily[-w:].mean()))


def mean_of_drawdowns(w: int) -> float:
    return float(np.sqrt((rolling(lambda at: S.c[at][-1] / S.c[at].max() - 1, w, w) ** 2).mean()))


def roll(w: int) -> float:
    line = slope(S.r[-w:], S.r[-w - 1 : -1]) * S.r[-w - 1 : -1].var(ddof=1)
    return float(-2 * np.sign(line) * np.sqrt(abs(line)))


def trix(w: int) -> float:
    smooth = ema(ema(ema(S.x, w), w), w)
    return float(smooth[-1] - smooth[-2])


def power() -> np.ndarray:
    """By the definition of the transform, not by a fast one."""
    r, t = S.r[-64:] - S.r[-64:].mean(), np.arange(64)
    found = [abs(np.sum(r * np.exp(-2j * np.pi * k * t / 64))) ** 2 for k in range(1, 33)]
    return np.array(found) / np.sum(found)


def wave(x: np.ndarray, level: int, t: int) -> float:
    half, whole = 2 ** (level - 1), 2**level
    return float(x[t - half + 1 : t + 1].mean() - x[t - whole + 1 : t + 1].mean())


def wave_variance(level: int) -> float:
    details = np.array([wave(S.r, level, t) for t in range(236, 300)])
    return float((details**2).mean() / (S.r[-64:] ** 2).mean())


def hurst(w: int) -> float:
    lengths, sizes = [8, 16, 32, 64, 128], []
    for n in lengths:
        found = []
        for block in S.r[-w:].reshape(-1, n):
            path = np.concatenate([[0.0], np.cumsum(block - block.mean())])
            found.append((path.max() - path.min()) / block.std())
        sizes.append(np.log(np.mean(found)))
    return slope(np.array(sizes), np.log(lengths))


def roughness(w: int, q: int) -> float:
    sizes = [np.log(np.mean(np.abs(S.x[-w:] - S.x[-w - k : -k]) ** q)) for k in (1, 2, 4, 8)]
    return slope(np.array(sizes), np.log([1, 2, 4, 8])) / q


def katz(w: int) -> float:
    path = S.x[-w:]
    reach, length = np.abs(path - path[0]).max(), np.abs(np.diff(path)).sum()
    return float(np.log(w - 1) / (np.log(w - 1) + np.log(reach / length)))


def order_entropy(w: int) -> float:
    seen = Counter(tuple(np.argsort(S.x[t - 2 : t + 1])) for t in range(300 - w, 300))
    p = np.array(list(seen.values())) / w
    return float(-(p * np.log(p)).sum() / np.log(6))


def money_flow(w: int) -> float:
    money, change = (S.tp * S.n)[-w:], np.diff(S.tp)[-w:]
    return float(money[change > 0].sum() / money.sum())


def macro(name: str) -> np.ndarray:
    return MACRO[name]


def dispersion(w: int) -> float:
    changes = np.array([series(j).x[-1] - series(j).x[-1 - w] for j in MEMBERS])
    return float(np.log(changes.std() / 0.07) / 4)


def over_peers(w: int) -> float:
    return float(np.mean([series(j).x[-1] - series(j).x[-1 - w] for j in PEERS]))


def accruals(_: int) -> float:
    now, before = F["equity"] - F["cash"], F["equity_before"] - F["cash_before"]
    return float((now - before) / F["assets_before"])


FORMULAS: dict[str, Callable[[int], float]] = {
    "ACCEL": lambda w: S.x[-1] - 2 * S.x[-1 - w] + S.x[-1 - 2 * w],
    "DISCRETE": lambda w: -np.sign(S.x[-1] - S.x[-1 - w]) * np.sign(S.r[-w:]).mean(),
    "STEADY": lambda w: S.r[-w:].mean() / S.r[-w:].std(ddof=1),
    "EFFICIENCY": lambda w: abs(S.c[-1] - S.c[-1 - w]) / np.abs(np.diff(S.c)[-w:]).sum(),
    "AUTOCORR": lambda w: corr(S.r[-w:], S.r[-w - 1 : -1]),
    "VARRATIO": lambda w: (S.x[-w:] - S.x[-w - 5 : -5]).var(ddof=1) / (5 * S.r[-w:].var(ddof=1)),
    "SEASON": lambda _: S.x[-232] - S.x[-253],
    "EMA": lambda w: ema(S.c, w)[-1] / S.c[-1],
    "CROSS": lambda _: S.c[-50:].mean() / S.c[-200:].mean(),
    "TRIX": trix,
    "STOCH": lambda w: stochastic(w)[0],
    "STOCHD": lambda w: stochastic(w, 3).mean(),
    "WILLR": lambda w: stochastic(w)[0] - 1,
    "CCI": lambda w: (S.tp[-1] - S.tp[-w:].mean()) / (0.015 * np.abs(S.tp[-w:] - S.tp[-w:].mean()).mean()),
    "DMI": lambda _: dmi()[-1],
    "ADX": lambda _: ema(np.abs(dmi()), 27)[-1],
    "AROON": lambda w: (np.argmax(S.h[-w:]) - np.argmin(S.l[-w:])) / (w - 1),
    "ULTIMATE": ultimate,
    "CHOP": lambda w: np.log(S.tr[-w:].sum() / (S.h[-w:].max() - S.l[-w:].min())) / np.log(w),
    "VORTEX": lambda w: (
        (np.abs(S.h[-w:] - S.l[-w - 1 : -1]).sum() - np.abs(S.l[-w:] - S.h[-w - 1 : -1]).sum())
        / S.tr[-w:].sum()
    ),
    "KELTNER": lambda w: (S.c[-1] - ema(S.c, w)[-1]) / (2 * S.tr[-10:].mean()),
    "MACDLINE": lambda _: (ema(S.c, 12)[-1] - ema(S.c, 26)[-1]) / S.c[-1],
    "RSI": lambda w: rsi(w)[0],
    "STOCHRSI": lambda w: (rsi(w)[0] - rsi(w, w).min()) / np.ptp(rsi(w, w)),
    "PARK": lambda w: np.sqrt((np.log(S.h / S.l)[-w:] ** 2).mean() / (4 * np.log(2))),
    "GK": garman_klass,
    "RS": lambda w: np.sqrt(
        (np.log(S.h / S.o) * np.log(S.h / S.c) + np.log(S.l / S.o) * np.log(S.l / S.c))[-w:].mean()
    ),
    "YZ": yang_zhang,
    "EWMA": lambda w: np.sqrt(ema(S.r**2, w)[-1]),
    "DOWNSIDE": lambda w: np.sqrt((S.r[-w:].clip(max=0) ** 2).mean()),
    "SKEW": lambda w: (S.r[-w:] ** 3).mean() / (S.r[-w:] ** 2).mean() ** 1.5,
    "KURT": lambda w: (S.r[-w:] ** 4).mean() / (S.r[-w:] ** 2).mean() ** 2,
    "JUMP": lambda w: 1 - np.pi / 2 * np.abs(S.r[-w:] * S.r[-w - 1 : -1]).mean() / (S.r[-w:] ** 2).mean(),
    "VOLVOL": lambda w: np.abs(S.r[-w:]).std(ddof=1) / np.abs(S.r[-w:]).mean(),
    "DRAWDOWN": lambda w: S.c[-1] / S.c[-w:].max() - 1,
    "ULCER": mean_of_drawdowns,
    "WORST": lambda w: S.r[-w:].min(),
    "NIGHT": lambda w: np.log(S.o / S.p)[-w:].mean(),
    "DAY": lambda w: np.log(S.c / S.o)[-w:].mean(),
    "NIGHTVAR": lambda w: 1 / (1 + np.log(S.c / S.o)[-w:].var(ddof=1) / np.log(S.o / S.p)[-w:].var(ddof=1)),
    "ROLL": roll,
    "SPREAD": spread,
    "OBV": lambda w: (np.sign(S.r) * S.v)[-w:].sum() / S.v[-w:].sum(),
    "VWAP": lambda w: S.c[-1] * S.n[-w:].sum() / (S.tp * S.n)[-w:].sum() - 1,
    "MFI": money_flow,
    "CMF": lambda w: ((2 * S.c - S.h - S.l) / (S.h - S.l) * S.v)[-w:].sum() / S.v[-w:].sum(),
    "FORCE": lambda w: ema(S.r * S.v, w)[-1] / ema(S.v, w)[-1],
    "VSURPRISE": lambda w: (np.log(S.v[-1]) - np.log(S.v[-w:]).mean()) / np.log(S.v[-w:]).std(ddof=1),
    "VTREND": lambda w: slope(np.log(S.v[-w:]), np.arange(float(w))),
    "WAVE": lambda level: wave(S.x, level, 299),
    "WAVEVAR": wave_variance,
    "SLOWPOWER": lambda _: power()[:4].sum(),
    "MIDPOWER": lambda _: power()[4:12].sum(),
    "FASTPOWER": lambda _: power()[12:].sum(),
    "SPECTRALENTROPY": lambda _: -(power() * np.log(power())).sum() / np.log(32),
    "FREQUENCY": lambda _: (power() * np.arange(1, 33)).sum() / 64,
    "HURST": hurst,
    "GENHURST": lambda w: roughness(w, 2),
    "HIGUCHI": lambda w: 2 - roughness(w, 1),
    "KATZ": katz,
    "ORDERENTROPY": order_entropy,
    "MKTBETA": lambda w: slope(S.r[-w:], B.r[-w:]),
    "MKTCORR": lambda w: corr(S.r[-w:], B.r[-w:]),
    "DOWNBETA": lambda w: slope(S.r[-w:], B.r[-w:].clip(max=0)),
    "LAGBETA": lambda w: slope(S.r[-w:], B.r[-w - 1 : -1]),
    "COSKEW": lambda w: corr(S.r[-w:], B.r[-w:] ** 2),
    "RELSTRENGTH": lambda w: (S.x - B.x)[-1] - (S.x - B.x)[-w:].mean(),
    "SECTORCORR": lambda w: corr(S.r[-w:], SECTOR_R[-w:]),
    "SECTORBETA": lambda w: slope(S.r[-w:], SECTOR_R[-w:]),
    "SECTORMOM": over_peers,
    "VIXBETA": lambda w: slope(S.r[-w:], np.diff(np.log(macro("VIX")))[-w:]),
    "RATEBETA": lambda w: slope(S.r[-w - 1 : -1], np.diff(macro("UST_10Y"))[-w:]),
    "MARKET": lambda w: (B.x[-1] - B.x[-1 - w]) / (0.04 * w**0.5),
    "MARKETVOL": lambda w: np.log(B.r[-w:].std(ddof=1) * 252**0.5 / 0.16) / 4,
    "MARKETDRAWDOWN": lambda w: B.c[-1] / B.c[-w:].max() - 1,
    "BREADTH": lambda w: np.mean([series(j).c[-1] > series(j).c[-w:].mean() for j in MEMBERS]) - 0.5,
    "DISPERSION": dispersion,
    "TOGETHER": lambda w: np.mean([corr(r[-w:], B.r[-w:]) for r in MEMBER_R]) - 0.5,
    "EQUALWEIGHT": lambda w: (MEMBER_R.mean(axis=0) - B.r)[-w:].mean() * w**0.5 / 0.02,
    "VIX": lambda _: np.log(macro("VIX")[-1] / 20) / 2,
    "VIXCHANGE": lambda w: np.log(macro("VIX")[-1] / macro("VIX")[-1 - w]) / 2,
    "VIXPREMIUM": lambda w: 2.5 * (macro("VIX")[-1] / 100 - B.r[-w:].std(ddof=1) * 252**0.5),
    "RATE": lambda _: (macro("UST_10Y")[-1] - 3) / 10,
    "RATECHANGE": lambda w: (macro("UST_10Y")[-1] - macro("UST_10Y")[-1 - w]) / 2,
    "SHORTRATECHANGE": lambda w: (macro("UST_3M")[-1] - macro("UST_3M")[-1 - w]) / 2,
    "TERM": lambda _: (macro("UST_10Y") - macro("UST_2Y") - 1)[-1] / 4,
    "LONGTERM": lambda _: (macro("UST_10Y") - macro("UST_3M") - 1.5)[-1] / 6,
    "CURVATURE": lambda _: (2 * macro("UST_5Y") - macro("UST_2Y") - macro("UST_10Y"))[-1] / 4,
    "CREDIT": lambda _: (macro("BAMLH0A0HYM2")[-1] - 5) / 10,
    "CREDITCHANGE": lambda w: (macro("BAMLH0A0HYM2")[-1] - macro("BAMLH0A0HYM2")[-1 - w]) / 4,
    "OILCHANGE": lambda w: np.log(macro("WTI")[-1] / macro("WTI")[-1 - w]),
    "GOLDCHANGE": lambda w: 2.5 * np.log(macro("XAUUSD")[-1] / macro("XAUUSD")[-1 - w]),
    "DOLLARCHANGE": lambda w: -5 * np.log(macro("EURUSD")[-1] / macro("EURUSD")[-1 - w]),
    "INFLATION": lambda w: 5 * (np.log(macro("CPI_NSA")[-1] / macro("CPI_NSA")[-1 - w]) - 0.025),
    "POLICY": lambda w: (macro("FED_DISCOUNT_RATE")[-1] - macro("FED_DISCOUNT_RATE")[-1 - w]) / 3,
    "EARNINGSYIELD": lambda _: F["eps"] / PRICE,
    "SALESYIELD": lambda _: F["revenue"] / WORTH,
    "BOOKTOMARKET": lambda _: F["equity"] / WORTH,
    "SIZE": lambda _: np.log(WORTH),
    "CASHSHARE": lambda _: F["cash"] / F["assets"],
    "ROE": lambda _: F["income"] / F["equity"],
    "ROA": lambda _: F["income"] / F["assets"],
    "MARGIN": lambda _: F["income"] / F["revenue"],
    "MARGINCHANGE": lambda _: F["income"] / F["revenue"] - F["income_before"] / F["revenue_before"],
    "ASSETTURNOVER": lambda _: F["revenue"] / F["assets"],
    "LEVERAGE": lambda _: F["assets"] / F["equity"],
    "SALESGROWTH": lambda _: np.log(F["revenue"] / F["revenue_before"]),
    "EARNINGSCHANGE": lambda _: (F["eps"] - F["eps_before"]) / PRICE,
    "ASSETGROWTH": lambda _: np.log(F["assets"] / F["assets_before"]),
    "ISSUANCE": lambda _: np.log(F["shares"] / F["shares_before"]),
    "ACCRUALS": accruals,
    "FILED": lambda _: F["filed_days"],
    "NEWS": lambda w: KNOWN["news_score"][-w:].sum() / KNOWN["news_count"][-w:].sum(),
    "NEWSCOUNT": lambda w: KNOWN["news_count"][-w:].sum(),
    "MARKETNEWS": lambda w: macro("news_score")[-w:].sum() / macro("news_count")[-w:].sum() / 2,
}

ELSEWHERE = ("calendar", "Alpha158")
TESTED = tuple(
    feature
    for kind, features in KINDS.items()
    if kind not in ELSEWHERE
    for feature in features
    if feature not in DESK
)


def stem_and_window(name: str) -> tuple[str, int]:
    if name in FORMULAS:
        return name, 0
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :])


@pytest.mark.parametrize("feature", TESTED, ids=lambda feature: feature.name)
def test_a_feature_is_what_its_formula_says(feature) -> None:
    stem, window = stem_and_window(feature.name)
    expected = FORMULAS[stem](window)
    assert feature.compute(COLUMNS)[-1, NAME] == pytest.approx(expected, rel=1e-6, abs=1e-9, nan_ok=True)


def test_no_formula_is_left_without_a_feature() -> None:
    assert {stem_and_window(feature.name)[0] for feature in TESTED} == set(FORMULAS)
    assert len({feature.name for feature in LAB}) == len(LAB) >= 300
