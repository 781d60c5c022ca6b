"""Everything known about the market, from which a view of any past moment is cut."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property

from fund.errors import NoDataError
from fund.market.actions import BoolArray
from fund.market.archive import Archive
from fund.market.bar_index import SessionBars
from fund.market.bars import Bar
from fund.market.facts import CorporateAction
from fund.market.history_view import HistoryView
from fund.market.quality import suspect_opens

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, eq=False)
class History(Archive):
    """All facts, later ones included: for the broker and the lake; a decision gets a `view`."""

    def view(self, as_of: datetime) -> HistoryView:
        """Return what was known at a moment; costs microseconds and copies nothing.

        Raises `NoDataError` before the close of the first session, `DataError` for a naive moment.
        """
        session = self.calendar.last_closed(as_of)
        row = bisect_right(self.panel.sessions, session) - 1
        if row < 0:
            raise NoDataError(
                f"expected a moment after the first session closed, {self.first_session}, found "
                f"{as_of.isoformat()}; ask for a later one"
            )
        return HistoryView(self, as_of.astimezone(UTC), session, row)

    def truncated(self, as_of: datetime) -> "History":
        """Return a history that holds nothing but what was known at a moment: the future is not there."""
        view = self.view(as_of)
        panel = view.panel()
        return replace(
            self,
            panel=panel,
            instruments={each: self.instruments[each] for each in panel.tickers if each in self.instruments},
            membership=self.members.until(view.session),
            actions=tuple(action for action in self.actions if action.ex_date <= view.session),
            macro=tuple(fact for fact in self.macro if fact.known_at <= as_of),
            headlines=tuple(fact for fact in self.headlines if fact.known_at <= as_of),
            tellings=tuple(fact for fact in self.tellings if fact.known_at <= as_of),
            reports=tuple(fact for fact in self.reports if fact.known_at <= as_of),
        )

    def next_bars(self, session: date) -> Mapping[str, Bar]:
        """Return the raw bars of a session by ticker: what the broker settles a decision with."""
        return SessionBars(self.bars, self._row(session))

    def actions_on(self, session: date) -> tuple[CorporateAction, ...]:
        """Return the splits and dividends that go ex on a session, effective before its open."""
        return self._actions_by_day.get(session, ())

    def suspect(self, ticker: str, session: date) -> bool:
        """Say whether a ticker's open of a session was carried over, not observed (see `suspect_opens`)."""
        column = self.bars.column.get(ticker)
        return column is not None and bool(self._suspect_opens[self._row(session), column])

    @cached_property
    def data_version(self) -> str:
        """A sha256 over the content: equal facts in any order give the same one."""
        return self.fingerprint(len(self.panel.sessions) - 1, date.max, END_OF_TIME)

    def version_at(self, as_of: datetime) -> str:
        """Return the version of what was known at a moment: that of `truncated`, without building it."""
        return self.view(as_of).data_version

    @cached_property
    def _actions_by_day(self) -> Mapping[date, tuple[CorporateAction, ...]]:
        by_day: defaultdict[date, list[CorporateAction]] = defaultdict(list)
        for ticker in sorted(self.actions_by_ticker):
            for action in self.actions_by_ticker[ticker].facts:
                by_day[action.ex_date].append(action)
        return {day: tuple(actions) for day, actions in by_day.items()}

    @cached_property
    def _suspect_opens(self) -> BoolArray:
        return suspect_opens(self.panel)

    def _row(self, session: date) -> int:
        row = bisect_right(self.panel.sessions, session) - 1
        if row < 0 or self.panel.sessions[row] != session:
            raise NoDataError(
                f"expected a session with bars between {self.first_session} and {self.last_session}, "
                f"found {session}; ingest its bars or ask for another"
            )
        return row
