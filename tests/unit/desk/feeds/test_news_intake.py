"""What several sources tell is one headline, and a copy that comes again is no news a second time."""

from dataclasses import replace
from datetime import timedelta

import polars as pl

from desk.feeds.feed import Delivery, Request
from desk.feeds.news_intake import told_once
from fund.market.facts import Headline
from support.fake_feed import made_headlines
from support.markets import a_quiet_history

HISTORY = a_quiet_history({"AAA": [10.0, 11.0]})
AT = HISTORY.calendar.decision_time(HISTORY.last_session)
FIRST = Headline(
    headline_id="one",
    tickers=("AAA",),
    title="AAA beats estimates and raises its outlook for the year",
    source="Wire",
    known_at=AT,
)


def a_delivery(*urls: tuple[str, str]) -> Delivery:
    frame = made_headlines(*((name, "AAA", "x", AT) for name, _ in urls))
    day = HISTORY.last_session
    return Delivery(
        feed="news",
        request=Request(kind="headlines", names=("AAA",), first=day, last=day),
        received_at=AT,
        frame=frame.with_columns(pl.Series("url", [url for _, url in urls], pl.String)) if urls else frame,
    )


def test_a_second_source_of_the_same_words_is_a_telling_and_no_headline() -> None:
    again = replace(FIRST, headline_id="two", source="Paper", known_at=AT + timedelta(minutes=5))
    kept, told = told_once([FIRST, again], a_delivery(), HISTORY)
    assert [each.headline_id for each in kept] == ["one"]
    assert {(each.headline_id, each.told_as) for each in told} == {("one", "one"), ("one", "two")}


def test_an_address_tells_a_copy_whatever_its_words() -> None:
    other = replace(
        FIRST,
        headline_id="two",
        title="AAA beats estimates, raises outlook",
        known_at=AT + timedelta(minutes=5),
    )
    delivery = a_delivery(
        ("one", "https://www.example.com/a?utm_source=x"), ("two", "http://example.com/a/#top")
    )
    kept, told = told_once([FIRST, other], delivery, HISTORY)
    assert [each.headline_id for each in kept] == ["one"]
    assert len({each.url for each in told}) == 1


def test_a_copy_that_comes_again_is_neither_news_nor_a_second_telling() -> None:
    again = replace(FIRST, headline_id="two", known_at=AT + timedelta(minutes=5))
    kept, told = told_once([FIRST, again], a_delivery(), HISTORY)
    known = replace(HISTORY, headlines=kept, tellings=told)
    later = replace(again, known_at=AT + timedelta(minutes=20))
    assert told_once([later], a_delivery(), known) == ((), ())


def test_what_says_something_else_is_news_of_its_own() -> None:
    cuts = replace(FIRST, headline_id="two", title="AAA misses estimates and cuts its outlook for the year")
    kept, _ = told_once([FIRST, cuts], a_delivery(), HISTORY)
    assert {each.headline_id for each in kept} == {"one", "two"}


def test_a_known_headline_keeps_its_place_when_a_copy_arrives_later() -> None:
    known = replace(HISTORY, headlines=(FIRST,))
    copy = replace(FIRST, headline_id="two", source="Paper", known_at=AT + timedelta(hours=1))
    kept, told = told_once([copy], a_delivery(), known)
    assert kept == ()
    assert [(each.headline_id, each.told_as) for each in told] == [("one", "two")]


def test_nothing_new_is_nothing_told() -> None:
    assert told_once([], a_delivery(), HISTORY) == ((), ())
