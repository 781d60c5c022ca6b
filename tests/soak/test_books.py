"""Ten thousand random lives of books and of orders, two hundred events each: no rule is broken."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import perf_counter

from support.random_lives import LIVES, violations

SEQUENCES, OPERATIONS, PROCESSES, CHUNK = 10_000, 200, 2, 50
"""Half of the sequences are of the ledger, half of the broker."""


def test_ten_thousand_random_sequences_break_no_rule_of_ledger_or_broker(
    scale: float, reached: Callable[..., None]
) -> None:
    each, began = max(1, round(SEQUENCES * scale / len(LIVES))), perf_counter()
    chunks = [
        (kind, first, min(CHUNK, each - first), OPERATIONS)
        for first in range(0, each, CHUNK)
        for kind in LIVES
    ]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        broken = [line for found in pool.map(violations, *zip(*chunks, strict=True)) for line in found]
    reached(
        "ledger and broker",
        sequences=each * len(LIVES),
        of_the_ledger=each,
        of_the_broker=each,
        operations=each * len(LIVES) * OPERATIONS,
        violations=len(broken),
        seconds=round(perf_counter() - began),
    )
    assert broken == []
