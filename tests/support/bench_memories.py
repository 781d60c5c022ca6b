"""Made memories in any number, for what grows with them."""

from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from db.memory import Memory, MemoryKind, MemoryStore
from fund.features.setup import CONDITIONS_EMBEDDER, CONDITIONS_SCALES, TRADE_EMBEDDER, TRADE_SCALES
from fund.market.view import FloatArray

CLUSTERS = 60
BATCH = 5_000
EMBEDDERS: dict[MemoryKind, str] = {"trade": TRADE_EMBEDDER, "conditions": CONDITIONS_EMBEDDER}
LENGTHS: dict[MemoryKind, int] = {"trade": len(TRADE_SCALES) + 1, "conditions": len(CONDITIONS_SCALES) + 1}


def made_setups(kind: MemoryKind, count: int, *, seed: int = 0) -> FloatArray:
    """Return set-ups of a kind, [count, d], in clusters as real ones are."""
    random = np.random.default_rng(seed)
    centres = random.uniform(-0.8, 0.8, (CLUSTERS, LENGTHS[kind]))
    near = centres[random.integers(0, CLUSTERS, count)]
    return np.asarray(np.clip(near + random.normal(0, 0.15, near.shape), -1, 1))


def remember_made(connection: Connection, kind: MemoryKind, count: int, *, known_at: datetime) -> int:
    """Add so many memories that were known by a moment; return how many there are then."""
    store = MemoryStore(connection)
    first = store.count(kind, as_of=known_at)
    vectors = made_setups(kind, count, seed=first)
    for start in range(0, count, BATCH):
        numbers = range(first + start, first + min(start + BATCH, count))
        batch = [_made(kind, number, known_at) for number in numbers]
        store.remember(EMBEDDERS[kind], batch, vectors[start : start + len(batch)])
    return store.count(kind, as_of=known_at)


def _made(kind: MemoryKind, number: int, known_at: datetime) -> Memory:
    trade = {
        "opened": date(2015, 6, 1).isoformat(),
        "held_sessions": 5 + number % 40,
        "return_fraction": (number % 41 - 20) / 200,
        "profit": f"{number % 977}",
    }
    return Memory(
        memory_id=f"made-{kind}-{number}",
        kind=kind,
        ticker=f"T{number % 500}" if kind == "trade" else None,
        session=date(2015, 7, 1),
        known_at=known_at - timedelta(days=1 + number % 300),
        text=f"made memory {number}",
        outcome=trade if kind == "trade" else {"next_20": trade["return_fraction"]},
    )
