"""Which names are on the two halves of the watchlist, who put them there, and who looks at them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Engine

from db.ledger import Ledger
from db.watchlist import DISCOVERY, DiscoveredList, DiscoveredTicker, WatchedTicker, Watchlist
from fund.errors import NoDataError
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
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
    reason: str = ""
    """Why the discovery put it there; empty on the owner's half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistReport:
    """The owner's half and the discovered one, each with the first added first."""

    session: date
    names: tuple[WatchedName, ...]
    most: int
    discovered: tuple[WatchedName, ...] = ()
    most_discovered: int = 0
    before_committee: int = 0
    """How many of the discovered names take a place before the committee."""


class WatchlistTools:
    """Questions about the list."""

    def __init__(self, engine: Engine, view: Callable[[], MarketView], mandate: Mandate) -> None:
        self._engine = engine
        self._view = view
        self._mandate = mandate

    def watchlist(self) -> WatchlistReport:
        """Return the names the owner watches and those discovered: who added each, when, and its price."""
        view, rules = self._view(), self._mandate.discovery
        with self._engine.connect() as connection:
            listed, book = Watchlist(connection).current(), Ledger(connection).load_book()
            discovered = DiscoveredList(connection).current()
        return WatchlistReport(
            session=view.session,
            names=tuple(self._name(each, view, book) for each in listed),
            most=rules.most_watched,
            discovered=tuple(self._found(each, view, book) for each in discovered),
            most_discovered=rules.most_discovered,
            before_committee=rules.before_committee,
        )

    def _found(self, each: DiscoveredTicker, view: MarketView, book: Book) -> WatchedName:
        watched = WatchedTicker(ticker=each.ticker, added_by=DISCOVERY, added_at=each.added_at)
        return replace(self._name(watched, view, book), reason=each.reason)

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
