"""Who is working on a slot: a lease that ends by itself, and a token that unmasks a late owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from db.ledger_rows import aware
from db.tables import cycle_leases
from fund.errors import TradingHaltedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to run one slot until it expires; a later owner's token is higher."""

    job: str
    slot: str
    token: int
    owner: str
    expires_at: datetime


class Leases:
    """Takes and checks leases over one connection (INV-14)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(
        self,
        job: str,
        slot: str,
        *,
        owner: str,
        now: datetime,
        duration: timedelta,
        predecessor_gone: bool = False,
    ) -> Lease | None:
        """Take or renew the lease of a slot; None while another owner's has not expired.

        `predecessor_gone` says that whoever had it is known to be dead, so that nobody waits for it.
        """
        fresh = insert(cycle_leases).values(
            job=job, slot=slot, token=1, owner=owner, expires_at=aware(now) + duration
        )
        mine = cycle_leases.c.owner == fresh.excluded.owner
        taken = fresh.on_conflict_do_update(
            index_elements=["job", "slot"],
            set_={
                "token": cycle_leases.c.token + 1,
                "owner": fresh.excluded.owner,
                "expires_at": fresh.excluded.expires_at,
            },
            where=mine | (cycle_leases.c.expires_at <= now) | literal(predecessor_gone),
        ).returning(cycle_leases)
        row = self._connection.execute(taken).mappings().one_or_none()
        return None if row is None else Lease(**row)

    def is_known(self, job: str, slot: str) -> bool:
        """Return whether anybody ever had the lease of a slot."""
        chosen = select(cycle_leases.c.token).where(cycle_leases.c.job == job, cycle_leases.c.slot == slot)
        return self._connection.execute(chosen).first() is not None

    def require(self, lease: Lease) -> None:
        """Raise `TradingHaltedError` unless the lease is still the last one given for its slot.

        Call it in the transaction that records the cycle: the row stays locked until the commit, so a
        process that was frozen past its lease cannot write after its successor.
        """
        chosen = select(cycle_leases.c.token).where(
            cycle_leases.c.job == lease.job, cycle_leases.c.slot == lease.slot
        )
        token = self._connection.execute(chosen.with_for_update()).scalar()
        if token != lease.token:
            raise TradingHaltedError(
                f"the lease on {(lease.job, lease.slot)!r} had token {lease.token} and is at {token!r} now; "
                "another process has taken it over, this one must stop"
            )

    def give_back(self, lease: Lease, *, now: datetime) -> None:
        """Let the slot go at once; a lease that was taken over meanwhile is left alone."""
        self._connection.execute(
            update(cycle_leases)
            .where(
                cycle_leases.c.job == lease.job,
                cycle_leases.c.slot == lease.slot,
                cycle_leases.c.token == lease.token,
            )
            .values(expires_at=aware(now))
        )
