"""Finnhub's company news: headlines with the moment each was published."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from desk.feeds.adapter import Line
from desk.feeds.asking import Answers, one_by_one
from desk.feeds.door import Reply, Verdict
from desk.feeds.feed import Kind, Request
from desk.feeds.frames import Row, moment

NAME = "finnhub"
HOST = "finnhub.io"
NEW_YORK = ZoneInfo("America/New_York")
CUT_AT = 200
"""An answer with so many items may have been cut off: its days are asked for in two halves."""


class Finnhub:
    """Asks one name at a time."""

    name = NAME
    offers: frozenset[Kind] = frozenset({"headlines"})

    def __init__(self, line: Line) -> None:
        self._line = line

    def answers(self, request: Request) -> Answers:
        """Ask for the headlines about each name; one about several of them is told once, with all."""
        answers = one_by_one(
            request.kind, request.names, lambda name: self._rows(name, request.first, request.last)
        )
        return replace(answers, rows=tuple(_merged(answers.rows)))

    def _rows(self, name: str, first: date, last: date) -> Iterator[Row]:
        query = {"symbol": name, "from": first.isoformat(), "to": last.isoformat()}
        told = self._line.ask("headlines", "/api/v1/company-news", query)
        if not isinstance(told, list):
            raise self._line.no_answer("JSON that is no list")
        if len(told) >= CUT_AT and first < last:
            middle = first + timedelta(days=(last - first).days // 2)
            yield from self._rows(name, first, middle)
            yield from self._rows(name, middle + timedelta(days=1), last)
            return
        for each in told:
            row = _row(name, each)
            if row is None:
                raise self._line.no_answer("a headline without its id, its text or its time")
            if first <= row["known_at"].astimezone(NEW_YORK).date() <= last:
                yield row


def judge(reply: Reply, parsed: Any) -> Verdict | None:
    """Read Finnhub's own errors: an object with `error`, whatever the status."""
    said = parsed.get("error") if isinstance(parsed, Mapping) else None
    if not isinstance(said, str):
        return None
    lower = said.lower()
    if reply.status == 429 or "limit" in lower:
        return Verdict(reason="limit", said=said, wait_seconds=reply.wait_seconds)
    if reply.status == 401 or "api key" in lower:
        return Verdict(reason="key_refused", said=said)
    if reply.status == 403 or "access" in lower:
        return Verdict(reason="not_allowed", said=said)
    if reply.status >= 500:
        return Verdict(reason="away", said=said)
    return Verdict(reason="refused", said=said)


def sign(secret: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Send the key in a header, not in the address."""
    return {"X-Finnhub-Token": secret}, {}


def _row(name: str, told: object) -> Row | None:
    if not isinstance(told, Mapping):
        return None
    at, title, number = moment(told.get("datetime")), told.get("headline"), told.get("id")
    if at is None or not isinstance(title, str) or isinstance(number, bool) or not isinstance(number, int):
        return None
    return {
        "headline_id": f"{NAME}-{number}",
        "symbols": name,
        "title": " ".join(title.split()),
        "source": told.get("source"),
        "url": told.get("url"),
        "known_at": at,
    }


def _merged(rows: tuple[Row, ...]) -> Iterator[Row]:
    names: dict[str, list[str]] = {}
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row["headline_id"], row)
        about = names.setdefault(row["headline_id"], [])
        if row["symbols"] not in about:
            about.append(row["symbols"])
    for headline_id, row in first.items():
        yield {**row, "symbols": ",".join(names[headline_id])}
