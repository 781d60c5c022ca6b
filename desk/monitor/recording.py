"""Recorded intraday bars as ticks, played at whatever moment a clock stands at."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import pairwise
from pathlib import Path

from fund.clock import Clock
from fund.errors import DataError
from fund.market.calendar import SessionCalendar
from fund.market.facts import CorporateAction
from fund.market.ticks import Tick
from fund.watching.reference import Reference, restated
from fund.watching.watch import hours_at

COLUMNS = ("symbol", "ts", "open", "close", "volume")
LONGEST_BAR = timedelta(minutes=5)
"""Longer bars say too little of what happened within a window of minutes."""
LEAST_SESSIONS = 3
"""So many whole sessions make an average day."""
WHOLE = 0.9
"""Part of a session that its bars must cover for its volume to count."""
STALE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSession:
    """What one ticker's bars of one session come to."""

    close: float
    volume: float
    covered: float
    """Part of the session that its bars cover, 0 to 1."""


class Recording:
    """A `TickSource` over bars: each gives its open as it begins, and its close in its last second.

    The volume of a tick is that of the bars of the session so far. Bars outside sessions are left out.
    """

    def __init__(
        self,
        path: Path,
        calendar: SessionCalendar,
        clock: Clock,
        actions: Sequence[CorporateAction] = (),
        volume_sessions: int = 20,
    ) -> None:
        self._calendar = calendar
        self._clock = clock
        self._actions = actions
        self._volume_sessions = volume_sessions
        self._ticks, self._sessions, self.bars, self.left_out = _read(path, calendar)
        self._moments = {ticker: [tick.at for tick in ticks] for ticker, ticks in self._ticks.items()}

    @property
    def name(self) -> str:
        """Return a short name for records."""
        return "recording"

    @property
    def tickers(self) -> tuple[str, ...]:
        """Return whose bars are recorded."""
        return tuple(self._ticks)

    @property
    def sessions(self) -> tuple[date, ...]:
        """Return the sessions with bars, oldest first."""
        return tuple(sorted({session for days in self._sessions.values() for session in days}))

    def ticks(self) -> Iterator[Tick]:
        """Yield every tick in the order of time."""
        return merge(*self._ticks.values(), key=lambda tick: tick.at)

    def latest(self, tickers: Sequence[str]) -> Sequence[Tick]:
        """Return the newest tick of each ticker by now, unless it is old."""
        now = self._clock.now()
        found = []
        for ticker in tickers:
            place = bisect_right(self._moments.get(ticker, ()), now) - 1
            if place >= 0 and now - self._ticks[ticker][place].at < STALE:
                found.append(self._ticks[ticker][place])
        return found

    def references(self, session: date) -> Mapping[str, Reference]:
        """Return whose bars of a session are recorded, compared with what was recorded before it."""
        return {
            ticker: self._reference(ticker, days, session)
            for ticker, days in self._sessions.items()
            if session in days
        }

    def _reference(self, ticker: str, days: Mapping[date, RecordedSession], session: date) -> Reference:
        before = sorted(day for day in days if day < session)
        whole = [days[day].volume for day in before[-self._volume_sessions :] if days[day].covered >= WHOLE]
        average = sum(whole) / len(whole) if len(whole) >= LEAST_SESSIONS else None
        follows = before and self._calendar.next_session(before[-1]) == session
        close = days[before[-1]].close if follows else None
        if close is not None:
            due = [each for each in self._actions if each.ticker == ticker and each.ex_date == session]
            close, average = restated(close, average, due)
        return Reference(ticker=ticker, session=session, previous_close=close, average_volume=average)


Kept = tuple[dict[str, list[Tick]], dict[str, dict[date, RecordedSession]], int, int]


def _read(path: Path, calendar: SessionCalendar) -> Kept:
    """Return the ticks and sessions of each ticker, and how many bars were kept and left out."""
    import polars as pl

    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"expected a Parquet file of bars at {path}, found {type(error).__name__}") from error
    missing = [name for name in COLUMNS if name not in frame.columns]
    moments = frame.schema.get("ts")
    if missing or not isinstance(moments, pl.Datetime) or moments.time_zone != "UTC":
        raise DataError(
            f"expected the columns {', '.join(COLUMNS)} with ts in UTC in {path}, found {frame.schema!r}"
        )
    frame = frame.select(COLUMNS).drop_nulls().sort("symbol", "ts")
    ticks: dict[str, list[Tick]] = {}
    sessions: dict[str, dict[date, RecordedSession]] = {}
    kept = 0
    for (ticker,), part in frame.group_by("symbol", maintain_order=True):
        length = _length(part["ts"].to_list())
        if length is None or length > LONGEST_BAR:
            continue
        played, days, used = _played(str(ticker), part.rows(), length, calendar)
        kept += used
        if played:
            ticks[str(ticker)], sessions[str(ticker)] = played, days
    return ticks, sessions, kept, frame.height - kept


def _length(moments: Sequence[datetime]) -> timedelta | None:
    """Return how long a bar is: the shortest step from one to the next."""
    steps = [later - earlier for earlier, later in pairwise(moments) if later > earlier]
    return min(steps, default=None)


def _played(
    ticker: str,
    rows: Sequence[tuple[str, datetime, float, float, float]],
    length: timedelta,
    calendar: SessionCalendar,
) -> tuple[list[Tick], dict[date, RecordedSession], int]:
    """Return one ticker's ticks and sessions, and how many of its bars lie inside sessions."""
    ticks: list[Tick] = []
    volumes: defaultdict[date, float] = defaultdict(float)
    covered: defaultdict[date, timedelta] = defaultdict(timedelta)
    closes: dict[date, float] = {}
    hours = None
    used = 0
    for _, begun, opened, closed, volume in rows:
        at = begun.astimezone(UTC)
        if hours is None or not hours.open_at <= at < hours.close_at:
            hours = hours_at(calendar, at)
        if hours is None:
            continue
        used += 1
        day = hours.session
        end = min(at + length, hours.close_at) - timedelta(seconds=1)
        ticks.append(Tick(ticker=ticker, at=at, price=opened, volume=volumes[day]))
        volumes[day] += volume
        covered[day] += length
        closes[day] = closed
        ticks.append(Tick(ticker=ticker, at=end, price=closed, volume=volumes[day]))
    days = {
        day: RecordedSession(
            close=close,
            volume=volumes[day],
            covered=covered[day] / (calendar.close_at(day) - calendar.open_at(day)),
        )
        for day, close in closes.items()
    }
    return ticks, days, used
