"""Alpaca's snapshots as a source of ticks: one question for a hundred names, whenever it is asked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from desk.feeds.door import Door, in_batches
from desk.feeds.frames import moment, number
from fund.market.ticks import Tick

NAMES_AT_ONCE = 100
NEW_YORK = ZoneInfo("America/New_York")


class AlpacaSnapshots:
    """The last trade of each name, and the day's volume up to it."""

    name = "alpaca"

    def __init__(self, door: Door, tape: str) -> None:
        """`tape` is iex, the one exchange of the free plan, or sip, all of them."""
        self._door = door
        self._tape = tape

    def latest(self, tickers: Sequence[str]) -> Sequence[Tick]:
        """Return the newest tick of each ticker it has one of; raises `VendorError`."""
        ticks: list[Tick] = []
        for names in in_batches(tickers, NAMES_AT_ONCE):
            query = {"symbols": ",".join(names), "feed": self._tape}
            told = self._door.ask("bars", "/v2/stocks/snapshots", query)
            if not isinstance(told, Mapping):
                raise self._door.failure("not_an_answer", "JSON of another form")
            ticks.extend(_ticks(told, names))
        return tuple(ticks)


def _ticks(told: Mapping[str, Any], names: Sequence[str]) -> Iterator[Tick]:
    for name in names:
        snapshot = told.get(name)
        trade = snapshot.get("latestTrade") if isinstance(snapshot, Mapping) else None
        if not isinstance(snapshot, Mapping) or not isinstance(trade, Mapping):
            continue
        at, price = moment(trade.get("t")), number(trade.get("p"))
        if at is None or price is None:
            continue
        tick = Tick(ticker=name, at=at, price=price, volume=_volume(snapshot.get("dailyBar"), tick_day(at)))
        if tick.is_sound:
            yield tick


def tick_day(at: datetime) -> date:
    """Return the day of a moment in New York."""
    return at.astimezone(NEW_YORK).date()


def _volume(bar: object, session: date) -> float | None:
    """Return the day's volume, None where the bar is of an earlier day."""
    if not isinstance(bar, Mapping):
        return None
    at = moment(bar.get("t"))
    return number(bar.get("v")) if at is not None and tick_day(at) == session else None
