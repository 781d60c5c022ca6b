"""An auditor who never read the product: cash, shares and equity from raw files and fills alone."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import polars as pl

SILENT_SESSIONS = 6
MILLION = 1_000_000
"""Shares and amounts are kept to a millionth, halves to the even one."""
QUOTED = 10_000
"""Prices are quoted to a hundredth of a cent, also one that was restated for a split."""
KINDS = ("dividend", "split", "merger", "delisting", "ticker_change")
"""In the order they take effect before an open."""
Prices = Mapping[date, tuple[Decimal, Decimal]]
"""Open and close by session."""


class Ticket(Protocol):
    """What a broker's confirmation says of one fill."""

    ticker: str
    side: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    session: date


@dataclass
class Auditor:
    """Walks the sessions with a purse and a drawer of shares."""

    bars: Mapping[str, Prices]
    actions: Mapping[date, list[tuple[str, str, Decimal]]]
    sessions: list[date]
    cash: Fraction = Fraction(0)
    shares: dict[str, Fraction] = field(default_factory=dict)
    borrow_bps: Fraction = Fraction(0)
    """What a borrowed share costs a year of 360 days, of its last close."""
    moved: Mapping[date, Fraction] = field(default_factory=dict)
    """What the owner brought in less what was taken out before a session's open."""
    renamed: Mapping[tuple[date, str], str] = field(default_factory=dict)
    """New tickers by day and old ticker."""
    seen: set[str] = field(default_factory=set)
    """Everything that happened to something held: split, fraction, dividend, ending, and so on."""

    def session(self, day: date, fills: Iterable[Ticket]) -> tuple[Fraction, Fraction]:
        """Take one session and return cash and equity at its close."""
        if day in self.moved:
            self.seen.add("deposit" if self.moved[day] > 0 else "withdrawal")
            self.cash += self.moved[day]
        self._lend(day)
        for ticker, kind, value in sorted(self.actions.get(day, []), key=lambda told: KINDS.index(told[1])):
            if ticker in self.shares:
                self._act(ticker, kind, value, day)
        for fill in fills:
            signed = Fraction(fill.quantity) * (1 if fill.side == "buy" else -1)
            self.cash -= signed * Fraction(fill.price) + Fraction(fill.commission)
            self.shares[fill.ticker] = self.shares.get(fill.ticker, Fraction(0)) + signed
        for ticker in sorted(self.shares):
            if not self.shares[ticker]:
                del self.shares[ticker]
            elif self._silent_for(ticker, day) >= SILENT_SESSIONS:
                self.seen.add("ending")
                self.cash += self.shares.pop(ticker) * self.mark(ticker, day)
        return self.cash, self.cash + sum(n * self.mark(t, day) for t, n in self.shares.items())

    def _act(self, ticker: str, kind: str, value: Decimal, day: date) -> None:
        if kind == "ticker_change":
            self._rename(ticker, self.renamed[day, ticker])
            return
        self.seen.add(kind)
        if kind == "dividend":
            self.cash += to_a_millionth(self.shares[ticker] * Fraction(value))
        elif kind == "split":
            self._split(ticker, Fraction(value).limit_denominator(10_000), day)
        else:
            self.cash += self.shares.pop(ticker) * Fraction(value)

    def _split(self, ticker: str, ratio: Fraction, day: date) -> None:
        shares = to_a_millionth(self.shares[ticker] * ratio)
        whole = Fraction(int(shares))
        if shares != whole and day in self.bars[ticker]:
            self.seen.add("fraction")
            self.cash += to_a_millionth((shares - whole) * Fraction(self.bars[ticker][day][0]))
            shares = whole
        self.shares[ticker] = shares
        if not shares:
            del self.shares[ticker]

    def _rename(self, old: str, new: str) -> None:
        """Carry a position to a ticker that is not held on the other side."""
        if self.shares[old] * self.shares.get(new, Fraction(0)) >= 0:
            self.seen.add("ticker_change")
            self.shares[new] = self.shares.get(new, Fraction(0)) + self.shares.pop(old)

    def _lend(self, day: date) -> None:
        """Charge every short for the nights since the last session, on its last close."""
        place = bisect_right(self.sessions, day) - 1
        if not self.borrow_bps or not place:
            return
        before = self.sessions[place - 1]
        for ticker in [each for each, held in self.shares.items() if held < 0]:
            self.seen.add("borrow")
            rate = self.borrow_bps / 10_000 * (day - before).days / 360
            self.cash -= to_a_millionth(-self.shares[ticker] * self.mark(ticker, before) * rate)

    def _last(self, ticker: str, day: date) -> date:
        if day in self.bars[ticker]:
            return day
        return max(each for each in self.bars[ticker] if each < day)

    def mark(self, ticker: str, day: date) -> Fraction:
        """Return the last close up to a day, in the shares of that day."""
        last = self._last(ticker, day)
        price = Fraction(self.bars[ticker][last][1])
        if last == day:
            return price
        for later in self.sessions[bisect_right(self.sessions, last) : bisect_right(self.sessions, day)]:
            for name, kind, value in self.actions.get(later, []):
                price /= Fraction(value) if (name, kind) == (ticker, "split") else 1
        return Fraction(round(price * QUOTED), QUOTED)

    def _silent_for(self, ticker: str, day: date) -> int:
        last = self._last(ticker, day)
        return bisect_right(self.sessions, day) - bisect_right(self.sessions, last) if last < day else 0


def auditor_of(bundle: Path) -> Auditor:
    """Return an auditor who has the files of a bundle and nothing else."""
    bars: dict[str, dict[date, tuple[Decimal, Decimal]]] = {}
    frame = pl.read_parquet(bundle / "bars_daily.parquet", columns=["symbol", "date", "open", "close"])
    for ticker, day, opened, closed in frame.iter_rows():
        bars.setdefault(ticker, {})[day] = (exact(opened), exact(closed))
    actions: dict[date, list[tuple[str, str, Decimal]]] = {}
    told = pl.read_parquet(
        bundle / "corporate_actions.parquet", columns=["symbol", "ex_date", "kind", "value"]
    )
    for ticker, day, kind, value in told.sort("symbol", "kind").iter_rows():
        actions.setdefault(day, []).append((ticker, kind, Decimal(repr(value))))
    return Auditor(bars=bars, actions=actions, sessions=sorted(bars["SPY"]))


def to_a_millionth(amount: Fraction) -> Fraction:
    """Return an amount as it is booked."""
    return Fraction(round(amount * MILLION), MILLION)


def exact(price: float) -> Decimal:
    """Return a price as it is quoted, to a hundredth of a cent."""
    return Decimal(repr(price)).quantize(Decimal("0.0001"))
