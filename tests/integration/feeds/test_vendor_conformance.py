"""Every vendor through one suite, over loopback, in the forms that each documents."""

import json
from typing import Any

from desk.feeds.feed import Kind
from support.feed_conformance import (
    ActionConformance,
    BarConformance,
    HeadlineConformance,
    MacroConformance,
)
from support.vendor_market import NOW, sessions
from support.vendor_stub import KEY, PAGE, SPEAKERS, Asked, as_alpaca, as_alpha_vantage, as_yahoo, told
from support.wire_stub import WireReply

BARS_AND_ACTIONS: tuple[Kind, ...] = ("bars", "actions")


def asked(path: str, **query: str) -> Asked:
    return Asked(path=path, query=query, headers={"apca-api-secret-key": KEY})


def whole(reply: WireReply) -> Any:
    return json.loads(reply.body)


class TestYahoo(BarConformance, ActionConformance):
    vendor = "yahoo"
    kinds = BARS_AND_ACTIONS

    def with_holes(self) -> WireReply:
        ends = str(int(NOW.timestamp()))
        chart = whole(as_yahoo(asked("/v8/finance/chart/NVDA", period1="0", period2=ends)))
        quote = chart["chart"]["result"][0]["indicators"]["quote"][0]
        quote["close"][0] = quote["volume"][1] = None
        return told(chart)


class TestAlpaca(BarConformance, ActionConformance):
    vendor = "alpaca"
    kinds = BARS_AND_ACTIONS

    def with_holes(self) -> WireReply:
        query = {"symbols": "NVDA", "adjustment": "raw", "timeframe": "1Day", "end": "2024-06-15T00:00:00Z"}
        page: dict[str, Any] = {"bars": {"NVDA": []}, "next_page_token": None}
        for token in range(0, len(sessions()), PAGE):
            more = {**query, "start": "2024-06-03T00:00:00-04:00", "page_token": str(token)}
            page["bars"]["NVDA"] += whole(as_alpaca(asked("/v2/stocks/bars", **more)))["bars"]["NVDA"]
        page["bars"]["NVDA"][0]["c"] = float("nan")
        del page["bars"]["NVDA"][1]["v"]
        return told(page)


class TestAlphaVantage(BarConformance, ActionConformance):
    vendor = "alpha_vantage"
    kinds = BARS_AND_ACTIONS

    def with_holes(self) -> WireReply:
        query = {"symbol": "NVDA", "function": "TIME_SERIES_DAILY", "apikey": KEY}
        answer = whole(as_alpha_vantage(asked("/query", **query)))
        bars = answer["Time Series (Daily)"]
        bars[sessions()[0].isoformat()]["4. close"] = "None"
        bars[sessions()[1].isoformat()]["5. volume"] = ""
        return told(answer)


class TestFinnhub(HeadlineConformance):
    vendor = "finnhub"
    kinds = ("headlines",)


class TestFred(MacroConformance):
    vendor = "fred"
    kinds = ("macro",)


def test_every_vendor_that_speaks_over_a_network_is_put_through_it() -> None:
    put_through = (TestYahoo, TestAlpaca, TestAlphaVantage, TestFinnhub, TestFred)
    assert [each.vendor for each in put_through] == list(SPEAKERS)
