"""Bars as ticks: what is seen when, what counts as a session, and which files are refused."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from desk.monitor.recording import Recording
from fund.clock import FixedClock
from fund.errors import DataError
from fund.market.facts import CorporateAction
from fund.market.ticks import Tick
from support.intraday import Bar, minutes, written
from support.ticks import CLOSE, DAY, OPEN, a_calendar, at


def a_recording(path: Path, bars: list[Bar], *actions: CorporateAction) -> tuple[Recording, FixedClock]:
    clock = FixedClock(OPEN)
    return Recording(written(path / "bars.parquet", bars), a_calendar(5), clock, actions), clock


def days(count: int, *, close: float = 100.0, volume: float = 100.0) -> list[Bar]:
    return [
        bar
        for n in range(count)
        for bar in minutes("AAPL", OPEN + timedelta(days=n), lambda _: close, volume=lambda _: volume)
    ]


def test_a_bar_is_its_open_as_it_begins_and_its_close_in_its_last_second(tmp_path: Path) -> None:
    recording, clock = a_recording(tmp_path, minutes("AAPL", OPEN, lambda n: 100 + n, count=3))
    assert (recording.bars, recording.left_out, recording.tickers) == (3, 0, ("AAPL",))
    for second, price, volume in ((0, 100, 0), (58, 100, 0), (59, 101, 100), (60, 101, 100), (179, 103, 300)):
        clock.move(at(second))
        (tick,) = recording.latest(["AAPL", "MSFT"])
        assert (tick.price, tick.volume) == (price, volume)
        assert tick.at <= at(second), "nothing is seen before it happened"
    clock.move(at(-1))
    assert recording.latest(["AAPL"]) == []
    clock.move(at(179 + 900))
    assert recording.latest(["AAPL"]) == [], "old news is none"


def test_ticks_of_all_tickers_come_in_the_order_of_time(tmp_path: Path) -> None:
    bars = [*minutes("B", OPEN, lambda n: 1.0, count=5), *minutes("A", OPEN, lambda n: 2.0, count=5)]
    recording, _ = a_recording(tmp_path, bars)
    moments = [tick.at for tick in recording.ticks()]
    assert moments == sorted(moments)
    assert len(moments) == 20


def test_bars_outside_sessions_long_bars_and_lonely_ones_are_left_out(tmp_path: Path) -> None:
    bars = [
        *minutes("AAPL", OPEN - timedelta(minutes=5), lambda n: 100.0, count=10),
        *minutes("AAPL", CLOSE, lambda n: 100.0, count=2),
        *[("EURUSD", OPEN + timedelta(hours=n), 1.1, 1.1, 0.0) for n in range(5)],
        ("ONCE", OPEN, 5.0, 5.0, 1.0),
    ]
    recording, _ = a_recording(tmp_path, bars)
    assert (recording.tickers, recording.bars, recording.left_out) == (("AAPL",), 5, 13)


def test_the_last_close_of_a_session_comes_before_the_exchange_closes(tmp_path: Path) -> None:
    recording, _ = a_recording(tmp_path, days(1))
    last = list(recording.ticks())[-1]
    assert last == Tick(ticker="AAPL", at=CLOSE - timedelta(seconds=1), price=100.0, volume=39_000.0)


def test_a_session_is_compared_with_the_recorded_ones_before_it(tmp_path: Path) -> None:
    recording, _ = a_recording(tmp_path, days(4, close=50))
    first = recording.references(DAY)["AAPL"]
    third, fourth = (recording.references(DAY + timedelta(days=n))["AAPL"] for n in (2, 3))
    assert (first.previous_close, first.average_volume) == (None, None)
    assert (third.previous_close, third.average_volume) == (50, None), "two sessions are no average"
    assert (fourth.previous_close, fourth.average_volume) == (50, 39_000)
    assert recording.references(DAY + timedelta(days=4)) == {}


def test_a_session_that_is_recorded_in_part_counts_for_no_average(tmp_path: Path) -> None:
    part = minutes("AAPL", OPEN, lambda n: 50.0, count=200)
    rest = [bar for bar in days(5) if bar[1] >= OPEN + timedelta(days=1)]
    recording, _ = a_recording(tmp_path, [*part, *rest])
    assert recording.references(DAY + timedelta(days=3))["AAPL"].average_volume is None
    assert recording.references(DAY + timedelta(days=4))["AAPL"].average_volume == 39_000


def test_a_session_that_was_skipped_leaves_no_close_to_compare_with(tmp_path: Path) -> None:
    bars = [bar for bar in days(3) if bar[1].date() != DAY + timedelta(days=1)]
    recording, _ = a_recording(tmp_path, bars)
    assert recording.references(DAY + timedelta(days=2))["AAPL"].previous_close is None


def test_a_split_of_the_day_restates_what_is_compared(tmp_path: Path) -> None:
    split = CorporateAction(
        ticker="AAPL", ex_date=DAY + timedelta(days=3), kind="split", value=Decimal(7), detail="split"
    )
    recording, _ = a_recording(tmp_path, days(4, close=700), split)
    found = recording.references(DAY + timedelta(days=3))["AAPL"]
    assert found.previous_close == pytest.approx(100)
    assert found.average_volume == pytest.approx(7 * 39_000)


def test_a_file_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1 and nothing more")
    naive = tmp_path / "naive.parquet"
    pl.DataFrame(
        {"symbol": ["A"], "ts": [OPEN.replace(tzinfo=None)], "open": [1.0], "close": [1.0], "volume": [1]}
    ).write_parquet(naive)
    short = tmp_path / "short.parquet"
    pl.DataFrame({"symbol": ["A"], "price": [1.0]}).write_parquet(short)
    for path in (damaged, naive, short, tmp_path / "none.parquet", tmp_path):
        with pytest.raises(DataError, match=path.name):
            Recording(path, a_calendar(), FixedClock(OPEN))


def test_an_empty_file_records_nothing(tmp_path: Path) -> None:
    recording, _ = a_recording(tmp_path, [])
    assert (recording.tickers, recording.sessions, list(recording.ticks())) == ((), (), [])
