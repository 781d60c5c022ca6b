"""Qlib's Alpha158, a definition a feature.

Source: Qlib's `Alpha158DL` (Yang et al. 2020, arXiv:2009.11189). Formulas write V for shares, adjusted
inversely to the prices, A for the session's average price, for which (H + L + C) / 3 stands, and e for 1e-12.
A window has the sessions there are, from one on; a statistic that needs more values is missing.

Equal to Qlib's where every bar is there. A missing bar counts as nothing here; Qlib takes its place for the
extreme's in IMAX, IMIN and IMXD, counts its session among the bars of CNTP, CNTN and CNTD, and has values in
sessions without a bar. But for e, the scale of prices changes nothing and that of volume only CORR, where
shares are few.
"""

from collections.abc import Callable

import numpy as np

from fund.features.columns import Columns
from fund.features.feature import Feature
from fund.market.view import FloatArray

WINDOWS = (5, 10, 20, 30, 60)

BARS: tuple[tuple[str, str], ...] = (
    ("KMID", "(C - O) / O"),
    ("KLEN", "(H - L) / O"),
    ("KMID2", "(C - O) / (H - L + e)"),
    ("KUP", "(H - max(O, C)) / O"),
    ("KUP2", "(H - max(O, C)) / (H - L + e)"),
    ("KLOW", "(min(O, C) - L) / O"),
    ("KLOW2", "(min(O, C) - L) / (H - L + e)"),
    ("KSFT", "(2 C - H - L) / O"),
    ("KSFT2", "(2 C - H - L) / (H - L + e)"),
    ("OPEN0", "O / C"),
    ("HIGH0", "H / C"),
    ("LOW0", "L / C"),
    ("VWAP0", "A / C"),
)
"""Of one bar."""

FAMILIES: tuple[tuple[str, str, int], ...] = (
    ("ROC", "C[-w] / C", 1),
    ("MA", "mean(C) / C", 0),
    ("STD", "std(C) / C", 0),
    ("BETA", "slope of C on time / C", 0),
    ("RSQR", "R2 of C on time", 0),
    ("RESI", "C less its line on time / C", 0),
    ("MAX", "max(H) / C", 0),
    ("MIN", "min(L) / C", 0),
    ("QTLU", "80 % quantile of C / C", 0),
    ("QTLD", "20 % quantile of C / C", 0),
    ("RANK", "rank of C in its window / n, ties at their mean", 0),
    ("RSV", "(C - min L) / (max H - min L + e)", 0),
    ("IMAX", "place of max H, the oldest bar 1 and ties at the older / w", 0),
    ("IMIN", "place of min L, the oldest bar 1 and ties at the older / w", 0),
    ("IMXD", "(place of max H - place of min L) / w", 0),
    ("CORR", "correlation of C and ln(V + 1)", 0),
    ("CORD", "correlation of C / C[-1] and ln(V / V[-1] + 1)", 1),
    ("CNTP", "bars with C > C[-1] / bars", 1),
    ("CNTN", "bars with C < C[-1] / bars", 1),
    ("CNTD", "CNTP - CNTN", 1),
    ("SUMP", "sum(max(C - C[-1], 0)) / (sum(|C - C[-1]|) + e)", 1),
    ("SUMN", "sum(max(C[-1] - C, 0)) / (sum(|C - C[-1]|) + e)", 1),
    ("SUMD", "SUMP - SUMN", 1),
    ("VMA", "mean(V) / (V + e)", 0),
    ("VSTD", "std(V) / (V + e)", 0),
    ("WVMA", "std(x) / (mean(x) + e) of x = |C / C[-1] - 1| V", 1),
    ("VSUMP", "sum(max(V - V[-1], 0)) / (sum(|V - V[-1]|) + e)", 1),
    ("VSUMN", "sum(max(V[-1] - V, 0)) / (sum(|V - V[-1]|) + e)", 1),
    ("VSUMD", "VSUMP - VSUMN", 1),
)
"""Over each of `WINDOWS`, and how many sessions before its first they read."""


def _row(at: int) -> Callable[[Columns], FloatArray]:
    return lambda columns: np.ascontiguousarray(columns.alpha158[at].T, dtype=np.float64)


def _definitions() -> tuple[tuple[str, str, int], ...]:
    rolling = (
        (f"{stem}{w}", f"{formula}, w = {w}", w + before)
        for stem, formula, before in FAMILIES
        for w in WINDOWS
    )
    return (*((name, formula, 1) for name, formula in BARS), *rolling)


ALPHA158: tuple[Feature, ...] = tuple(
    Feature(name=name, formula=formula, source="Qlib Alpha158", window=window, compute=_row(at))
    for at, (name, formula, window) in enumerate(_definitions())
)
"""All of them in Qlib's order, which is also that of `alpha158_panel.alpha158`."""
