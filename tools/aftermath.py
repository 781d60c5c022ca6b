"""What names did after a decision, as far as the desk's clock has seen it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

import numpy as np

from fund.features.labels import excess_labels
from fund.features.universe import Universe
from fund.market.panel import BarPanel
from fund.market.view import FloatArray, MarketView


class PanelView(MarketView, Protocol):
    """A view that also hands out the bars of every ticker at once."""

    def panel(self, count: int | None = None) -> BarPanel:
        """Return the bars known at the view, of its last `count` sessions or of all."""
        ...


PanelViews = Callable[[date | None], PanelView]
"""The market as it was known on the close of a session; None is the desk's clock."""


class Aftermath:
    """Outcomes read from one panel that ends at the desk's clock: what is later is not there."""

    def __init__(self, view: PanelView, benchmark: str, views: PanelViews) -> None:
        self._panel = view.panel()
        self._benchmark = benchmark
        self._views = views
        self._row = {session: row for row, session in enumerate(self._panel.sessions)}
        self._column = {ticker: column for column, ticker in enumerate(self._panel.tickers)}
        self._labelled: dict[tuple[frozenset[date], int], ExcessReturns] = {}
        index = self._panel.total_return_index
        with np.errstate(invalid="ignore", divide="ignore"):
            self._opens = self._panel.open * index / self._panel.close

    @property
    def sessions(self) -> tuple[date, ...]:
        """Return the sessions that are known, oldest first."""
        return self._panel.sessions

    def place(self, session: date) -> int:
        """Return the place of a session in time; -1 where it is not known."""
        return self._row.get(session, -1)

    def known(self, session: date, sessions: int) -> bool:
        """Say whether the clock has seen `sessions` sessions after the decision of a session."""
        row = self._row.get(session)
        return row is not None and row + sessions < len(self._panel.sessions)

    def earned(self, ticker: str, session: date, sessions: int) -> float | None:
        """Return the total return from the next open to the close `sessions` sessions after a decision.

        A name whose bars end before counts with its last close. None until it is known, and where it
        could not have been bought at that open.
        """
        row, column = self._row.get(session), self._column.get(ticker)
        if row is None or column is None or row + sessions >= len(self._panel.sessions):
            return None
        entry = self._opens[row + 1, column]
        closes = self._panel.total_return_index[row + 1 : row + sessions + 1, column]
        held = closes[np.isfinite(closes)]
        return float(held[-1] / entry - 1.0) if np.isfinite(entry) and len(held) else None

    def above_benchmark(self, ticker: str, session: date, sessions: int) -> float | None:
        """Return what a name earned as in `earned`, less what the benchmark did."""
        own = self.earned(ticker, session, sessions)
        other = self.earned(self._benchmark, session, sessions)
        return None if own is None or other is None else own - other

    def excess(self, decisions: Sequence[date], horizon_sessions: int) -> "ExcessReturns":
        """Return the excess over the average member for the sessions decided on, labelled as forecasts are.

        From the next open to the open `horizon_sessions` later, less the mean of the members of the session.
        """
        asked = (frozenset(decisions), horizon_sessions)
        if asked not in self._labelled:
            self._labelled[asked] = self._excess(*asked)
        return self._labelled[asked]

    def _excess(self, decisions: frozenset[date], horizon_sessions: int) -> "ExcessReturns":
        panel = self._panel
        members = np.zeros((len(panel.sessions), len(panel.tickers)), dtype=np.bool_)
        for session in decisions & self._row.keys():
            columns = [self._column[t] for t in self._views(session).members() if t in self._column]
            members[self._row[session], columns] = True
        universe = Universe(
            panel=panel,
            members=members,
            sectors=np.full(len(panel.tickers), -1, dtype=np.int64),
            benchmark=self._benchmark,
        )
        return ExcessReturns(excess_labels(universe, horizon_sessions).values, self._row, self._column)


class ExcessReturns:
    """Realised labels by session and ticker."""

    def __init__(self, values: FloatArray, row: dict[date, int], column: dict[str, int]) -> None:
        self._values = values
        self._row = row
        self._column = column

    def of(self, ticker: str, session: date) -> float | None:
        """Return one label; None until it is known, or where the name was no member."""
        row, column = self._row.get(session), self._column.get(ticker)
        if row is None or column is None:
            return None
        value = float(self._values[row, column])
        return value if np.isfinite(value) else None
