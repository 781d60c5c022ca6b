"""The only window a decision has on the world: everything in it was known at `as_of`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fund.market.bars import Bar, Mark
from fund.market.facts import CorporateAction, Headline, Instrument, Observation, Report, Telling

FloatArray = NDArray[np.float64]


class MarketView(Protocol):
    """Point-in-time market data.

    Every method answers from facts with `known_at <= as_of`; appending later facts to the
    source changes no answer, not by one bit. A ticker that was never seen raises `NoDataError`.
    """

    @property
    def as_of(self) -> datetime:
        """The moment of the view, timezone-aware UTC."""
        ...

    @property
    def session(self) -> date:
        """The last session that had closed at `as_of`."""
        ...

    def sessions(self, count: int) -> tuple[date, ...]:
        """Return the last `count` closed sessions, oldest first (fewer at the start of history)."""
        ...

    def members(self) -> frozenset[str]:
        """Return the index members on `session` that have a mark which is not stale."""
        ...

    def tickers(self) -> frozenset[str]:
        """Return every ticker with at least one bar so far, funds included."""
        ...

    def instrument(self, ticker: str) -> Instrument:
        """Return name, class and sector of a ticker."""
        ...

    def mark(self, ticker: str) -> Mark:
        """Return the last raw close, flagged stale when it is not of `session`."""
        ...

    def bars(self, ticker: str, count: int) -> tuple[Bar, ...]:
        """Return up to `count` last raw bars, oldest first."""
        ...

    def total_return_index(self, ticker: str, count: int) -> FloatArray:
        """Return up to `count` last values of the total-return index, oldest first.

        The index starts at 1 on the ticker's first bar and grows forward by splits and dividends as
        they go ex, so a later corporate action never rewrites an earlier value. Sessions without a
        bar are left out.
        """
        ...

    def members_index(self, count: int) -> FloatArray:
        """Return the total-return index of the `members` over the last `count` sessions.

        Shape [sessions, members], oldest session first, members in order of their tickers; NaN where a
        member has no bar. Shorter at the start of history.
        """
        ...

    def total_return_matrix(self, tickers: Sequence[str], count: int) -> FloatArray:
        """Return the total-return index of these tickers over the last `count` sessions.

        Shape [sessions, tickers], oldest session first, tickers as given; NaN where one has no bar, so
        all of its column where it was never seen. Shorter at the start of history.
        """
        ...

    def average_volume(self, ticker: str, count: int) -> float:
        """Return the mean volume over up to `count` last bars, in shares."""
        ...

    def true_ranges(self, ticker: str, count: int) -> FloatArray:
        """Return up to `count` last true ranges, USD a share of the last bar, oldest first.

        A true range is max(high, close before) - min(low, close before), the close before in the shares
        and after the dividends of that bar; the first bar has none.
        """
        ...

    def actions(self, ticker: str, after: date) -> tuple[CorporateAction, ...]:
        """Return splits and dividends with `after < ex_date <= session`, oldest first."""
        ...

    def macro(self, series_id: str, count: int = 1) -> tuple[Observation, ...]:
        """Return up to `count` last known observations of a series, oldest first; empty if none."""
        ...

    def headlines(self, count: int) -> tuple[Headline, ...]:
        """Return up to `count` last known headlines, newest first."""
        ...

    def headlines_since(self, after: datetime) -> tuple[Headline, ...]:
        """Return the headlines that became known later than a moment, newest first."""
        ...

    def tellings(self, headline_id: str) -> tuple[Telling, ...]:
        """Return who is known to have told a headline, the first first; empty where that was not kept."""
        ...

    def report(self, ticker: str) -> Report | None:
        """Return the last filed quarterly or annual report, None if none is known."""
        ...
