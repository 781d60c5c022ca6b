"""Random lives of books and of orders by the hundred, for processes of their own."""

from collections.abc import Callable, Mapping
from typing import Literal

from support.random_books import run_sequence
from support.random_orders import run_orders

Kind = Literal["ledger", "broker"]
LIVES: Mapping[Kind, Callable[[int, int], None]] = {"ledger": run_sequence, "broker": run_orders}
"""What lives a seed and so many operations; a failure says its seed, which replays it."""


def violations(kind: Kind, first: int, count: int, operations: int) -> list[str]:
    """Run some seeds of one kind and return what broke, each with its seed."""
    broken = []
    for seed in range(first, first + count):
        try:
            LIVES[kind](seed, operations)
        except AssertionError as error:
            broken.append(f"{kind}: {error}")
    return broken
