"""Yahoo's chart of one name: daily bars, splits and dividends, with its adjustment for splits undone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from desk.feeds.adapter import Line
from desk.feeds.asking import Answers, one_by_one
from desk.feeds.door import Reply, Verdict
from desk.feeds.feed import Kind, Request
from desk.feeds.frames import Row, action_known_at, bar_known_at, moment, number

NAME = "yahoo"
HOST = "query2.finance.yahoo.com"
NEW_YORK = ZoneInfo("America/New_York")
CENT_FROM = 1.0
"""USD: from here on prices are told in whole cents, below in hundredths of one (SEC Rule 612)."""
PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """So many new shares for one old, from a day on."""

    day: date
    ratio: float


class Yahoo:
    """Asks one name at a time.

    Yahoo tells prices, volumes and dividends as if every split up to now had been then. So the chart is
    always asked up to the present, and each figure is restated by the splits after its day.
    """

    name = NAME
    offers: frozenset[Kind] = frozenset({"bars", "actions"})

    def __init__(self, line: Line) -> None:
        self._line = line

    def answers(self, request: Request) -> Answers:
        """Ask for each name's chart, which holds bars and actions alike."""
        return one_by_one(request.kind, request.names, lambda name: self._rows(request, name))

    def _rows(self, request: Request, name: str) -> Iterator[Row]:
        now = self._line.now()
        chart = self._chart(request, name, now)
        zone = _zone(chart)
        splits = tuple(_splits(chart, zone))
        if request.kind == "bars":
            return self._bars(chart, request, name, zone, splits)
        return self._actions(chart, request, name, zone, splits, now)

    def _chart(self, request: Request, name: str, now: datetime) -> Mapping[str, Any]:
        symbol = name.replace(".", "-")
        begins = datetime.combine(request.first - timedelta(days=1), time(), UTC)
        query = {
            "period1": str(int(begins.timestamp())),
            "period2": str(int(now.timestamp())),
            "interval": "1d",
            "events": "div,split",
        }
        answer = self._line.ask(request.kind, f"/v8/finance/chart/{quote(symbol, safe='')}", query)
        try:
            chart = answer["chart"]["result"][0]
            told = chart["meta"]["symbol"]
        except (KeyError, IndexError, TypeError):
            raise self._line.no_answer("JSON without a chart") from None
        if not isinstance(told, str) or told.upper() != symbol.upper():
            raise self._line.no_answer(f"asked for {symbol}, told of {str(told)[:20]!r}")
        return chart if isinstance(chart, Mapping) else {}

    def _bars(
        self,
        chart: Mapping[str, Any],
        request: Request,
        name: str,
        zone: ZoneInfo,
        splits: Sequence[Split],
    ) -> Iterator[Row]:
        try:
            stamps = chart.get("timestamp") or []
            quoted = chart["indicators"]["quote"][0]
            columns = [quoted.get(each) or [None] * len(stamps) for each in (*PRICES, "volume")]
            told = list(zip(stamps, *columns, strict=True))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise self._line.no_answer("a chart whose columns do not fit") from None
        for stamp, *prices, volume in told:
            at = moment(stamp)
            if at is None or (volume is None and not any(prices)):
                continue
            session = at.astimezone(zone).date()
            if not request.first <= session <= request.last:
                continue
            ratio = _ratio_after(session, splits)
            shares = number(volume)
            yield {
                "symbol": name,
                "date": session,
                **{each: _traded(price, ratio) for each, price in zip(PRICES, prices, strict=True)},
                "volume": None if shares is None else shares / ratio,
                "currency": chart["meta"].get("currency"),
                "known_at": bar_known_at(session, self._line.calendar),
            }

    def _actions(
        self,
        chart: Mapping[str, Any],
        request: Request,
        name: str,
        zone: ZoneInfo,
        splits: Sequence[Split],
        now: datetime,
    ) -> Iterator[Row]:
        paid = [
            ("dividend", ex_date, _restated(each.get("amount"), _ratio_after(ex_date, splits)), "cash")
            for ex_date, each in _events(chart, "dividends", zone)
        ]
        split = [("split", each.day, each.ratio, "split") for each in splits]
        for kind, ex_date, value, detail in (*paid, *split):
            if request.first <= ex_date <= request.last:
                yield {
                    "symbol": name,
                    "ex_date": ex_date,
                    "kind": kind,
                    "value": value,
                    "detail": detail,
                    "known_at": action_known_at(ex_date, None, now, self._line.calendar),
                }


def judge(reply: Reply, parsed: Any) -> Verdict | None:
    """Read Yahoo's own errors: a name it does not know, days it has nothing of, a crumb it wants."""
    told = None
    for part in ("chart", "finance"):
        if isinstance(parsed, Mapping) and isinstance(parsed.get(part), Mapping):
            told = parsed[part].get("error") or told
    if not isinstance(told, Mapping):
        return None
    code, said = str(told.get("code", "")), str(told.get("description", ""))
    nothing = "data doesn't exist for" in said.lower()
    if code == "Not Found" or nothing:
        return Verdict(reason="unknown_name", said=said)
    if reply.status == 429:
        return None
    if code == "Unauthorized":
        return Verdict(reason="not_allowed", said=said)
    return Verdict(reason="away" if reply.status >= 500 else "refused", said=said or code)


def sign(secret: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return nothing: Yahoo's chart wants no key."""
    return {}, {}


def _zone(chart: Mapping[str, Any]) -> ZoneInfo:
    try:
        return ZoneInfo(chart["meta"]["exchangeTimezoneName"])
    except (KeyError, TypeError, ValueError, OSError):
        return NEW_YORK


def _events(chart: Mapping[str, Any], kind: str, zone: ZoneInfo) -> Iterator[tuple[date, Mapping[str, Any]]]:
    events = chart.get("events")
    told = events.get(kind) if isinstance(events, Mapping) else None
    for each in told.values() if isinstance(told, Mapping) else ():
        at = moment(each.get("date")) if isinstance(each, Mapping) else None
        if at is not None:
            yield at.astimezone(zone).date(), each


def _splits(chart: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Split]:
    for day, each in _events(chart, "splits", zone):
        new, old = number(each.get("numerator")), number(each.get("denominator"))
        if new and old and new > 0 and old > 0:
            yield Split(day=day, ratio=new / old)


def _ratio_after(day: date, splits: Sequence[Split]) -> float:
    ratio = 1.0
    for each in splits:
        if each.day > day:
            ratio *= each.ratio
    return ratio


def _restated(value: object, ratio: float) -> float | None:
    found = number(value)
    return None if found is None else round(found * ratio, 6)


def _traded(value: object, ratio: float) -> float | None:
    """Return a price as it was traded; what is told has seven digits, so the rest of them is rounded off."""
    found = number(value)
    if found is None:
        return None
    price = found * ratio
    return round(price, 2 if price >= CENT_FROM else 4)
