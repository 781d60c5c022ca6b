"""All facts about the market, sorted once, with a fingerprint of what was known at any moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from itertools import pairwise

import numpy as np

from fund.errors import DataError
from fund.market.actions import BAR_COLUMNS, split_factor
from fund.market.bar_index import BarIndex
from fund.market.calendar import SessionCalendar
from fund.market.facts import (
    CorporateAction,
    Headline,
    Instrument,
    MacroSeries,
    MembershipSpell,
    Observation,
    Report,
    Telling,
)
from fund.market.membership import Membership
from fund.market.panel import BarPanel
from fund.market.timeline import Timeline, canonical, fingerprint, grouped, known_at


@dataclass(frozen=True, kw_only=True, eq=False)
class Archive:
    """What views are cut from; it does not know what time it is.

    A bar is known from its session's close; an action, a membership change and an instrument from the
    close of the session they first concern; everything else from its `known_at`. A fact whose
    `known_at` is missing or has no timezone is refused with `DataError`, and so is an action that goes ex
    on a day the exchange is closed: no session would book it. The sector of an instrument
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
    tellings: tuple[Telling, ...] = ()
    reports: tuple[Report, ...] = ()

    def __post_init__(self) -> None:
        _ = (self.macro_by_series, self.reports_by_ticker, self.headlines_by_time, self.actions_by_ticker)
        open_days = set(self.calendar.sessions(self.first_session, self.last_session))
        for action in self.actions:
            inside = self.first_session <= action.ex_date <= self.last_session
            if inside and action.ex_date not in open_days:
                raise DataError(f"expected actions to go ex on a session, found {action!r}; quarantine it")

    @property
    def first_session(self) -> date:
        """The first session with bars."""
        return self.panel.sessions[0]

    @property
    def last_session(self) -> date:
        """The last session with bars."""
        return self.panel.sessions[-1]

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
    def tellings_by_headline(self) -> Mapping[str, Timeline[Telling, datetime]]:
        """Who told each headline, by `known_at`."""
        return grouped(self.tellings, lambda fact: fact.headline_id, known_at)

    @cached_property
    def unrevised(self) -> frozenset[str]:
        """The series whose observations became known in the order of their days, each day once."""
        return frozenset(
            name
            for name, timeline in self.macro_by_series.items()
            if all(a.day < b.day for a, b in pairwise(timeline.facts))
        )

    def fingerprint(self, row: int, day: date, moment: datetime) -> str:
        """Return a sha256 over the bars up to a row and the facts known by a day and a moment."""
        parts = (
            self.bar_chain[row],
            self.members.changes.fingerprint(day),
            fingerprint(self.actions_by_ticker, day),
            fingerprint(self.macro_by_series, moment),
            fingerprint(self.reports_by_ticker, moment),
            self.headlines_by_time.fingerprint(moment),
        )
        told = self._tellings_by_time
        more = told.fingerprint(moment) if told.count(moment) else b""
        return sha256(b"".join((*parts, more))).hexdigest()

    @cached_property
    def _tellings_by_time(self) -> Timeline[Telling, datetime]:
        """All of them in one row, for the fingerprint: a history without any has the one it always had."""
        return Timeline(self.tellings, known_at)

    @cached_property
    def bar_chain(self) -> list[bytes]:
        """One digest a session, each over all bars up to it and the instruments seen by then."""
        return self.bar_chain_after([])

    def bar_chain_after(self, begun: list[bytes]) -> list[bytes]:
        """Return the chain whose first digests are there already: those over the same bars."""
        panel = self.panel
        tickers = np.array(panel.tickers, dtype=object)
        values = np.stack([getattr(panel, name)[len(begun) :] for name in BAR_COLUMNS])
        chain, digest = [*begun], begun[-1] if begun else b""
        for row, session in enumerate(panel.sessions[len(begun) :], start=len(begun)):
            present = self.bars.has_bar[row]
            fresh = [self.instruments.get(each) for each in tickers[self.bars.first_row == row]]
            digest = sha256(
                digest
                + repr((session.isoformat(), tickers[present].tolist())).encode()
                + values[:, row - len(begun), present].tobytes()
                + b"".join(canonical(each) for each in fresh if each is not None)
            ).digest()
            chain.append(digest)
        return chain
