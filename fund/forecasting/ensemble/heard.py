"""What an ensemble reads: how its members rank each name, and beside it what the market did."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from fund.errors import DataError
from fund.features.labels import excess_labels
from fund.features.panel import FeatureTable
from fund.features.universe import BoolArray, Universe
from fund.forecasting.ensemble.members import FEWEST_NAMES, UNIT, Members
from fund.forecasting.recent import market_returns
from fund.forecasting.samples import Samples, horizon_volatility
from fund.market.view import FloatArray

MARKET = "market return"
"""Name of the last column: the benchmark's daily log return, the same for every name, on its own scale."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HeardSamples(Samples):
    """Samples whose features are what the members said."""

    @cached_property
    def members(self) -> Members:
        """The members' ranks beside what followed."""
        table = self.table
        return Members(
            names=table.names[:-1],
            sessions=table.sessions,
            tickers=table.tickers,
            horizon_sessions=self.labels.horizon_sessions,
            ranks=unit_ranks(table.values),
            realised=self.labels.values,
        )

    @cached_property
    def first_warm(self) -> int:
        """Index of the first session on which every member spoke; `DataError` when there is none."""
        spoke = np.flatnonzero(self.members.spoke)
        if not len(spoke):
            raise DataError(
                f"expected a session on which every member ranked {FEWEST_NAMES} names, found none in "
                f"{len(self.sessions)!r} sessions; train them on the same history"
            )
        return int(spoke[0])


def heard_version(members: Sequence[str]) -> str:
    """Return the id of what an ensemble of these versions reads; their order is part of it."""
    return f"members-{hashlib.sha256(' '.join(members).encode()).hexdigest()[:12]}"


def heard_table(
    *,
    names: Sequence[str],
    version: str,
    sessions: tuple[date, ...],
    tickers: tuple[str, ...],
    ranks: FloatArray,
    market: FloatArray,
    present: BoolArray,
) -> FeatureTable:
    """Return members' ranks in (0, 1), [M, T, N], and the market's returns, [T], as features."""
    values = np.empty((*ranks.shape[1:], len(names) + 1), dtype=np.float32)
    values[..., :-1] = np.moveaxis(ranks, 0, -1) - 0.5
    values[..., -1] = market[:, None]
    return FeatureTable(
        sessions=sessions,
        tickers=tickers,
        names=(*names, MARKET),
        values=values,
        present=present,
        version=version,
    )


def heard_samples(
    universe: Universe, horizon_sessions: int, names: Sequence[str], version: str, ranks: FloatArray
) -> HeardSamples:
    """Return what an ensemble learns from: members' ranks on a universe's sessions and tickers, [M, T, N]."""
    return HeardSamples(
        table=heard_table(
            names=names,
            version=version,
            sessions=universe.panel.sessions,
            tickers=universe.panel.tickers,
            ranks=ranks,
            market=market_returns(universe).values,
            present=universe.present,
        ),
        labels=excess_labels(universe, horizon_sessions),
        volatility=horizon_volatility(universe, horizon_sessions),
    )


def unit_ranks(values: np.ndarray) -> FloatArray:
    """Return the members' ranks, [M, T, N] of unit variance, of what was heard, [T, N, M + 1]."""
    return np.moveaxis(values[..., :-1].astype(np.float64), -1, 0) * UNIT


def placed(
    matrix: FloatArray,
    rows: Sequence[date],
    columns: Sequence[str],
    sessions: Sequence[date],
    tickers: Sequence[str],
) -> FloatArray:
    """Return a matrix of rows and columns laid on other sessions and tickers; NaN where it has none."""
    to_row, to_column = (
        {each: at for at, each in enumerate(sessions)},
        {each: at for at, each in enumerate(tickers)},
    )
    own = [at for at, each in enumerate(rows) if each in to_row]
    kept = [at for at, each in enumerate(columns) if each in to_column]
    laid = np.full((len(sessions), len(tickers)), np.nan)
    at = np.ix_([to_row[rows[each]] for each in own], [to_column[columns[each]] for each in kept])
    laid[at] = matrix[np.ix_(own, kept)]
    return laid
