"""Watches many tickers: takes ticks as they come, and says what is sudden about them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from fund.market.calendar import Hours, SessionCalendar
from fund.market.ticks import Tick
from fund.watching.reference import Reference
from fund.watching.rules import MonitorRules
from fund.watching.sieve import Refusal
from fund.watching.trigger import NEW_YORK, Trigger
from fund.watching.watched import Levels, Watched

FUTURE = timedelta(seconds=5)
"""So far may another machine's clock be ahead of this one's."""


class Watch:
    """Takes ticks and tells triggers; the same ticks at the same moments always tell the same.

    A tick costs the same however many came before it, and what is held of a ticker is bounded by the
    seconds of the window. Cooldowns go by the ticks' own time, so that no change of this machine's clock
    makes anything told twice; while it is wrong by more than a few seconds, ticks are refused and counted.
    """

    def __init__(self, rules: MonitorRules, calendar: SessionCalendar, *, volatility_index: str) -> None:
        self._levels = Levels.of(rules)
        self._window = timedelta(minutes=rules.window_minutes)
        self._patience = timedelta(seconds=rules.outlier_seconds)
        self._calendar = calendar
        self._index = volatility_index
        self._watched: dict[str, Watched] = {}
        self._waiting: set[str] = set()
        self._hours: Hours | None = None
        self.refused: Counter[Refusal] = Counter()
        self.believed = 0
        self.believed_at: datetime | None = None
        """When the last tick that was believed was traded."""

    @property
    def tickers(self) -> tuple[str, ...]:
        """Return whom it watches."""
        return tuple(self._watched)

    @property
    def is_waiting(self) -> bool:
        """Return whether a price waits for the next one to confirm it or take it back."""
        return bool(self._waiting)

    def follow(self, references: Mapping[str, Reference], now: datetime) -> None:
        """Watch these tickers from now on, and no others; who was watched already stays as they were."""
        for gone in self._watched.keys() - references.keys():
            del self._watched[gone]
            self._waiting.discard(gone)
        for ticker, reference in references.items():
            there = self._watched.get(ticker)
            if there is None:
                is_index = ticker == self._index
                self._watched[ticker] = Watched(self._levels, reference, now, is_index=is_index)
            else:
                there.refer(reference)

    def take(self, ticks: Iterable[Tick], now: datetime) -> tuple[Trigger, ...]:
        """Take ticks in as they came, and return what is sudden, in that order."""
        return tuple(trigger for tick in ticks for trigger in self._take(tick, now))

    def settle(self, now: datetime) -> tuple[Trigger, ...]:
        """Believe the prices that waited long enough for a next one, as after a halt in trading."""
        triggers = []
        for ticker in sorted(self._waiting):
            watched = self._watched[ticker]
            held = watched.sieve.held
            if held is None or now - held.at < self._patience:
                continue
            self._waiting.discard(ticker)
            watched.sieve.release()
            if now - held.at < self._window and self._is_open(now):
                triggers += list(self._looked(watched, (held,), now))
        return tuple(triggers)

    def _take(self, tick: Tick, now: datetime) -> Iterator[Trigger]:
        watched = self._watched.get(tick.ticker)
        refused = self._refusal(tick, now, watched)
        if refused is not None or watched is None:
            self.refused[refused or "unknown"] += 1
            return
        assert self._hours is not None, "a tick of no session is refused"
        watched.begin(self._hours)
        sieved = watched.sieve.take(tick)
        if sieved.refused is not None:
            self.refused[sieved.refused] += 1
        (self._waiting.discard if watched.sieve.held is None else self._waiting.add)(tick.ticker)
        yield from self._looked(watched, sieved.believed, now)

    def _looked(self, watched: Watched, believed: Iterable[Tick], now: datetime) -> Iterator[Trigger]:
        for tick in believed:
            self.believed += 1
            self.believed_at = tick.at
            trigger = watched.look(tick, now)
            if trigger is not None:
                yield trigger

    def _refusal(self, tick: Tick, now: datetime, watched: Watched | None) -> Refusal | None:
        if not tick.is_sound:
            return "unsound"
        if watched is None:
            return "unknown"
        if tick.at > now + FUTURE:
            return "future"
        if now - tick.at >= self._window:
            return "late"
        return None if self._is_open(tick.at) and self._is_open(now) else "closed"

    def _is_open(self, moment: datetime) -> bool:
        hours = self._hours
        if hours is None or not hours.open_at <= moment < hours.close_at:
            found = hours_at(self._calendar, moment)
            if found is None:
                return False
            self._hours = found
        return True


def hours_at(calendar: SessionCalendar, moment: datetime) -> Hours | None:
    """Return the session a moment lies in, from its open up to and without its close; None outside."""
    day = moment.astimezone(NEW_YORK).date()
    if not calendar.is_session(day):
        return None
    hours = Hours(day, calendar.open_at(day), calendar.close_at(day))
    return hours if hours.open_at <= moment < hours.close_at else None


def next_open(calendar: SessionCalendar, moment: datetime) -> datetime:
    """Return when the exchange opens next after a moment."""
    day = moment.astimezone(NEW_YORK).date()
    if calendar.is_session(day) and moment < calendar.open_at(day):
        return calendar.open_at(day)
    return calendar.open_at(calendar.next_session(day))
