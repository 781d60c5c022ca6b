"""Processes that race for the same slots run each of them once (INV-14)."""

from sqlalchemy import Engine

from support.slot_race import raced

PROCESSES, SLOTS = 3, 12


def test_processes_that_race_for_slots_run_each_exactly_once(engine: Engine, database_url: str) -> None:
    found = raced(engine, database_url, processes=PROCESSES, slots=SLOTS)
    assert (found.cycles, found.slots, sum(found.ran), found.chain_breaks) == (SLOTS, SLOTS, SLOTS, 0)
    assert found.owners == sum(1 for ran in found.ran if ran)
