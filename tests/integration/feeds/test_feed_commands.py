"""The vendors of the settings, and `desk feeds`, on a desk that has been started."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from desk.cli import FAILED, OK, REFUSED
from desk.feeds import alpaca, vendors
from desk.feeds.feed import Request
from desk.feeds.vendors import failover_of, tick_source_of, vendors_of
from desk.setting_groups import Feeds, Schedule
from desk.settings import Settings
from fund.clock import FixedClock
from fund.errors import ConfigError
from support.feed_conformance import a_request, expected_bars, told_bars
from support.started_desks import Run
from support.stream_stub import KEY_ID, stream_server
from support.vendor_market import FIRST, LAST, NOW
from support.vendor_stub import KEY, VendorStub, told, vendor

pytest_plugins = ["support.desks"]

OVER_A_NETWORK = ("alpaca", "yahoo", "alpha_vantage", "finnhub", "fred")


@pytest.fixture
def stubs() -> Iterator[dict[str, VendorStub]]:
    """Every vendor, on loopback."""
    with ExitStack() as exits:
        yield {name: exits.enter_context(vendor(name)) for name in OVER_A_NETWORK}


def hosts(stubs: dict[str, VendorStub]) -> str:
    return ", ".join(f"{name}={stub.url.removeprefix('http://')}" for name, stub in stubs.items())


def settings_of(**changes: object) -> Settings:
    return Settings.load(env_file=None, feeds=Feeds(**changes))  # type: ignore[arg-type]


def all_set(stubs: dict[str, VendorStub], **changes: object) -> Settings:
    plain = {
        "order": "alpaca,yahoo,alpha_vantage,finnhub,fred",
        "alpaca_key_id": KEY_ID,
        "alpaca_secret": KEY,
        "alpaca_stream": False,
        "alpha_vantage_keys": KEY,
        "finnhub_key": KEY,
        "fred_key": KEY,
        "local_hosts": hosts(stubs),
    }
    return settings_of(**{**plain, **changes})


def test_every_vendor_that_is_set_is_built_in_order_and_answers(
    engine: Engine, stubs: dict[str, VendorStub]
) -> None:
    feeds = vendors_of(all_set(stubs), engine, FixedClock(NOW))
    assert [feed.name for feed in feeds] == list(OVER_A_NETWORK)
    for feed in feeds:
        for kind in feed.offers:
            assert feed.fetch(a_request(kind)).frame.height > 0
        assert feed.watch.standing == ""
        assert feed.watch.budgets[0].held_for is None
        feed.close()


def test_as_one_they_fail_over_and_are_checked_against_each_other(
    engine: Engine, stubs: dict[str, VendorStub]
) -> None:
    one = failover_of(all_set(stubs), engine, FixedClock(NOW))
    assert one is not None
    assert one.offers == {"bars", "actions", "headlines", "macro"}
    stubs["alpaca"].first(told({"message": "internal"}, 500))
    delivery = one.fetch(a_request("bars"))
    assert told_bars(delivery) == expected_bars()
    assert delivery.frame["feed"].unique().to_list() == ["yahoo"]
    assert (delivery.disagreements, delivery.behind, delivery.unanswered) == ((), (), ())
    assert stubs["alpaca"].asked, "the check asks who was not believed"
    assert one.fetch(a_request("macro")).frame["feed"].unique().to_list() == ["fred"]
    one.close()


def test_what_is_not_set_is_not_built(engine: Engine, tmp_path: Path, checkout: Path) -> None:
    clock = FixedClock(NOW)
    assert vendors_of(settings_of(), engine, clock) == ()
    assert failover_of(settings_of(), engine, clock) is None
    assert tick_source_of(settings_of(), engine, clock) is None
    bundle = settings_of(folder=checkout / "data" / "bundle")
    assert [feed.name for feed in vendors_of(bundle, engine, clock)] == ["files"]
    with pytest.raises(ConfigError, match="DESK_FEEDS__FOLDER: expected a folder or a file"):
        vendors_of(settings_of(folder=tmp_path / "gone"), engine, clock)


@pytest.mark.parametrize(("exchange", "bars"), [("XTKS", 2), ("XNYS", 1)])
def test_a_bar_is_final_at_the_close_of_the_exchange_the_desk_lives_by(
    engine: Engine, tmp_path: Path, exchange: str, bars: int
) -> None:
    days = (date(2024, 6, 3), date(2024, 6, 4))
    rows = "".join(f"T,{day},10,10,10,10,1000\n" for day in days)
    (tmp_path / "bars_daily.csv").write_text(f"symbol,date,open,high,low,close,volume\n{rows}")
    plan = Schedule(calendar=exchange)
    settings = Settings.load(env_file=None, feeds=Feeds(order="files", folder=tmp_path), schedule=plan)
    after_tokyo_before_new_york = FixedClock(datetime(2024, 6, 4, 8, tzinfo=UTC))
    one = failover_of(settings, engine, after_tokyo_before_new_york)
    assert one is not None
    delivery = one.fetch(Request(kind="bars", names=("T",), first=days[0], last=days[1]))
    assert (delivery.frame.height, delivery.behind) == (bars, ())
    one.close()


def test_vendors_are_asked_at_the_hosts_they_document(engine: Engine) -> None:
    """Without a local host nothing leads anywhere but there; nobody is asked here."""
    assert {name: made.host for name, made in vendors._VENDORS.items()} == {
        "alpaca": "data.alpaca.markets",
        "yahoo": "query2.finance.yahoo.com",
        "alpha_vantage": "www.alphavantage.co",
        "finnhub": "finnhub.io",
        "fred": "api.stlouisfed.org",
    }
    assert alpaca.STREAM_HOST == "stream.data.alpaca.markets"


def test_live_trades_come_from_snapshots_or_from_the_stream_with_snapshots_behind_it(
    engine: Engine, stubs: dict[str, VendorStub]
) -> None:
    clock = FixedClock(NOW)
    plain = tick_source_of(all_set(stubs), engine, clock)
    assert plain is not None
    assert len(plain.latest(["NVDA", "MSFT"])) == 2
    plain.close()
    with stream_server() as stream:
        local = f"{hosts(stubs)}, alpaca_stream=127.0.0.1:{stream.port}"
        source = tick_source_of(all_set(stubs, alpaca_stream=True, local_hosts=local), engine, clock)
        assert source is not None
        assert len(source.latest(["NVDA", "MSFT"])) == 2
        stream.next_connection()
        source.close()


def test_the_days_budget_of_a_key_is_kept_between_processes(
    engine: Engine, stubs: dict[str, VendorStub]
) -> None:
    order = {
        "order": "alpha_vantage",
        "alpha_vantage_keys": f"other-key, {KEY}",
        "alpha_vantage_per_minute": 90,
    }
    request = Request(kind="bars", names=("NVDA",), first=FIRST, last=LAST)
    (first,) = vendors_of(all_set(stubs, **order), engine, FixedClock(NOW))
    stubs["alpha_vantage"].first(told({"Information": "Our standard API rate limit is 25 requests per day."}))
    first.fetch(request)
    first.close()
    (second,) = vendors_of(all_set(stubs, **order), engine, FixedClock(NOW))
    left = {each.left_today: each.held_for for each in second.watch.budgets}
    assert any(why is not None and "25 requests per day" in why for why in left.values())
    second.close()


def in_environment(monkeypatch: pytest.MonkeyPatch, stubs: dict[str, VendorStub]) -> None:
    for name, value in {
        "ORDER": "yahoo,fred",
        "FRED_KEY": KEY,
        "LOCAL_HOSTS": hosts(stubs),
    }.items():
        monkeypatch.setenv(f"DESK_FEEDS__{name}", value)


def test_a_test_asks_each_for_one_thing_and_says_what_came(
    run: Run, monkeypatch: pytest.MonkeyPatch, stubs: dict[str, VendorStub]
) -> None:
    in_environment(monkeypatch, stubs)
    code, out, _ = run("feeds", "test", "--json")
    tried = {(each["feed"], each["kind"]): each for each in json.loads(out)["feeds"]}
    assert code == FAILED
    assert set(tried) == {("yahoo", "bars"), ("yahoo", "actions"), ("fred", "macro")}
    assert tried["fred", "macro"]["asked"] == "DGS10"
    assert tried["yahoo", "bars"]["said"] == "it has nothing of AAPL"
    assert KEY not in out
    assert "yahoo bars: no: it has nothing of AAPL" in run("feeds", "test")[1]


def test_a_list_says_who_is_set_how_each_stands_and_what_is_left(
    run: Run, monkeypatch: pytest.MonkeyPatch, stubs: dict[str, VendorStub]
) -> None:
    in_environment(monkeypatch, stubs)
    said = {"error_code": 400, "error_message": "Bad Request. api_key is not registered"}
    stubs["fred"].first(told(said, 400))
    run("feeds", "test")
    code, out, _ = run("feeds", "list", "--json")
    listed = {each["feed"]: each for each in json.loads(out)["feeds"]}
    assert code == OK
    assert listed["yahoo"]["answered_at"] is not None
    assert listed["fred"]["reason"] == "key_refused"
    assert listed["fred"]["keys"][0]["held_for"].startswith("key_refused: ")
    assert listed["yahoo"]["keys"][0]["left_this_minute"] < 60
    assert KEY not in out
    assert "fred" in run("feeds", "list")[1]


def test_without_a_vendor_it_says_what_to_set(run: Run) -> None:
    code, out, _ = run("feeds", "list")
    assert (code, "no vendor is set: set DESK_FEEDS__ORDER=yahoo" in out) == (OK, True)
    code, _, err = run("feeds", "test")
    assert (code, "no vendor is set" in err) == (REFUSED, True)


def test_a_vendor_that_cannot_be_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_FEEDS__ORDER", "fred")
    code, _, err = run("feeds", "list")
    assert (code, "DESK_FEEDS__FRED_KEY is needed for the vendor fred" in err) == (REFUSED, True)
