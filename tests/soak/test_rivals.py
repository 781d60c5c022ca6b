"""Eight threads decide on one account at once, a thousand rounds each: no cap is ever broken (INV-10)."""

from collections.abc import Callable

from sqlalchemy import Engine

from support.rivals import rivalry

THREADS, ROUNDS = 8, 1_000


def test_parallel_proposals_never_break_a_cap(
    engine: Engine, scale: float, reached: Callable[..., None]
) -> None:
    rounds = max(1, round(ROUNDS * scale))
    tally = rivalry(engine, threads=THREADS, rounds=rounds)
    reached(
        "parallel proposals",
        threads=THREADS,
        rounds=rounds,
        orders_placed=tally.placed.total(),
        shrunk_or_refused=tally.shrunk,
        filled=tally.filled,
        caps_broken=len(tally.broken),
    )
    assert tally.broken == []
    assert [tally.rounds[rival] for rival in range(THREADS)] == [rounds] * THREADS
    assert min(tally.placed[rival] for rival in range(THREADS)) > 0
