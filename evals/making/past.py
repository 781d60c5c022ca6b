"""The past as a committee would have seen it: evidence of any session, over books that are made for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from agents.brief import Evidence
from db.record_codec import from_plain, to_plain
from fund.mandate import Mandate
from fund.market.history import History
from fund.market.splits import shares_since
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.position import Position
from graph.research import Attention, Researcher, TrackRecord
from tools.forecasts import ForecastTools
from tools.memory import MemoryTools

DIGITS = 6
"""Significant digits kept of every figure: two more than a brief shows."""
UNTRIED = TrackRecord()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A position of a made book."""

    ticker: str
    weight: Decimal
    held_sessions: int
    """Sessions since it was bought at the open, that session among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the datasets are cut from."""

    history: History
    forecasts: ForecastTools
    memory: MemoryTools
    mandate: Mandate
    played: tuple[date, ...]
    """Sessions a desk has played, oldest first: before each of them it had memories of its own."""
    recorded: tuple[Evidence, ...] = ()
    """The evidence on record of those sessions, oldest first."""

    def view(self, session: date) -> MarketView:
        """Return what was known when a session was decided."""
        return self.history.view(self.history.calendar.decision_time(session))

    def evidence(
        self,
        session: date,
        holdings: Sequence[Holding],
        only: Sequence[str],
        track: TrackRecord = UNTRIED,
        equity: Decimal | None = None,
    ) -> Evidence:
        """Return what the committee would have been shown of some names, over a made book.

        The book is worth `equity` USD, what the mandate begins with where nothing is said.
        """
        worth = self.mandate.initial_cash if equity is None else equity
        view = self.view(session)
        attention = Attention(only=tuple(sorted({*only, *(h.ticker for h in holdings)})))
        researcher = Researcher(self.forecasts, self.memory, lambda: track, lambda: attention)
        return rounded(researcher(view, made_book(view, holdings, worth), self.mandate))


def made_book(view: MarketView, holdings: Sequence[Holding], equity: Decimal) -> Book:
    """Return a book of so much equity: whole shares, each bought at the open of the session it was opened."""
    positions = {holding.ticker: _position(view, holding, equity) for holding in holdings}
    value = sum((p.quantity * view.mark(t).price for t, p in positions.items()), Decimal(0))
    cost = sum((p.cost for p in positions.values()), Decimal(0))
    return Book(
        cash=equity - value,
        deposits=equity - value + cost,
        positions=MappingProxyType(positions),
    )


def _position(view: MarketView, holding: Holding, equity: Decimal) -> Position:
    bars = view.bars(holding.ticker, holding.held_sessions)
    bought = bars[0]
    shares = shares_since(view.actions(holding.ticker, bought.session), bought.session)
    quantity = Decimal(int(holding.weight * equity / view.mark(holding.ticker).price))
    cost = (quantity / shares * bought.open).quantize(Decimal("0.01"))
    return Position(ticker=holding.ticker, quantity=quantity, cost=cost, opened=bars[0].session, bought=cost)


def rounded(evidence: Evidence) -> Evidence:
    """Return the evidence with every figure to six significant digits."""
    return from_plain(Evidence, _short(to_plain(evidence)))


def _short(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, list):
        return [_short(item) for item in value]
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    return value
