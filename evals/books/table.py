"""Books in words: the cells of a table that a page and a terminal show alike."""

from evals.books.figures import BookFigures
from fund.metrics.inference import Interval

BOOK_HEAD = (
    "Contestant",
    "Sessions",
    "Return",
    "Over equal weight, a year",
    "Sharpe",
    "P(Sharpe > 0)",
    "Drawdown",
    "Turnover a year",
    "Costs a year",
    "Cut",
    "Held",
    "Executed violations",
)

NARROW = (0, 2, 3, 4, 8, 11)
"""The columns that there is room for in a terminal."""


def book_cells(book: BookFigures) -> tuple[str, ...]:
    """Return one contestant's line of the table."""
    sure, traded = book.probabilistic_sharpe, book.asked > 0
    turnover, costs = book.turnover, book.costs_bps
    return (
        book.contestant,
        f"{book.sessions}" + (f" × {book.trials}" if book.trials > 1 else ""),
        f"{book.total:+.1%}",
        _interval(book.over_equal_weight, "+.1%"),
        _interval(book.sharpe, "+.2f"),
        "n/a" if sure is None else f"{sure:.0%}",
        f"{book.drawdown:.1%}",
        "n/a" if turnover is None else f"{turnover:.1f}",
        "n/a" if costs is None else f"{costs:.0f} bps",
        f"{book.proposed:.1f} a trial" if traded else "n/a",
        f"{book.held} of {book.asked}" if traded else "n/a",
        f"{book.executed}" if traded else "n/a",
    )


def _interval(found: Interval | None, shape: str) -> str:
    if found is None:
        return "n/a"
    return f"{found.value:{shape}} [{found.low:{shape}}, {found.high:{shape}}], n = {found.n}"
