"""One ticker being watched through a session: what is sudden about its next believed tick."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from fund.market.calendar import Hours
from fund.market.ticks import Tick
from fund.watching.reference import Reference, is_usable, share_traded
from fund.watching.rules import MonitorRules
from fund.watching.sieve import Sieve
from fund.watching.trigger import Trigger, TriggerKind
from fund.watching.window import Window

LEAST_TURNOVER_SECONDS = 300
"""Turnover over less is an accident of when somebody looked."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The rules as the numbers that every tick is compared with."""

    span: int
    cooldown: int
    move: float
    gap: float
    volume_ratio: float
    volatility_move: float
    volatility_level: float
    outlier: float

    @classmethod
    def of(cls, rules: MonitorRules) -> "Levels":
        """Return the rules in seconds and floats."""
        return cls(
            span=60 * rules.window_minutes,
            cooldown=60 * rules.cooldown_minutes,
            move=float(rules.move),
            gap=float(rules.gap),
            volume_ratio=float(rules.volume_ratio),
            volatility_move=float(rules.volatility_move),
            volatility_level=float(rules.volatility_level),
            outlier=float(rules.outlier),
        )


class Crossing(NamedTuple):
    """A threshold that was crossed, against what, and when that was in Unix time."""

    kind: TriggerKind
    value: float
    against: float
    against_second: int | None = None


