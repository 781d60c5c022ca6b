"""A vendor as a feed: its adapter asks in the vendor's own way, and what it answers becomes a delivery."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from desk.feeds.asking import Answers
from desk.feeds.door import Door
from desk.feeds.failure import VendorError
from desk.feeds.feed import FILE_OF, Delivery, Kind, Request
from desk.feeds.frames import final, framed
from fund.clock import Clock
from fund.errors import FeedError
from fund.market.calendar import SessionCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What an adapter speaks over: the door to its vendor, the clock, and the calendar of its rows."""

    door: Door
    clock: Clock
    calendar: SessionCalendar

    def now(self) -> datetime:
        """Return the moment, UTC."""
        return self.clock.now()

    def ask(self, kind: Kind, path: str, query: Mapping[str, str]) -> Any:
        """Ask the vendor one question; what it answers is JSON of any form, or a `VendorError`."""
        return self.door.ask(kind, path, query)

    def no_answer(self, said: str) -> VendorError:
        """Return the failure of a vendor that answered, but not what was asked."""
        return self.door.failure("not_an_answer", said)


class Adapter(Protocol):
    """How one vendor is asked."""

    @property
    def name(self) -> str:
        """A short name for records."""
        ...

    @property
    def offers(self) -> frozenset[Kind]:
        """The kinds of fact it has."""
        ...

    def answers(self, request: Request) -> Answers:
        """Return the vendor's rows, and what became of each name; `VendorError` where it could not be had."""
        ...


class AdaptedFeed:
    """A feed by an adapter: asks nobody for what is not offered, and leaves out bars that are not final."""

    def __init__(self, adapter: Adapter, clock: Clock) -> None:
        self._adapter = adapter
        self._clock = clock

    @property
    def name(self) -> str:
        """The name of the vendor."""
        return self._adapter.name

    @property
    def offers(self) -> frozenset[Kind]:
        """The kinds of fact the vendor has."""
        return self._adapter.offers

    def fetch(self, request: Request) -> Delivery:
        """Return what the vendor has of the names."""
        if request.kind not in self.offers:
            offered = " or ".join(kind for kind in FILE_OF if kind in self.offers)
            raise FeedError(f"{self.name} has no {request.kind}; ask it for {offered}")
        answers = self._adapter.answers(request)
        received_at = self._clock.now()
        frame = framed(request.kind, answers.rows)
        return Delivery(
            feed=self.name,
            request=request,
            received_at=received_at,
            frame=final(frame, received_at) if request.kind == "bars" else frame,
            missing=answers.missing,
            unanswered=answers.unanswered,
        )
