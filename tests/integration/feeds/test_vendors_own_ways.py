"""What each vendor does in its own way, and what becomes of it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from desk.feeds import finnhub, fred
from desk.feeds.failure import VendorError
from desk.feeds.feed import Request
from support.feed_conformance import a_request, told_bars
from support.feed_keys import KeysInMemory, asking, snapshots
from support.vendor_market import FIRST, LAST, NAMES, NOW, bars, sessions
from support.vendor_stub import KEY, told


def chart(**changes: Any) -> dict[str, Any]:
    """Return a chart of Yahoo's about BRK-B, with two sessions."""
    opened = [int(datetime(2024, 6, day, 13, 30, tzinfo=UTC).timestamp()) for day in (13, 14)]
    quote = {each: [1.0, 2.0] for each in ("open", "high", "low", "close", "volume")}
    whole: dict[str, Any] = {
        "meta": {"symbol": "BRK-B", "currency": "USD", "exchangeTimezoneName": "America/New_York"},
        "timestamp": opened,
        "indicators": {"quote": [quote]},
    }
    return {"chart": {"result": [{**whole, **changes}], "error": None}}


def test_yahoo_is_asked_up_to_the_present_whatever_the_days_are() -> None:
    with asking("yahoo") as it:
        it.feed.fetch(a_request("bars", "NVDA", last=date(2024, 6, 5)))
        (asked,) = it.stub.asked
        assert asked.query["period2"] == str(int(NOW.timestamp()))
        assert (asked.query["interval"], asked.query["events"]) == ("1d", "div,split")
        assert "authorization" not in asked.headers


def test_yahoo_writes_a_class_of_shares_with_a_dash() -> None:
    with asking("yahoo") as it:
        it.stub.first(told(chart()))
        frame = it.feed.fetch(a_request("bars", "BRK.B")).frame
        assert it.stub.asked[0].path == "/v8/finance/chart/BRK-B"
        assert frame["symbol"].unique().to_list() == ["BRK.B"]


def test_a_day_of_yahoos_without_any_figure_is_no_bar() -> None:
    hole = {each: [1.0, None] for each in ("open", "high", "low", "close", "volume")}
    with asking("yahoo") as it:
        it.stub.first(told(chart(indicators={"quote": [hole]})))
        assert it.feed.fetch(a_request("bars", "BRK.B")).frame["date"].to_list() == [date(2024, 6, 13)]


def test_a_foreign_currency_is_told_with_the_price() -> None:
    meta = {"symbol": "BRK-B", "currency": "GBp", "exchangeTimezoneName": "Europe/London"}
    with asking("yahoo") as it:
        it.stub.first(told(chart(meta=meta)))
        assert it.feed.fetch(a_request("bars", "BRK.B")).frame["currency"].unique().to_list() == ["GBp"]


def test_yahoo_that_has_nothing_of_the_days_lacks_the_name() -> None:
    said = {"code": "Bad Request", "description": "Data doesn't exist for startDate = 1, endDate = 2"}
    with asking("yahoo") as it:
        it.stub.first(told({"chart": {"result": None, "error": said}}, 400))
        assert it.feed.fetch(a_request("bars", "BRK.B")).missing == ("BRK.B",)
        it.stub.first(told(chart(timestamp=None, indicators={"quote": [{}]})))
        assert it.feed.fetch(a_request("bars", "BRK.B")).missing == ("BRK.B",)


def test_a_reverse_split_is_undone_the_other_way() -> None:
    day = int(datetime(2024, 6, 14, 13, 30, tzinfo=UTC).timestamp())
    splits = {"splits": {str(day): {"date": day, "numerator": 1, "denominator": 20}}}
    with asking("yahoo") as it:
        it.stub.first(told(chart(events=splits)), told(chart(events=splits)))
        frame = it.feed.fetch(a_request("bars", "BRK.B")).frame
        assert frame["close"].to_list() == [0.05, 2.0]
        assert frame["volume"].to_list() == [20, 2]
        actions = it.feed.fetch(a_request("actions", "BRK.B")).frame
        assert actions.select("kind", "value").rows() == [("split", 0.05)]


