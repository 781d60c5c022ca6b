"""A live desk asks its vendors itself, and what it refuses is kept in its database with who said it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from db.engine import transaction
from db.quarantine import Quarantine
from desk.bootstrap import Desk, open_desk
from desk.running import health_of
from fund.clock import FixedClock
from fund.market.calendar import nyse
from support.fake_feed import FakeFeed
from support.feeds import bars_of, cut_bundle
from support.started_desks import UNPLAYED, settings_for

pytest_plugins = ["support.desks"]

CALENDAR = nyse()


@pytest.fixture(scope="module")
def days(small_bundle: Path) -> tuple[date, ...]:
    last = bars_of(small_bundle)["date"].max()
    assert isinstance(last, date)
    return CALENDAR.last_sessions(last, UNPLAYED + 1)[:4]


@pytest.fixture
def feed(small_bundle: Path, days: tuple[date, ...]) -> FakeFeed:
    return FakeFeed(
        now=CALENDAR.decision_time(days[0]),
        bars=bars_of(small_bundle),
        actions=pl.read_parquet(small_bundle / "corporate_actions.parquet").cast({"value": pl.Float64}),
        calendar=CALENDAR,
        name="vendor",
        offers=frozenset({"bars", "actions"}),
    )


@pytest.fixture
def desk(feed: FakeFeed, small_bundle: Path, days: tuple[date, ...], tmp_path: Path) -> Iterator[Desk]:
    bundle = cut_bundle(small_bundle, tmp_path / "bundle", days[0])
    clock = FixedClock(feed.now)
    settings = settings_for(tmp_path / "desk", bundle)
    with closing(open_desk(settings, clock=clock, trained=False, vendors=feed)) as opened:
        yield opened


def evening(desk: Desk, feed: FakeFeed, day: date) -> None:
    feed.now = CALENDAR.decision_time(day)
    assert isinstance(desk.clock, FixedClock)
    desk.clock.move(feed.now)
    desk.market.refresh(feed.now, None)


def test_a_desk_with_vendors_is_live_and_brings_its_history_up_to_date(
    desk: Desk, feed: FakeFeed, days: tuple[date, ...]
) -> None:
    assert desk.is_live
    for day in days[1:]:
        evening(desk, feed, day)
        assert desk.market.problem == ""
        assert desk.history.last_session == day
    assert days[-1] in desk.due()


def test_what_a_vendor_says_that_is_no_fact_is_kept_with_its_name(
    desk: Desk, feed: FakeFeed, days: tuple[date, ...]
) -> None:
    one = (pl.col("symbol") == "SPY") & (pl.col("date") == days[1])
    feed.bars = feed.bars.with_columns(low=pl.when(one).then(pl.col("high") * 2).otherwise(pl.col("low")))
    evening(desk, feed, days[1])
    with transaction(desk.engine) as connection:
        (kept,) = Quarantine(connection).latest()
    assert (kept.kind, kept.reason, kept.ticker, kept.vendor) == ("bar", "price_order", "SPY", "vendor")
    assert str(days[1]) in kept.detail
    market = next(each for each in health_of(desk) if each.name == "market data")
    assert not market.ok
    assert "price_order" in market.detail
    assert days[1] not in desk.due()


def test_the_same_refusal_is_kept_once(desk: Desk, feed: FakeFeed, days: tuple[date, ...]) -> None:
    one = (pl.col("symbol") == "SPY") & (pl.col("date") == days[1])
    feed.bars = feed.bars.with_columns(low=pl.when(one).then(pl.col("high") * 2).otherwise(pl.col("low")))
    evening(desk, feed, days[1])
    evening(desk, feed, days[2])
    with transaction(desk.engine) as connection:
        assert len(Quarantine(connection).latest()) == 1
