"""How the feeds stand, as every process sees it without asking a vendor."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.feed_states import FeedState, FeedStates
from desk.feeds.keys import Key
from desk.feeds.report import LONGEST_SILENCE, FeedReport, feed_reports, feeds_health
from desk.feeds.vendors import pool_of
from desk.setting_groups import Feeds
from desk.settings import Settings
from fund.clock import FixedClock
from support.vendor_market import NOW

CLOCK = FixedClock(NOW)


def settings_of(**changes: object) -> Settings:
    return Settings.load(env_file=None, feeds=Feeds(**changes))  # type: ignore[arg-type]


def report(**changes: object) -> FeedReport:
    return FeedReport(state=FeedState(feed="fred", **changes), keys=())  # type: ignore[arg-type]


def test_feeds_that_are_set_are_reported_in_their_order_with_what_is_left(engine: Engine) -> None:
    settings = settings_of(order="yahoo,alpha_vantage", alpha_vantage_keys=SecretStr("one,bars:two"))
    pool_of("alpha_vantage", settings.feeds, engine, CLOCK).take("bars")
    in_transaction(engine, lambda connection: FeedStates(connection).answered("yahoo", now=NOW))
    yahoo, vantage = feed_reports(settings, engine, CLOCK)
    assert (yahoo.feed, yahoo.state.answered_at, yahoo.left_today) == ("yahoo", NOW, None)
    assert [key.left_today for key in vantage.keys] == [25, 24]
    assert (vantage.left_today, vantage.state) == (49, FeedState(feed="alpha_vantage"))
    assert vantage.keys[1].key_hash == Key(secret="two").key_hash


def test_nothing_set_is_nothing_to_report(engine: Engine) -> None:
    assert feed_reports(settings_of(), engine, CLOCK) == ()
    assert feeds_health((), NOW) is None


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({}, ""),
        ({"answered_at": NOW}, ""),
        ({"answered_at": NOW - LONGEST_SILENCE}, ""),
        ({"answered_at": NOW - LONGEST_SILENCE - timedelta(days=1)}, "silent for 5 days"),
        ({"failures": 3, "reason": "away", "said": "HTTP 503"}, "away, 3 in a row (HTTP 503)"),
        ({"failures": 1, "reason": "key_refused", "said": ""}, "key_refused, 1 in a row"),
        ({"answered_at": NOW, "failures": 9, "reason": "limit", "said": "spent"}, ""),
    ],
)
def test_what_is_wrong_with_a_feed_is_said_in_a_few_words(changes: dict[str, object], trouble: str) -> None:
    assert report(**changes).trouble(NOW) == trouble
    health = feeds_health((report(**changes),), NOW)
    assert health is not None
    assert (health.ok, health.vital) == (trouble == "", False)
    assert health.detail == (f"fred: {trouble}" if trouble else "1 set")


def test_a_failure_that_holds_what_a_database_cannot_is_recorded_all_the_same(engine: Engine) -> None:
    def fail(connection: Connection) -> None:
        FeedStates(connection).failed("odd", "away", "a\x00b\ud800", now=NOW)

    in_transaction(engine, fail)
    with engine.connect() as connection:
        (state,) = [each for each in FeedStates(connection).all() if each.feed == "odd"]
    assert (state.failures, state.said) == (1, "a�b�")
