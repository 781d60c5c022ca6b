"""FRED and its archive of vintages ALFRED: every value with the day it was first told, revisions included."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from desk.bundle_rows import publication_time
from desk.feeds.adapter import Line
from desk.feeds.asking import Answers, one_by_one
from desk.feeds.door import Reply, Verdict
from desk.feeds.failure import VendorError
from desk.feeds.feed import Kind, Request
from desk.feeds.frames import Row, day, number

NAME = "fred"
HOST = "api.stlouisfed.org"
PAGE, MOST_PAGES = 100_000, 100
VINTAGE_DAYS = 4 * 365
"""So many days of publication a question: FRED refuses more than 2,000 vintages of a series at once."""
SERIES: Mapping[str, str] = {
    "VIX": "VIXCLS",
    **{f"UST_{months}M": f"DGS{months}MO" for months in (1, 3, 6)},
    **{f"UST_{years}Y": f"DGS{years}" for years in (1, 2, 3, 5, 7, 10, 20, 30)},
    "UST_10Y_2Y": "T10Y2Y",
    "US10Y_M": "GS10",
    "CPI_NSA": "CPIAUCNS",
    "WTI": "DCOILWTICO",
    "BRENT": "DCOILBRENTEU",
    "FED_DISCOUNT_RATE": "DPCREDIT",
    "EURUSD": "DEXUSEU",
    "GBPUSD": "DEXUSUK",
    "EURUSD_M": "EXUSEU",
    "GBPUSD_M": "EXUSUK",
    "USDJPY_M": "EXJPUS",
    "USDCNY_M": "EXCHUS",
}
"""What FRED calls the desk's own series, in the same units; any other name is taken for one of FRED's."""
Vintage = tuple[date, date, float]
"""The day a value is of, the day it was told, the value."""


class Fred:
    """Asks one series at a time, over all that was ever said of the days asked for."""

    name = NAME
    offers: frozenset[Kind] = frozenset({"macro"})

    def __init__(self, line: Line) -> None:
        self._line = line

    def answers(self, request: Request) -> Answers:
        """Ask for every vintage of the values, each known from 16:15 New York of the day it was told."""
        return one_by_one(request.kind, request.names, lambda name: self._rows(request, name))

    def _rows(self, request: Request, name: str) -> Iterator[Row]:
        now = self._line.now()
        for _, vintages in groupby(self._told(request, name), key=lambda each: each[0]):
            last: float | None = None
            for observed, told_on, value in vintages:
                if value != last:
                    yield {
                        "series_id": name,
                        "date": observed,
                        "value": value,
                        "known_at": min(publication_time(told_on, 0), now),
                    }
                last = value

    def _told(self, request: Request, name: str) -> list[Vintage]:
        """Return every vintage in order; a series without an archive counts as told today.

        FRED cuts what was told before a span to its first day, so a value that only goes on is there again.
        """
        found: set[Vintage] = set()
        archived = False
        for begins, ends in self._spans(request):
            try:
                found.update(self._vintages(request, name, begins, ends))
                archived = True
            except VendorError as error:
                if error.reason != "unknown_name" or "alfred" not in error.said.lower():
                    raise
        today = self._line.now().date()
        if not archived:
            found.update(self._vintages(request, name, today, today))
        return sorted(found)

    def _spans(self, request: Request) -> Iterator[tuple[date, date]]:
        """Yield the days of publication in parts; nothing about a day was told before it."""
        today = self._line.now().date()
        begins = request.first
        while begins <= today:
            ends = min(begins + timedelta(days=VINTAGE_DAYS), today)
            yield begins, ends
            begins = ends + timedelta(days=1)

    def _vintages(self, request: Request, name: str, begins: date, ends: date) -> Iterator[Vintage]:
        query = {
            "series_id": SERIES.get(name, name),
            "file_type": "json",
            "observation_start": request.first.isoformat(),
            "observation_end": request.last.isoformat(),
            "realtime_start": begins.isoformat(),
            "realtime_end": ends.isoformat(),
            "limit": str(PAGE),
        }
        for page in range(MOST_PAGES):
            answer = self._line.ask(
                "macro", "/fred/series/observations", {**query, "offset": str(page * PAGE)}
            )
            rows = answer.get("observations") if isinstance(answer, Mapping) else None
            if not isinstance(rows, list):
                raise self._line.no_answer("JSON without observations")
            yield from (found for row in rows if (found := self._vintage(row, begins)) is not None)
            if len(rows) < PAGE:
                return
        raise self._line.no_answer("pages without an end")

    def _vintage(self, row: object, begins: date) -> Vintage | None:
        """Return day, day of publication and value; None where FRED says that there is no value (a dot)."""
        if not isinstance(row, Mapping):
            raise self._line.no_answer("an observation of another form")
        observed, told_on = day(row.get("date")), day(row.get("realtime_start"))
        if observed is None or told_on is None:
            raise self._line.no_answer("an observation without its days")
        value = number(row.get("value"))
        return None if value is None else (observed, max(told_on, begins), value)


def judge(reply: Reply, parsed: Any) -> Verdict | None:
    """Read FRED's own errors: 400 with `error_message` for a wrong key and an unknown series alike."""
    said = parsed.get("error_message") if isinstance(parsed, Mapping) else None
    if not isinstance(said, str):
        return None
    lower = said.lower()
    if reply.status == 429 or parsed.get("error_code") == 429:
        return Verdict(reason="limit", said=said, wait_seconds=reply.wait_seconds)
    if "api_key" in lower:
        return Verdict(reason="key_refused", said=said)
    if "does not exist" in lower:
        return Verdict(reason="unknown_name", said=said)
    if reply.status >= 500:
        return Verdict(reason="away", said=said, wait_seconds=reply.wait_seconds)
    if reply.status == 423:
        return Verdict(reason="not_allowed", said=said)
    return Verdict(reason="refused", said=said)


def sign(secret: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Send the key in the query, where FRED takes it."""
    return {}, {"api_key": secret}
