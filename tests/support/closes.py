"""Closes of a book that earned what a test says, marked as the desk marks them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from fund.portfolio.book import Book
from fund.portfolio.session_mark import SessionMark, mark_book

DAY_ONE = date(2016, 3, 1)
START = Decimal(100)
EXACT = Decimal("1E-12")
moments = (-0.05, -0.03, -0.02, 0.0, 0.01, 0.04)
"""Returns of sessions, none of them at a level of the mandate."""


def closes(*returns: float) -> tuple[SessionMark, ...]:
    """Return one close a day from `DAY_ONE` on, each with its return."""
    return closes_of([(each, Decimal(0)) for each in returns])


def closes_of(sessions: Sequence[tuple[float, Decimal]]) -> tuple[SessionMark, ...]:
    """Return closes by their return and by the money that comes in, as a fraction, before it is earned."""
    marks: list[SessionMark] = []
    equity = deposits = Decimal(0)
    earned = Decimal(0)
    for n, (gained, moved) in enumerate(sessions):
        brought = START if n == 0 else equity * moved
        deposits += brought
        result = ((equity + brought) * Decimal(repr(gained))).quantize(EXACT)
        earned += result
        equity += brought + result
        day = DAY_ONE + timedelta(days=n)
        marks.append(
            mark_book(
                marks[-1] if marks else None,
                Book(cash=equity, deposits=deposits, realised=earned),
                {},
                session=day,
                at=datetime.combine(day, time(20, 30), UTC),
                benchmark_index=100.0,
            )
        )
    return tuple(marks)
