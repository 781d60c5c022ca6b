"""A loopback server that speaks as each vendor documents, over one small market."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

import numpy as np

from fund.market.calendar import nyse
from support.vendor_market import (
    ACTIONS,
    HEADLINES,
    NAMES,
    VINTAGES,
    bars,
    ratio_after,
)
from support.wire_stub import WireReply, WireRequest, WireStub, serving

NEW_YORK = ZoneInfo("America/New_York")
PAGE = 3
"""So few bars stand on a page of Alpaca's, so that there are several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as a vendor sees it."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


Speak = Callable[[Asked], WireReply]


class VendorStub(WireStub):
    """Gives the replies it was told to give first, then speaks as its vendor."""

    def __init__(self, speak: Speak) -> None:
        super().__init__()
        self._speak = speak
        self.asked: list[Asked] = []
        self.said: list[WireReply] = []
        """What it has said."""

    def first(self, *replies: WireReply) -> None:
        """Give these before anything else."""
        self.replies = list(replies)

    def answer(self, request: WireRequest) -> WireReply:
        parts = urlsplit(request.path)
        asked = Asked(path=unquote(parts.path), query=dict(parse_qsl(parts.query)), headers=request.headers)
        self.heard.append(request)
        self.asked.append(asked)
        reply = self.replies.pop(0) if self.replies else self._speak(asked)
        self.said.append(reply)
        return reply


@contextmanager
def vendor(name: str) -> Iterator[VendorStub]:
    """Serve one vendor."""
    with serving(VendorStub(SPEAKERS[name])) as stub:
        yield stub


def told(body: object, status: int = 200, **headers: str) -> WireReply:
    """Return a reply of JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WireReply(status=status, body=json.dumps(body).encode(), headers=named)


def as_yahoo(asked: Asked) -> WireReply:
    """Speak as Yahoo's chart: restated for every split since, in numbers of seven digits."""
    name = asked.path.rpartition("/")[2].replace("-", ".")
    if name not in NAMES:
        said = "No data found, symbol may be delisted"
        return told({"chart": {"result": None, "error": {"code": "Not Found", "description": said}}}, 404)
    begins, ends = int(asked.query["period1"]), int(asked.query["period2"])
    shown = [bar for bar in bars(name) if begins <= _opened(bar.session) <= ends]
    quote = {
        each: [_short(getattr(bar, each) / ratio_after(name, bar.session)) for bar in shown]
        for each in ("open", "high", "low", "close")
    }
    quote["volume"] = [int(bar.volume * ratio_after(name, bar.session)) for bar in shown]
    events: dict[str, dict[str, object]] = {"dividends": {}, "splits": {}}
    for action in ACTIONS:
        at = _opened(action.ex_date)
        if action.name != name or not begins <= at <= ends:
            continue
        if action.kind == "split":
            new, old = (int(action.value * 2), 2)
            events["splits"][str(at)] = {
                "date": at,
                "numerator": new,
                "denominator": old,
                "splitRatio": f"{new}:{old}",
            }
        else:
            amount = action.value / ratio_after(name, action.ex_date)
            events["dividends"][str(at)] = {"amount": _short(amount), "date": at}
    meta = {
        "currency": "USD",
        "symbol": name.replace(".", "-"),
        "exchangeTimezoneName": "America/New_York",
        "instrumentType": "EQUITY",
        "gmtoffset": -14400,
    }
    adjusted = {"adjclose": [{"adjclose": quote["close"]}]} if shown else {}
    result = {
        "meta": meta,
        "timestamp": [_opened(bar.session) for bar in shown],
        "events": {kind: each for kind, each in events.items() if each},
        "indicators": {"quote": [quote if shown else {}], **adjusted},
    }
    return told({"chart": {"result": [result], "error": None}})


