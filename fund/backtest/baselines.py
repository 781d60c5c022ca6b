"""What holding the market would have been worth over the same sessions, before costs."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np

from fund.errors import NoDataError
from fund.market.history import History
from fund.market.view import FloatArray


def ticker_returns(history: History, ticker: str, sessions: Sequence[date]) -> FloatArray:
    """Return a ticker's total returns from close to close, [len(sessions) - 1]; a gap counts as no move.

    Raises `NoDataError` for a ticker without a bar by the first session.
    """
    column = history.bars.column.get(ticker)
    rows = _rows(history, sessions)
    if column is None or history.bars.first_row[column] > rows[0]:
        raise NoDataError(f"a baseline needs bars of {ticker!r} by {sessions[0]}, found none")
    series = history.bars.series(column)
    index = series.index[np.searchsorted(series.rows, rows, side="right") - 1]
    returns: FloatArray = index[1:] / index[:-1] - 1.0
    return returns


def equal_weight_returns(history: History, sessions: Sequence[date]) -> FloatArray:
    """Return the mean total return of the index members, rebalanced every close, [len(sessions) - 1].

    The members are those of the previous session with a bar on both days: known before the return is.
    """
    rows = _rows(history, sessions)
    returns = np.zeros(len(rows) - 1)
    for place, (before, after) in enumerate(pairwise(rows)):
        members = history.members.columns(history.panel.sessions[before])
        index = history.panel.total_return_index
        growth = index[after, members] / index[before, members]
        growth = growth[np.isfinite(growth)]
        if not len(growth):
            raise NoDataError(f"equal weight needs members with bars on {sessions[place]}, found none")
        returns[place] = growth.mean() - 1.0
    return returns


def _rows(history: History, sessions: Sequence[date]) -> list[int]:
    row_of = {session: row for row, session in enumerate(history.panel.sessions)}
    missing = [session for session in sessions if session not in row_of]
    if missing:
        raise NoDataError(f"a baseline needs bars of every session, found none on {missing[0]}")
    return [row_of[session] for session in sessions]
