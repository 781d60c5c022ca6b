"""Everything known about the market, from which a view of any past moment is cut."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from itertools import pairwise

import numpy as np

from fund.errors import NoDataError
from fund.market.actions import BAR_COLUMNS, BoolArray, split_factor
from fund.market.bar_index import BarIndex, SessionBars
from fund.market.bars import Bar
from fund.market.calendar import SessionCalendar
from fund.market.facts import (
    CorporateAction,
    Headline,
    Instrument,
    MacroSeries,
    MembershipSpell,
    Observation,
    Report,
)
from fund.market.history_view import HistoryView
from fund.market.membership import Membership
from fund.market.panel import BarPanel
from fund.market.quality import suspect_opens
from fund.market.timeline import Timeline, canonical, fingerprint, grouped, known_at

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """All facts, later ones included: for the broker and the lake; a decision gets a `view`.

    A bar is known from its session's close; an action, a membership change and an instrument from the
    close of the session they first concern; everything else from its `known_at`. A fact whose
    `known_at` is missing or has no timezone is refused with `DataError`. The sector of an instrument
    is mildly look-ahead: it is that of the last list the company was in, not of each session.
    """

    panel: BarPanel
    calendar: SessionCalendar
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    membership: tuple[MembershipSpell, ...] = ()
    actions: tuple[CorporateAction, ...] = ()
    series: Mapping[str, MacroSeries] = field(default_factory=dict)
    macro: tuple[Observation, ...] = ()
    headlines: tuple[Headline, ...] = ()
    reports: tuple[Report, ...] = ()

    def __post_init__(self) -> None:
        _ = (self.macro_by_series, self.reports_by_ticker, self.headlines_by_time, self.actions_by_ticker)

    @property
    def first_session(self) -> date:
        """The first session with bars."""
        return self.panel.sessions[0]

    @property
    def last_session(self) -> date:
        """The last session with bars."""
        return self.panel.sessions[-1]

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

    def tradable_open(self, ticker: str, session: date) -> Decimal | None:
        """Return the open an order may be filled at, None where there is no bar or the open is suspect."""
        bar = self.next_bars(session).get(ticker)
        return None if bar is None or self.suspect(ticker, session) else bar.open

    @cached_property
    def data_version(self) -> str:
        """A sha256 over the content: equal facts in any order give the same one."""
        return self._version(len(self.panel.sessions) - 1, date.max, END_OF_TIME)

    def version_at(self, as_of: datetime) -> str:
        """Return the version of what was known at a moment: that of `truncated`, without building it."""
        view = self.view(as_of)
        return self._version(view.row, view.session, view.as_of)

    @cached_property
    def bars(self) -> BarIndex:
        """The bars by ticker."""
        panel = self.panel
        factor = split_factor(panel.sessions, panel.tickers, panel.close, self.actions)
        return BarIndex(panel, factor)

    @cached_property
    def members(self) -> Membership:
        """The index by session."""
        return Membership(self.membership, self.bars.column)

    @cached_property
    def actions_by_ticker(self) -> Mapping[str, Timeline[CorporateAction, date]]:
        """Splits and dividends of each ticker by ex-date."""
        return grouped(self.actions, lambda action: action.ticker, lambda action: action.ex_date)

    @cached_property
    def macro_by_series(self) -> Mapping[str, Timeline[Observation, datetime]]:
        """Observations of each series by `known_at`."""
        return grouped(self.macro, lambda fact: fact.series_id, known_at)

    @cached_property
    def reports_by_ticker(self) -> Mapping[str, Timeline[Report, datetime]]:
        """Reports of each ticker by `known_at`."""
        return grouped(self.reports, lambda fact: fact.ticker, known_at)

    @cached_property
    def headlines_by_time(self) -> Timeline[Headline, datetime]:
        """Headlines by `known_at`."""
        return Timeline(self.headlines, known_at)

    @cached_property
    def unrevised(self) -> frozenset[str]:
        """The series whose observations became known in the order of their days, each day once."""
        return frozenset(
            name
            for name, timeline in self.macro_by_series.items()
            if all(a.day < b.day for a, b in pairwise(timeline.facts))
        )

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

    def _version(self, row: int, day: date, moment: datetime) -> str:
        parts = (
            self._bar_chain[row],
            self.members.changes.fingerprint(day),
            fingerprint(self.actions_by_ticker, day),
            fingerprint(self.macro_by_series, moment),
            fingerprint(self.reports_by_ticker, moment),
            self.headlines_by_time.fingerprint(moment),
        )
        return sha256(b"".join(parts)).hexdigest()

    @cached_property
    def _bar_chain(self) -> list[bytes]:
        """Return one digest a session, each over all bars up to it and the instruments seen by then."""
        panel = self.panel
        tickers = np.array(panel.tickers, dtype=object)
        values = np.stack([getattr(panel, name) for name in BAR_COLUMNS])
        chain, digest = [], b""
        for row, session in enumerate(panel.sessions):
            present = self.bars.has_bar[row]
            fresh = [self.instruments.get(each) for each in tickers[self.bars.first_row == row]]
            digest = sha256(
                digest
                + repr((session.isoformat(), tickers[present].tolist())).encode()
                + values[:, row, present].tobytes()
                + b"".join(canonical(each) for each in fresh if each is not None)
            ).digest()
            chain.append(digest)
        return chain
