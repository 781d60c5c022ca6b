"""A feed behind its circuit: when it is asked, and what every process sees of it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from db.feed_states import FeedState, FeedStates
from desk.feeds import watched
from desk.feeds.failure import Reason, VendorError
from desk.feeds.feed import Request
from desk.feeds.tick_failover import TickFailover
from desk.feeds.watched import FAILURES_TO_OPEN, REST_SECONDS, Watch, WatchedFeed, WatchedTicks
from fund.clock import FixedClock
from support.fake_feeds import FakeFeed, FakeTicks, closes_of
from support.vendor_market import FIRST, LAST, NOW

REQUEST = Request(kind="bars", names=("A",), first=FIRST, last=LAST)
numbers = iter(range(1_000_000))


class SteadyClock:
    """The steady seconds a circuit counts with, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> SteadyClock:
    """The clock in place of the machine's."""
    made = SteadyClock()
    monkeypatch.setattr(watched, "monotonic", made)
    return made


def a_feed(engine: Engine, at: datetime = NOW) -> tuple[FakeFeed, WatchedFeed, FixedClock]:
    clock = FixedClock(at)
    feed = FakeFeed(f"feed{next(numbers)}", closes_of({"A": (1.0, 2.0)}))
    return feed, WatchedFeed(feed, Watch(feed.name, engine, clock)), clock


def state_of(engine: Engine, feed: str) -> FeedState:
    with engine.connect() as connection:
        return next(each for each in FeedStates(connection).all() if each.feed == feed)


def failure(feed: WatchedFeed) -> VendorError:
    with pytest.raises(VendorError) as caught:
        feed.fetch(REQUEST)
    return caught.value


def test_a_feed_that_answers_is_asked_and_its_answer_is_on_record(engine: Engine) -> None:
    feed, watched_feed, clock = a_feed(engine)
    assert watched_feed.fetch(REQUEST).frame.height == 2
    assert state_of(engine, feed.name) == FeedState(feed=feed.name, answered_at=NOW)
    assert state_of(engine, feed.name).age_seconds(NOW + timedelta(minutes=2)) == 120
    assert FeedState(feed="never").age_seconds(clock.now()) is None


def test_a_feed_that_fails_again_and_again_is_left_alone_and_tried_once_after_a_rest(
    engine: Engine, steady: SteadyClock
) -> None:
    feed, watched_feed, _ = a_feed(engine)
    feed.fails = "away"
    assert [failure(watched_feed).reason for _ in range(FAILURES_TO_OPEN)] == ["away"] * FAILURES_TO_OPEN
    assert failure(watched_feed).reason == "resting"
    assert len(feed.asked) == FAILURES_TO_OPEN
    steady.seconds += REST_SECONDS
    feed.fails = None
    watched_feed.fetch(REQUEST)
    assert watched_feed.watch.standing == ""
    watched_feed.fetch(REQUEST)


def test_failures_are_counted_on_record_and_forgotten_with_an_answer(
    engine: Engine, steady: SteadyClock
) -> None:
    feed, watched_feed, clock = a_feed(engine)
    watched_feed.fetch(REQUEST)
    feed.fails = "not_an_answer"
    clock.move(NOW + timedelta(minutes=1))
    failure(watched_feed)
    failure(watched_feed)
    assert state_of(engine, feed.name) == FeedState(
        feed=feed.name,
        answered_at=NOW,
        failed_at=NOW + timedelta(minutes=1),
        failures=2,
        reason="not_an_answer",
        said="as told",
    )
    feed.fails = None
    clock.move(NOW + timedelta(minutes=2))
    watched_feed.fetch(REQUEST)
    state = state_of(engine, feed.name)
    assert (state.failures, state.reason, state.answered_at) == (0, None, NOW + timedelta(minutes=2))
    assert state.failed_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize("reason", ["limit", "key_refused", "not_allowed", "refused", "unknown_name"])
