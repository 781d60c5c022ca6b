"""Which key a vendor is asked with, within what it allows each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Protocol

from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.feed_budgets import Allowance, FeedBudgets, Standing
from desk.feeds.failure import Reason, VendorError
from desk.feeds.feed import Kind
from fund.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key, and what it is kept for."""

    secret: str = field(repr=False)
    """Empty for a vendor that asks for none."""
    purpose: Kind | None = None
    """The one kind of fact it is kept for; None for any."""

    @property
    def key_hash(self) -> str:
        """What stands for it on record."""
        return sha256(f"conclave feed key {self.secret}".encode()).hexdigest()


class Keys(Protocol):
    """The keys of one vendor."""

    @property
    def secrets(self) -> Sequence[str]:
        """Every key, to be masked in whatever the vendor says."""
        ...

    def take(self, kind: Kind) -> Key:
        """Spend one call and return the key to make it with; raises `VendorError` where none is left."""
        ...

    def hold(self, key: Key, reason: Reason, said: str, *, seconds: float | None) -> float:
        """Use a key no more for a while, None until the vendor's midnight; returns for how many seconds."""
        ...

    def standings(self) -> Sequence[Standing]:
        """Return what is left of each key."""
        ...


class KeyPool:
    """Keys whose calls are counted in the database: through restarts, and for every process at once."""

    def __init__(
        self, vendor: str, keys: Sequence[Key], allowance: Allowance, engine: Engine, clock: Clock
    ) -> None:
        self._vendor = vendor
        self._keys = {each.key_hash: each for each in keys}
        self._allowance = allowance
        self._engine = engine
        self._clock = clock

    @property
    def allowance(self) -> Allowance:
        """How often each key may be used."""
        return self._allowance

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every key."""
        return tuple(each.secret for each in self._keys.values() if each.secret)

    def take(self, kind: Kind) -> Key:
        """Spend one call of a key kept for this kind, else of one for any kind."""
        now = self._clock.now()
        groups = [group for purpose in (kind, None) if (group := self._of(purpose))]
        if not groups:
            raise VendorError(self._vendor, "limit", f"no key is kept for {kind}")

        def spend(connection: Connection) -> str | Standing:
            budgets = FeedBudgets(connection, self._vendor, self._allowance)
            soonest = budgets.take(groups[0], now=now)
            for group in groups[1:]:
                if isinstance(soonest, Standing):
                    other = budgets.take(group, now=now)
                    soonest = other if isinstance(other, str) or other.free_at < soonest.free_at else soonest
            return soonest

        taken = in_transaction(self._engine, spend)
        if isinstance(taken, str):
            return self._keys[taken]
        reason, _, said = (taken.held_for or "limit: what its keys may ask is spent").partition(": ")
        raise VendorError(
            self._vendor,
            "key_refused" if reason == "key_refused" else "limit",
            said,
            wait_seconds=max(1.0, (taken.free_at - now).total_seconds()),
        )

    def hold(self, key: Key, reason: Reason, said: str, *, seconds: float | None) -> float:
        """Let a key rest, for every process."""
        now = self._clock.now()
        midnight = (self._allowance.midnight_after(now) - now).total_seconds()
        rest = midnight if seconds is None else seconds
        why, until = f"{reason}: {said}", now + timedelta(seconds=rest)
        in_transaction(
            self._engine,
            lambda connection: FeedBudgets(connection, self._vendor, self._allowance).hold(
                key.key_hash, until, why, now=now
            ),
        )
        return rest

    def standings(self) -> tuple[Standing, ...]:
        """Return what is left of each key, in the order of the settings."""
        now = self._clock.now()
        with self._engine.connect() as connection:
            return FeedBudgets(connection, self._vendor, self._allowance).standing(tuple(self._keys), now=now)

    def _of(self, purpose: Kind | None) -> list[str]:
        return [each.key_hash for each in self._keys.values() if each.purpose == purpose]
