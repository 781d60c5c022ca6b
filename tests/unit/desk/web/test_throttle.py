"""Five wrong passwords within a minute close the door, for that account and for that address alone."""

from datetime import UTC, datetime, timedelta

import pytest

from desk.web import throttle as of
from desk.web.throttle import ATTEMPTS_PER_WINDOW, WINDOW, Throttle
from fund.clock import FixedClock

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def throttle(clock: FixedClock) -> Throttle:
    return Throttle(clock)


def fail(throttle: Throttle, times: int, *sources: str) -> None:
    for _ in range(times):
        throttle.failed(sources)


def test_the_door_closes_with_the_fifth_failure_and_opens_a_minute_after_the_first(
    throttle: Throttle, clock: FixedClock
) -> None:
    fail(throttle, ATTEMPTS_PER_WINDOW - 1, "a")
    assert throttle.seconds_closed("a") == 0
    fail(throttle, 1, "a")
    assert throttle.seconds_closed("a") == 60
    clock.move(NOON + WINDOW - timedelta(milliseconds=1))
    assert throttle.seconds_closed("a") == 1
    clock.move(NOON + WINDOW)
    assert throttle.seconds_closed("a") == 0


def test_another_account_from_another_address_is_still_heard(throttle: Throttle) -> None:
    fail(throttle, ATTEMPTS_PER_WINDOW, "account owner", "address 1")
    assert throttle.seconds_closed(["account anna", "address 2"]) == 0
    assert throttle.seconds_closed(["account anna", "address 1"]) == 60
    assert throttle.seconds_closed(["account owner", "address 2"]) == 60


def test_spread_out_failures_never_close_it(throttle: Throttle, clock: FixedClock) -> None:
    for step in range(30):
        clock.move(NOON + step * WINDOW / (ATTEMPTS_PER_WINDOW - 1))
        fail(throttle, 1, "a")
        clock.move(clock.now() + timedelta(seconds=1))
        assert throttle.seconds_closed("a") == 0


def test_a_success_clears_the_count(throttle: Throttle) -> None:
    fail(throttle, ATTEMPTS_PER_WINDOW - 1, "a")
    throttle.succeeded("a")
    fail(throttle, ATTEMPTS_PER_WINDOW - 1, "a")
    assert throttle.seconds_closed("a") == 0


def test_what_it_remembers_has_an_end(throttle: Throttle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of, "MOST_KEPT", 3)
    fail(throttle, ATTEMPTS_PER_WINDOW, "a")
    fail(throttle, 1, "b", "c", "d")
    assert throttle.seconds_closed("a") == 0
    fail(throttle, ATTEMPTS_PER_WINDOW - 1, "d")
    assert throttle.seconds_closed("d") == 60
