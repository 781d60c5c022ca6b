"""What shocks, past and made up, would do to the book the desk holds now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Engine

from db.past import Past
from fund.errors import QueryRefusedError
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.marking import current_mark
from fund.risk.stress import SCENARIOS, StressResult, stress

CENT = Decimal("0.01")
EVERY = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class StressReport:
    """The book under one scenario or under each of them, at the desk's clock."""

    session: date
    equity: Decimal
    """USD."""
    results: tuple[StressResult, ...]


class StressTools:
    """Questions about what could happen to the book."""

    def __init__(self, engine: Engine, view: Callable[[], MarketView], mandate: Mandate) -> None:
        self._engine = engine
        self._view = view
        self._benchmark = mandate.benchmark

    def stress(self, scenario: str = EVERY, market_percent: float = -10.0) -> StressReport:
        """Return what a scenario would do to the book, by position; these are no forecasts.

        Args:
            scenario: One of aug-2015, brexit-2016, mar-2020, rates-2022, market-down, rates-up,
                volatility-doubles, sector-down, correlations-one; all for each of them.
            market_percent: By how many percent the market moves in market-down, below 0 for a fall.
        """
        view = self._view()
        with self._engine.connect() as connection:
            book = Past(connection).book_at(view.session)
        return stress_report(book, view, self._benchmark, scenario, market_percent)


def stress_report(
    book: Book, view: MarketView, benchmark: str, scenario: str = EVERY, market_percent: float = -10.0
) -> StressReport:
    """Put a book through one scenario or all; `QueryRefusedError` for an unknown one or an empty account."""
    if not book.deposits and not book.positions:
        raise QueryRefusedError("the account holds no money yet; advance the desk by a session first")
    move = Decimal(repr(market_percent)) / 100
    names = tuple(SCENARIOS) if scenario == EVERY else (scenario,)
    prices = {ticker: current_mark(view, ticker).price for ticker in book.positions}
    return StressReport(
        session=view.session,
        equity=book.equity(prices).quantize(CENT),
        results=tuple(stress(name, view, book, benchmark, move) for name in names),
    )
