"""A desk is brought up to date by asking: what is new comes in once, and a fact is never told anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.lake import Lake
from desk.feeds.collector import Collector
from desk.feeds.feed import Request
from desk.ingest import ingest_bundle
from desk.market import Market
from desk.progress import silent
from fund.market.history import History
from fund.market.refusal import Refusal
from support.bundles import a_bundle, corporate_actions, headlines, reports
from support.fake_feed import (
    CALENDAR,
    DAYS,
    NAMES,
    FakeFeed,
    at,
    made_actions,
    made_bars,
    made_headlines,
    made_macro,
)

KNOWN = 20
LATER = DAYS[KNOWN : KNOWN + 8]
BARS = made_bars(days=DAYS[: KNOWN + 8])


def split_bars(day: date) -> pl.DataFrame:
    halved = (pl.col("symbol") == "BBB") & (pl.col("date") >= day)
    return BARS.with_columns(
        pl.when(halved).then((pl.col(name) / 2).round(2)).otherwise(pl.col(name)).alias(name)
        for name in ("open", "high", "low", "close")
    )


def a_feed(**values: object) -> FakeFeed:
    """A vendor that has bars, a split, a dividend, headlines and macro values of the coming days."""
    tables: dict[str, object] = {
        "bars": split_bars(LATER[2]),
        "actions": made_actions(
            ("BBB", LATER[2], "split", 2.0, "split"), ("AAA", LATER[4], "dividend", 0.31, "cash")
        ),
        "headlines": made_headlines(
            *((f"n{place}", "AAA BBB", f"News {place}", at(day, 17)) for place, day in enumerate(LATER))
        ),
        "macro": made_macro(*(("VIX", day, 15.0 + i / 8, at(day, 21)) for i, day in enumerate(LATER))),
    }
    return FakeFeed(now=CALENDAR.decision_time(DAYS[KNOWN - 1]), **{**tables, **values})  # type: ignore[arg-type]


@dataclass
class Room:
    """A market, its lake, the vendor behind it, and what was refused on the way."""

    market: Market
    lake: Lake
    feed: FakeFeed
    refused: list[Refusal] = field(default_factory=list)
    played: date | None = None

    def evening(self, day: date, after: timedelta = timedelta(0)) -> History:
        return self.at(CALENDAR.decision_time(day) + after)

    def at(self, moment: datetime) -> History:
        self.feed.now = moment
        self.market.refresh(moment, self.played)
        return self.market.history

    def tables(self) -> dict[str, pl.DataFrame]:
        """Everything the lake holds, as it lies on disk."""
        found = {}
        for path in sorted(self.lake.root.rglob("*.parquet")):
            name = str(path.relative_to(self.lake.root)).split(".")[0]
            if self.lake.rows().get(name) == pl.read_parquet(path).height:
                found[name] = pl.read_parquet(path)
        return found


def a_room(folder: Path, feed: FakeFeed) -> Room:
    known = BARS.filter(pl.col("date") < LATER[0])
    none = (corporate_actions().clear(), headlines().clear(), reports().clear())
    bundle = a_bundle(
        folder / "bundle", bars_daily=known, corporate_actions=none[0], headlines=none[1], reports=none[2]
    )
    lake = Lake(folder / "lake")
    ingest_bundle(bundle, lake, silent, CALENDAR)
    refused: list[Refusal] = []
    market = Market(lake.load_history(CALENDAR), lake, Collector(feed, keep=refused.extend))
    return Room(market, lake, feed, refused)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return a_room(tmp_path, a_feed())


def kinds(requests: Sequence[Request]) -> list[str]:
    return [each.kind for each in requests]


def test_a_new_session_comes_in_with_everything_that_is_new(room: Room) -> None:
    history = room.evening(LATER[0])
    assert room.market.problem == ""
    assert history.last_session == LATER[0]
    assert sorted(history.next_bars(LATER[0])) == list(NAMES)
    assert [each.headline_id for each in history.headlines] == ["n0"]
    assert history.macro_by_series["VIX"].facts[-1].day == LATER[0]
    assert kinds(room.feed.asked) == ["bars", "actions", "headlines", "macro"]
    assert room.refused == []


def test_what_is_known_is_asked_for_once(room: Room) -> None:
    room.evening(LATER[0])
    asked = len(room.feed.asked)
    for minutes in (1, 2, 5, 9):
        room.evening(LATER[0], timedelta(minutes=minutes))
    assert kinds(room.feed.asked[asked:]) == []
    room.evening(LATER[0], timedelta(minutes=20))
    assert kinds(room.feed.asked[asked:]) == ["headlines", "macro"]


def test_the_last_known_sessions_are_asked_for_again(room: Room) -> None:
    room.evening(LATER[0])
    (bars, *_) = room.feed.asked
    assert (bars.names, bars.first, bars.last) == (NAMES, DAYS[KNOWN - 5], LATER[0])


def test_only_names_whose_bars_are_late_are_asked_for_again_and_ever_more_rarely(room: Room) -> None:
    late = (pl.col("symbol") == "CCC") & (pl.col("date") == LATER[0])
    whole, room.feed.bars = room.feed.bars, room.feed.bars.filter(~late)
    assert "CCC" not in room.evening(LATER[0]).next_bars(LATER[0])
    room.feed.asked.clear()
    for minute in range(240):
        room.evening(LATER[0], timedelta(minutes=minute))
    asked = [each for each in room.feed.asked if each.kind == "bars"]
    assert {each.names for each in asked} == {("CCC",)}
    assert 5 <= len(asked) <= 12
    room.feed.bars = whole
    assert "CCC" in room.evening(LATER[0], timedelta(hours=5)).next_bars(LATER[0])
    assert room.market.problem == ""


def test_an_outage_and_a_backfill_leave_the_table_of_no_outage(tmp_path: Path) -> None:
    steady, cut_off = a_room(tmp_path / "one", a_feed()), a_room(tmp_path / "two", a_feed())
    for day in LATER:
        steady.evening(day)
        cut_off.feed.down = frozenset(cut_off.feed.offers) if day < LATER[-1] else frozenset()
        cut_off.evening(day)
    assert cut_off.market.problem == ""
    assert steady.market.history.data_version == cut_off.market.history.data_version
    one, two = steady.tables(), cut_off.tables()
    assert one.keys() == two.keys()
    assert all(one[name].equals(two[name]) for name in one)
    assert len(one) >= 5


@settings(max_examples=15, deadline=None)
@given(outages=st.sets(st.integers(0, 6)))
def test_whatever_days_are_cut_off_the_history_ends_the_same(
    outages: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    room = a_room(tmp_path_factory.mktemp("cut"), a_feed())
    for place, day in enumerate(LATER):
        room.feed.down = frozenset(room.feed.offers) if place in outages else frozenset()
        room.evening(day)
    whole = a_room(tmp_path_factory.mktemp("whole"), a_feed())
    assert room.market.history.data_version == whole.evening(LATER[-1]).data_version


def test_prices_are_had_whole_or_not_at_all(room: Room) -> None:
    before = room.market.history
    room.feed.down = frozenset({"actions"})
    assert room.evening(LATER[0]) is before
    assert "found it down" in room.market.problem
    room.feed.down = frozenset()
    assert room.evening(LATER[0], timedelta(minutes=31)).last_session == LATER[0]
    assert room.market.problem == ""


def test_no_price_waits_for_a_headline(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.feed.down = frozenset({"headlines", "macro"})
    assert room.evening(LATER[0]).last_session == LATER[0]
    assert room.market.problem == ""
    assert "headlines could not be had" in caplog.text
    room.feed.down = frozenset()
    assert room.evening(LATER[0], timedelta(minutes=16)).headlines


def test_a_page_instead_of_bars_is_a_problem_and_nothing_is_taken(room: Room) -> None:
    before = room.market.history
    original = room.feed.fetch

    def broken(request: Request) -> object:
        delivery = original(request)
        page = pl.DataFrame({"body": ["<html><title>Oops</title>"]})
        return (
            type(delivery)(feed="fake", request=request, received_at=delivery.received_at, frame=page)
            if request.kind == "bars"
            else delivery
        )

    room.feed.fetch = broken  # type: ignore[method-assign, assignment]
    assert room.evening(LATER[0]) is before
    assert "found a page" in room.market.problem
    assert {(each.kind, each.reason, each.vendor) for each in room.refused} == {("bar", "not_data", "fake")}


def test_a_correction_is_told_and_the_fact_stays(room: Room) -> None:
    room.evening(LATER[0])
    one = (pl.col("symbol") == "AAA") & (pl.col("date") == LATER[0])
    room.feed.bars = room.feed.bars.with_columns(
        pl.when(one).then(pl.col("close") - 0.2).otherwise(pl.col("close")).alias("close")
    )
    before = room.market.history.next_bars(LATER[0])["AAA"]
    history = room.evening(LATER[1])
    assert room.market.problem == ""
    assert history.next_bars(LATER[0])["AAA"] == before
    (told,) = room.refused
    assert (told.kind, told.reason, told.ticker, told.session) == ("bar", "revised", "AAA", LATER[0])
    assert room.market.left_out is None


def test_a_row_that_is_none_is_left_out_kept_and_the_others_come_in(room: Room) -> None:
    one = (pl.col("symbol") == "AAA") & (pl.col("date") == LATER[0])
    room.feed.bars = room.feed.bars.with_columns(
        pl.when(one).then(pl.lit(-1)).otherwise(pl.col("volume")).alias("volume")
    )
    history = room.evening(LATER[0])
    assert sorted(history.next_bars(LATER[0])) == ["BBB", "CCC"]
    (told,) = room.refused
    assert (told.reason, told.vendor) == ("negative_volume", "fake")
    left_out = room.market.left_out
    assert left_out is not None
    assert left_out.of_prices


def test_a_dividend_of_a_session_that_was_played_is_told_and_stops_nothing(room: Room) -> None:
    whole, room.feed.actions = room.feed.actions, made_actions()
    room.evening(LATER[4])
    room.played, room.feed.actions = LATER[4], whole
    history = room.evening(LATER[5])
    assert room.market.problem == ""
    assert history.last_session == LATER[5]
    assert history.actions == ()
    assert [(each.kind, each.reason, each.ticker) for each in room.refused if each.kind == "action"] == [
        ("action", "late", "BBB"),
        ("action", "late", "AAA"),
    ]


def test_a_headline_that_comes_after_a_decision_counts_from_when_it_came(room: Room) -> None:
    late, room.feed.headlines = room.feed.headlines, made_headlines()
    before = room.evening(LATER[0])
    decided = CALENDAR.decision_time(LATER[0])
    version = before.version_at(decided)
    room.played, room.feed.headlines = LATER[0], late
    history = room.evening(LATER[0], timedelta(hours=2))
    (headline,) = history.headlines
    assert headline.known_at == decided + timedelta(hours=2)
    assert history.version_at(decided) == version


def test_a_folder_and_vendors_are_taken_in_by_the_same_market(room: Room) -> None:
    history = room.evening(LATER[-1])
    assert history.last_session == LATER[-1]
    assert [(each.ticker, each.kind) for each in history.actions] == [("AAA", "dividend"), ("BBB", "split")]
    assert Lake(room.lake.root).load_history(CALENDAR).data_version == history.data_version
