"""A user may ask so fast and no faster; nobody pays for another's haste."""

from datetime import UTC, datetime, timedelta

from desk.setting_groups import Access
from desk.web.pace import Pace, Rate, rates_of, too_fast
from fund.clock import FixedClock

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def a_pace(clock: FixedClock) -> Pace:
    return Pace({"chat": Rate(per_minute=6, at_once=2), "calls": Rate(per_minute=60, at_once=1)}, clock)


def test_some_at_once_then_one_each_time_a_token_has_grown() -> None:
    clock = FixedClock(NOON)
    pace = a_pace(clock)
    assert [pace.take("anna") for _ in range(3)] == [0, 0, 10]
    clock.move(NOON + timedelta(seconds=9))
    assert pace.take("anna") == 1
    clock.move(NOON + timedelta(seconds=10))
    assert [pace.take("anna") for _ in range(2)] == [0, 10]


def test_the_wait_it_tells_is_long_enough() -> None:
    clock = FixedClock(NOON)
    pace = a_pace(clock)
    for _ in range(100):
        wait = pace.take("anna")
        if wait:
            clock.move(clock.now() + timedelta(seconds=wait))
            assert pace.take("anna") == 0


def test_users_and_doors_have_tokens_of_their_own() -> None:
    pace = a_pace(FixedClock(NOON))
    assert [pace.take("anna", "calls") for _ in range(2)] == [0, 1]
    assert pace.take("anna", "chat") == 0
    assert pace.take("bert", "calls") == 0


def test_a_clock_set_back_gives_no_tokens_and_takes_none() -> None:
    clock = FixedClock(NOON)
    pace = a_pace(clock)
    assert pace.take("anna") == 0
    clock.move(NOON - timedelta(days=1))
    assert [pace.take("anna") for _ in range(2)] == [0, 10]


def test_a_long_rest_fills_no_more_than_the_bucket() -> None:
    clock = FixedClock(NOON)
    pace = a_pace(clock)
    pace.take("anna")
    clock.move(NOON + timedelta(days=30))
    assert [pace.take("anna") for _ in range(3)] == [0, 0, 10]


def test_the_settings_say_how_fast_and_one_is_always_allowed() -> None:
    slow = Access(chat_per_minute=1, calls_per_minute=240)
    rates = rates_of(slow)
    assert (rates["chat"].at_once, rates["calls"].at_once) == (1, 80)
    assert Pace(rates, FixedClock(NOON)).take("anna") == 0


def test_it_is_said_in_a_sentence() -> None:
    assert too_fast(1) == "That was quick: ask again in 1 second."
    assert too_fast(12) == "That was quick: ask again in 12 seconds."
