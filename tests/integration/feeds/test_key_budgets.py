"""The budget of a vendor's keys: never overspent, by no number of processes, over restarts and midnights."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from db.feed_budgets import MINUTE, Allowance, FeedBudgets, Standing
from db.feed_tables import feed_budgets
from desk.feeds.failure import VendorError
from desk.feeds.keys import Key, KeyPool
from fund.clock import FixedClock
from fund.errors import LedgerError
from support.checkout import ROOT
from support.vendor_market import NOW

NEW_YORK = ZoneInfo("America/New_York")
SECOND = timedelta(seconds=1)
numbers = iter(range(1_000_000))


def a_pool(
    engine: Engine,
    clock: FixedClock,
    *keys: Key,
    feed: str | None = None,
    per_minute: int = 5,
    per_day: int | None = 25,
) -> KeyPool:
    """Return a pool of a vendor of its own."""
    held = keys or (Key(secret="one-key"),)
    allowance = Allowance(per_minute=per_minute, per_day=per_day)
    return KeyPool(feed or f"vendor{next(numbers)}", held, allowance, engine, clock)


def spend(pool: KeyPool, times: int) -> list[str]:
    return [pool.take("bars").secret for _ in range(times)]


def refusal(pool: KeyPool) -> VendorError:
    with pytest.raises(VendorError) as caught:
        pool.take("bars")
    return caught.value


def test_a_minute_holds_so_many_calls_and_frees_them_one_by_one(engine: Engine) -> None:
    clock = FixedClock(NOW)
    pool = a_pool(engine, clock, per_minute=2)
    spend(pool, 1)
    clock.move(NOW + 20 * SECOND)
    spend(pool, 1)
    assert refusal(pool).wait_seconds == 40
    clock.move(NOW + 60 * SECOND)
    spend(pool, 1)
    assert refusal(pool).wait_seconds == 20


def test_a_day_holds_so_many_calls_and_ends_at_the_vendors_midnight(engine: Engine) -> None:
    clock = FixedClock(datetime(2024, 6, 14, 12, 0, tzinfo=NEW_YORK))
    pool = a_pool(engine, clock, per_minute=100, per_day=3)
    spend(pool, 3)
    error = refusal(pool)
    assert (error.reason, error.wait_seconds) == ("limit", 12 * 3_600)
    clock.move(datetime(2024, 6, 14, 23, 59, 59, tzinfo=NEW_YORK))
    assert refusal(pool).wait_seconds == 1
    clock.move(datetime(2024, 6, 15, 0, 0, tzinfo=NEW_YORK))
    spend(pool, 3)


@pytest.mark.parametrize(
    ("noon", "hours"),
    [
        (datetime(2024, 3, 10, 0, 0, tzinfo=NEW_YORK), 23),
        (datetime(2024, 11, 3, 0, 0, tzinfo=NEW_YORK), 25),
        (datetime(2024, 7, 4, 0, 0, tzinfo=NEW_YORK), 24),
    ],
)
def test_a_day_of_the_vendor_has_as_many_hours_as_it_has(noon: datetime, hours: int) -> None:
    began = noon.astimezone(UTC)
    allowance = Allowance(per_minute=1)
    assert allowance.midnight_after(began) - began == timedelta(hours=hours)
    assert allowance.day_of(allowance.midnight_after(began) - SECOND) == allowance.day_of(began)


@given(st.integers(0, 10 * 366 * 86_400))
def test_midnight_is_the_first_moment_of_the_next_day(seconds: int) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    allowance = Allowance(per_minute=1)
    midnight = allowance.midnight_after(moment)
    assert moment < midnight <= moment + timedelta(hours=25)
    assert allowance.day_of(midnight) == allowance.day_of(moment) + timedelta(days=1)
    assert allowance.day_of(midnight - timedelta(microseconds=1)) == allowance.day_of(moment)


def test_a_restart_keeps_the_counts(engine: Engine) -> None:
    clock = FixedClock(NOW)
    spend(a_pool(engine, clock, feed="restarted", per_minute=3), 2)
    again = a_pool(engine, clock, feed="restarted", per_minute=3)
    assert [each.left_this_minute for each in again.standings()] == [1]
    spend(again, 1)
    assert refusal(a_pool(engine, clock, feed="restarted", per_minute=3)).reason == "limit"


def test_a_clock_that_was_set_back_frees_nothing(engine: Engine) -> None:
    clock = FixedClock(NOW)
    pool = a_pool(engine, clock, per_minute=2, per_day=3)
    spend(pool, 2)
    clock.move(NOW - timedelta(days=1))
    refusal(pool)
    clock.move(NOW + MINUTE)
    spend(pool, 1)
    for moment in (NOW + 2 * MINUTE, NOW - timedelta(days=2)):
        clock.move(moment)
        assert refusal(pool).reason == "limit"
    assert [each.left_today for each in pool.standings()] == [0]


def test_keys_take_turns(engine: Engine) -> None:
    keys = tuple(Key(secret=f"key-{place}") for place in range(3))
    pool = a_pool(engine, FixedClock(NOW), *keys, per_minute=2)
    spent = spend(pool, 6)
    assert {secret: spent.count(secret) for secret in set(spent)} == {f"key-{place}": 2 for place in range(3)}
    assert len(set(spent[:3])) == 3
    refusal(pool)


def test_a_key_that_is_kept_for_a_kind_is_spent_on_it_first_and_on_nothing_else(engine: Engine) -> None:
    keys = (Key(secret="any"), Key(secret="kept", purpose="actions"))
    pool = a_pool(engine, FixedClock(NOW), *keys, per_minute=1)
    assert pool.take("actions").secret == "kept"
    assert pool.take("actions").secret == "any"
    with pytest.raises(VendorError):
        pool.take("actions")
    other = a_pool(engine, FixedClock(NOW), *keys, per_minute=1)
    assert spend(other, 1) == ["any"]
    assert refusal(other).reason == "limit"
    assert other.take("actions").secret == "kept"


def test_without_a_key_for_a_kind_nothing_is_asked(engine: Engine) -> None:
    pool = a_pool(engine, FixedClock(NOW), Key(secret="kept", purpose="actions"))
    assert "no key is kept for bars" in str(refusal(pool))


def test_a_key_that_is_held_rests_and_says_why(engine: Engine) -> None:
    clock = FixedClock(NOW)
    pool = a_pool(engine, clock, Key(secret="a"), Key(secret="b"))
    first = pool.take("bars")
    assert pool.hold(first, "key_refused", "HTTP 401", seconds=600) == 600
    assert first.secret not in spend(pool, 3)
    pool.hold(
        next(key for key in (Key(secret="a"), Key(secret="b")) if key != first), "limit", "x", seconds=900
    )
    error = refusal(pool)
    assert (error.reason, error.wait_seconds, error.said) == ("key_refused", 600, "HTTP 401")
    clock.move(NOW + timedelta(seconds=600))
    assert pool.take("bars") == first


def test_a_key_held_until_midnight_is_free_with_the_vendors_day(engine: Engine) -> None:
    clock = FixedClock(datetime(2024, 6, 14, 18, 0, tzinfo=NEW_YORK))
    pool = a_pool(engine, clock)
    assert pool.hold(pool.take("bars"), "limit", "25 requests per day", seconds=None) == 6 * 3_600
    assert refusal(pool).said == "25 requests per day"
    clock.move(datetime(2024, 6, 15, 0, 0, tzinfo=NEW_YORK))
    pool.take("bars")


def test_a_key_is_on_record_only_as_its_hash(engine: Engine) -> None:
    secret = "very-secret-4711"
    pool = a_pool(engine, FixedClock(NOW), Key(secret=secret))
    pool.take("bars")
    with engine.connect() as connection:
        rows = connection.execute(select(feed_budgets)).mappings().all()
    assert secret not in str([dict(row) for row in rows])
    assert Key(secret=secret).key_hash in {row["key_hash"] for row in rows}
    assert secret not in repr(Key(secret=secret))


def test_two_threads_never_spend_the_same_call(engine: Engine) -> None:
    keys = tuple(Key(secret=f"key-{place}") for place in range(3))
    pools = [a_pool(engine, FixedClock(NOW), *keys, feed="raced", per_minute=7, per_day=5) for _ in range(8)]

    def take_all(pool: KeyPool) -> list[str]:
        found = []
        while True:
            try:
                found.append(pool.take("bars").secret)
            except VendorError:
                return found

    with ThreadPoolExecutor(8) as threads:
        spent = [secret for found in threads.map(take_all, pools) for secret in found]
    assert len(spent) == 15
    assert {secret: spent.count(secret) for secret in spent} == {f"key-{place}": 5 for place in range(3)}


TAKER = """
import sys
from datetime import datetime
from db.engine import connect
from db.feed_budgets import Allowance
from desk.feeds.failure import VendorError
from desk.feeds.keys import Key, KeyPool
from fund.clock import FixedClock

