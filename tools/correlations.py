"""How the holdings move with one another, over sessions that are counted and named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Engine

from db.ledger import Ledger
from fund.errors import QueryRefusedError
from fund.metrics.shrunk_correlation import correlation_interval, shrunk_correlation
from fund.metrics.tail import SMALLEST_SAMPLE
from tools.aftermath import PanelViews
from tools.correlation_chart import correlation_figure

SESSIONS = 120
LONGEST = 252
MOST = 25
"""Names on one picture; the largest positions come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCorrelation:
    """Two holdings; the correlation is the sample's own, before it is shrunk for the picture."""

    first: str
    second: str
    correlation: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationMap:
    """The correlations of the holdings' daily total returns."""

    session: date
    sessions: int
    """Returns they are measured on; every name has every one of them."""
    tickers: tuple[str, ...]
    """Largest position first."""
    rows: tuple[tuple[float, ...], ...]
    """Correlations, shrunk towards zero."""
    shrinkage: float
    mean: float
    """Of all pairs, shrunk."""
    closest: tuple[PairCorrelation, ...]
    """The pairs that move most alike, first the closest."""
    farthest: PairCorrelation | None
    left_out: tuple[str, ...]
    """Holdings with too few sessions, or beyond the largest."""

    @property
    def figure(self) -> dict[str, object]:
        """Return the heat map as a Plotly figure, plain JSON."""
        return correlation_figure(self.tickers, self.rows, self.sessions)


class CorrelationTools:
    """Measures how the holdings move together at the desk's clock."""

    def __init__(self, engine: Engine, views: PanelViews) -> None:
        self._engine = engine
        self._views = views

    def correlations(self, sessions: int = SESSIONS) -> CorrelationMap:
        """Return the correlations of the holdings' daily returns, with their closest pairs.

        Args:
            sessions: Over how many of the last sessions, 60 to 252.
        """
        if not SMALLEST_SAMPLE <= sessions <= LONGEST:
            raise QueryRefusedError(
                f"correlations are measured on {SMALLEST_SAMPLE} to {LONGEST} sessions, found {sessions!r}; "
                "fewer are noise"
            )
        view = self._views(None)
        with self._engine.connect() as connection:
            mark = Ledger(connection).last_mark()
        ranked = sorted(mark.positions, key=lambda p: (-abs(p.value), p.ticker)) if mark is not None else []
        held = [position.ticker for position in ranked]
        if len(held) < 2:
            raise QueryRefusedError(f"correlations need two holdings, the desk has {len(held)}")
        return map_of(view.session, held, view.total_return_matrix(held, sessions + 1))


def map_of(
    session: date, held: Sequence[str], index: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> CorrelationMap:
    """Work out the map from total-return indices [sessions + 1, held]; NaN where there is no bar.

    Raises:
        QueryRefusedError: Fewer than two names have enough sessions.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = index[1:] / index[:-1] - 1.0
    counts = np.isfinite(returns).sum(axis=0)
    columns = np.flatnonzero(counts >= max(SMALLEST_SAMPLE, int(0.9 * len(returns))))[:MOST]
    kept = returns[:, columns]
    kept = kept[np.isfinite(kept).all(axis=1)]
    if len(columns) < 2 or len(kept) < SMALLEST_SAMPLE:
        raise QueryRefusedError(
            f"too few sessions to say: correlations need {SMALLEST_SAMPLE} that two holdings share, "
            f"found {len(kept) if len(columns) > 1 else np.sort(counts)[-2]}"
        )
    tickers = tuple(held[column] for column in columns)
    found = shrunk_correlation(kept)
    pairs = _pairs(tickers, kept)
    off = found.matrix[~np.eye(len(tickers), dtype=np.bool_)]
    rows = tuple(tuple(round(float(value), 4) for value in row) for row in found.matrix)
    return CorrelationMap(
        session=session,
        sessions=len(kept),
        tickers=tickers,
        rows=rows,
        shrinkage=found.shrinkage,
        mean=float(off.mean()),
        closest=tuple(pairs[:5]),
        farthest=pairs[-1] if len(pairs) > 1 else None,
        left_out=tuple(ticker for ticker in held if ticker not in tickers),
    )


def _pairs(
    tickers: Sequence[str], returns: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> list[PairCorrelation]:
    sample = np.nan_to_num(np.corrcoef(returns, rowvar=False))
    pairs = []
    for at, first in enumerate(tickers):
        for other in range(at + 1, len(tickers)):
            value = float(sample[at, other])
            found = correlation_interval(value, len(returns))
            low, high = (found.low, found.high) if found is not None else (None, None)
            pairs.append(
                PairCorrelation(first=first, second=tickers[other], correlation=value, low=low, high=high)
            )
    return sorted(pairs, key=lambda pair: (-pair.correlation, pair.first, pair.second))
