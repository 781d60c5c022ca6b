"""Several feeds as one: what the first does not have is asked of the next, and nothing is averaged."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from desk.feeds.cross_check import CrossCheck
from desk.feeds.feed import Delivery, Feed, Kind, Request
from desk.feeds.frames import empty
from desk.feeds.watched import Closing
from fund.clock import Clock
from fund.errors import FeedError
from fund.market.calendar import SessionCalendar

if TYPE_CHECKING:
    import polars as pl

log = logging.getLogger("conclave.feeds")
NAME = "failover"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one feed has of one name."""

    frame: "pl.DataFrame"
    newest: date | None
    """Of bars the last session."""


class Failover:
    """A feed over feeds, in the order in which they are believed.

    All rows of a name in one delivery are of one feed, named in the column `feed`: prices of two vendors
    never meet in one series. Of headlines, which are no series, every row of the first feed that answers.
    """

    name = NAME

    def __init__(
        self,
        feeds: Sequence[Feed],
        clock: Clock,
        calendar: SessionCalendar,
        check: CrossCheck | None = None,
    ) -> None:
        self._feeds = tuple(feeds)
        self._clock = clock
        self._calendar = calendar
        self._check = check

    @property
    def offers(self) -> frozenset[Kind]:
        """What any of the feeds has."""
        return frozenset[Kind]().union(*(feed.offers for feed in self._feeds))

    def fetch(self, request: Request) -> Delivery:
        """Return for each name what the first feed has that is up to date, else the newest there is.

        Raises `FeedError` with every feed's reason where none of them answered.
        """
        able = [feed for feed in self._feeds if request.kind in feed.offers]
        if not able:
            raise FeedError(f"expected a feed of {request.kind}, found none; set one under DESK_FEEDS__ORDER")
        due = self._due(request)
        gathered = _Gathered(request, due)
        failures: list[str] = []
        for feed in able:
            wanted = gathered.wanted()
            if not wanted:
                break
            try:
                gathered.take(feed.name, feed.fetch(replace(request, names=wanted)))
            except FeedError as error:
                log.warning("%s", error)
                failures.append(str(error))
                gathered.failed(wanted)
        if len(failures) == len(able):
            raise FeedError(f"no feed could be had: {'; '.join(failures)}")
        delivery = gathered.delivery(self.name, self._clock)
        if self._check is None:
            return delivery
        return replace(delivery, disagreements=self._check.disagreements(delivery, able))

    def close(self) -> None:
        """Let the connections of every feed go."""
        for feed in self._feeds:
            if isinstance(feed, Closing):
                feed.close()

    def _due(self, request: Request) -> date | None:
        """Return the last session asked for that has closed; of other kinds than bars nothing is due."""
        if request.kind != "bars":
            return None
        until = min(request.last, self._calendar.last_closed(self._clock.now()))
        if until < request.first:
            return None
        sessions = self._calendar.sessions(request.first, until)
        return sessions[-1] if sessions else None


class _Gathered:
    """What was found of each name so far."""

    def __init__(self, request: Request, due: date | None) -> None:
        self._request = request
        self._due = due
        self._found: dict[str, _Found] = {}
        self._unanswered: set[str] = set()
        self._whole: pl.DataFrame | None = None

    def wanted(self) -> tuple[str, ...]:
        """Return the names that nobody has answered for, or only with old bars."""
        return tuple(name for name in self._request.names if not self._is_done(name))

    def take(self, feed: str, delivery: Delivery) -> None:
        """Keep what is new, or newer than what another feed had."""
        told = _marked(delivery.frame, feed)
        asked = set(delivery.request.names)
        open_names = {*delivery.unanswered, *delivery.missing}
        self._unanswered |= set(delivery.unanswered)
        if self._request.kind == "headlines":
            self._whole = told if self._whole is None else _joined([self._whole, told])
            for name in asked - open_names:
                self._found[name] = _Found(frame=told.clear(), newest=None)
            return
        column = "series_id" if self._request.kind == "macro" else "symbol"
        parts = {str(key[0]): part for key, part in told.partition_by(column, as_dict=True).items()}
        for name in asked - open_names:
            part = parts.get(name, told.clear())
            newest = part["date"].max() if self._request.kind == "bars" else None
            found = _Found(frame=part, newest=newest if isinstance(newest, date) else None)
            if self._is_better(found, self._found.get(name)):
                self._found[name] = found

    def failed(self, names: Sequence[str]) -> None:
        """Remember that somebody who might have had these could not be asked."""
        self._unanswered |= set(names)

    def delivery(self, name: str, clock: Clock) -> Delivery:
        """Return it all as one delivery."""
        request = self._request
        frames = [each.frame for each in self._found.values() if each.frame.height]
        if self._whole is not None:
            frames = [self._whole]
        lacking = [each for each in request.names if each not in self._found]
        return Delivery(
            feed=name,
            request=request,
            received_at=clock.now(),
            frame=_joined([_marked(empty(request.kind), ""), *frames]),
            missing=tuple(each for each in lacking if each not in self._unanswered),
            unanswered=tuple(each for each in lacking if each in self._unanswered),
            behind=tuple(each for each in request.names if each in self._found and not self._is_done(each)),
        )

    def _is_done(self, name: str) -> bool:
        found = self._found.get(name)
        if found is None:
            return False
        return self._due is None or (found.newest is not None and found.newest >= self._due)

    def _is_better(self, found: _Found, before: _Found | None) -> bool:
        if before is None:
            return True
        return found.newest is not None and (before.newest is None or found.newest > before.newest)


def _joined(frames: Sequence["pl.DataFrame"]) -> "pl.DataFrame":
    import polars as pl

    return pl.concat(frames, how="diagonal_relaxed")


def _marked(frame: "pl.DataFrame", feed: str) -> "pl.DataFrame":
    """Return rows with who told them."""
    import polars as pl

    return frame.with_columns(pl.lit(feed, pl.String).alias("feed"))
