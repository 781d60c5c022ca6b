"""Which names the owner watches, who put them there, and whether the committee looks at them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Engine

from db.ledger import Ledger
from db.watchlist import WatchedTicker, Watchlist
from fund.errors import NoDataError
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from tools.control_watch import MOST_WATCHED
from tools.market import MarketTools


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedName:
    """A name on the list, as of the desk's last close."""

    ticker: str
    name: str
    added_by: str
    added_at: datetime
    price: Decimal | None
    """Last close, USD; None where there is none."""
    return_20: float | None
    """Over 20 sessions, dividends reinvested."""
    held: bool
    may_be_bought: bool
    """Whether it is in the universe now: only then the committee is asked about what is not held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistReport:
    """The list, the first added first."""

    session: date
    names: tuple[WatchedName, ...]
    most: int = MOST_WATCHED


class WatchlistTools:
    """Questions about the list."""

    def __init__(self, engine: Engine, view: Callable[[], MarketView], mandate: Mandate) -> None:
        self._engine = engine
        self._view = view
        self._mandate = mandate

    def watchlist(self) -> WatchlistReport:
        """Return the names the owner watches: who added each, when, its price, whether it may be bought."""
        view = self._view()
        with self._engine.connect() as connection:
            listed, book = Watchlist(connection).current(), Ledger(connection).load_book()
        return WatchlistReport(
            session=view.session, names=tuple(self._name(each, view, book) for each in listed)
        )

    def _name(self, each: WatchedTicker, view: MarketView, book: Book) -> WatchedName:
        price, earned = None, None
        try:
            snapshot = MarketTools(view).snapshot(each.ticker)
            name, price, earned = snapshot.name, view.mark(each.ticker).price, snapshot.return_20
        except NoDataError:
            name = each.ticker
        return WatchedName(
            ticker=each.ticker,
            name=name,
            added_by=each.added_by,
            added_at=each.added_at,
            price=price,
            return_20=earned,
            held=each.ticker in book.positions,
            may_be_bought=each.ticker in view.members() | self._mandate.funds,
        )
