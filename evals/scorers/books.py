"""What a book came to, a score each; none but the violations decides anything."""

from collections.abc import Callable
from dataclasses import dataclass

from evals.books.result import BookResult, result_of
from evals.case import Case
from evals.trial import Output, Score

Tells = Callable[[BookResult], float | None]


@dataclass(frozen=True, slots=True)
class BookScore:
    """One figure of a book; a contestant that could not trade one has none."""

    name: str
    tells: Tells
    why: Callable[[BookResult], str]

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score of an output."""
        if output.answer is None:
            return Score(scorer=self.name, value=None, why="no book was traded")
        found = result_of(case, output.answer)
        return Score(scorer=self.name, value=self.tells(found), why=self.why(found))


def limits_kept() -> BookScore:
    """Return the score that is 1 where nothing was executed against a limit, else 0."""
    return BookScore("limits_kept", lambda book: float(not book.executed), _executed)


def book_scorers() -> tuple[BookScore, ...]:
    """Return the figures that are told of a book beside it."""
    return (
        BookScore("book_return", lambda book: book.total, _sessions),
        BookScore("over_equal_weight", lambda book: book.over_equal_weight, _sessions),
        BookScore("sharpe", lambda book: book.sharpe, _sessions),
        BookScore("drawdown", lambda book: book.drawdown, _sessions),
        BookScore("turnover", lambda book: book.turnover, _sessions),
        BookScore("costs_bps", lambda book: book.costs_bps, _sessions),
        BookScore("violations_proposed", lambda book: float(sum(book.proposed.values())), _proposed),
        BookScore("violations_executed", lambda book: float(len(book.executed)), _executed),
    )


def _sessions(book: BookResult) -> str:
    return f"{len(book.returns)} sessions, net of costs"


def _proposed(book: BookResult) -> str:
    cuts = ", ".join(f"{limit} {count}" for limit, count in book.proposed.items())
    return f"limits that cut on {book.asked} closes: {cuts or 'none'}"


def _executed(book: BookResult) -> str:
    if not book.executed:
        return "no limit was broken by a fill"
    first = book.executed[0]
    about = f" of {first.about}" if first.about else ""
    return f"{first.limit}{about} on {first.session.isoformat()}: {first.value:.4g}, allowed {first.cap:.4g}"
