"""What a delivery is checked against: the calendar, what is known, and what was played."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date

from desk.feeds.feed import Delivery, Request
from desk.feeds.shape import DAY, NAME, OPTIONAL, Shaped
from fund.market.bar_runs import bars_of, no_bars
from fund.market.calendar import SessionCalendar
from fund.market.facts import CorporateAction
from fund.market.history import History
from fund.market.quality import BarTable

BEFORE = 10
"""Sessions before a request whose known bars its first ones are held against."""
CURRENCY = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is certain when a delivery arrives."""

    calendar: SessionCalendar
    known: History | None = None
    played: date | None = None
    """The last session that was played: nothing that concerns it may come new."""

    @property
    def actions(self) -> tuple[CorporateAction, ...]:
        """The actions that are known."""
        return () if self.known is None else self.known.actions

    def bars(self, request: Request) -> BarTable:
        """Return the known bars of the names asked for, from a while before the first day asked for."""
        if self.known is None:
            return no_bars()
        sessions = self.known.panel.sessions
        first = max(0, bisect_left(sessions, request.first) - BEFORE)
        return bars_of(self.known, request.names, first, bisect_right(sessions, request.last))


def asked_rows(shaped: Shaped, delivery: Delivery) -> Shaped:
    """Leave out what is of names nobody asked for, or in another currency."""
    import polars as pl

    request = delivery.request
    name, day, until = NAME[request.kind], DAY[request.kind], request.last
    if request.kind != "headlines":
        unasked = ~pl.col(name).is_in(list(request.names))
        shaped.leave_out("unasked_name", unasked, name, day, until)
    if OPTIONAL in shaped.frame.columns:
        foreign = pl.col(OPTIONAL).is_not_null() & (pl.col(OPTIONAL) != CURRENCY)
        shaped.leave_out("wrong_currency", foreign, name, day, until)
    return shaped
