"""Books in a report: each contestant's half year with its size, intervals, costs and what it must beat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evals.books.result import BookResult, result_of
from evals.case import Case, Dataset
from evals.trial import Trial
from fund.metrics.bootstrap import DRAWS, MINIMUM, optimal_block, percentile_bounds, stationary_indices
from fund.metrics.inference import Interval
from fund.metrics.probabilistic_sharpe import probabilistic_sharpe
from fund.metrics.returns import SESSIONS_A_YEAR, FloatArray, max_drawdown, sharpe_ratios, total_return

EVEN = "equal weight, on paper"
"""The same names at the same weight at every close, before costs: what every book is compared with."""
NO_WINNER = "One path of one market: no winner is named from it, and no gate looks at a return."


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFigures:
    """One contestant's books; fractions, each the mean over its trials."""

    dataset: str
    contestant: str
    sessions: int
    """Of trading: what every interval rests on, however many trials there were."""
    trials: int
    total: float
    """Over the half year, net of costs."""
    over_equal_weight: Interval | None
    """Mean difference of daily returns times 252, paired by session, stationary block bootstrap."""
    sharpe: Interval | None
    """A year, stationary block bootstrap; None where nothing moved."""
    probabilistic_sharpe: float | None
    """Probability that the true ratio is above 0."""
    drawdown: float
    turnover: float | None
    """One way, a year; None of a book on paper."""
    costs_bps: float | None
    """Of equity, a year; None of a book on paper."""
    proposed: float
    """Limits that cut a proposal, summed over the closes that were asked, of a trial."""
    asked: int
    """Closes that were asked, over all trials; an open breaker asks nobody."""
    held: int
    """Those on which there was no answer, so that the book was held."""
    executed: int
    """Violations that were executed, over all trials."""


def books_of(dataset: Dataset, trials: Sequence[Trial], seed: int = 0) -> tuple[BookFigures, ...]:
    """Return the books of a dataset by contestant, the equal weight on paper last; none where none is traded.

    A contestant whose every trial was absent has no line.
    """
    found: dict[str, list[BookResult]] = {}
    for contestant, book in traded(dataset, trials):
        found.setdefault(contestant, []).append(book)
    told = [_figures(dataset.name, name, books, seed) for name, books in found.items()]
    return (*told, *(_on_paper(dataset.name, case, seed) for case in dataset.cases if told))


def violations_executed(dataset: Dataset, trials: Sequence[Trial]) -> int | None:
    """Return how many violations were executed in all books, whoever proposed them; None without a book."""
    books = [book for _, book in traded(dataset, trials)]
    return sum(len(book.executed) for book in books) if books else None


def traded(dataset: Dataset, trials: Sequence[Trial]) -> tuple[tuple[str, BookResult], ...]:
    """Return every book that was traded, with whose it is."""
    cases = {case.case_id: case for case in dataset.cases}
    return tuple(
        (trial.contestant, result_of(cases[trial.case_id], trial.output.answer))
        for trial in trials
        if trial.dataset == dataset.name and trial.output.answer is not None
    )


def _figures(dataset: str, contestant: str, books: Sequence[BookResult], seed: int) -> BookFigures:
    returns = np.array([book.returns for book in books])
    excess = returns - books[0].equal_weight
    ratios = [each for each in map(probabilistic_sharpe, returns) if each is not None]
    return BookFigures(
        dataset=dataset,
        contestant=contestant,
        sessions=returns.shape[1],
        trials=len(books),
        total=_mean([book.total for book in books]),
        over_equal_weight=_interval(excess, _yearly, seed),
        sharpe=_interval(returns, sharpe_ratios, seed),
        probabilistic_sharpe=_mean(ratios) if ratios else None,
        drawdown=_mean([book.drawdown for book in books]),
        turnover=_mean([book.turnover for book in books]),
        costs_bps=_mean([book.costs_bps for book in books]),
        proposed=_mean([float(sum(book.proposed.values())) for book in books]),
        asked=sum(book.asked for book in books),
        held=sum(book.held for book in books),
        executed=sum(len(book.executed) for book in books),
    )


def _on_paper(dataset: str, case: Case, seed: int) -> BookFigures:
    returns = np.array(case.label["equal_weight"])
    return BookFigures(
        dataset=dataset,
        contestant=EVEN,
        sessions=len(returns),
        trials=1,
        total=total_return(returns) or 0.0,
        over_equal_weight=None,
        sharpe=_interval(returns[None, :], sharpe_ratios, seed),
        probabilistic_sharpe=probabilistic_sharpe(returns),
        drawdown=max_drawdown(returns) or 0.0,
        turnover=None,
        costs_bps=None,
        proposed=0.0,
        asked=0,
        held=0,
        executed=0,
    )


def _interval(paths: FloatArray, statistic: Callable[[FloatArray], FloatArray], seed: int) -> Interval | None:
    """Return the mean of a statistic over trials, [trials, sessions], with its interval over sessions.

    The same sessions are redrawn of all trials: they traded one market, and are no sample of markets.
    """
    count = paths.shape[1]
    value = float(np.mean(statistic(paths)))
    if count < MINIMUM or not np.isfinite(value):
        return None
    drawn = stationary_indices(count, DRAWS, optimal_block(paths.mean(axis=0)), seed)
    bounds = percentile_bounds(np.mean([statistic(path[drawn]) for path in paths], axis=0))
    return None if bounds is None else Interval(value=value, low=bounds.low, high=bounds.high, n=count)


def _yearly(paths: FloatArray) -> FloatArray:
    means: FloatArray = np.mean(paths, axis=-1) * SESSIONS_A_YEAR
    return means


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
