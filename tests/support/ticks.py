"""Ticks for tests, and sources of them that do what they are told."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from fund.errors import FeedError
from fund.market.calendar import Hours, SessionCalendar
from fund.market.ticks import Tick
from fund.watching.reference import Reference
from fund.watching.rules import MonitorRules
from fund.watching.watch import Watch

DAY = date(2026, 1, 13)
OPEN = datetime(2026, 1, 13, 14, 30, tzinfo=UTC)
CLOSE = datetime(2026, 1, 13, 21, 0, tzinfo=UTC)
VIX = "^VIX"


def a_calendar(days: int = 3) -> SessionCalendar:
    """Sessions of Tuesday 13 January 2026 and the days after it, without loading the real calendar."""
    return SessionCalendar(
        Hours(DAY + timedelta(days=n), OPEN + timedelta(days=n), CLOSE + timedelta(days=n))
        for n in range(days)
    )


def at(seconds: float) -> datetime:
    """The moment so many seconds after the open."""
    return OPEN + timedelta(seconds=seconds)


def a_tick(seconds: float, price: float, volume: float | None = None, *, ticker: str = "AAPL") -> Tick:
    return Tick(ticker=ticker, at=at(seconds), price=price, volume=volume)


def a_reference(
    ticker: str = "AAPL",
    *,
    close: float | None = 100.0,
    volume: float | None = None,
    session: date = DAY,
) -> Reference:
    return Reference(ticker=ticker, session=session, previous_close=close, average_volume=volume)


def a_watch(
    *references: Reference,
    rules: MonitorRules | None = None,
    calendar: SessionCalendar | None = None,
    since: datetime = OPEN - timedelta(minutes=1),
) -> Watch:
    """A watch that follows AAPL at 100 USD, or what it is given, since a minute before the open."""
    watch = Watch(rules or MonitorRules(), calendar or a_calendar(), volatility_index=VIX)
    watch.follow({each.ticker: each for each in references or (a_reference(),)}, since)
    return watch


class ScriptedTicks:
    """A source that answers as scripted, one entry a question; an error is raised, the end is silence."""

    def __init__(self, script: Iterable[Sequence[Tick] | FeedError], name: str = "scripted") -> None:
        self.name = name
        self.asked: list[tuple[str, ...]] = []
        self._script = iter(script)

    def latest(self, tickers: Sequence[str]) -> Sequence[Tick]:
        self.asked.append(tuple(tickers))
        answer = next(self._script, ())
        if isinstance(answer, FeedError):
            raise answer
        return answer
