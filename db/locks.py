"""Advisory locks that serialise what must not interleave; each ends with its transaction."""

from enum import IntEnum

from sqlalchemy import Connection, text


class Lock(IntEnum):
    """What is guarded; the number is the key PostgreSQL knows."""

    ACCOUNT = 0x41434354
    """Check and reservation of orders (INV-10); taken before every other."""
    LEDGER = 0x4C454447
    CYCLES = 0x4359434C
    BUDGET = 0x42554447
    EVENTS = 0x45564E54
    BREAKER = 0x42524B52
    WATCHLIST = 0x57415443
    FORECASTERS = 0x464F5243
    TRIALS = 0x5452494C


_TAKE = text("SELECT pg_advisory_xact_lock(:key)")


def hold(connection: Connection, lock: Lock) -> None:
    """Wait for the lock and hold it until the caller's transaction ends."""
    connection.execute(_TAKE, {"key": int(lock)})
