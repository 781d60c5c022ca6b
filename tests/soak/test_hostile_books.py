"""Fifteen thousand hostile books: what is decided about each leaves it within every limit it can keep."""

from collections.abc import Callable

from hypothesis import settings

from support.hostile_books import any_hostile_book, stays_within_limits

BOOKS = 15_000


def test_no_decision_leaves_any_of_them_over_a_limit(scale: float, reached: Callable[..., None]) -> None:
    books = max(1, round(BOOKS * scale))
    settings(max_examples=books, database=None)(any_hostile_book(stays_within_limits))()
    reached("hostile books", books=books, over_a_limit=0)
