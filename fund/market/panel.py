"""Bars of many tickers as aligned matrices, for everything that is computed in bulk."""

from dataclasses import dataclass
from datetime import date

from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPanel:
    """Daily bars, one row a session and one column a ticker; NaN where there is no bar."""

    sessions: tuple[date, ...]
    """T sessions, ascending."""
    tickers: tuple[str, ...]
    """N tickers, sorted."""
    open: FloatArray
    """[T, N] raw USD, as are high, low and close."""
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    """[T, N] shares, as traded."""
    total_return_index: FloatArray
    """[T, N] 1 at the first bar, growing forward by splits and dividends; NaN without a bar."""