def test_alpaca_is_asked_page_by_page_for_all_names_at_once() -> None:
    with asking("alpaca") as it:
        assert it.feed.fetch(a_request("bars")).frame.height == 2 * len(sessions())
        assert len(it.stub.asked) == 7
        assert {each.query["symbols"] for each in it.stub.asked} == {",".join(NAMES)}
        first = it.stub.asked[0]
        assert (first.headers["apca-api-key-id"], first.headers["apca-api-secret-key"]) == ("id-31415", KEY)
        assert KEY not in str([each.query for each in it.stub.asked])


def test_alpaca_is_not_asked_for_what_is_not_free_yet() -> None:
    with asking("alpaca", at=datetime(2024, 6, 14, 20, 5, tzinfo=UTC)) as it:
        it.feed.fetch(a_request("bars"))
        assert datetime.fromisoformat(it.stub.asked[0].query["end"]) == datetime(
            2024, 6, 14, 19, 49, tzinfo=UTC
        )


def test_a_bar_of_alpacas_that_still_runs_is_none_and_its_name_is_missing() -> None:
    with asking("alpaca", at=datetime(2024, 6, 14, 17, 0, tzinfo=UTC)) as it:
        delivery = it.feed.fetch(a_request("bars", first=LAST))
        assert (delivery.frame.height, delivery.missing) == (0, NAMES)
        assert len(it.stub.asked) == 1


def test_days_that_lie_ahead_are_not_asked_of_alpaca() -> None:
    with asking("alpaca", at=datetime(2024, 6, 3, 3, 0, tzinfo=UTC)) as it:
        assert it.feed.fetch(a_request("bars")).missing == NAMES
        assert it.stub.asked == []


def test_a_name_that_alpaca_calls_invalid_keeps_no_other_from_its_bars() -> None:
    with asking("alpaca") as it:
        delivery = it.feed.fetch(a_request("bars", "A$B", "NVDA", "C$"))
        assert (delivery.missing, delivery.frame["symbol"].unique().to_list()) == (("A$B", "C$"), ["NVDA"])


def test_pages_of_alpacas_that_turn_in_a_circle_end() -> None:
    with asking("alpaca") as it:
        page = {"bars": {}, "next_page_token": "round"}
        it.stub.first(*[told(page)] * 3)
        with pytest.raises(VendorError, match="pages without an end"):
            it.feed.fetch(a_request("bars"))
        assert len(it.stub.asked) == 2


def test_names_of_a_batch_after_a_failure_are_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.feeds.alpaca.NAMES_AT_ONCE", 1)
    with asking("alpaca") as it:
        whole = {"bars": {"NVDA": []}, "next_page_token": None}
        it.stub.first(told(whole), told({"message": "too many requests."}, 429))
        delivery = it.feed.fetch(a_request("bars"))
        assert (delivery.missing, delivery.unanswered) == (("NVDA",), ("MSFT",))


def test_a_dividend_is_found_although_it_is_processed_weeks_after_its_ex_date() -> None:
    with asking("alpaca") as it:
        frame = it.feed.fetch(
            a_request("actions", "MSFT", first=date(2024, 6, 13), last=date(2024, 6, 13))
        ).frame
        assert frame.select("kind", "value", "detail").rows() == [("dividend", 0.75, "cash")]
        assert it.stub.asked[0].query["end"] == "2024-10-11"


def test_alpacas_other_actions_are_told_in_our_terms() -> None:
    days = {"ex_date": "2024-06-12", "process_date": "2024-06-12"}
    groups = {
        "reverse_splits": [{"symbol": "NVDA", "new_rate": 1, "old_rate": 10, **days}],
        "stock_dividends": [{"symbol": "NVDA", "rate": 0.05, **days}],
        "cash_dividends": [
            {"symbol": "NVDA", "rate": 3.5, "special": True, **days},
            {"symbol": "NVDA", "rate": 3.5, "special": True, **days},
            {"symbol": "TSLA", "rate": 1.0, **days},
            {"symbol": "NVDA", "rate": 1.0, "ex_date": None},
        ],
        "spin_offs": [{"source_symbol": "NVDA", **days}],
        "forward_splits": None,
    }
    with asking("alpaca") as it:
        it.stub.first(told({"corporate_actions": groups, "next_page_token": None}))
        frame = it.feed.fetch(a_request("actions", "NVDA")).frame
        assert sorted(frame.select("kind", "value", "detail").rows()) == [
            ("dividend", 3.5, "special"),
            ("split", 0.1, "split"),
            ("split", 1.05, "stock dividend"),
        ]


