"""The series features are made of, derived once from a universe and shared between them."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fund.features import technical
from fund.features.alpha158_panel import AdjustedBars, alpha158
from fund.features.technical import Extremes, Moments, Order, Pair
from fund.features.universe import Universe
from fund.market.view import FloatArray

LOG_2 = float(np.log(2.0))


WINDOWS_KEPT = 64
"""Rolling windows kept for the next feature that asks, those asked for last: a matrix or more each."""
WindowKey = tuple[str, str, int]


class Columns:
    """Adjusted prices, returns and dollar volume of a universe as [T, N] columns, with their rolling windows.

    Prices are the raw ones times total-return index over close. The index grows forward, so a later split
    or dividend never changes an earlier value. Volume is counted in dollars because a split moves the
    share count but not the money. A ratio that is not finite is missing. `last` says how many of the last
    sessions are asked for, where less need be computed for them.
    """

    def __init__(self, universe: Universe, *, last: int | None = None) -> None:
        self.universe = universe
        self._last = last
        self._panel = universe.panel
        self._windows: dict[WindowKey, tuple[FloatArray, ...]] = {}

    @cached_property
    def factor(self) -> FloatArray:
        """Adjustment of a raw price: total-return index over close."""
        return ratio(self.close, self.bars("close"))

    @cached_property
    def open(self) -> FloatArray:
        """Adjusted open, in index units as are high, low and close."""
        return self._adjusted("open")

    @cached_property
    def high(self) -> FloatArray:
        """Adjusted high."""
        return self._adjusted("high")

    @cached_property
    def low(self) -> FloatArray:
        """Adjusted low."""
        return self._adjusted("low")

    @cached_property
    def close(self) -> FloatArray:
        """Adjusted close: the total-return index."""
        return self.bars("total_return_index")

    @cached_property
    def log_close(self) -> FloatArray:
        """Natural logarithm of the adjusted close."""
        return log(self.close)

    @cached_property
    def log_return(self) -> FloatArray:
        """Log total return since the previous session; missing when that session is."""
        return self.log_close - technical.delay(self.log_close, 1)

    @cached_property
    def log_gap(self) -> FloatArray:
        """Log of the open over the previous close."""
        return log(self.open) - technical.delay(self.log_close, 1)

    @cached_property
    def log_body(self) -> FloatArray:
        """Log of the close over the open."""
        return self.log_close - log(self.open)

    @cached_property
    def log_range(self) -> FloatArray:
        """Log of the high over the low."""
        return log(ratio(self.high, self.low))

    @cached_property
    def parkinson(self) -> FloatArray:
        """One session's variance from its range. Source: Parkinson (1980), J. of Business 53."""
        return np.asarray(self.log_range**2 / (4.0 * LOG_2))

    @cached_property
    def garman_klass(self) -> FloatArray:
        """One session's variance from range and body. Source: Garman and Klass (1980), J. of Business 53."""
        return np.asarray(0.5 * self.log_range**2 - (2.0 * LOG_2 - 1.0) * self.log_body**2)

    @cached_property
    def rogers_satchell(self) -> FloatArray:
        """One session's variance, free of drift. Source: Rogers and Satchell (1991), Ann. Appl. Prob. 1."""
        up, down = log(ratio(self.high, self.open)), log(ratio(self.low, self.open))
        return up * (up - self.log_body) + down * (down - self.log_body)

    @cached_property
    def true_range(self) -> FloatArray:
        """Widest of the session's range and its reach from the previous close. Source: Wilder (1978)."""
        previous = technical.delay(self.close, 1)
        reach = np.maximum(np.abs(self.high - previous), np.abs(self.low - previous))
        return ratio(np.maximum(self.high - self.low, reach), previous)

    @cached_property
    def up_day(self) -> FloatArray:
        """1 after a rise, 0 after a fall or no change."""
        return np.where(np.isfinite(self.log_return), (self.log_return > 0).astype(np.float64), np.nan)

    @cached_property
    def gain(self) -> FloatArray:
        """The log return where positive, else 0."""
        return np.maximum(self.log_return, 0.0)

    @cached_property
    def absolute_return(self) -> FloatArray:
        """Size of the log return."""
        return np.abs(self.log_return)

    @cached_property
    def dollar_volume(self) -> FloatArray:
        """Raw close times shares traded, USD."""
        return self.bars("close") * self.bars("volume")

    @cached_property
    def log_dollar_volume(self) -> FloatArray:
        """Natural logarithm of dollar volume; missing when nothing traded."""
        return log(self.dollar_volume)

    @cached_property
    def dollar_volume_change(self) -> FloatArray:
        """Log change of dollar volume since the previous session."""
        return self.log_dollar_volume - technical.delay(self.log_dollar_volume, 1)

    @cached_property
    def illiquidity(self) -> FloatArray:
        """Absolute return per million dollars traded. Source: Amihud (2002), J. of Financial Markets 5."""
        return ratio(self.absolute_return, self.dollar_volume / 1e6)

    @cached_property
    def benchmark_return(self) -> FloatArray:
        """The benchmark's log return, repeated for every ticker."""
        at = self._panel.tickers.index(self.universe.benchmark)
        return np.repeat(self.log_return[:, at : at + 1], self.log_return.shape[1], axis=1)

    @cached_property
    def relative_strength(self) -> FloatArray:
        """Logarithm of the adjusted close less that of the benchmark's."""
        at = self._panel.tickers.index(self.universe.benchmark)
        return self.log_close - self.log_close[:, at : at + 1]

    @cached_property
    def shares(self) -> FloatArray:
        """Shares traded over the factor, so that price times shares is the money that changed hands."""
        return ratio(self.bars("volume"), self.factor)

    @cached_property
    def alpha158(self) -> NDArray[np.float32]:
        """[158, N, T]: the features of `ALPHA158`, computed together; of the `last` sessions only."""
        bars = AdjustedBars(
            open=self.open, high=self.high, low=self.low, close=self.close, volume=self.shares
        )
        return alpha158(bars, last=self._last)

    def _adjusted(self, name: str) -> FloatArray:
        """A raw price on the scale of the index; where it is the close it is the index itself, to the bit."""
        return self.close * ratio(self.bars(name), self.bars("close"))

    def bars(self, name: str) -> FloatArray:
        """Return a column of the panel, raw; what is infinite counts as missing."""
        return _finite(getattr(self._panel, name))

    def moments(self, series: str, window: int) -> Moments:
        """Return rolling mean and deviation of the series of that name."""
        return Moments(*self._once("moments", series, window))

    def extremes(self, series: str, window: int) -> Extremes:
        """Return rolling extremes of the series of that name."""
        return Extremes(*self._once("extremes", series, window))

    def trend(self, series: str, window: int) -> Pair:
        """Return the rolling line through the series of that name over time."""
        return Pair(*self._once("trend", series, window))

    def order(self, series: str, window: int) -> Order:
        """Return rolling rank and quantiles of the series of that name."""
        return Order(*self._once("order", series, window))

    def pair(self, series: str, other: str, window: int) -> Pair:
        """Return the rolling line of one series on another, both by name."""
        return Pair(
            *self.shared(
                ("pair", f"{series} on {other}", window),
                lambda: technical.pair(getattr(self, series), getattr(self, other), window),
            )
        )

    def condition(self, name: str) -> FloatArray:
        """Return [T, N]: a figure of the market, alike for every name; NaN where unknown or infinite."""
        context, shape = self.universe.context, self.close.shape
        if context is None or name not in context.market:
            return np.full(shape, np.nan)
        return np.repeat(_finite(context.market[name])[:, None], shape[1], axis=1)

    def known(self, name: str) -> FloatArray:
        """Return [T, N]: a figure of each name from the context; NaN where unknown or infinite."""
        context = self.universe.context
        if context is None or name not in context.names:
            return np.full(self.close.shape, np.nan)
        return _finite(context.names[name])

    def _once(self, kernel: str, series: str, window: int) -> tuple[FloatArray, ...]:
        return self.shared(
            (kernel, series, window), lambda: getattr(technical, kernel)(getattr(self, series), window)
        )

    def shared(
        self, key: WindowKey, computed: Callable[[], tuple[FloatArray, ...]]
    ) -> tuple[FloatArray, ...]:
        """Return what was computed under a key, computing it where it is not, or no longer, kept."""
        found = self._windows.pop(key, None)
        self._windows[key] = found if found is not None else computed()
        if len(self._windows) > WINDOWS_KEPT:
            del self._windows[next(iter(self._windows))]
        return self._windows[key]


def _finite(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values), values, np.nan)


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Divide; missing where the denominator is zero or either is missing."""
    defined = np.isfinite(numerator) & np.isfinite(denominator) & (denominator != 0)
    return np.where(defined, numerator, np.nan) / np.where(defined, denominator, 1.0)


def log(values: FloatArray) -> FloatArray:
    """Take the natural logarithm; missing where the value is not positive."""
    return np.log(np.where(values > 0, values, np.nan))
