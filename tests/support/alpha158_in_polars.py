"""The same 158 features as Polars expressions over whole bars, the places of extremes by NumPy's windows."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

WINDOWS = (5, 10, 20, 30, 60)
GRAIN = 1e-12
OPEN, H, L, C, V = (pl.col(name) for name in ("open", "high", "low", "close", "volume"))
AGE = pl.int_range(pl.len()).cast(pl.Float64)


def long_frame(bars: dict[str, NDArray[np.float64]]) -> pl.DataFrame:
    """[T, N] columns as one frame, name after name."""
    sessions, names = bars["close"].shape
    ticker = np.repeat(np.arange(names), sessions)
    return pl.DataFrame({"ticker": ticker, **{name: column.T.ravel() for name, column in bars.items()}})


def alpha158_in_polars(frame: pl.DataFrame) -> pl.DataFrame:
    """One Float32 column a feature, in Qlib's order."""
    changed = frame.with_columns(
        change=(C / C.shift(1)).over("ticker"),
        grown=(V / V.shift(1) + 1).log().over("ticker"),
        weighed=((C / C.shift(1) - 1).abs() * V).over("ticker"),
        shares=(V + 1).log(),
        up=(C.shift(1) < C).fill_null(False).cast(pl.Float64).over("ticker"),
        down=(C.shift(1) > C).fill_null(False).cast(pl.Float64).over("ticker"),
        rise=C.diff().clip(lower_bound=0).over("ticker"),
        fall=(-C.diff()).clip(lower_bound=0).over("ticker"),
        volume_rise=V.diff().clip(lower_bound=0).over("ticker"),
        volume_fall=(-V.diff()).clip(lower_bound=0).over("ticker"),
        age=AGE.over("ticker"),
    )
    width = H - L + GRAIN
    top, bottom = pl.max_horizontal(OPEN, C), pl.min_horizontal(OPEN, C)
    bars = {
        "KMID": (C - OPEN) / OPEN,
        "KLEN": (H - L) / OPEN,
        "KMID2": (C - OPEN) / width,
        "KUP": (H - top) / OPEN,
    }
    bars |= {"KUP2": (H - top) / width, "KLOW": (bottom - L) / OPEN, "KLOW2": (bottom - L) / width}
    bars |= {"KSFT": (2 * C - H - L) / OPEN, "KSFT2": (2 * C - H - L) / width}
    bars |= {"OPEN0": OPEN / C, "HIGH0": H / C, "LOW0": L / C, "VWAP0": (H + L + C) / 3 / C}
    of_window = [dict(_window(w)) for w in WINDOWS]
    rolling = {
        f"{stem}{w}": found[stem].over("ticker")
        for stem in of_window[0]
        for w, found in zip(WINDOWS, of_window, strict=True)
    }
    return changed.select(**{k: each.cast(pl.Float32) for k, each in (bars | rolling).items()})


def _window(w: int) -> Iterator[tuple[str, pl.Expr]]:
    def mean(x: pl.Expr) -> pl.Expr:
        return x.rolling_mean(w, min_samples=1)

    def std(x: pl.Expr) -> pl.Expr:
        return x.rolling_std(w, min_samples=2)

    def total(name: str) -> pl.Expr:
        return pl.col(name).rolling_sum(w, min_samples=1)

    age, tops, lows = pl.col("age"), H.rolling_max(w, min_samples=1), L.rolling_min(w, min_samples=1)
    spread = pl.rolling_cov(age, C, window_size=w, min_samples=2, ddof=1)
    slope = spread / age.rolling_var(w, min_samples=2)
    yield from (("ROC", C.shift(w) / C), ("MA", mean(C) / C), ("STD", std(C) / C), ("BETA", slope / C))
    yield "RSQR", pl.rolling_corr(age, C, window_size=w, min_samples=2) ** 2
    yield "RESI", (C - mean(C) - slope * (age - mean(age))) / C
    yield from (("MAX", tops / C), ("MIN", lows / C))
    yield "QTLU", C.rolling_quantile(0.8, "linear", window_size=w, min_samples=1) / C
    yield "QTLD", C.rolling_quantile(0.2, "linear", window_size=w, min_samples=1) / C
    number = pl.min_horizontal(age + 1, pl.lit(float(w)))
    yield "RANK", C.rolling_rank(w, "average", min_samples=1) / number
    yield "RSV", (C - lows) / (tops - lows + GRAIN)
    high_at, low_at = _place(H, w, number), _place(-L, w, number)
    yield from (("IMAX", high_at / w), ("IMIN", low_at / w), ("IMXD", (high_at - low_at) / w))
    yield "CORR", pl.rolling_corr(C, pl.col("shares"), window_size=w, min_samples=2)
    yield "CORD", pl.rolling_corr(pl.col("change"), pl.col("grown"), window_size=w, min_samples=2)
    up, down = mean(pl.col("up")), mean(pl.col("down"))
    yield from (("CNTP", up), ("CNTN", down), ("CNTD", up - down))
    yield from _moved("SUM", total("rise"), total("fall"))
    yield from (("VMA", mean(V) / (V + GRAIN)), ("VSTD", std(V) / (V + GRAIN)))
    yield "WVMA", std(pl.col("weighed")) / (mean(pl.col("weighed")) + GRAIN)
    yield from _moved("VSUM", total("volume_rise"), total("volume_fall"))


def _moved(stem: str, up: pl.Expr, down: pl.Expr) -> Iterator[tuple[str, pl.Expr]]:
    whole = up + down + GRAIN
    yield from ((f"{stem}P", up / whole), (f"{stem}N", down / whole), (f"{stem}D", (up - down) / whole))


def _place(x: pl.Expr, w: int, number: pl.Expr) -> pl.Expr:
    """Which of the window's bars is highest, the oldest 1."""
    return x.map_batches(lambda column: _from_the_end(column, w), return_dtype=pl.Float64) + number


def _from_the_end(column: pl.Series, w: int) -> pl.Series:
    padded = np.concatenate([np.full(w - 1, -np.inf), column.to_numpy()])
    return pl.Series(sliding_window_view(padded, w).argmax(axis=1) + 1.0 - w)
