"""A `MarketView` over plain dicts, for tests of what decides and what limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from fund.errors import NoDataError
from fund.market.bars import Bar, Mark
from fund.market.facts import CorporateAction, Headline, Instrument, Observation, Report, Telling
from fund.market.view import FloatArray
from support.books import MONDAY, at_close


@dataclass(frozen=True, kw_only=True)
class FakeView:
    """A `MarketView` that knows what it was given; every priced ticker is a member unless told."""

    prices: Mapping[str, Decimal] = field(default_factory=lambda: {"AAPL": Decimal(100)})
    session: date = MONDAY
    stale_since: Mapping[str, date] = field(default_factory=dict)
    outsiders: frozenset[str] = frozenset()
    sectors: Mapping[str, str] = field(default_factory=dict)
    nameless: frozenset[str] = frozenset()
    known_actions: tuple[CorporateAction, ...] = ()
    returns: Mapping[str, FloatArray] = field(default_factory=dict)
    """Ticker to its past returns, all equally many; a name without them has no past."""

    @property
    def as_of(self) -> datetime:
        return at_close(self.session)

    def sessions(self, count: int) -> tuple[date, ...]:
        return (self.session,)[:count]

    def members(self) -> frozenset[str]:
        return frozenset(self.prices) - self.outsiders - self.stale_since.keys()

    def tickers(self) -> frozenset[str]:
        return frozenset(self.prices)

    def instrument(self, ticker: str) -> Instrument:
        if ticker in self.nameless:
            raise NoDataError(f"expected an instrument for {ticker!r}, found bars only")
        return Instrument(
            ticker=ticker, name=ticker, asset_class="equity", sector=self.sectors.get(ticker, ticker)
        )

    def mark(self, ticker: str) -> Mark:
        if ticker not in self.prices:
            raise NoDataError(f"expected a ticker with bars, found {ticker!r}")
        since = self.stale_since.get(ticker)
        return Mark(price=self.prices[ticker], session=since or self.session, stale=since is not None)

    def bars(self, ticker: str, count: int) -> tuple[Bar, ...]:
        price = self.mark(ticker).price
        bar = Bar(
            ticker=ticker,
            session=self.session,
            open=price,
            high=price,
            low=price,
            close=price,
            volume=1_000_000,
        )
        return (bar,)[:count]

    def total_return_index(self, ticker: str, count: int) -> FloatArray:
        return np.ones(min(count, 1))

    def members_index(self, count: int) -> FloatArray:
        return np.ones((min(count, 1), len(self.members())))

    def total_return_matrix(self, tickers: Sequence[str], count: int) -> FloatArray:
        length = 1 + max((len(past) for past in self.returns.values()), default=0)
        matrix = np.full((length, len(tickers)), np.nan)
        for place, ticker in enumerate(tickers):
            if ticker in self.returns:
                matrix[:, place] = np.cumprod([1.0, *(1.0 + self.returns[ticker])])
            elif ticker in self.prices:
                matrix[-1, place] = 1.0
        return matrix[max(0, length - count) :]

    def average_volume(self, ticker: str, count: int) -> float:
        return 1_000_000.0

    def true_ranges(self, ticker: str, count: int) -> FloatArray:
        self.mark(ticker)
        return np.zeros(0)

    def actions(self, ticker: str, after: date) -> tuple[CorporateAction, ...]:
        return tuple(
            a for a in self.known_actions if a.ticker == ticker and after < a.ex_date <= self.session
        )

    def macro(self, series_id: str, count: int = 1) -> tuple[Observation, ...]:
        return ()

    def headlines(self, count: int) -> tuple[Headline, ...]:
        return ()

    def headlines_since(self, after: datetime) -> tuple[Headline, ...]:
        return ()

    def tellings(self, headline_id: str) -> tuple[Telling, ...]:
        return ()

    def report(self, ticker: str) -> Report | None:
        return None


def a_view(**prices: int | str | Decimal) -> FakeView:
    """Return a view with these closes."""
    return FakeView(prices={ticker: Decimal(price) for ticker, price in prices.items()})
