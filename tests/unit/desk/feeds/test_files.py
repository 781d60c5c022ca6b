"""Files as a feed: a bundle, a folder of somebody's, one file alone."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from desk.feeds.feed import FILE_OF, Kind, Request
from desk.feeds.files import Files
from desk.feeds.frames import COLUMNS
from fund.clock import FixedClock
from fund.errors import FeedError
from fund.market.calendar import nyse

NOW = datetime(2017, 3, 31, 22, 0, tzinfo=UTC)
FIRST, LAST = date(2017, 3, 27), date(2017, 3, 31)
CSV = """symbol,date,open,high,low,close,volume
AAPL,2024-06-13,214.74,216.75,211.60,214.24,97862700
AAPL,2024-06-14,213.85,215.17,211.30,212.49,70122748.0
NA,2024-06-14,1,1,1,1,5
AAPL,14.6.2024,1,1,1,1,5
MSFT,2024-06-14,none,,-1,NaN,x
"""


def at(path: Path, now: datetime = NOW) -> Files:
    return Files(path, FixedClock(now), nyse())


def asked(kind: Kind, *names: str, first: date = FIRST, last: date = LAST) -> Request:
    return Request(kind=kind, names=names, first=first, last=last)


@pytest.fixture
def bundle(checkout: Path) -> Path:
    return checkout / "data" / "bundle"


def test_a_bundle_offers_everything(bundle: Path) -> None:
    assert at(bundle).offers == frozenset(FILE_OF)


def test_bars_of_a_bundle_are_the_bundles(bundle: Path) -> None:
    delivery = at(bundle).fetch(asked("bars", "AAPL", "NOPE"))
    whole = pl.read_parquet(bundle / FILE_OF["bars"])
    mine = whole.filter((pl.col("symbol") == "AAPL") & pl.col("date").is_between(FIRST, LAST))
    assert delivery.frame["close"].to_list() == mine["close"].to_list()
    assert delivery.frame.height == 5
    assert (delivery.feed, delivery.received_at, delivery.missing) == ("files", NOW, ("NOPE",))
    assert "adj_close" not in delivery.frame.columns
    assert delivery.frame["known_at"].to_list()[-1] == datetime(2017, 3, 31, 20, 0, tzinfo=UTC)


def test_a_bar_of_a_session_that_runs_is_no_fact(bundle: Path) -> None:
    running = datetime(2017, 3, 31, 19, 0, tzinfo=UTC)
    assert at(bundle, running).fetch(asked("bars", "AAPL")).frame["date"].max() == date(2017, 3, 30)


def test_actions_and_macro_values_say_when_they_were_known(bundle: Path) -> None:
    actions = at(bundle).fetch(asked("actions", "AAPL", first=date(2017, 1, 1)))
    assert actions.frame.select("kind", "value", "known_at").rows() == [
        ("dividend", 0.57, datetime(2017, 2, 9, 14, 30, tzinfo=UTC))
    ]
    macro = at(bundle).fetch(asked("macro", "VIX", "NOPE"))
    assert macro.frame["known_at"].to_list()[-1] == datetime(2017, 3, 31, 20, 15, tzinfo=UTC)
    assert (macro.frame.height, macro.missing) == (5, ("NOPE",))


def test_headlines_keep_the_moment_they_came_with(bundle: Path) -> None:
    delivery = at(bundle).fetch(asked("headlines", "^SPX"))
    assert delivery.frame.height > 0
    assert delivery.frame["known_at"].is_between(datetime(2017, 3, 27, tzinfo=UTC), NOW).all()
    assert delivery.missing == ()
    assert at(bundle).fetch(asked("headlines", "SPX")).frame.height == 0


@pytest.mark.parametrize("name", ["bars_daily.csv", "bars.csv"])
def test_one_csv_file_is_a_feed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(CSV)
    now = datetime(2024, 6, 14, 22, 0, tzinfo=UTC)
    request = asked("bars", "AAPL", "NA", "MSFT", first=date(2024, 6, 13), last=date(2024, 6, 14))
    delivery = at(path, now).fetch(request)
    assert at(path).offers == {"bars"}
    told = delivery.frame.select("symbol", "date", "close", "volume").rows()
    day = date(2024, 6, 14)
    assert told == [
        ("AAPL", date(2024, 6, 13), 214.24, 97862700),
        ("AAPL", day, 212.49, 70122748),
        ("NA", day, 1.0, 5),
        ("AAPL", None, 1.0, 5),
        ("MSFT", day, None, None),
    ]
    assert delivery.frame.columns == [each for each in COLUMNS["bars"] if each != "currency"]


def test_a_folder_may_hold_csv_and_may_be_replaced_at_any_time(tmp_path: Path) -> None:
    feed = at(tmp_path, datetime(2024, 6, 14, 22, 0, tzinfo=UTC))
    assert feed.offers == frozenset()
    (tmp_path / "bars_daily.csv").write_text(CSV)
    assert feed.offers == {"bars"}
    request = asked("bars", "NA", first=date(2024, 6, 14), last=date(2024, 6, 14))
    assert feed.fetch(request).frame.height == 1


def test_a_macro_file_without_lags_is_known_from_now_on(tmp_path: Path) -> None:
    (tmp_path / "macro.csv").write_text("series_id,date,value\nX,2017-03-30,1.5\n")
    frame = at(tmp_path / "macro.csv").fetch(asked("macro", "X")).frame
    assert frame.select("value", "known_at").rows() == [(1.5, NOW)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bars_daily.parquet", b"PAR1 not a parquet file", "a whole parquet file"),
        (
            "bars_daily.csv",
            b"symbol,date,close\nA,2017-03-31,1\n",
            "to have the columns high, low, open, volume",
        ),
        ("bars_daily.csv", b"", "a whole csv file"),
        ("bars_daily.csv", b"\xff\xfe\x00", "bars_daily.csv to"),
    ],
)
def test_a_file_that_is_none_is_a_feed_error(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FeedError, match=said):
        at(tmp_path).fetch(asked("bars", "A"))


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="DESK_FEEDS__FOLDER"):
        at(tmp_path / "gone").fetch(asked("bars", "A"))


def test_damaged_lags_are_a_feed_error(tmp_path: Path) -> None:
    (tmp_path / "macro.csv").write_text("series_id,date,value\nX,2017-03-30,1.5\n")
    (tmp_path / "macro_meta.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FeedError, match="publication lags"):
        at(tmp_path).fetch(asked("macro", "X"))
