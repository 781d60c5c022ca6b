"""Asks a feed for what a running desk does not know yet, checks it, and hands over what is new."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from db.lake import DAILY, Batch
from desk.feeds.feed import FILE_OF, Delivery, Feed, Kind, Request
from desk.feeds.ground import Ground
from desk.feeds.news_intake import told_once
from desk.feeds.price_check import Prices, check_prices
from desk.feeds.shape import unreadable
from desk.feeds.text_check import Figures, check_headlines, check_macro
from desk.ingest import Checked, Quarantined
from fund.errors import FeedError
from fund.market.bar_runs import no_bars
from fund.market.facts import Headline, Telling
from fund.market.finding import Finding
from fund.market.history import History
from fund.market.refusal import Refusal, RefusalKind, refusal

log = logging.getLogger("conclave.feed")

OVERLAP_SESSIONS = 5
"""Known sessions that are asked for again: there a correction, a shift or an adjusted series shows."""
ALIVE_SESSIONS = 20
"""Who had a bar in one of these is asked for; a month without one is an end."""
FIRST_TURN, LONGEST_TURN = timedelta(minutes=2), timedelta(minutes=30)
"""Bars that are missing are asked for 2 minutes after the close, then 4, 8, 16, and every half hour."""
TEXT_EVERY = timedelta(minutes=15)
NEWS_AGAIN, MACRO_AGAIN = timedelta(days=2), timedelta(days=60)
"""How far before the last known ones headlines and macro values are asked for again."""
MOST_KEPT = 5_000
"""Refusals kept of one delivery: a vendor that answers nonsense does not fill the database."""
SHOWN = 3
KIND_OF: dict[Kind, RefusalKind] = {
    "bars": "bar",
    "actions": "action",
    "headlines": "headline",
    "macro": "macro",
}

Keep = Callable[[Sequence[Refusal]], object]
"""Keeps what was refused, with its vendor, reason and detail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What tells one moment to ask from another."""

    until: date
    """The last session that has closed."""
    bars_turn: int | None
    """Which attempt at its bars this is; None once everybody has one."""
    text_turn: int


class Collector:
    """Brings a desk's history up to date from a feed, round by round.

    Prices are had whole or not at all: bars and actions, or `FeedError`. Headlines and macro values
    that cannot be had are logged and asked for again; no price waits for them.
    """

    def __init__(
        self, feed: Feed, *, keep: Keep, names: Iterable[str] = (), series: Iterable[str] = ()
    ) -> None:
        self._feed = feed
        self._keep = keep
        self._names = tuple(names)
        self._series = tuple(series)
        self._answered: tuple[date, int | None] | None = None
        self._text_turn: int | None = None

    def stamp(self, now: datetime, ground: Ground) -> Asking:
        """Return what there is to ask at a moment; asks nobody."""
        until = ground.calendar.last_closed(now)
        lacking = self._lacking(_history(ground), until) if "bars" in self._feed.offers else ()
        return Asking(
            until=until,
            bars_turn=_turn(now - ground.calendar.close_at(until)) if lacking else None,
            text_turn=int(now.timestamp() // TEXT_EVERY.total_seconds()),
        )

    def read(self, stamp: Asking, ground: Ground) -> Checked:
        """Return the facts that are new; what was refused is kept, what is strange is logged."""
        history, told = _history(ground), _Told()
        turn = stamp.until, stamp.bars_turn
        asks = stamp.bars_turn is not None and turn != self._answered
        prices = self._prices(stamp, ground, history, told) if asks else None
        self._answered = turn
        news, again, figures = self._texts(stamp, ground, history, told)
        self._keep(told.refusals(stamp.until))
        told.log()
        batch = Batch(
            bars={DAILY: no_bars() if prices is None else prices.bars},
            actions=() if prices is None else prices.actions,
            headlines=news,
            tellings=again,
            macro=() if figures is None else figures.macro,
        )
        return Checked(batch=batch, quarantined=told.quarantined(), jumps=told.strange())

    def _prices(self, stamp: Asking, ground: Ground, history: History, told: "_Told") -> Prices:
        lacking = self._lacking(history, stamp.until)
        first = _sessions_before(history, min(stamp.until, history.last_session))
        bars = self._feed.fetch(Request(kind="bars", names=lacking, first=first, last=stamp.until))
        actions: Delivery | None = None
        if "actions" in self._feed.offers:
            everybody = self._everybody(history)
            asked = Request(kind="actions", names=everybody, first=first, last=stamp.until)
            actions = self._feed.fetch(asked)
        prices = check_prices(bars, actions, ground)
        told.add(bars, prices.of_bars)
        if actions is not None:
            told.add(actions, prices.of_actions)
        wrong = unreadable((*prices.of_bars, *prices.of_actions))
        if wrong is not None:
            self._keep(told.refusals(stamp.until))
            raise FeedError(f"{bars.feed}: {wrong.detail}; nothing of it is taken, it is asked again")
        return prices

    def _texts(
        self, stamp: Asking, ground: Ground, history: History, told: "_Told"
    ) -> tuple[tuple[Headline, ...], tuple[Telling, ...], Figures | None]:
        if self._text_turn == stamp.text_turn:
            return (), (), None
        self._text_turn = stamp.text_turn
        news, again, figures = tuple[Headline, ...](), tuple[Telling, ...](), None
        last = max((each.known_at.date() for each in history.headlines), default=history.last_session)
        today = datetime.fromtimestamp(stamp.text_turn * TEXT_EVERY.total_seconds(), UTC).date()
        delivery = self._had("headlines", self._everybody(history), last - NEWS_AGAIN, today)
        if delivery is not None:
            checked = check_headlines(delivery, ground)
            told.add(delivery, checked.findings)
            news, again = told_once(checked.headlines, delivery, history)
        last = max((each.day for each in history.macro), default=history.last_session)
        delivery = self._had(
            "macro", self._series or tuple(sorted(history.series)), last - MACRO_AGAIN, today
        )
        if delivery is not None:
            figures = check_macro(delivery, ground)
            told.add(delivery, figures.findings)
        return news, again, figures

    def _had(self, kind: Kind, names: tuple[str, ...], first: date, last: date) -> Delivery | None:
        """Return what came; None where nothing could be had, which is no reason to stop."""
        if kind not in self._feed.offers or not names:
            return None
        try:
            return self._feed.fetch(Request(kind=kind, names=names, first=min(first, last), last=last))
        except FeedError as error:
            log.warning("%s could not be had; prices do not wait for them: %s", kind, error)
            return None

    def _everybody(self, history: History) -> tuple[str, ...]:
        alive = history.bars.has_bar[-ALIVE_SESSIONS:].any(axis=0)
        tickers = (history.panel.tickers[column] for column in np.flatnonzero(alive))
        return tuple(sorted({*tickers, *self._names}))

    def _lacking(self, history: History, until: date) -> tuple[str, ...]:
        """Return the names without a bar of a session; all of them where nobody has one."""
        if history.last_session < until:
            return self._everybody(history)
        here, column = history.next_bars(until), history.bars.column
        return tuple(each for each in self._everybody(history) if each not in column or each not in here)


@dataclass(slots=True)
class _Told:
    """What was found in the deliveries of one round, and who said it."""

    found: list[tuple[Delivery, Finding]]

    def __init__(self) -> None:
        self.found = []

    def add(self, delivery: Delivery, findings: Iterable[Finding]) -> None:
        self.found += [(delivery, each) for each in findings]

    def refusals(self, until: date) -> tuple[Refusal, ...]:
        """Return what was left out, and what differs from a known fact, for the quarantine."""
        kept = [(d, f) for d, f in self.found if f.quarantined or f.kind == "revised"]
        if len(kept) > MOST_KEPT:
            log.warning("%d refusals in one round, the first %d are kept", len(kept), MOST_KEPT)
        return tuple(refused(delivery, finding, until) for delivery, finding in kept[:MOST_KEPT])

    def quarantined(self) -> tuple[Quarantined, ...]:
        return tuple(
            Quarantined(
                file=FILE_OF[delivery.request.kind],
                row=f"{delivery.feed}: {finding.ticker} {finding.session}: {finding.detail}"[:300],
                reason=finding.kind,
            )
            for delivery, finding in self.found
            if finding.quarantined
        )

    def strange(self) -> tuple[Finding, ...]:
        return tuple(finding for _, finding in self.found if not finding.quarantined)

    def log(self) -> None:
        out = [f"{each.file} {each.row}: {each.reason}" for each in self.quarantined()]
        if out:
            log.warning("%d rows of the feed were left out: %s", len(out), "; ".join(out[:SHOWN]))
        strange = [f"{each.ticker} {each.session} {each.kind}: {each.detail}" for each in self.strange()]
        if strange:
            log.warning("%d facts of the feed are strange: %s", len(strange), "; ".join(strange[:SHOWN]))


def refused(delivery: Delivery, finding: Finding, until: date) -> Refusal:
    """Return a finding as what the quarantine keeps; what is of a later day is kept under `until`."""
    return refusal(
        KIND_OF[delivery.request.kind],
        finding.kind,  # type: ignore[arg-type]
        min(finding.session, until),
        finding.ticker,
        f"{finding.session}: {finding.detail}",
        delivery.feed,
    )


def _history(ground: Ground) -> History:
    if ground.known is None:
        raise FeedError("expected a history to go on from, found none; ingest a bundle first")
    return ground.known


def _turn(since_close: timedelta) -> int:
    """Return which attempt is due so long after the close: soon at first, then every half hour."""
    early = int(min(since_close, LONGEST_TURN) / FIRST_TURN).bit_length()
    return early + int(since_close / LONGEST_TURN)


def _sessions_before(history: History, session: date) -> date:
    sessions = history.panel.sessions
    return history.calendar.last_sessions(session, min(OVERLAP_SESSIONS, len(sessions)))[0]
