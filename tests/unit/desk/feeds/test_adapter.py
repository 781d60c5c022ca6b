"""What every adapter is spared: kinds it does not offer, bars that are not final, the form of a delivery."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from desk.feeds.adapter import AdaptedFeed
from desk.feeds.asking import Answers
from desk.feeds.feed import Kind, Request
from fund.clock import FixedClock
from fund.errors import FeedError
from fund.market.calendar import nyse
from support.fake_feeds import a_row
from support.vendor_market import LAST, sessions

CLOSED = nyse().close_at(LAST)
ANSWERS = Answers(
    rows=tuple(a_row("NVDA", session, 1.0) for session in sessions()),
    missing=("NOPE",),
    unanswered=("MSFT",),
)


@dataclass(slots=True)
class Told:
    """An adapter that answers what it is told to."""

    name: str = "vendor"
    offers: frozenset[Kind] = frozenset({"actions", "bars"})
    asked: list[Request] = field(default_factory=list)

    def answers(self, request: Request) -> Answers:
        self.asked.append(request)
        return ANSWERS


def a_request(kind: Kind) -> Request:
    return Request(kind=kind, names=("NVDA", "NOPE", "MSFT"), first=sessions()[0], last=LAST)


def test_a_kind_that_is_not_offered_is_asked_of_nobody() -> None:
    adapter = Told()
    with pytest.raises(FeedError, match="vendor has no macro; ask it for bars or actions"):
        AdaptedFeed(adapter, FixedClock(CLOSED)).fetch(a_request("macro"))
    assert adapter.asked == []


def test_what_an_adapter_answers_is_delivered_as_it_is() -> None:
    feed = AdaptedFeed(Told(), FixedClock(CLOSED))
    delivery = feed.fetch(a_request("bars"))
    assert (delivery.feed, delivery.request, delivery.received_at) == ("vendor", a_request("bars"), CLOSED)
    assert (delivery.missing, delivery.unanswered) == (("NOPE",), ("MSFT",))
    assert delivery.frame["date"].to_list() == list(sessions())


def test_a_bar_of_a_session_that_runs_is_left_out() -> None:
    feed = AdaptedFeed(Told(), FixedClock(CLOSED - timedelta(seconds=1)))
    assert feed.fetch(a_request("bars")).frame["date"].to_list() == list(sessions())[:-1]
