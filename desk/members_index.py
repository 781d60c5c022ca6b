"""What holding every index member in equal parts was worth at each close."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from desk.market import Market
from fund.backtest.baselines import equal_weight_returns
from fund.errors import NoDataError
from fund.market.view import FloatArray


class MembersIndex:
    """The equal-weight baseline as an index, computed for the sessions asked about."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def levels(self, sessions: Sequence[date]) -> FloatArray | None:
        """Return the index at each session's close, 1 at the first; None where members have no bars."""
        if not sessions:
            return np.ones(0)
        try:
            returns = equal_weight_returns(self._market.history, sessions)
        except NoDataError:
            return None
        levels: FloatArray = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
        return levels