engine = connect(sys.argv[1])
clock = FixedClock(datetime.fromisoformat(sys.argv[2]))
keys = (Key(secret="a"), Key(secret="b"))
pool = KeyPool("processes", keys, Allowance(per_minute=100, per_day=20), engine, clock)
taken = 0
try:
    while True:
        pool.take("bars")
        taken += 1
except VendorError:
    print(taken)
engine.dispose()
"""


def test_two_processes_never_spend_the_same_call(database_url: str) -> None:
    command = [sys.executable, "-c", TAKER, database_url, NOW.isoformat()]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    taken = [int(each.communicate()[0]) for each in running]
    assert sum(taken) == 40


@pytest.fixture
def budgets(connection: Connection) -> FeedBudgets:
    """The budgets of two keys; what is done is rolled back."""
    return FeedBudgets(connection, "modelled", Allowance(per_minute=3, per_day=8))


class Plain:
    """What the budget of keys is, counted in the plainest way."""

    def __init__(self) -> None:
        self.spent: dict[str, list[datetime]] = {"a": [], "b": []}

    def left(self, key: str, now: datetime) -> tuple[int, int]:
        today = [at for at in self.spent[key] if _day(at) == _day(now)]
        minute = [at for at in self.spent[key] if at > now - MINUTE]
        return 3 - len(minute), 8 - len(today)


def _day(moment: datetime) -> date:
    return moment.astimezone(NEW_YORK).date()


@settings(max_examples=40)
@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=40))
def test_over_any_life_no_minute_and_no_day_holds_more_than_it_may(engine: Engine, waits: list[int]) -> None:
    now, plain = datetime(2024, 11, 2, 20, 0, tzinfo=UTC), Plain()
    with engine.connect() as connection:
        budgets = FeedBudgets(connection, "modelled", Allowance(per_minute=3, per_day=8))
        for seconds in waits:
            now += timedelta(seconds=seconds if seconds % 3 else seconds % 7)
            lefts = {key: plain.left(key, now) for key in ("a", "b")}
            may = [key for key, left in lefts.items() if min(left) > 0]
            taken = budgets.take(("a", "b"), now=now)
            if isinstance(taken, Standing):
                assert not may
                assert taken.free_at > now
                continue
            assert taken in may
            plain.spent[taken].append(now)
        connection.rollback()


def test_a_moment_without_a_zone_is_refused(budgets: FeedBudgets) -> None:
    with pytest.raises(LedgerError, match="timezone"):
        budgets.take(("a",), now=NOW.replace(tzinfo=None))


def test_what_is_left_is_told_without_spending_it(engine: Engine) -> None:
    pool = a_pool(engine, FixedClock(NOW), Key(secret="a"), Key(secret="b"))
    spend(pool, 1)
    told = [(each.left_this_minute, each.left_today, each.held_for) for each in pool.standings()]
    assert told == [(4, 24, None), (5, 25, None)]
    assert [each.free_at for each in pool.standings()] == [NOW, NOW]