def as_alpaca(asked: Asked) -> WireReply:
    """Speak as Alpaca's market data: pages, a message with each error."""
    if asked.headers.get("apca-api-secret-key") != KEY:
        return told({"message": "forbidden."}, 403)
    names = asked.query["symbols"].split(",")
    if "$" in asked.query["symbols"]:
        wrong = next(name for name in names if "$" in name)
        return told({"message": f"invalid symbol: {wrong}"}, 400)
    if asked.path == "/v2/stocks/bars":
        assert asked.query["adjustment"] == "raw"
        assert asked.query["timeframe"] == "1Day"
        return _alpaca_bars(asked, names)
    if asked.path == "/v1/corporate-actions":
        return _alpaca_actions(asked, names)
    if asked.path == "/v2/stocks/snapshots":
        return told({name: _snapshot(name) for name in names if name in NAMES})
    return told({"message": "endpoint not found."}, 404)


def _alpaca_bars(asked: Asked, names: list[str]) -> WireReply:
    first, last = (datetime.fromisoformat(asked.query[each]) for each in ("start", "end"))
    shown = [
        bar
        for name in sorted(names)
        if name in NAMES
        for bar in bars(name)
        if first <= datetime.combine(bar.session, time(), NEW_YORK) <= last
    ]
    begins = int(asked.query.get("page_token", "0"))
    page: dict[str, list[object]] = {}
    for bar in shown[begins : begins + PAGE]:
        page.setdefault(bar.name, []).append(
            {
                "t": _midnight(bar.session),
                "o": bar.open,
                "h": bar.high,
                "l": bar.low,
                "c": bar.close,
                "v": bar.volume,
                "n": 1234,
                "vw": bar.close,
            }
        )
    more = str(begins + PAGE) if begins + PAGE < len(shown) else None
    return told({"bars": page, "next_page_token": more})


def _alpaca_actions(asked: Asked, names: list[str]) -> WireReply:
    """Find actions by the day they were processed: a dividend's is six weeks after its ex-date."""
    first, last = (date.fromisoformat(asked.query[each]) for each in ("start", "end"))
    found: dict[str, list[object]] = {}
    for action in ACTIONS:
        paid = action.ex_date + timedelta(days=0 if action.kind == "split" else 42)
        if action.name not in names or not first <= paid <= last:
            continue
        days = {"process_date": paid.isoformat(), "ex_date": action.ex_date.isoformat()}
        if action.kind == "split":
            rates = {"new_rate": action.value * 2, "old_rate": 2}
            found.setdefault("forward_splits", []).append({"symbol": action.name, **days, **rates})
        else:
            paying = {"rate": action.value, "special": False, "foreign": False}
            found.setdefault("cash_dividends", []).append({"symbol": action.name, **days, **paying})
    return told({"corporate_actions": found, "next_page_token": None})


def _snapshot(name: str) -> object:
    last = bars(name)[-1]
    return {
        "latestTrade": {"t": "2024-06-14T19:59:58.123456789Z", "x": "V", "p": last.close, "s": 100, "i": 7},
        "latestQuote": {"t": "2024-06-14T19:59:58.2Z", "ap": last.close, "bp": last.close},
        "dailyBar": {"t": _midnight(last.session), "c": last.close, "v": last.volume},
        "prevDailyBar": {"t": "2024-06-13T04:00:00Z", "c": 1.0, "v": 1},
    }


