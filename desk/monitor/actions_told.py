"""What vendors say goes ex today: asked once a session about each name that is watched."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date

from desk.feeds.feed import Delivery, Feed, Request
from desk.feeds.ground import asked_rows
from desk.feeds.shape import shape, unreadable
from desk.monitor.actions_due import facts_of
from fund.errors import FeedError
from fund.market.facts import CorporateAction

log = logging.getLogger("conclave.monitor")
LONGEST_PAUSE = 6
"""Rolls of the session, half an hour of them, that are let pass at the most after vendors failed."""


class DueByVendors:
    """Asks a feed until it has answered; after a failure at the next roll, and then ever more seldom."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._begin(None)

    def on(self, session: date, names: Iterable[str]) -> Sequence[CorporateAction]:
        """Return what goes ex on a session, as far as vendors have said it; a failure is logged."""
        if session != self._session:
            self._begin(session)
        wanted = tuple(sorted(set(names) - self._answered))
        if not wanted or "actions" not in self._feed.offers:
            return tuple(self._found)
        if self._pause:
            self._pause -= 1
            return tuple(self._found)
        try:
            self._take(self._feed.fetch(Request(kind="actions", names=wanted, first=session, last=session)))
        except FeedError as error:
            log.warning("vendors did not say what goes ex today of %d names: %s", len(wanted), error)
            self._failed()
        return tuple(self._found)

    def _begin(self, session: date | None) -> None:
        self._session = session
        self._answered: set[str] = set()
        self._found: list[CorporateAction] = []
        self._failures = self._pause = 0

    def _take(self, delivery: Delivery) -> None:
        """Keep what can be read of a delivery; who was left unanswered is asked again."""
        shaped = asked_rows(shape(delivery), delivery)
        wrong = unreadable(shaped.findings)
        if wrong is not None:
            raise FeedError(f"{delivery.feed}: {wrong.detail}")
        for each in shaped.findings:
            if each.quarantined:
                log.warning("an action of %s is left out: %s, %s", each.ticker, each.kind, each.detail)
        today = shaped.frame.filter(shaped.frame["ex_date"] == delivery.request.first)
        self._found.extend(facts_of(today.to_dicts()))
        self._answered |= {*delivery.request.names} - {*delivery.unanswered}
        if delivery.unanswered:
            log.warning("what goes ex today of %d names is not known yet", len(delivery.unanswered))
            self._failed()
        else:
            self._failures = 0

    def _failed(self) -> None:
        self._pause = min(2**self._failures - 1, LONGEST_PAUSE)
        self._failures += 1
