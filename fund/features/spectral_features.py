"""How a price moves at each time scale: causal wavelets and the Fourier spectrum of recent returns.

Every value is of a window that ends with its own session. A wavelet transform of a whole history, as it is
often taken, smooths each session with what came after it.
"""

import numpy as np

from fund.features.columns import Columns, ratio
from fund.features.feature import Definition, Feature, over_windows
from fund.features.technical import PRESENT_SHARE, moments
from fund.market.view import FloatArray

WINDOW = 64
"""Returns in a spectrum; at least 52 of them must be there, those that are not count as their mean."""
BANDS = ((1, 5), (5, 13), (13, 33))
"""Frequencies, in cycles in the window: periods of 16 to 64 sessions, of 5 to 13, and of 2 to 5."""
SESSIONS_AT_ONCE = 64
"""Sessions transformed together: what bounds the memory, and nothing else."""
RENAUD = "Renaud, Starck and Murtagh (2005), IEEE Trans. SMC-B 35: Haar a trous"
PERCIVAL = "Percival and Walden (2000), Wavelet Methods for Time Series Analysis, ch. 8"
FOURIER = "Welch (1967), IEEE Trans. Audio 15; one segment, no taper"


def _smooth(x: FloatArray, level: int) -> FloatArray:
    return x if level == 0 else moments(x, 2**level).mean


def _detail(x: FloatArray, level: int) -> FloatArray:
    """What the scale of 2^(level - 1) sessions adds: the mean of so many less that of twice as many."""
    return _smooth(x, level - 1) - _smooth(x, level)


def _wave_variance(c: Columns, level: int) -> FloatArray:
    squared = _detail(c.log_return, level) ** 2
    return ratio(moments(squared, WINDOW).mean, moments(c.log_return**2, WINDOW).mean)


def _spectrum(c: Columns) -> tuple[FloatArray, ...]:
    return c.shared(("spectrum", "log_return", WINDOW), lambda: spectrum(c.log_return))


def spectrum(returns: FloatArray) -> tuple[FloatArray, ...]:
    """Return [T, N] each: the share of the power in every band, the spectral entropy, and the mean frequency.

    The entropy is over its highest, so in [0, 1]; the frequency is in cycles a session. All are missing
    where nothing moved.
    """
    sessions, names = returns.shape
    padded = np.vstack([np.full((WINDOW - 1, names), np.nan), returns])
    centre = moments(returns, WINDOW).mean
    out = np.full((len(BANDS) + 2, sessions, names), np.nan)
    if sessions == 0:
        return tuple(out)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=0)
    for start in range(0, sessions, SESSIONS_AT_ONCE):
        rows = slice(start, start + SESSIONS_AT_ONCE)
        out[:, rows] = _measured(windows[rows], centre[rows])
    return tuple(out)


def _measured(windows: FloatArray, centre: FloatArray) -> FloatArray:
    known = np.isfinite(windows)
    enough = known.sum(axis=-1) >= np.ceil(PRESENT_SHARE * WINDOW)
    apart = np.ascontiguousarray(np.where(known, windows - centre[..., None], 0.0))
    power = np.abs(np.fft.rfft(apart, axis=-1)[..., 1:]) ** 2
    total = power.sum(axis=-1)
    moved = enough & (total > 1e-24 * WINDOW)
    share = power / np.where(moved, total, 1.0)[..., None]
    bands = [share[..., low - 1 : high - 1].sum(axis=-1) for low, high in BANDS]
    logs = np.log(np.where(share > 0.0, share, 1.0))
    entropy = -(share * logs).sum(axis=-1) / np.log(share.shape[-1])
    frequency = (share * (np.arange(1, share.shape[-1] + 1) / WINDOW)).sum(axis=-1)
    return np.where(moved, np.array([*bands, entropy, frequency]), np.nan)


POWERS = (("SLOWPOWER", "16 to 64"), ("MIDPOWER", "5 to 13"), ("FASTPOWER", "2 to 5"))
"""What is named after each of `BANDS`, and its periods."""


def _band(at: int) -> Definition:
    return lambda c, _: _spectrum(c)[at]


SPECTRAL_FEATURES: tuple[Feature, ...] = (
    *(
        Feature(
            name=f"WAVE{level}",
            formula=f"mean(ln C) over {2 ** (level - 1)} sessions - mean(ln C) over {2**level}",
            source=RENAUD,
            window=2**level,
            compute=lambda c, level=level: _detail(c.log_close, level),  # type: ignore[misc]
        )
        for level in range(2, 7)
    ),
    *(
        Feature(
            name=f"WAVEVAR{level}",
            formula=f"mean(d^2) / mean(r^2) over {WINDOW} sessions,"
            f" d = mean(r) over {2 ** (level - 1)} sessions - mean(r) over {2**level}",
            source=PERCIVAL,
            window=WINDOW + 2**level,
            compute=lambda c, level=level: _wave_variance(c, level),  # type: ignore[misc]
        )
        for level in range(1, 5)
    ),
    *(
        feature
        for at, (stem, periods) in enumerate(POWERS)
        for feature in over_windows(
            stem,
            (WINDOW,),
            f"share of the power of r in periods of {periods} sessions",
            FOURIER,
            _band(at),
            extra=1,
        )
    ),
    *over_windows(
        "SPECTRALENTROPY",
        (WINDOW,),
        "-sum(p ln p) / ln 32, p the share of the power of r at each of 32 frequencies",
        "Inouye et al. (1991), Electroencephalography and Clinical Neurophysiology 79",
        lambda c, _: _spectrum(c)[3],
        extra=1,
    ),
    *over_windows(
        "FREQUENCY",
        (WINDOW,),
        "sum(p f), p the share of the power of r at frequency f",
        FOURIER,
        lambda c, _: _spectrum(c)[4],
        extra=1,
    ),
)