class Watched:
    """The sieve, the window and the cooldown of one ticker."""

    __slots__ = (
        "_busy",
        "_cooled_at",
        "_hours",
        "_is_index",
        "_level_told",
        "_levels",
        "_opened",
        "_reference",
        "_since",
        "_volume_cooled_at",
        "_was_below",
        "_window",
        "sieve",
    )

    def __init__(self, levels: Levels, reference: Reference, since: datetime, *, is_index: bool) -> None:
        self._levels = levels
        self._reference = reference
        self._since = since.timestamp()
        self._is_index = is_index
        self._window = Window(levels.span)
        self.sieve = Sieve(levels.outlier)
        self._hours: Hours | None = None
        self._opened = self._level_told = self._was_below = self._busy = False
        self._cooled_at = self._volume_cooled_at = 0

    def refer(self, reference: Reference) -> None:
        """Compare with this from the next session on, or now where nothing was known of this one."""
        self._reference = reference
        if self._hours is not None and not self._opened and self.sieve.held is None:
            self.sieve.begin(self._previous_close)

    def begin(self, hours: Hours) -> None:
        """Begin a session: nothing of the one before is in the window."""
        if self._hours is not None and hours.session == self._hours.session:
            return
        self._hours = hours
        self._opened = self._level_told = self._busy = False
        self._was_below = self._is_below(self._previous_close)
        self._window.clear()
        self.sieve.begin(self._previous_close)
        if self._saw_the_open:
            self._window.begin_volume(int(hours.open_at.timestamp()) - 1, 0.0)

    def look(self, tick: Tick, now: datetime) -> Trigger | None:
        """Take a believed tick in and say what is sudden about it, unless that was just said."""
        second = int(tick.at.timestamp())
        window = self._window
        if tick.volume is not None and self._counts_anew(tick.volume):
            window.begin_volume(second, tick.volume)
            self._busy = False
        window.add(second, tick.price, tick.volume)
        found = self._of_the_index(tick.price) if self._is_index else self._crossings(tick, second)
        crossing = next((each for each in found if self._may_tell(each, second)), None)
        self._opened = True
        self._was_below |= self._is_below(tick.price)
        if crossing is None:
            return None
        self._cool(crossing, second)
        return self._trigger(crossing, tick, second, now)

    def _crossings(self, tick: Tick, second: int) -> Iterator[Crossing]:
        """Yield what was crossed, the most telling first."""
        previous, spike = self._previous_close, self._spike(tick, second)
        opens = not self._opened and self._saw_the_open
        if opens and previous is not None and abs(tick.price / previous - 1) >= self._levels.gap:
            yield Crossing("gap", tick.price, previous)
        yield from self._moves(tick.price)
        if spike is not None:
            yield spike

    def _moves(self, price: float) -> Iterator[Crossing]:
        low, high = self._window.low, self._window.high
        if low is None or high is None:
            return
        up, down = price / low.price - 1, 1 - price / high.price
        if max(up, down) >= self._levels.move:
            against = low if up >= down else high
            yield Crossing("move", price, against.price, against.second)

    def _spike(self, tick: Tick, second: int) -> Crossing | None:
        """Return a volume far above the usual one, once two ticks in a row have said so."""
        before, self._busy = self._busy, False
        turnover, average = self._window.turnover, self._average_volume
        if tick.volume is None or turnover is None or average is None:
            return None
        if second - turnover.since < LEAST_TURNOVER_SECONDS:
            return None
        usual = average * (self._traded_by(second) - self._traded_by(turnover.since))
        self._busy = usual > 0 and turnover.shares >= self._levels.volume_ratio * usual
        if not (before and self._busy):
            return None
        return Crossing("volume_spike", turnover.shares, usual, turnover.since)

    def _of_the_index(self, price: float) -> Iterator[Crossing]:
        low, previous = self._window.low, self._previous_close
        if low is not None and price / low.price - 1 >= self._levels.volatility_move:
            yield Crossing("volatility_jump", price, low.price, low.second)
        opens = not self._opened and self._saw_the_open
        if opens and previous is not None and price / previous - 1 >= self._levels.volatility_move:
            yield Crossing("volatility_jump", price, previous)
        level = self._levels.volatility_level
        if not self._level_told and self._was_below and price >= level:
            yield Crossing("volatility_level", price, level)

    def _may_tell(self, crossing: Crossing, second: int) -> bool:
        """Say whether the cooldown lets it through: a price passes that of a volume spike, no spike any."""
        if second < self._cooled_at:
            return False
        return crossing.kind != "volume_spike" or second >= self._volume_cooled_at

    def _cool(self, crossing: Crossing, second: int) -> None:
        until = second + self._levels.cooldown
        if crossing.kind == "volume_spike":
            self._volume_cooled_at = until
            return
        self._cooled_at = self._volume_cooled_at = until
        self._level_told |= self._is_index and crossing.value >= self._levels.volatility_level

    def _trigger(self, crossing: Crossing, tick: Tick, second: int, now: datetime) -> Trigger:
        assert self._hours is not None, "a session begins before its ticks are looked at"
        opened = int(self._hours.open_at.timestamp())
        slot = opened + (second - opened) // self._levels.cooldown * self._levels.cooldown
        against = crossing.against_second
        return Trigger(
            kind=crossing.kind,
            ticker=tick.ticker,
            at=tick.at.astimezone(UTC),
            seen_at=now,
            slot=datetime.fromtimestamp(slot, UTC),
            value=crossing.value,
            against=crossing.against,
            against_at=None if against is None else datetime.fromtimestamp(max(against, opened), UTC),
        )

    def _counts_anew(self, volume: float) -> bool:
        """Say whether the source counts from another start: a session's volume never falls."""
        counted = self._window.counted
        return counted is not None and volume < counted

    def _is_below(self, price: float | None) -> bool:
        return price is not None and price < self._levels.volatility_level

    def _traded_by(self, second: int) -> float:
        assert self._hours is not None, "a session begins before its ticks are looked at"
        opened, closes = self._hours.open_at.timestamp(), self._hours.close_at.timestamp()
        return share_traded((second - opened) / (closes - opened))

    @property
    def _saw_the_open(self) -> bool:
        """Return whether the ticker was watched while the session opened: what came first was its open."""
        return self._hours is not None and self._since <= self._hours.open_at.timestamp() + self._levels.span

    @property
    def _previous_close(self) -> float | None:
        return self._of_this_session(self._reference.previous_close)

    @property
    def _average_volume(self) -> float | None:
        return self._of_this_session(self._reference.average_volume)

    def _of_this_session(self, figure: float | None) -> float | None:
        here = self._hours is not None and self._reference.session == self._hours.session
        return figure if here and is_usable(figure) else None
