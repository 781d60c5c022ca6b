"""Time is an argument."""

from datetime import UTC, datetime, timedelta

from fund.clock import FixedClock, SystemClock

NOON = datetime(2016, 3, 7, 12, tzinfo=UTC)


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    clock = FixedClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.move(NOON + timedelta(days=1))
    assert clock.now() == NOON + timedelta(days=1)


def test_a_fixed_clock_can_be_set_back() -> None:
    clock = FixedClock(NOON)
    clock.move(NOON - timedelta(hours=1))
    assert clock.now() < NOON


def test_the_systems_clock_tells_utc_and_never_an_ambient_zone() -> None:
    assert SystemClock().now().tzinfo is UTC
