"""A process that wants to run every slot there is: `python -m support.slot_racer URL SLOTS`.

It goes through the slots in order, runs those nobody else has, and comes back to the others until each of
them is on record. It prints how many it ran itself.
"""

import os
import sys
from contextlib import closing

from sqlalchemy import Connection

from db.decisions import Decisions
from db.engine import connect, in_transaction
from db.leases import Lease, Leases
from desk.slot import JOB, Slots
from fund.clock import SystemClock
from fund.errors import TradingHaltedError
from support.books import MONDAY
from support.records import a_cycle_record


def race(url: str, slots: int) -> int:
    """Run what slots can be had, until all of them are on record, and return how many were run here."""
    engine, clock, ran = connect(url, pool_size=2), SystemClock(), 0
    with closing(Slots(engine, clock, f"racer-{os.getpid()}")) as taken:
        left = [f"{JOB}-{number}" for number in range(slots)]
        while left:
            for slot in tuple(left):
                try:
                    with taken.held(slot) as lease:
                        ran += in_transaction(engine, lambda connection, lease=lease: _run(connection, lease))
                        left.remove(slot)
                except TradingHaltedError:
                    continue
    engine.dispose()
    return ran


def _run(connection: Connection, lease: Lease) -> bool:
    """Record the cycle of a slot as the desk does: under its lease, and not again."""
    Leases(connection).require(lease)
    if Decisions(connection).get(lease.slot) is not None:
        return False
    record = a_cycle_record(lease.slot, MONDAY, inputs={"ran_by": lease.owner})
    Decisions(connection).record_cycle(record, job=lease.job, slot=lease.slot, recorded_at=record.as_of)
    return True


if __name__ == "__main__":
    sys.stdout.write(f"{race(sys.argv[1], int(sys.argv[2]))}\n")
