"""The right to one slot of a job: one process at a time, and a dead one keeps nobody waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.leases import Lease, Leases
from db.presence import Presence
from fund.clock import Clock
from fund.errors import TradingHaltedError

JOB = "daily"
LEASE = timedelta(minutes=20)


class Slots:
    """Takes slots for this process (INV-14).

    A claim shows that the owner is alive, a lease with its token unmasks an owner that was frozen: who
    is dead is succeeded at once, who is silent only after the lease has run out.
    """

    def __init__(self, engine: Engine, clock: Clock, owner: str) -> None:
        self._engine = engine
        self._clock = clock
        self._owner = owner
        self._presence = Presence(engine)

    @contextmanager
    def held(self, slot: str, job: str = JOB, lasts: timedelta = LEASE) -> Iterator[Lease]:
        """Hold a slot while the context lasts, in whatever way it ends; work that takes longer says so.

        Raises `TradingHaltedError` while another process has it.
        """
        claim = slot if job == JOB else f"{job} {slot}"
        alone = self._presence.claim(claim)
        try:
            yield self._leased(job, slot, alone, lasts)
        finally:
            if alone:
                self._presence.release(claim)

    def close(self) -> None:
        """Let every slot go."""
        self._presence.close()

    def _leased(self, job: str, slot: str, alone: bool, lasts: timedelta) -> Lease:
        def taken(connection: Connection) -> Lease | None:
            leases = Leases(connection)
            if not alone and not leases.is_known(job, slot):
                # Whoever has claimed it is alive, and about to take the first lease there is.
                return None
            return leases.take(
                job,
                slot,
                owner=self._owner,
                now=self._clock.now(),
                duration=lasts,
                predecessor_gone=alone,
            )

        lease = in_transaction(self._engine, taken)
        if lease is None:
            raise TradingHaltedError(f"another process is playing {slot}; wait until it is done")
        return lease
