"""Eight processes race for a hundred slots: exactly a hundred cycles (INV-14)."""

from collections.abc import Callable

from sqlalchemy import Engine

from support.slot_race import raced

PROCESSES, SLOTS = 8, 100


def test_every_slot_is_run_exactly_once(
    engine: Engine, database_url: str, scale: float, reached: Callable[..., None]
) -> None:
    slots = max(1, round(SLOTS * scale))
    found = raced(engine, database_url, processes=PROCESSES, slots=slots)
    reached("slots", processes=PROCESSES, slots=slots, cycles=found.cycles, ran=sorted(found.ran))
    assert (found.cycles, found.slots, sum(found.ran), found.chain_breaks) == (slots, slots, slots, 0)