def test_a_snapshot_is_a_tick_with_the_days_volume() -> None:
    with snapshots() as (source, stub):
        found = source.latest(["NVDA", "NOPE", "MSFT"])
        assert [(tick.ticker, tick.price, tick.volume) for tick in found] == [
            (name, bars(name)[-1].close, bars(name)[-1].volume) for name in NAMES
        ]
        assert found[0].at == datetime(2024, 6, 14, 19, 59, 58, 123456, tzinfo=UTC)
        assert stub.asked[0].query == {"symbols": "NVDA,NOPE,MSFT", "feed": "iex"}


def test_a_volume_of_yesterday_is_none_of_today() -> None:
    body = {
        "NVDA": {
            "latestTrade": {"t": "2024-06-14T13:31:00Z", "p": 130.0},
            "dailyBar": {"t": "2024-06-13T04:00:00Z", "v": 5},
        },
        "MSFT": {"latestTrade": {"t": "2024-06-14T13:31:00Z", "p": 0.0}},
        "BAD": {"latestTrade": None},
    }
    with snapshots() as (source, stub):
        stub.first(told(body))
        found = source.latest(["NVDA", "MSFT", "BAD"])
        assert [(tick.ticker, tick.volume) for tick in found] == [("NVDA", None)]


@pytest.mark.parametrize("body", [[], "x", None, 3])
def test_snapshots_of_another_form_are_no_answer(body: object) -> None:
    with snapshots() as (source, stub):
        stub.first(told(body))
        with pytest.raises(VendorError) as caught:
            source.latest(["NVDA"])
        assert caught.value.reason == "not_an_answer"


@pytest.mark.parametrize(("first", "size"), [(date(2024, 3, 1), "compact"), (date(2023, 3, 1), "full")])
def test_alpha_vantage_is_asked_for_no_more_than_is_needed(first: date, size: str) -> None:
    with asking("alpha_vantage") as it:
        it.feed.fetch(a_request("bars", "NVDA", first=first))
        assert it.stub.asked[0].query["outputsize"] == size


def test_alpha_vantages_second_key_goes_on_where_the_first_is_spent() -> None:
    note = {"Note": "Our standard API call frequency is 5 calls per minute and 500 calls per day."}
    with asking("alpha_vantage", keys=KeysInMemory("spent-key", KEY)) as it:
        it.stub.first(told(note))
        delivery = it.feed.fetch(a_request("bars", "NVDA"))
        assert told_bars(delivery) == {tuple(_figures(bar)) for bar in bars("NVDA")}
        assert [each.query["apikey"] for each in it.stub.asked] == ["spent-key", KEY]


def test_what_alpha_vantage_answered_before_its_limit_is_kept() -> None:
    keys = KeysInMemory(KEY, calls=1)
    with asking("alpha_vantage", keys=keys) as it:
        delivery = it.feed.fetch(a_request("bars"))
        assert delivery.frame["symbol"].unique().to_list() == ["NVDA"]
        assert (delivery.missing, delivery.unanswered) == ((), ("MSFT",))


def test_a_dividend_is_known_from_the_evening_it_was_declared() -> None:
    with asking("alpha_vantage") as it:
        frame = it.feed.fetch(a_request("actions", "MSFT")).frame.sort("kind")
        assert frame["known_at"].to_list() == [
            datetime(2024, 5, 1, 20, 15, tzinfo=UTC),
            datetime(2024, 6, 14, 13, 30, tzinfo=UTC),
        ]


def test_days_of_finnhubs_that_may_have_been_cut_off_are_asked_in_halves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finnhub, "CUT_AT", 2)
    with asking("finnhub") as it:
        frame = it.feed.fetch(a_request("headlines", "NVDA")).frame
        assert sorted(frame["headline_id"].to_list()) == ["finnhub-101", "finnhub-102"]
        asked = [(each.query["from"], each.query["to"]) for each in it.stub.asked]
        assert asked[0] == ("2024-06-03", "2024-06-14")
        assert asked[1:] == [("2024-06-03", "2024-06-08"), ("2024-06-09", "2024-06-14")]
        assert KEY not in str([each.query for each in it.stub.asked])


