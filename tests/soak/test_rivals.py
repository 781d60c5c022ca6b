"""Eight threads decide on one account at once, a thousand rounds each: no cap is ever broken (INV-10)."""

from collections.abc import Callable
from time import perf_counter

from support.database import DatabaseServer, own_database
from support.rivals import rivalry

THREADS, ROUNDS, LIFE = 8, 1_000, 100
"""So many rounds a thread on one account; the count after every round reads its whole journal."""


def test_parallel_proposals_never_break_a_cap(
    database_server: DatabaseServer, scale: float, reached: Callable[..., None]
) -> None:
    rounds, began = max(1, round(ROUNDS * scale)), perf_counter()
    placed = shrunk = filled = 0
    broken = list[str]()
    for first in range(0, rounds, LIFE):
        life = min(LIFE, rounds - first)
        with own_database(database_server) as engine:
            tally = rivalry(engine, threads=THREADS, rounds=life, seed=first + 1)
        assert [tally.rounds[rival] for rival in range(THREADS)] == [life] * THREADS
        assert min(tally.placed[rival] for rival in range(THREADS)) > 0
        placed, shrunk = placed + tally.placed.total(), shrunk + tally.shrunk
        filled, broken = filled + tally.filled, broken + tally.broken
    reached(
        "parallel proposals",
        threads=THREADS,
        rounds=rounds,
        orders_placed=placed,
        shrunk_or_refused=shrunk,
        filled=filled,
        caps_broken=len(broken),
        seconds=round(perf_counter() - began),
    )
    assert broken == []
