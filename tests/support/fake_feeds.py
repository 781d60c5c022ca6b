"""Feeds that say what they are told to say, and remember what they were asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from desk.feeds.failure import Reason, VendorError
from desk.feeds.feed import Delivery, Kind, Request
from desk.feeds.frames import bar_known_at, framed
from fund.market.calendar import nyse
from fund.market.ticks import Tick
from support.vendor_market import NOW, sessions


def closes_of(closes: Mapping[str, Sequence[float]]) -> pl.DataFrame:
    """Return bars whose last close is of the market's last session; 0 stands for no bar."""
    rows = []
    for name, told in closes.items():
        days = sessions()[-len(told) :] if told else ()
        for day, close in zip(days, told, strict=True):
            if close:
                rows.append(a_row(name, day, close))
    return framed("bars", rows)


def a_row(name: str, session: date, close: float) -> dict[str, object]:
    """Return one bar, flat but for its close."""
    return {
        "symbol": name,
        "date": session,
        **dict.fromkeys(("open", "high", "low", "close"), close),
        "volume": 1_000,
        "currency": "USD",
        "known_at": bar_known_at(session, nyse()),
    }


@dataclass(slots=True)
class FakeFeed:
    """A feed of bars, or of whatever frame it is given; `fails` while that is set."""

    name: str
    frame: pl.DataFrame = field(default_factory=lambda: framed("bars", ()))
    offers: frozenset[Kind] = frozenset({"bars"})
    fails: Reason | None = None
    unanswered: tuple[str, ...] = ()
    wait: float = 0.0
    received_at: datetime = NOW
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def fetch(self, request: Request) -> Delivery:
        self.asked.append(request.names)
        if self.fails is not None:
            raise VendorError(self.name, self.fails, "as told", wait_seconds=self.wait)
        column = {"headlines": "symbols", "macro": "series_id"}.get(request.kind, "symbol")
        mine = self.frame.filter(pl.col(column).is_in(list(request.names)))
        there = set(mine[column].to_list()) | set(self.unanswered)
        bare = request.kind in ("bars", "macro")
        return Delivery(
            feed=self.name,
            request=request,
            received_at=self.received_at,
            frame=mine,
            missing=tuple(each for each in request.names if bare and each not in there),
            unanswered=tuple(each for each in request.names if each in self.unanswered),
        )


@dataclass(slots=True)
class FakeTicks:
    """A source of ticks at given prices; `fails` while that is set."""

    name: str
    prices: Mapping[str, float] = field(default_factory=dict)
    fails: Reason | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    closed: bool = False

    def latest(self, tickers: Sequence[str]) -> Sequence[Tick]:
        self.asked.append(tuple(tickers))
        if self.fails is not None:
            raise VendorError(self.name, self.fails, "as told")
        return [Tick(ticker=each, at=NOW, price=self.prices[each]) for each in tickers if each in self.prices]

    def close(self) -> None:
        self.closed = True