def test_a_headline_of_another_day_is_left_out() -> None:
    item = {"id": 9, "headline": "late", "datetime": int(datetime(2024, 6, 15, 5, tzinfo=UTC).timestamp())}
    with asking("finnhub") as it:
        it.stub.first(told([item]))
        assert it.feed.fetch(a_request("headlines", "NVDA")).frame.height == 0


def test_vintages_are_asked_in_spans_that_fred_allows_and_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fred, "VINTAGE_DAYS", 10)
    with asking("fred") as it:
        whole = it.feed.fetch(a_request("macro")).frame.rows()
        spans = [(each.query["realtime_start"], each.query["realtime_end"]) for each in it.stub.asked[:5]]
        assert spans == [
            ("2024-05-01", "2024-05-11"),
            ("2024-05-12", "2024-05-22"),
            ("2024-05-23", "2024-06-02"),
            ("2024-06-03", "2024-06-13"),
            ("2024-06-14", "2024-06-14"),
        ]
    monkeypatch.setattr(fred, "VINTAGE_DAYS", 1_000)
    with asking("fred") as it:
        assert it.feed.fetch(a_request("macro")).frame.rows() == whole


def test_a_series_without_an_archive_is_known_from_now_on() -> None:
    said = {"error_code": 400, "error_message": "The series does not exist in ALFRED but may exist in FRED."}
    today = {"date": "2024-06-13", "realtime_start": "2024-06-14", "realtime_end": "2024-06-14", "value": "7"}
    with asking("fred", at=datetime(2024, 6, 14, 12, 0, tzinfo=UTC)) as it:
        it.stub.first(told(said, 400), told({"observations": [today]}))
        frame = it.feed.fetch(a_request("macro", "OTHER")).frame
        assert frame.select("value", "known_at").rows() == [(7.0, datetime(2024, 6, 14, 12, 0, tzinfo=UTC))]
        assert it.stub.asked[-1].query["realtime_start"] == "2024-06-14"


def test_a_value_told_again_unchanged_is_no_revision() -> None:
    row = {"date": "2024-06-11", "value": "1.0", "realtime_end": "9999-12-31"}
    rows = [{**row, "realtime_start": each} for each in ("2024-06-12", "2024-06-13")]
    with asking("fred") as it:
        it.stub.first(
            told({"observations": [*rows, {**row, "realtime_start": "2024-06-14", "value": "1.1"}]})
        )
        assert it.feed.fetch(a_request("macro", "X")).frame["value"].to_list() == [1.0, 1.1]


def test_the_desks_own_series_are_asked_for_by_freds_names_and_told_by_ours() -> None:
    row = {"date": "2024-06-12", "realtime_start": "2024-06-13", "realtime_end": "9999-12-31", "value": "12"}
    with asking("fred") as it:
        it.stub.first(told({"observations": [row]}))
        delivery = it.feed.fetch(a_request("macro", "VIX"))
        assert it.stub.asked[0].query["series_id"] == "VIXCLS"
        assert (delivery.frame["series_id"].to_list(), delivery.missing) == (["VIX"], ())


def test_freds_series_are_series_of_the_bundle(checkout: Path) -> None:
    listed = (checkout / "data" / "bundle" / "macro_meta.csv").read_text(encoding="utf-8").splitlines()
    assert set(fred.SERIES) <= {line.partition(",")[0] for line in listed}
    assert len(set(fred.SERIES.values())) == len(fred.SERIES)


def test_fred_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fred, "PAGE", 1)
    row = {"realtime_start": "2024-06-12", "realtime_end": "9999-12-31", "value": "1"}
    with asking("fred") as it:
        it.stub.first(
            told({"observations": [{**row, "date": "2024-06-10"}]}),
            told({"observations": [{**row, "date": "2024-06-11"}]}),
            told({"observations": []}),
        )
        frame = it.feed.fetch(Request(kind="macro", names=("X",), first=FIRST, last=LAST)).frame
        assert frame.height == 2
        assert [each.query["offset"] for each in it.stub.asked] == ["0", "1", "2"]


def _figures(bar: Any) -> tuple[object, ...]:
    return (bar.name, bar.session, bar.open, bar.high, bar.low, bar.close, bar.volume)
