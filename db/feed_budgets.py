"""What may still be asked of a feed with each of its keys: taken under a lock, kept through restarts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from db.column_types import storable
from db.feed_tables import feed_budgets
from db.ledger_rows import aware

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How often a vendor lets one key ask."""

    per_minute: int
    """Within any 60 seconds, not within a minute of the clock."""
    per_day: int | None = None
    """Within a day of the vendor; None where it does not count days."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("America/New_York"))
    """Where the vendor's midnight is."""

    def day_of(self, moment: datetime) -> date:
        """Return the vendor's day at a moment."""
        return moment.astimezone(self.zone).date()

    def midnight_after(self, moment: datetime) -> datetime:
        """Return when the vendor's next day begins, UTC; its day may have 23 or 25 hours."""
        return datetime.combine(self.day_of(moment) + timedelta(days=1), time(), self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is left of one key's allowance."""

    key_hash: str
    left_this_minute: int
    left_today: int | None
    """None where days are not counted."""
    free_at: datetime
    """When it may be used: the moment asked about, or later."""
    held_for: str | None
    """Why the vendor itself refused it."""


class FeedBudgets:
    """Takes calls out of the allowance of a feed's keys, over one connection."""

    def __init__(self, connection: Connection, feed: str, allowance: Allowance) -> None:
        self._connection = connection
        self._feed = feed
        self._allowance = allowance

    def standing(self, key_hashes: Sequence[str], *, now: datetime) -> tuple[Standing, ...]:
        """Return what is left of each key, in the order they were given."""
        rows = self._rows(key_hashes, locked=False)
        return tuple(self._standing(each, rows.get(each), aware(now)) for each in key_hashes)

    def take(self, key_hashes: Sequence[str], *, now: datetime) -> str | Standing:
        """Spend one call of the key that has most left, and return its hash.

        Where none has, nothing is spent and the standing of the key that is free soonest is returned.
        The rows stay locked until the commit: two processes never spend the same call.
        """
        moment = aware(now)
        self._open(key_hashes, moment)
        rows = self._rows(key_hashes, locked=True)
        standings = [self._standing(each, rows[each], moment) for each in key_hashes]
        free = [each for each in standings if each.free_at <= moment]
        if not free:
            return min(standings, key=lambda each: each.free_at)
        chosen = max(free, key=lambda each: (each.left_today or 0, each.left_this_minute))
        self._spend(rows[chosen.key_hash], moment)
        return chosen.key_hash

    def hold(self, key_hash: str, until: datetime, why: str, *, now: datetime) -> None:
        """Let a key rest until a moment, as the vendor asked."""
        self._open([key_hash], aware(now))
        self._change(key_hash, held_until=aware(until), held_for=storable(why))

    def _open(self, key_hashes: Sequence[str], now: datetime) -> None:
        day = self._allowance.day_of(now)
        rows = [{"feed": self._feed, "key_hash": each, "day": day} for each in sorted(key_hashes)]
        self._connection.execute(insert(feed_budgets).values(rows).on_conflict_do_nothing())

    def _rows(self, key_hashes: Sequence[str], *, locked: bool) -> dict[str, dict[str, Any]]:
        chosen = (
            select(feed_budgets)
            .where(feed_budgets.c.feed == self._feed, feed_budgets.c.key_hash.in_(key_hashes))
            .order_by(feed_budgets.c.key_hash)
        )
        rows = self._connection.execute(chosen.with_for_update() if locked else chosen).mappings()
        return {row["key_hash"]: dict(row) for row in rows}

    def _standing(self, key_hash: str, row: dict[str, Any] | None, now: datetime) -> Standing:
        """Count what was spent; a clock that was set back frees nothing."""
        allowed = self._allowance
        recent = [] if row is None else _recent(row, now)
        today = 0 if row is None or row["day"] < allowed.day_of(now) else row["day_spent"]
        free_at, held_for = now, None
        if len(recent) >= allowed.per_minute:
            free_at = max(free_at, sorted(recent)[-allowed.per_minute] + MINUTE)
        if allowed.per_day is not None and today >= allowed.per_day:
            free_at = max(free_at, allowed.midnight_after(now))
        if row is not None and row["held_until"] is not None and row["held_until"] > now:
            free_at, held_for = max(free_at, row["held_until"]), row["held_for"]
        return Standing(
            key_hash=key_hash,
            left_this_minute=max(0, allowed.per_minute - len(recent)),
            left_today=None if allowed.per_day is None else max(0, allowed.per_day - today),
            free_at=free_at,
            held_for=held_for,
        )

    def _spend(self, row: dict[str, Any], now: datetime) -> None:
        day = max(row["day"], self._allowance.day_of(now))
        spent = row["day_spent"] if day == row["day"] else 0
        self._change(row["key_hash"], day=day, day_spent=spent + 1, spent_at=[*_recent(row, now), now])

    def _change(self, key_hash: str, **values: Any) -> None:
        chosen = update(feed_budgets).where(
            feed_budgets.c.feed == self._feed, feed_budgets.c.key_hash == key_hash
        )
        self._connection.execute(chosen.values(**values))


def _recent(row: dict[str, Any], now: datetime) -> list[datetime]:
    return [each for each in row["spent_at"] if each > now - MINUTE]
