"""What vendors say goes ex today: asked once a session, again after a failure, and never a reason to stop."""

import logging
from datetime import date

import polars as pl
import pytest

from desk.feeds.failover import Failover
from desk.feeds.frames import framed
from desk.monitor.actions_told import DueByVendors
from fund.market.calendar import nyse
from support.fake_feeds import FakeFeed
from support.feed_keys import asking
from support.vendor_market import LATER_SPLIT, NAMES, SPLIT_DAY
from support.vendor_stub import told

DIVIDEND_DAY = date(2024, 6, 11)
AWAY = told({"message": "internal"}, 500)
OPEN = nyse().open_at(SPLIT_DAY)


def a_split(name: str, ratio: float, day: date = SPLIT_DAY) -> dict[str, object]:
    return {
        "symbol": name,
        "ex_date": day,
        "kind": "split",
        "value": ratio,
        "detail": "split",
        "known_at": OPEN,
    }


def a_feed(*rows: dict[str, object]) -> FakeFeed:
    return FakeFeed("vendor", framed("actions", rows), frozenset({"actions"}))


def said(due: DueByVendors, session: date = SPLIT_DAY, *names: str) -> list[tuple[str, str, float]]:
    return [(each.ticker, each.kind, float(each.value)) for each in due.on(session, names or NAMES)]


@pytest.mark.parametrize("name", ["alpaca", "yahoo", "alpha_vantage"])
def test_what_a_vendor_says_goes_ex_in_the_session_is_due(name: str) -> None:
    with asking(name) as it:
        due = DueByVendors(it.feed)
        assert said(due) == [("NVDA", "split", 10.0)]
        assert said(due, DIVIDEND_DAY) == [("NVDA", "dividend", 0.01)]
        assert said(due, LATER_SPLIT) == [("MSFT", "split", 1.5)]
        assert said(due, date(2024, 6, 12)) == []


def test_a_name_is_asked_about_once_a_session() -> None:
    feed = a_feed(a_split("NVDA", 10.0))
    due = DueByVendors(feed)
    assert said(due, SPLIT_DAY, "NVDA") == said(due, SPLIT_DAY, "NVDA") == [("NVDA", "split", 10.0)]
    assert said(due, SPLIT_DAY, "NVDA", "MSFT") == [("NVDA", "split", 10.0)]
    assert said(due, DIVIDEND_DAY, "NVDA") == []
    assert feed.asked == [("NVDA",), ("MSFT",), ("NVDA",)]


def test_after_a_failure_it_is_logged_and_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    with asking("alpaca") as it, caplog.at_level(logging.WARNING, "conclave.monitor"):
        due = DueByVendors(it.feed)
        it.stub.first(AWAY)
        assert said(due) == []
        assert (
            "vendors did not say what goes ex today of 2 names: alpaca: it cannot be reached" in caplog.text
        )
        assert said(due) == said(due) == [("NVDA", "split", 10.0)]
        assert len(it.stub.asked) == 2


def test_who_stays_away_is_asked_ever_more_seldom_and_at_once_in_the_next_session() -> None:
    feed = a_feed()
    feed.fails = "away"
    due = DueByVendors(feed)
    asked = []
    for _ in range(25):
        before = len(feed.asked)
        assert said(due) == []
        asked.append(len(feed.asked) > before)
    assert [roll for roll, was_asked in enumerate(asked) if was_asked] == [0, 1, 3, 7, 14, 21]
    said(due, DIVIDEND_DAY)
    assert len(feed.asked) == 7


def test_the_next_vendor_is_asked_where_the_first_is_away() -> None:
    with asking("alpaca") as first, asking("yahoo") as second:
        due = DueByVendors(Failover((first.feed, second.feed), first.clock, nyse()))
        first.stub.first(AWAY)
        assert said(due) == [("NVDA", "split", 10.0)]
        assert (len(first.stub.asked), len(second.stub.asked)) == (1, 2)


def test_names_that_were_left_for_later_are_asked_again_alone(caplog: pytest.LogCaptureFixture) -> None:
    feed = a_feed(a_split("NVDA", 10.0), a_split("MSFT", 3.0))
    feed.unanswered = ("MSFT",)
    feed.frame, whole = feed.frame.head(1), feed.frame
    due = DueByVendors(feed)
    with caplog.at_level(logging.WARNING, "conclave.monitor"):
        assert said(due) == [("NVDA", "split", 10.0)]
    assert "what goes ex today of 1 names is not known yet" in caplog.text
    feed.unanswered, feed.frame = (), whole
    assert said(due) == [("NVDA", "split", 10.0), ("MSFT", "split", 3.0)]
    assert feed.asked == [("MSFT", "NVDA"), ("MSFT",)]


def test_what_cannot_be_read_is_logged_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    feed = a_feed()
    feed.frame = pl.DataFrame({"symbol": ["NVDA"], "body": ["<!DOCTYPE html><html>"]})
    due = DueByVendors(feed)
    with caplog.at_level(logging.WARNING, "conclave.monitor"):
        assert said(due) == []
        assert "vendors did not say what goes ex today of 2 names: vendor: expected" in caplog.text
        feed.frame = framed(
            "actions", [a_split("NVDA", -1.0), a_split("MSFT", 2.0), a_split("MSFT", 4.0, DIVIDEND_DAY)]
        )
        assert said(due) == [("MSFT", "split", 2.0)]
    assert "an action is left out: expected a positive value, found -1.0" in caplog.text


def test_a_feed_without_actions_is_not_asked() -> None:
    feed = FakeFeed("vendor")
    assert DueByVendors(feed).on(SPLIT_DAY, NAMES) == ()
    assert feed.asked == []


def test_nobody_is_asked_about_nobody() -> None:
    feed = a_feed()
    assert DueByVendors(feed).on(SPLIT_DAY, ()) == ()
    assert feed.asked == []