def as_alpha_vantage(asked: Asked) -> WireReply:
    """Speak as Alpha Vantage: always with status 200, numbers in quotes, None as a word."""
    name, function = asked.query["symbol"], asked.query["function"]
    if asked.query.get("apikey") != KEY:
        said = "the parameter apikey is invalid or missing. Please claim your free API key on (https://x/)."
        return told({"Error Message": said})
    if function == "TIME_SERIES_DAILY":
        if name not in NAMES:
            said = "Invalid API call. Please retry or visit the documentation for TIME_SERIES_DAILY."
            return told({"Error Message": said})
        series = {
            bar.session.isoformat(): {
                "1. open": f"{bar.open:.4f}",
                "2. high": f"{bar.high:.4f}",
                "3. low": f"{bar.low:.4f}",
                "4. close": f"{bar.close:.4f}",
                "5. volume": str(bar.volume),
            }
            for bar in reversed(bars(name))
        }
        meta = {"1. Information": "Daily Prices", "2. Symbol": name, "5. Time Zone": "US/Eastern"}
        return told({"Meta Data": meta, "Time Series (Daily)": series})
    if name not in NAMES:
        return told({})
    mine = [action for action in ACTIONS if action.name == name]
    if function == "SPLITS":
        data = [
            {"effective_date": each.ex_date.isoformat(), "split_factor": f"{each.value:.4f}"}
            for each in mine
            if each.kind == "split"
        ]
    else:
        data = [
            {
                "ex_dividend_date": each.ex_date.isoformat(),
                "declaration_date": each.declared.isoformat() if each.declared else "None",
                "record_date": "None",
                "payment_date": "None",
                "amount": str(each.value),
            }
            for each in mine
            if each.kind == "dividend"
        ]
    return told({"symbol": name, "data": data})


def as_finnhub(asked: Asked) -> WireReply:
    """Speak as Finnhub's company news; a name it does not know has none."""
    if asked.headers.get("x-finnhub-token") != KEY:
        return told({"error": "Invalid API key"}, 401)
    first, last = (date.fromisoformat(asked.query[each]) for each in ("from", "to"))
    found = [
        {
            "category": "company",
            "datetime": int(at.timestamp()),
            "headline": title,
            "id": number,
            "image": "",
            "related": asked.query["symbol"],
            "source": "Wire",
            "summary": "",
            "url": f"https://news.example/{number}",
        }
        for number, names, title, at in HEADLINES
        if asked.query["symbol"] in names and first <= at.date() <= last
    ]
    return told(found)


def as_fred(asked: Asked) -> WireReply:
    """Speak as ALFRED: what was told before the span that is asked about is cut to its first day."""
    if asked.query.get("api_key") != KEY:
        said = "Bad Request.  The value for variable api_key is not registered."
        return told({"error_code": 400, "error_message": said}, 400)
    name = asked.query["series_id"]
    if name not in {each for each, *_ in VINTAGES}:
        return told({"error_code": 400, "error_message": "Bad Request.  The series does not exist."}, 400)
    days = ("realtime_start", "realtime_end", "observation_start", "observation_end")
    begins, ends, first, last = (date.fromisoformat(asked.query[each]) for each in days)
    rows = []
    for day in sorted({observed for each, observed, *_ in VINTAGES if each == name}):
        known = [(at, value) for each, of, at, value in VINTAGES if (each, of) == (name, day)]
        for place, (at, value) in enumerate(known):
            until = known[place + 1][0] - timedelta(days=1) if place + 1 < len(known) else date(9999, 12, 31)
            if first <= day <= last and at <= ends and until >= begins:
                rows.append(
                    {
                        "realtime_start": max(at, begins).isoformat(),
                        "realtime_end": min(until, ends).isoformat(),
                        "date": day.isoformat(),
                        "value": str(value),
                    }
                )
    if rows:
        rows.append({**rows[-1], "date": "2024-06-12", "value": "."})
    return told({"count": len(rows), "offset": 0, "limit": 100000, "observations": rows})


KEY = "kpzq-2718281828-vendor"
"""The one key that every vendor takes here."""
SPEAKERS: Mapping[str, Speak] = {
    "yahoo": as_yahoo,
    "alpaca": as_alpaca,
    "alpha_vantage": as_alpha_vantage,
    "finnhub": as_finnhub,
    "fred": as_fred,
}


def _opened(session: date) -> int:
    return int(nyse().open_at(session).timestamp())


def _midnight(session: date) -> str:
    at = datetime.combine(session, time(), NEW_YORK).astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _short(value: float) -> float:
    return float(np.float32(value))