def test_a_no_to_one_key_or_question_is_none_to_the_next(engine: Engine, reason: Reason) -> None:
    feed, watched_feed, _ = a_feed(engine)
    feed.fails, feed.wait = reason, 60.0
    for _ in range(2 * FAILURES_TO_OPEN):
        assert failure(watched_feed).reason == reason


def test_a_server_that_is_down_and_says_for_how_long_is_left_alone_at_once(
    engine: Engine, steady: SteadyClock
) -> None:
    feed, watched_feed, _ = a_feed(engine)
    feed.fails, feed.wait = "away", 300.0
    failure(watched_feed)
    steady.seconds += 299
    assert failure(watched_feed).reason == "resting"


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["away", "limit", "ok"]), st.integers(0, 90)), max_size=25))
def test_nobody_is_asked_while_resting_and_everybody_is_asked_again(
    engine: Engine, life: list[tuple[str, int]]
) -> None:
    now = SteadyClock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watched, "monotonic", now)
        feed, watched_feed, _ = a_feed(engine)
        for told, seconds in life:
            now.seconds += seconds
            feed.fails = None if told == "ok" else told  # type: ignore[assignment]
            resting, asked = watched_feed.watch.standing, len(feed.asked)
            said = None
            try:
                watched_feed.fetch(REQUEST)
            except VendorError as error:
                said = error.reason
            assert (said == "resting") == bool(resting)
            assert len(feed.asked) == asked + (not resting)
        now.seconds += 601
        feed.fails = None
        watched_feed.fetch(REQUEST)
        assert watched_feed.watch.standing == ""


def test_a_source_that_is_asked_every_second_is_not_recorded_every_second(
    engine: Engine, steady: SteadyClock
) -> None:
    clock, source = FixedClock(NOW), FakeTicks(f"ticks{next(numbers)}", {"A": 1.0})
    ticks = WatchedTicks(source, Watch(source.name, engine, clock))
    for second in range(100):
        clock.move(NOW + timedelta(seconds=second))
        steady.seconds += 1
        assert [tick.price for tick in ticks.latest(["A"])] == [1.0]
    assert state_of(engine, source.name).answered_at == NOW + timedelta(seconds=90)


def test_a_source_of_ticks_rests_like_a_feed_and_is_closed_with_its_connections(
    engine: Engine, steady: SteadyClock
) -> None:
    source = FakeTicks(f"ticks{next(numbers)}", fails="away")
    ticks = WatchedTicks(source, Watch(source.name, engine, FixedClock(NOW)))
    for _ in range(FAILURES_TO_OPEN + 2):
        with pytest.raises(VendorError):
            ticks.latest(["A"])
    assert len(source.asked) == FAILURES_TO_OPEN
    ticks.close()
    assert source.closed


def test_a_ticker_that_the_first_source_lacks_is_asked_of_the_next() -> None:
    first, second = FakeTicks("first", {"A": 1.0}), FakeTicks("second", {"A": 9.0, "B": 2.0})
    both = TickFailover((first, second))
    assert {tick.ticker: tick.price for tick in both.latest(["A", "B", "C"])} == {"A": 1.0, "B": 2.0}
    assert (both.name, second.asked) == ("first", [("B", "C")])
    both.latest(["A"])
    assert len(second.asked) == 1
    both.close()
    assert first.closed
    assert second.closed


@pytest.mark.parametrize(("first", "second"), [("away", None), (None, "limit")])
def test_one_source_that_answers_is_enough(first: Reason | None, second: Reason | None) -> None:
    both = TickFailover((FakeTicks("first", {"A": 1.0}, first), FakeTicks("second", {"A": 2.0}, second)))
    assert len(both.latest(["A"])) == 1


def test_where_no_source_answers_that_is_said() -> None:
    both = TickFailover((FakeTicks("first", fails="away"), FakeTicks("second", fails="limit")))
    with pytest.raises(VendorError) as caught:
        both.latest(["A"])
    assert caught.value.reason == "limit"
