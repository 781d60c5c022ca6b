"""What came of a decision: the return that could still be earned, net of costs, in units of its own noise."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from fund.execution.costs import CostModel
from fund.execution.round_trip import round_trip_cost
from fund.market.history import History

HORIZONS = (1, 5, 20)
"""Sessions from entry to exit."""
VOLATILITY_SESSIONS = 60
FEWEST_RETURNS = 40
CLEAR = 0.25
"""Standard deviations beyond which an outcome is good or bad, and within which it is neither."""

Side = Literal["good", "neutral", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What buying at the next open and selling some sessions later came to, beside the benchmark."""

    entry: date
    exit: date
    gross: float
    """Total return from open to open, before costs."""
    benchmark: float
    cost: float
    """Of a round trip, as a fraction of what was bought."""
    net_excess: float
    """Gross return less a round trip's costs, less the benchmark's over the same two opens."""
    z: float
    """Net excess over the volatility known at the decision times the root of the horizon."""

    @property
    def side(self) -> Side:
        """Whether it was clearly good, clearly bad, or neither."""
        return side_of(self.z)


def side_of(z: float) -> Side:
    """Return the side of an outcome in standard deviations; the bounds themselves are neutral."""
    if z > CLEAR:
        return "good"
    return "bad" if z < -CLEAR else "neutral"


class Outcomes:
    """Looks up what came of decisions; it knows the whole history, so nothing of it may enter evidence.

    Dividends are reinvested and splits followed by the total-return index, read at the opens. A name
    without a bar at the exit, or whose open there was carried over, counts with its last close before it.
    The unit of noise is the standard deviation of the daily returns in excess of the benchmark over the 60
    sessions up to the decision.
    """

    def __init__(self, history: History, benchmark: str, costs: CostModel) -> None:
        self._history = history
        self._benchmark = benchmark
        self._costs = costs
        self._row = {session: row for row, session in enumerate(history.panel.sessions)}

    def known(self, session: date, horizon: int) -> bool:
        """Say whether the exit of a decision lies inside the history."""
        return self._row[session] + 1 + horizon < len(self._history.panel.sessions)

    def place(self, session: date) -> int:
        """Return the place of a session in the history, to resample neighbours together."""
        return self._row[session]

    def of(self, ticker: str, session: date, horizon: int) -> Outcome | None:
        """Return what came of buying on a session's decision; None where that could not be done or told."""
        entry, exit_ = self._row[session] + 1, self._row[session] + 1 + horizon
        noise = self.noise(ticker, session)
        gross, market = self._between(ticker, entry, exit_), self._between(self._benchmark, entry, exit_)
        if gross is None or market is None or noise is None:
            return None
        price = float(self._history.panel.open[entry, self._history.bars.column[ticker]])
        cost = round_trip_cost(self._costs, price)
        net = gross - cost - market
        sessions = self._history.panel.sessions
        return Outcome(
            entry=sessions[entry],
            exit=sessions[exit_],
            gross=gross,
            benchmark=market,
            cost=cost,
            net_excess=net,
            z=net / (noise * math.sqrt(horizon)),
        )

    def noise(self, ticker: str, session: date) -> float | None:
        """Return the daily volatility of the excess return known at a decision; None if it was not."""
        history = self._history
        view = history.view(history.calendar.decision_time(session))
        index = view.total_return_matrix((ticker, self._benchmark), VOLATILITY_SESSIONS + 1)
        returns = index[1:] / index[:-1] - 1
        excess = returns[:, 0] - returns[:, 1]
        excess = excess[np.isfinite(excess)]
        deviation = float(excess.std(ddof=1)) if len(excess) >= FEWEST_RETURNS else 0.0
        return deviation if deviation > 0 else None

    def _between(self, ticker: str, entry: int, exit_: int) -> float | None:
        panel, column = self._history.panel, self._history.bars.column.get(ticker)
        if column is None or exit_ >= len(panel.sessions) or self._carried(ticker, entry):
            return None
        bought = self._at_open(entry, column)
        if not math.isfinite(bought):
            return None
        sold = self._at_open(exit_, column)
        if not math.isfinite(sold) or self._carried(ticker, exit_):
            closes = panel.total_return_index[entry:exit_, column]
            sold = float(closes[np.flatnonzero(np.isfinite(closes))[-1]])
        return sold / bought - 1

    def _at_open(self, row: int, column: int) -> float:
        panel = self._history.panel
        return float(
            panel.total_return_index[row, column] / panel.close[row, column] * panel.open[row, column]
        )

    def _carried(self, ticker: str, row: int) -> bool:
        return self._history.suspect(ticker, self._history.panel.sessions[row])


def told_of(outcome: Outcome) -> Mapping[str, Any]:
    """Return an outcome as a label says it."""
    return {
        "z": round(outcome.z, 6),
        "net_excess": round(outcome.net_excess, 8),
        "cost": round(outcome.cost, 8),
        "gross": round(outcome.gross, 8),
        "side": outcome.side,
        "exit": outcome.exit.isoformat(),
    }
