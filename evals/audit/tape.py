"""The bars and corporate actions of a case as an auditor reads them: raw, and by nobody's view."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
QUOTED = Decimal("0.0001")
ONE, NOTHING = Fraction(1), Decimal(0)
KINDS = ("dividend", "split", "merger", "delisting", "ticker_change")
"""In the order in which they take effect before an open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What happened to the shares of a ticker before an open."""

    ticker: str
    kind: str
    value: Decimal
    detail: str

    @property
    def ratio(self) -> Fraction:
        """Return the new shares of a split for one old: published to six decimals, 0.333333 is a third."""
        return Fraction(self.value).limit_denominator(10_000)


@dataclass(frozen=True, kw_only=True)
class Tape:
    """Prices by place: the number of a session, 0 the oldest."""

    market: Mapping[str, Any]
    """As the case keeps it."""
    sessions: tuple[date, ...] = field(init=False)
    place: Mapping[date, int] = field(init=False)

    def __post_init__(self) -> None:
        days = tuple(date.fromisoformat(day) for day in self.market["sessions"])
        object.__setattr__(self, "sessions", days)
        object.__setattr__(self, "place", {day: place for place, day in enumerate(days)})

    def price(self, ticker: str, name: str, place: int) -> Decimal | None:
        """Return the open, high, low or close of a session in USD; None where nothing traded."""
        bars = self.market["bars"].get(ticker)
        value = None if bars is None else bars[name][place]
        return None if value is None else Decimal(repr(float(value))).quantize(QUOTED)

    def volume(self, ticker: str, place: int) -> float:
        """Return the shares that changed hands in a session, 0 where none did."""
        return float(self.market["bars"][ticker]["volume"][place] or 0.0)

    def last(self, ticker: str, place: int) -> int | None:
        """Return the last session with a bar up to a place."""
        rows = self._with_bars.get(ticker)
        found = -1 if rows is None else int(np.searchsorted(rows, place, side="right")) - 1
        return None if rows is None or found < 0 else int(rows[found])

    def rows(self, ticker: str, place: int, count: int) -> list[int]:
        """Return the places of the last bars up to a place, oldest first."""
        rows = self._with_bars[ticker]
        end = int(np.searchsorted(rows, place, side="right"))
        return [int(row) for row in rows[max(0, end - count) : end]]

    def mark(self, ticker: str, place: int) -> Decimal | None:
        """Return the last close up to a place, in the shares of that place."""
        last = self.last(ticker, place)
        price = None if last is None else self.price(ticker, "close", last)
        if last is None or price is None or last == place:
            return price
        made = self.shares(ticker, last, place)
        return (price * made.denominator / made.numerator).quantize(QUOTED, rounding=ROUND_HALF_EVEN)

    def actions(self, place: int) -> tuple[Action, ...]:
        """Return what happened before the open of a session, in the order in which it took effect."""
        return self._actions.get(self.sessions[place], ())

    def split(self, ticker: str, place: int) -> Fraction:
        """Return the shares that one share became before the open of a session."""
        return self._splits.get((ticker, self.sessions[place]), ONE)

    def cash(self, ticker: str, place: int) -> Decimal:
        """Return the dividends a share of a ticker was paid before the open of a session, USD."""
        return self._cash.get((ticker, self.sessions[place]), NOTHING)

    def shares(self, ticker: str, row: int, place: int) -> Fraction:
        """Return how many shares of a place one share of an earlier row has become."""
        made = ONE
        for (name, day), ratio in self._splits.items():
            if name == ticker and self.sessions[row] < day <= self.sessions[place]:
                made *= ratio
        return made

    def sector(self, ticker: str) -> str:
        """Return the sector of a ticker; those without one share one."""
        return self._sectors.get(ticker) or "unknown"

    def is_member(self, ticker: str, place: int) -> bool:
        """Return whether a ticker is in the index on a session."""
        day = self.sessions[place].isoformat()
        spells = (each for each in self.market["membership"] if each["ticker"] == ticker)
        return any(s["start"] <= day and (s["end"] is None or day < s["end"]) for s in spells)

    def returns(self, tickers: list[str], place: int, count: int) -> FloatArray:
        """Return total returns of up to `count` sessions up to a place, [sessions, tickers]; NaN for none."""
        rows = slice(max(1, place + 1 - count), place + 1)
        columns = [self._returns.get(ticker) for ticker in tickers]
        nothing = np.full(len(self.sessions), np.nan)
        return np.column_stack([(nothing if each is None else each)[rows] for each in columns])

    @cached_property
    def _with_bars(self) -> Mapping[str, NDArray[np.int64]]:
        closes = {ticker: bars["close"] for ticker, bars in self.market["bars"].items()}
        return {
            ticker: np.array([n for n, close in enumerate(found) if close is not None], dtype=np.int64)
            for ticker, found in closes.items()
        }

    @cached_property
    def _actions(self) -> Mapping[date, tuple[Action, ...]]:
        found: dict[date, list[Action]] = {}
        for each in self.market["actions"]:
            action = Action(
                ticker=each["ticker"], kind=each["kind"], value=Decimal(each["value"]), detail=each["detail"]
            )
            found.setdefault(date.fromisoformat(each["ex_date"]), []).append(action)
        return {
            day: tuple(sorted(told, key=lambda a: (KINDS.index(a.kind), a.ticker, a.detail)))
            for day, told in found.items()
        }

    @cached_property
    def _splits(self) -> Mapping[tuple[str, date], Fraction]:
        found: dict[tuple[str, date], Fraction] = {}
        for day, told in self._actions.items():
            for each in (action for action in told if action.kind == "split"):
                found[each.ticker, day] = found.get((each.ticker, day), ONE) * each.ratio
        return found

    @cached_property
    def _cash(self) -> Mapping[tuple[str, date], Decimal]:
        found: dict[tuple[str, date], Decimal] = {}
        for day, told in self._actions.items():
            for each in (action for action in told if action.kind == "dividend"):
                found[each.ticker, day] = found.get((each.ticker, day), NOTHING) + each.value
        return found

    @cached_property
    def _sectors(self) -> Mapping[str, str]:
        return {each["ticker"]: each["sector"] for each in self.market["instruments"]}

    @cached_property
    def _returns(self) -> Mapping[str, FloatArray]:
        return {ticker: self._returns_of(ticker) for ticker in self.market["bars"]}

    def _returns_of(self, ticker: str) -> FloatArray:
        """Return what each session brought a holder; a session after one without a bar brought none."""
        close = np.array(self.market["bars"][ticker]["close"], dtype=np.float64)
        returns = np.full(len(close), np.nan)
        returns[1:] = close[1:] / close[:-1] - 1.0
        for day, told in self._actions.items():
            place = self.place.get(day)
            if place and any(action.ticker == ticker for action in told):
                before = close[place - 1] - float(self.cash(ticker, place))
                returns[place] = close[place] * float(self.split(ticker, place)) / before - 1.0
        return returns
