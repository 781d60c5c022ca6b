"""A signal: what a rule thinks of one ticker on one close, how strongly, and by which figures."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np

from fund.errors import DataError
from fund.features.universe import Universe
from fund.forecasting.table import ForecastTable
from fund.market.view import FloatArray

Direction = Literal["long", "short", "none"]
Unit = Literal["fraction", "deviations", "sessions", "ratio", "rank"]
NO_NOTES: Mapping[tuple[int, int], str] = MappingProxyType({})
_FORMATS: Mapping[Unit, str] = {
    "fraction": "{:+.1%}",
    "deviations": "{:+.2f} deviations",
    "sessions": "{:.0f} sessions",
    "ratio": "{:.2f}",
    "rank": "{:.2f} of 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One figure a signal rests on."""

    what: str
    value: float
    unit: Unit

    def __str__(self) -> str:
        return f"{self.what}: {_FORMATS[self.unit].format(self.value)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One rule's view of one ticker; a signal of conviction 0 has looked and sees nothing."""

    ticker: str
    session: date
    """The session whose close it was formed on; it can trade at the next open."""
    source: str
    conviction: float
    """From -1 (short) to 1 (long); 0 is "no edge"."""
    reasons: tuple[Reason, ...] = ()
    note: str = ""
    """What figures alone do not say, such as the other leg of a pair."""

    def __post_init__(self) -> None:
        if not -1.0 <= self.conviction <= 1.0:
            raise DataError(
                f"expected a conviction from -1 to 1, found {self.conviction!r} for {self.ticker} "
                f"by {self.source}; scale it first"
            )

    @property
    def direction(self) -> Direction:
        """Long, short, or none."""
        if self.conviction == 0.0:
            return "none"
        return "long" if self.conviction > 0.0 else "short"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figures:
    """One named figure for every session and ticker."""

    what: str
    unit: Unit
    values: FloatArray
    """[T, N]; NaN where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SignalTable:
    """One rule's views of every session: a row rests on that session's close and what came before it.

    Convictions outside [-1, 1], or shapes that do not fit, raise `DataError`.
    """

    source: str
    sessions: tuple[date, ...]
    tickers: tuple[str, ...]
    conviction: FloatArray
    """[T, N] from -1 to 1; 0 has looked and sees nothing, NaN could not look."""
    figures: tuple[Figures, ...] = ()
    notes: Mapping[tuple[int, int], str] = field(default_factory=lambda: NO_NOTES)
    """By row and column."""

    def __post_init__(self) -> None:
        shape = (len(self.sessions), len(self.tickers))
        for what, values in (("conviction", self.conviction), *((f.what, f.values) for f in self.figures)):
            if values.shape != shape:
                raise DataError(
                    f"expected {what!r} of {self.source!r} of shape {shape!r}, found {values.shape!r}; "
                    "align it with the panel"
                )
        far = np.abs(np.nan_to_num(self.conviction, nan=0.0)) > 1.0
        if far.any():
            raise DataError(
                f"expected convictions of {self.source!r} from -1 to 1, found "
                f"{float(self.conviction[far][0])!r}; scale them first"
            )

    def at(self, session: date) -> tuple[Signal, ...]:
        """Return the signals of a session by ticker, those of "no edge" included.

        A ticker the rule could not look at has none. A session outside the table raises `DataError`.
        """
        row = self._row(session)
        return tuple(self._signal(row, int(at)) for at in np.flatnonzero(np.isfinite(self.conviction[row])))

    def as_forecasts(self, realised: FloatArray, horizon_sessions: int) -> ForecastTable:
        """Return the convictions as uncalibrated scores beside what was realised, to be judged or blended."""
        empty = np.full_like(self.conviction, np.nan)
        return ForecastTable(
            forecaster=self.source,
            version=f"{self.source}-rule",
            horizon_sessions=horizon_sessions,
            sessions=self.sessions,
            tickers=self.tickers,
            scores=self.conviction,
            expected=empty,
            low=empty,
            high=empty,
            probability_up=empty,
            realised=realised,
        )

    def _signal(self, row: int, column: int) -> Signal:
        return Signal(
            ticker=self.tickers[column],
            session=self.sessions[row],
            source=self.source,
            conviction=float(self.conviction[row, column]),
            reasons=tuple(
                Reason(what=each.what, value=float(each.values[row, column]), unit=each.unit)
                for each in self.figures
                if np.isfinite(each.values[row, column])
            ),
            note=self.notes.get((row, column), ""),
        )

    @property
    def _span(self) -> str:
        return f"from {self.sessions[0]!s} to {self.sessions[-1]!s}" if self.sessions else "of an empty table"

    def _row(self, session: date) -> int:
        row = bisect_left(self.sessions, session)
        if row == len(self.sessions) or self.sessions[row] != session:
            raise DataError(
                f"expected a session {self._span}, found {session!s}; "
                "compute the signals over bars that reach it"
            )
        return row


class RuleStrategy(Protocol):
    """A rule that looks at a whole universe; nothing in it is fitted to what it is judged on."""

    @property
    def name(self) -> str:
        """The source its signals carry."""
        ...

    def signals(self, universe: Universe) -> SignalTable:
        """Return the views of every session; a row reads nothing later than its close."""
        ...


def table_of(
    source: str,
    universe: Universe,
    conviction: FloatArray,
    figures: tuple[Figures, ...] = (),
    notes: Mapping[tuple[int, int], str] = NO_NOTES,
) -> SignalTable:
    """Return a table over a universe, with a view only of members that traded in the session."""
    return SignalTable(
        source=source,
        sessions=universe.panel.sessions,
        tickers=universe.panel.tickers,
        conviction=np.where(universe.present, conviction, np.nan),
        figures=figures,
        notes=notes,
    )
