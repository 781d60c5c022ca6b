"""The history in use and the feed that extends it: whole or not at all, and a refusal is a sentence."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from db.lake import Lake
from desk.bundle_files import DIGESTS
from desk.feed import BARS, Feed
from desk.feeds.ground import Ground
from desk.ingest import ingest_bundle
from desk.market import Market
from desk.progress import silent
from fund.errors import FeedError
from fund.market.history import History
from support.bundles import DAYS, a_bundle, corporate_actions, daily_bars, headlines
from support.facts import a_calendar
from support.feeds import but_for, put_bars, revised

CALENDAR = a_calendar()
KNOWN = 6
"""How many of the ten sessions the lake holds; the feed brings the others."""
NOW = CALENDAR.close_at(DAYS[9])


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    folder = tmp_path / "feed"
    put_bars(folder, daily_bars(sessions=KNOWN + 1))
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    known, none = daily_bars(sessions=KNOWN), corporate_actions().clear()
    bundle = a_bundle(tmp_path / "bundle", bars_daily=known, corporate_actions=none)
    made = Lake(tmp_path / "lake")
    ingest_bundle(bundle, made, silent, CALENDAR)
    return made


@pytest.fixture
def market(lake: Lake, feed: Path) -> Market:
    return Market(lake.load_history(CALENDAR), lake, Feed(feed, CALENDAR))


def refreshed(market: Market, *, now: datetime = NOW, played: date | None = None) -> History:
    market.refresh(now, played)
    return market.history


def refused_by(market: Market, lake: Lake, *, played: date | None = None) -> str:
    """Refresh, and return why nothing was taken in."""
    before, kept = market.history, lake.load_history(CALENDAR).data_version
    assert refreshed(market, played=played) is before
    assert lake.load_history(CALENDAR).data_version == kept
    assert market.problem
    return market.problem


def test_without_a_feed_nothing_changes(market: Market) -> None:
    history = market.history
    still = Market(history)
    assert refreshed(still) is history
    assert still.problem == ""


def test_new_bars_reach_the_history_and_the_lake(market: Market, lake: Lake) -> None:
    assert market.history.last_session == DAYS[KNOWN - 1]
    history = refreshed(market)
    assert (history.last_session, market.problem) == (DAYS[KNOWN], "")
    assert lake.load_history(CALENDAR).data_version == history.data_version


def test_bars_alone_are_a_feed_and_the_facts_of_the_other_files_stay(market: Market) -> None:
    before = market.history
    after = refreshed(market)
    assert after.instruments == before.instruments
    assert (after.macro, after.headlines, after.reports) == (before.macro, before.headlines, before.reports)


def test_every_file_of_the_bundle_is_taken_in(market: Market, feed: Path) -> None:
    a_bundle(feed, bars_daily=daily_bars(sessions=10), corporate_actions=corporate_actions(ex_date=DAYS[8]))
    after = refreshed(market, played=DAYS[5])
    assert [action.ex_date for action in after.actions] == [DAYS[8]]
    assert after.last_session == DAYS[9]


def test_the_same_files_are_not_read_again(
    market: Market, feed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = refreshed(market)
    seen = (feed / BARS).stat()
    (feed / BARS).write_bytes(bytes(seen.st_size))
    os.utime(feed / BARS, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert refreshed(market) is first
    assert market.problem == ""


def test_the_same_facts_written_again_change_nothing(market: Market, feed: Path) -> None:
    first = refreshed(market)
    put_bars(feed, daily_bars(sessions=KNOWN + 1).reverse())
    assert refreshed(market) is first
    assert market.problem == ""


def test_the_bar_of_a_session_that_is_still_running_is_not_taken(market: Market) -> None:
    close = CALENDAR.close_at(DAYS[KNOWN])
    before = market.history
    assert refreshed(market, now=close - timedelta(minutes=1)) is before
    assert refreshed(market, now=close).last_session == DAYS[KNOWN]


def test_an_action_is_taken_with_the_bars_of_its_session_and_not_before(market: Market, feed: Path) -> None:
    put_bars(feed, daily_bars(sessions=10))
    corporate_actions(ex_date=DAYS[8]).write_parquet(feed / "corporate_actions.parquet")
    assert refreshed(market, now=CALENDAR.close_at(DAYS[7])).actions == ()
    assert [each.ex_date for each in refreshed(market, now=CALENDAR.close_at(DAYS[8])).actions] == [DAYS[8]]


def test_a_file_written_before_a_close_cannot_hold_its_bar(market: Market, feed: Path) -> None:
    written = (CALENDAR.close_at(DAYS[KNOWN]) - timedelta(hours=2)).timestamp()
    os.utime(feed / BARS, (written, written))
    before = market.history
    assert refreshed(market) is before
    assert market.problem == ""


def test_bars_that_arrive_later_join_those_of_their_session(market: Market, feed: Path) -> None:
    whole = daily_bars(sessions=KNOWN + 1)
    put_bars(feed, but_for(whole, DAYS[KNOWN], ["NA"]))
    assert refreshed(market).bars.has_bar[KNOWN].sum() == 1
    put_bars(feed, whole)
    assert refreshed(market).bars.has_bar[KNOWN].sum() == 4


def test_a_bad_row_is_left_out_with_its_reason(
    market: Market, feed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = (pl.col("symbol") == "NAN") & (pl.col("date") == DAYS[KNOWN])
    bars = daily_bars(sessions=KNOWN + 1).with_columns(
        pl.when(bad).then(-1.0).otherwise(pl.col("close")).alias("close")
    )
    put_bars(feed, bars)
    history = refreshed(market)
    assert history.bars.has_bar[KNOWN].sum() == 3
    assert f"NAN {DAYS[KNOWN]}" in caplog.text
    assert "bad_price" in caplog.text
    assert market.problem == ""
    assert market.left_out is not None
    assert market.left_out.of_prices
    first = f"{BARS} NAN {DAYS[KNOWN]}: "
    assert str(market.left_out).startswith(f"1 row of the feed was left out, the first: {first}")
    put_bars(feed, daily_bars(sessions=KNOWN + 1))
    refreshed(market)
    assert market.left_out is None


def test_a_bad_row_of_a_file_that_holds_no_price_is_told_and_is_not_of_prices(
    market: Market, feed: Path
) -> None:
    a_bundle(
        feed,
        bars_daily=daily_bars(sessions=KNOWN + 1),
        corporate_actions=corporate_actions().clear(),
        headlines=headlines(title=""),
    )
    refreshed(market)
    assert market.left_out is not None
    assert not market.left_out.of_prices
    assert "headlines.parquet" in market.left_out.first


def test_what_is_left_out_is_quoted_with_a_price_first(market: Market, feed: Path) -> None:
    a_bundle(
        feed,
        bars_daily=daily_bars(sessions=KNOWN + 1),
        corporate_actions=corporate_actions(value=-1.0),
        headlines=headlines(title=""),
    )
    refreshed(market)
    assert market.left_out is not None
    assert market.left_out.of_prices
    assert str(market.left_out).startswith("2 rows of the feed were left out, the first: corporate_actions")


def test_a_gap_is_refused_with_what_to_do(market: Market, lake: Lake, feed: Path) -> None:
    whole = daily_bars(sessions=10)
    put_bars(feed, whole.filter(pl.col("date") != DAYS[KNOWN]))
    problem = refused_by(market, lake)
    assert str(DAYS[KNOWN]) in problem
    assert str(DAYS[KNOWN + 1]) in problem
    assert "DESK_BUNDLE" in problem
    put_bars(feed, whole)
    assert refreshed(market).last_session == DAYS[9]
    assert market.problem == ""


def test_a_fact_with_another_value_is_refused_and_nothing_of_the_feed_is_taken(
    market: Market, lake: Lake, feed: Path
) -> None:
    put_bars(feed, revised(daily_bars(sessions=KNOWN + 1), "NA", DAYS[2]))
    assert "a fact is never updated" in refused_by(market, lake)


def test_a_dividend_that_would_make_the_lake_unreadable_is_refused(
    market: Market, lake: Lake, feed: Path
) -> None:
    eaten = corporate_actions(kind="dividend", value=50.0, ex_date=DAYS[KNOWN])
    put_bars(feed, daily_bars(sessions=KNOWN + 1).filter(pl.col("date") == DAYS[KNOWN]))
    eaten.write_parquet(feed / "corporate_actions.parquet")
    assert "dividend" in refused_by(market, lake)


def test_an_action_of_a_session_that_was_played_without_it_is_refused(
    market: Market, lake: Lake, feed: Path
) -> None:
    corporate_actions(ex_date=DAYS[5]).write_parquet(feed / "corporate_actions.parquet")
    assert f"the split of NA on {DAYS[5]}" in refused_by(market, lake, played=DAYS[5])
    again = Market(market.history, lake, Feed(feed, CALENDAR))
    assert refreshed(again, played=DAYS[4]).actions[0].ex_date == DAYS[5]
    assert again.problem == ""


def test_a_half_written_file_is_refused_until_it_is_whole(market: Market, lake: Lake, feed: Path) -> None:
    whole = (feed / BARS).read_bytes()
    (feed / BARS).write_bytes(whole[: len(whole) // 2])
    assert BARS in refused_by(market, lake)
    (feed / BARS).write_bytes(whole)
    assert refreshed(market).last_session == DAYS[KNOWN]
    assert market.problem == ""


def test_a_file_that_is_not_as_its_digest_says_is_refused(market: Market, lake: Lake, feed: Path) -> None:
    (feed / DIGESTS).write_text(f"{'0' * 64}  {BARS}\n")
    assert DIGESTS in refused_by(market, lake)


def test_a_missing_column_is_named(market: Market, lake: Lake, feed: Path) -> None:
    put_bars(feed, daily_bars(sessions=KNOWN + 1).drop("open"))
    assert "column 'open'" in refused_by(market, lake)


def test_a_folder_that_vanished_is_a_problem_until_it_is_back(market: Market, lake: Lake, feed: Path) -> None:
    first = refreshed(market)
    feed.rename(feed.with_name("away"))
    assert str(feed / BARS) in refused_by(market, lake)
    feed.with_name("away").rename(feed)
    assert refreshed(market) is first
    assert market.problem == ""


def test_a_problem_is_logged_once_and_kept_while_the_files_are_the_same(
    market: Market, lake: Lake, feed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put_bars(feed, daily_bars().drop("open"))
    first = refused_by(market, lake)
    assert refused_by(market, lake) == first
    assert caplog.text.count("the feed was not taken in") == 1


def test_a_file_in_the_place_of_the_folder_is_a_feed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FeedError, match="expected a readable folder"):
        Feed(tmp_path / "file", CALENDAR).stamp(datetime(2016, 6, 1, tzinfo=UTC), Ground(calendar=CALENDAR))


def test_what_another_process_has_taken_in_is_known_here_too(lake: Lake, feed: Path) -> None:
    one, other = (Market(lake.load_history(CALENDAR), lake, Feed(feed, CALENDAR)) for _ in range(2))
    assert refreshed(one).last_session == DAYS[KNOWN]
    assert refreshed(other).last_session == DAYS[KNOWN]
    put_bars(feed, daily_bars(sessions=KNOWN + 2))
    assert refreshed(other).last_session == refreshed(one).last_session == DAYS[KNOWN + 1]
