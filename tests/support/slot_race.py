"""Processes that race for the same slots, and how many cycles they leave behind."""

import subprocess
import sys
from dataclasses import dataclass

from sqlalchemy import Engine, text

from db.chain_check import Tally, check_chains
from db.engine import transaction
from support.checkout import ROOT
from support.desk_process import PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class Raced:
    """How many slots each process ran, and what is on record afterwards."""

    ran: tuple[int, ...]
    cycles: int
    slots: int
    owners: int
    chain_breaks: int


def raced(engine: Engine, url: str, *, processes: int, slots: int) -> Raced:
    """Let processes race for slots and count what they left."""
    command = [sys.executable, "-m", "support.slot_racer", url, str(slots)]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/", env=environment)
        for _ in range(processes)
    ]
    said = [each.communicate(timeout=PATIENCE_SECONDS * processes)[0] for each in running]
    assert [each.returncode for each in running] == [0] * processes, said
    with transaction(engine) as connection:
        count = text("SELECT count(*), count(DISTINCT slot), count(DISTINCT inputs) FROM desk.cycles")
        cycles, distinct, owners = connection.execute(count).one()
        broken = sum(map(len, check_chains(connection, Tally()).values()))
    return Raced(tuple(int(line) for line in said), cycles, distinct, owners, broken)
