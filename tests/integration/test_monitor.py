"""The monitor over a real database, a real lake and real HTTP on both sides; and as a process that ends."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine

from db.engine import transaction
from db.lake import DAILY, Batch, Lake
from db.ledger import Ledger
from db.watchlist import Watchlist
from desk.feeds.frames import framed
from desk.monitor.actions_due import FILE, ActionsDue, DueInFolder, DueSource
from desk.monitor.actions_told import DueByVendors
from desk.monitor.counts import Counts
from desk.monitor.courier import Courier
from desk.monitor.door import DeskDoor
from desk.monitor.http_ticks import HttpTicks
from desk.monitor.patrol import Patrol
from desk.monitor.roll import DeskRoll
from desk.monitor.sources import actions_due_of
from desk.setting_groups import Feeds
from desk.settings import Settings
from fund.clock import FixedClock
from fund.market.bars import Bar
from fund.market.calendar import Hours, nyse
from fund.market.facts import MacroSeries, MembershipSpell, Observation
from fund.market.quality import BarTable
from fund.watching.rules import MonitorRules
from fund.watching.watch import Watch
from support.books import a_bar, a_book, a_dividend, a_split
from support.database import DatabaseServer, own_database
from support.desk_process import desk_environment, run_desk, started
from support.fake_feeds import FakeFeed
from support.records import a_session_mark
from support.ticks import VIX
from support.vendor_market import NAMES, NOW, SPLIT_DAY
from support.vendor_stub import KEY, vendor
from support.wire_stub import WireReply, wire

pytest_plugins = ["support.desks"]

SESSION = date(2016, 6, 24)
HOURS = Hours(SESSION, nyse().open_at(SESSION), nyse().close_at(SESSION))
BEFORE = nyse().previous_session(SESSION)
TICKERS = ("AAPL", "MSFT", "SPY", "XOM")


@pytest.fixture
def engine(database_server: DatabaseServer) -> Iterator[Engine]:
    with own_database(database_server) as made:
        yield made


def bars(*, until: date = BEFORE, count: int = 25) -> BarTable:
    sessions = nyse().last_sessions(until, count)
    return BarTable.of(bar(ticker, session) for ticker in TICKERS for session in sessions)


def bar(ticker: str, session: date) -> Bar:
    return replace(a_bar(ticker, session, 100), volume=1_000_000)


def a_lake(folder: Path, table: BarTable | None = None) -> Lake:
    lake = Lake(folder / "lake")
    vix = MacroSeries(series_id="VIX", name="VIX", units="points", frequency="D", revised=False)
    known = Observation(series_id="VIX", day=BEFORE, value=17.25, known_at=nyse().decision_time(BEFORE))
    members = tuple(MembershipSpell(ticker=t, start=date(2010, 1, 4), end=None) for t in ("AAPL", "XOM"))
    lake.append(Batch(bars={DAILY: table or bars()}, series=(vix,), macro=(known,), membership=members))
    return lake


def a_roll(engine: Engine, lake: Lake, *due: DueSource, index_members: bool = False) -> DeskRoll:
    return DeskRoll(
        engine=engine,
        lake=lake,
        calendar=nyse(),
        benchmark="SPY",
        volatility_index=VIX,
        volume_sessions=20,
        index_members=index_members,
        actions_due=ActionsDue(*due),
    )


def hold_and_watch(engine: Engine) -> None:
    with transaction(engine) as connection:
        book = a_book({"MSFT": (10, 100), "GONE": (1, 100)})
        Ledger(connection).mark_session(a_session_mark(book, session=BEFORE, price=100))
        Watchlist(connection).change(
            ["AAPL", "NEW"], watched=True, command_id="c1", by="owner", at=HOURS.open_at
        )


def test_an_empty_desk_watches_the_volatility_index_and_its_book_is_the_benchmark(
    engine: Engine, tmp_path: Path
) -> None:
    roll = a_roll(engine, a_lake(tmp_path))
    called = roll.call(HOURS)
    assert tuple(called) == (VIX,)
    assert called[VIX].previous_close == 17.25
    assert roll.book == ("SPY",)


def test_what_is_held_and_on_the_watchlist_is_watched_with_its_closes(engine: Engine, tmp_path: Path) -> None:
    hold_and_watch(engine)
    roll = a_roll(engine, a_lake(tmp_path))
    called = roll.call(HOURS)
    assert set(called) == {"AAPL", "GONE", "MSFT", "NEW", VIX}
    assert (called["AAPL"].previous_close, called["AAPL"].average_volume) == (100.0, 1_000_000.0)
    assert (called["NEW"].previous_close, called["GONE"].average_volume) == (None, None)
    assert roll.book == ("MSFT", "GONE")


def test_members_of_the_index_are_watched_when_that_is_set(engine: Engine, tmp_path: Path) -> None:
    roll = a_roll(engine, a_lake(tmp_path), index_members=True)
    assert set(roll.call(HOURS)) == {"AAPL", "XOM", VIX}


def test_splits_and_dividends_of_today_are_taken_out_of_the_closes(engine: Engine, tmp_path: Path) -> None:
    hold_and_watch(engine)
    due = tmp_path / "feed"
    due.mkdir()
    actions = [a_split(4, "AAPL", SESSION), a_dividend(10, "MSFT", SESSION)]
    pl.DataFrame(
        {
            "symbol": [each.ticker for each in actions],
            "ex_date": [each.ex_date for each in actions],
            "kind": [each.kind for each in actions],
            "value": [float(each.value) for each in actions],
            "detail": [each.detail for each in actions],
        }
    ).write_parquet(due / FILE)
    called = a_roll(engine, a_lake(tmp_path), DueInFolder(due)).call(HOURS)
    assert (called["AAPL"].previous_close, called["AAPL"].average_volume) == (25.0, 4_000_000.0)
    assert (called["MSFT"].previous_close, called["MSFT"].average_volume) == (90.0, 1_000_000.0)


def test_a_split_that_a_vendor_tells_late_is_taken_out_of_the_close(engine: Engine, tmp_path: Path) -> None:
    hold_and_watch(engine)
    row = {"symbol": "AAPL", "ex_date": SESSION, "kind": "split", "value": 4.0, "detail": "split"}
    frame = framed("actions", [{**row, "known_at": HOURS.open_at}])
    feed = FakeFeed("vendor", frame, frozenset({"actions"}), fails="away")
    roll = a_roll(engine, a_lake(tmp_path), DueByVendors(feed))
    assert roll.call(HOURS)["AAPL"].previous_close == 100.0
    feed.fails = None
    for _ in range(2):
        called = roll.call(HOURS)
        assert (called["AAPL"].previous_close, called["AAPL"].average_volume) == (25.0, 4_000_000.0)
        assert (called["MSFT"].previous_close, called[VIX].previous_close) == (100.0, 17.25)
    assert feed.asked == [("AAPL", "GONE", "MSFT", "NEW")] * 2


def test_a_live_monitor_asks_the_vendors_of_the_settings_and_lets_them_rest(engine: Engine) -> None:
    with vendor("alpaca") as stub, ExitStack() as exits:
        feeds = Feeds(
            live=True,
            order="alpaca",
            alpaca_key_id="id-31415",
            alpaca_secret=KEY,  # type: ignore[arg-type]
            local_hosts=f"alpaca={stub.url.removeprefix('http://')}",
        )
        settings = Settings.load(env_file=None, feeds=feeds)
        due = actions_due_of(settings, engine, FixedClock(NOW), exits)
        stub.first(*[WireReply(status=503)] * 3)
        for _ in range(9):
            assert due.on(SPLIT_DAY, NAMES) == {}
        assert len(stub.asked) == 3, "then its circuit is open"
        again = actions_due_of(settings, engine, FixedClock(NOW), exits)
        assert [float(each.value) for each in again.on(SPLIT_DAY, NAMES)["NVDA"]] == [10.0]
    plain = Settings.load(env_file=None, feeds=Feeds(order="alpaca", alpaca_key_id="x", alpaca_secret=KEY))  # type: ignore[arg-type]
    with ExitStack() as exits:
        assert actions_due_of(plain, engine, FixedClock(NOW), exits).on(SPLIT_DAY, NAMES) == {}


def test_closes_that_come_late_are_taken_in_when_the_lake_has_grown(engine: Engine, tmp_path: Path) -> None:
    hold_and_watch(engine)
    late = nyse().previous_session(BEFORE)
    lake = a_lake(tmp_path, bars(until=late))
    roll = a_roll(engine, lake)
    assert roll.call(HOURS)["AAPL"].previous_close is None
    assert roll.call(HOURS)["AAPL"].previous_close is None
    lake.append(Batch(bars={DAILY: bars(count=1)}))
    assert roll.call(HOURS)["AAPL"].previous_close == 100.0


def test_from_a_tick_to_a_cycle_over_http(engine: Engine, tmp_path: Path) -> None:
    hold_and_watch(engine)
    opened = HOURS.open_at + timedelta(hours=1)
    answers = []
    for n, price in enumerate((100.0, 98.5, 97.0, 95.6, 94.2)):
        at = (opened + timedelta(seconds=60 * n)).isoformat()
        row = {"ticker": "AAPL", "at": at, "price": price}
        answers.append(WireReply(body=json.dumps({"ticks": [row, {**row, "ticker": "OTHER"}]}).encode()))
    yes = WireReply(status=202, body=b'{"cycle_id": "event-1", "status": "accepted"}')
    clock, counts, rules = FixedClock(HOURS.open_at), Counts(), MonitorRules()
    with wire(*answers) as vendor, wire(WireReply(status=503), yes) as api:
        source, door = HttpTicks(vendor.url), DeskDoor(api.url, "desk_key", clock)
        courier = Courier(door, counts)
        watch = Watch(rules, nyse(), volatility_index=VIX)
        patrol = Patrol(
            source=source,
            watch=watch,
            roll=a_roll(engine, a_lake(tmp_path)),
            outlet=courier,
            calendar=nyse(),
            clock=clock,
            every_seconds=60.0,
            many_from=rules.many_from,
            counts=counts,
        )
        for n in range(len(answers)):
            clock.move(opened + timedelta(seconds=60 * n + 1))
            patrol.look()
        courier.round()
        courier.close()
        source.close()
        door.close()
    assert "AAPL" in vendor.heard[0].path
    first, second = api.heard
    assert first == second, "asked again with the same words under the same key"
    assert second.headers["x-api-key"] == "desk_key"
    assert second.body["tickers"] == ["AAPL"]
    assert second.body["reason"] == (
        "AAPL fell 5.8 % in 4 minutes, from 100.00 USD at 10:30:00 to 94.20 USD at 10:34:00 "
        "(2016-06-24, New York)."
    )
    assert (counts.accepted, counts.lost, counts.retried) == (1, 0, 1)
    assert watch.refused == {"unknown": 5}


def test_as_a_process_it_says_what_is_missing(started_folder: Path, small_bundle: Path) -> None:
    environment = desk_environment(started_folder, small_bundle)
    done = run_desk(environment, "monitor")
    assert (done.code, "DESK_MONITOR__API_KEY is not set" in done.err) == (2, True)
    done = run_desk({**environment, "DESK_MONITOR__API_KEY": "desk_x"}, "monitor")
    assert (done.code, "no source of prices is set" in done.err) == (2, True)
    empty = {
        **environment,
        "DESK_MONITOR__API_KEY": "desk_x",
        "DESK_MONITOR__SOURCE_URL": "http://127.0.0.1:9",
    }
    done = run_desk(empty, "monitor", "--data-dir", str(started_folder.parent / "none"))
    assert (done.code, "no desk has been started here" in done.err) == (2, True)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_as_a_process_it_watches_until_it_is_told_to_end(
    started_folder: Path, small_bundle: Path, how: signal.Signals
) -> None:
    environment = desk_environment(
        started_folder,
        small_bundle,
        DESK_MONITOR__API_KEY="desk_a-secret-key",
        DESK_MONITOR__SOURCE_URL="http://127.0.0.1:9/ticks",
    )
    with started(environment, "monitor") as run:
        run.wait_for("Watching by http, every 60 seconds in market hours.")
        assert run.end(how) == 0, "".join(run.lines)
    assert any("The monitor has ended." in line for line in run.lines)
    log = started_folder / "monitor.log"
    assert log.exists()
    assert "desk_a-secret-key" not in log.read_text(encoding="utf-8")
