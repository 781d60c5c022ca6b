"""Alpaca's market data: daily bars and corporate actions of many names at once, page by page."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from desk.feeds.adapter import Line
from desk.feeds.asking import Answers, batch_by_batch
from desk.feeds.door import Reply, Sign, Verdict, in_batches
from desk.feeds.feed import Kind, Request
from desk.feeds.frames import (
    Row,
    action_known_at,
    bar_known_at,
    day,
    moment,
    number,
)
from fund.errors import FeedError
from fund.market.calendar import SessionCalendar

NAME = "alpaca"
HOST, STREAM_HOST = "data.alpaca.markets", "stream.data.alpaca.markets"
NEW_YORK = ZoneInfo("America/New_York")
NAMES_AT_ONCE, MOST_PAGES = 100, 2_000
FREE_AFTER = timedelta(minutes=16)
"""The whole tape is free 15 minutes after it was printed."""
PROCESSED_WITHIN = timedelta(days=120)
"""Actions are found by the day they are processed, a dividend when it is paid: weeks after its ex-date."""
SPLITS = ("forward_splits", "reverse_splits")
_INVALID = re.compile(r"invalid symbol\(?s?\)?:\s*(.+)", re.IGNORECASE)


class Alpaca:
    """Asks for a hundred names a question."""

    name = NAME
    offers: frozenset[Kind] = frozenset({"bars", "actions"})

    def __init__(self, line: Line) -> None:
        self._line = line

    def answers(self, request: Request) -> Answers:
        """Ask batch by batch; of bars, a name without one that is final is missing."""
        ask = self._bars if request.kind == "bars" else self._actions
        answers = batch_by_batch(in_batches(request.names, NAMES_AT_ONCE), lambda names: ask(request, names))
        if request.kind != "bars":
            return answers
        now = self._line.now()
        told = {row["symbol"] for row in answers.rows if row["known_at"] <= now}.union(answers.unanswered)
        return replace(answers, missing=tuple(each for each in request.names if each not in told))

    def _bars(self, request: Request, names: Sequence[str]) -> Iterator[Row]:
        begins = datetime.combine(request.first, datetime.min.time(), NEW_YORK)
        ends = datetime.combine(request.last + timedelta(days=1), datetime.min.time(), NEW_YORK)
        ends = min(ends - timedelta(seconds=1), self._line.now() - FREE_AFTER)
        if ends <= begins:
            return
        query = {
            "timeframe": "1Day",
            "start": begins.isoformat(),
            "end": ends.astimezone(NEW_YORK).isoformat(timespec="seconds"),
            "adjustment": "raw",
            "feed": "sip",
            "limit": "10000",
        }
        for page in self._pages("bars", "/v2/stocks/bars", query, names):
            told = {} if page.get("bars", 0) is None else page.get("bars")
            if not isinstance(told, Mapping):
                raise self._line.no_answer("JSON without bars")
            currency = page.get("currency", "USD")
            for name, bars in told.items():
                if name not in names:
                    raise self._line.no_answer(f"told of {str(name)[:20]!r}, not asked for")
                for bar in bars if isinstance(bars, list) else ():
                    yield from self._bar(request, name, bar, currency)

    def _bar(self, request: Request, name: str, bar: object, currency: object) -> Iterator[Row]:
        at = moment(bar.get("t")) if isinstance(bar, Mapping) else None
        if at is None or not isinstance(bar, Mapping):
            raise self._line.no_answer(f"a bar of {name} without its day")
        session = at.astimezone(NEW_YORK).date()
        if request.first <= session <= request.last:
            yield {
                "symbol": name,
                "date": session,
                **{each: bar.get(each[0]) for each in ("open", "high", "low", "close", "volume")},
                "currency": currency,
                "known_at": bar_known_at(session, self._line.calendar),
            }

    def _actions(self, request: Request, names: Sequence[str]) -> Iterator[Row]:
        now = self._line.now()
        query = {
            "types": "forward_split,reverse_split,stock_dividend,cash_dividend",
            "start": request.first.isoformat(),
            "end": (request.last + PROCESSED_WITHIN).isoformat(),
            "limit": "1000",
        }
        seen: set[tuple[object, ...]] = set()
        for page in self._pages("actions", "/v1/corporate-actions", query, names):
            told = page.get("corporate_actions")
            if not isinstance(told, Mapping):
                raise self._line.no_answer("JSON without corporate actions")
            for row in _actions(told, now, self._line.calendar):
                key = tuple(row[each] for each in ("symbol", "ex_date", "kind", "value", "detail"))
                if row["symbol"] in names and request.first <= row["ex_date"] <= request.last:
                    if key not in seen:
                        yield row
                    seen.add(key)

    def _pages(
        self, kind: Kind, path: str, query: Mapping[str, str], names: Sequence[str]
    ) -> Iterator[Mapping[str, Any]]:
        """Yield every page; a name that Alpaca calls invalid is left out and the rest asked for again."""
        asked, token, tokens = list(names), "", set[str]()
        while asked:
            more = {"page_token": token} if token else {}
            try:
                page = self._line.ask(kind, path, {**query, "symbols": ",".join(asked), **more})
            except FeedError as error:
                invalid = _invalid(error, asked)
                if token or not invalid:
                    raise
                asked = [each for each in asked if each not in invalid]
                continue
            if not isinstance(page, Mapping):
                raise self._line.no_answer("JSON of another form")
            yield page
            token = page.get("next_page_token") or ""
            if not token:
                return
            if not isinstance(token, str) or token in tokens or len(tokens) == MOST_PAGES:
                raise self._line.no_answer("pages without an end")
            tokens.add(token)


def judge(reply: Reply, parsed: Any) -> Verdict | None:
    """Read Alpaca's own errors: a status with `message`, sometimes with a `code` of eight digits."""
    if reply.status < 400 or not isinstance(parsed, Mapping):
        return None
    said = str(parsed.get("message", ""))
    if reply.status == 401 or (reply.status == 403 and "subscription" not in said.lower()):
        return Verdict(reason="key_refused", said=said or f"HTTP {reply.status}")
    if reply.status in (403, 404):
        return Verdict(reason="not_allowed" if reply.status == 403 else "refused", said=said)
    if reply.status in (400, 422):
        return Verdict(reason="refused", said=said or f"HTTP {reply.status}")
    return None


def signed_with(key_id: str) -> Sign:
    """Return how a secret and the id of its key are sent: as headers."""

    def sign(secret: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
        return {"APCA-API-KEY-ID": key_id, "APCA-API-SECRET-KEY": secret}, {}

    return sign


def _invalid(error: FeedError, asked: Sequence[str]) -> frozenset[str]:
    found = _INVALID.search(getattr(error, "said", ""))
    told = found[1].replace(",", " ").split() if found else []
    return frozenset(each for each in asked if each in told)


def _actions(told: Mapping[str, Any], now: datetime, calendar: SessionCalendar) -> Iterator[Row]:
    """Yield splits as new shares for one old and dividends as USD a share, each at its ex-date."""
    for group, each in _each(told):
        ex_date, name = day(each.get("ex_date")), each.get("symbol") or each.get("old_symbol")
        if ex_date is None or not isinstance(name, str):
            continue
        rate = number(each.get("rate"))
        if group in SPLITS:
            kind, value, detail = "split", _ratio(each), "split"
        elif group == "stock_dividends":
            kind, value, detail = "split", None if rate is None else 1 + rate, "stock dividend"
        else:
            kind, value, detail = "dividend", rate, "special" if each.get("special") else "cash"
        yield {
            "symbol": name,
            "ex_date": ex_date,
            "kind": kind,
            "value": value,
            "detail": detail,
            "known_at": action_known_at(ex_date, None, now, calendar),
        }


def _each(told: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for group in (*SPLITS, "stock_dividends", "cash_dividends"):
        found = told.get(group)
        for each in found if isinstance(found, list) else ():
            if isinstance(each, Mapping):
                yield group, each


def _ratio(each: Mapping[str, Any]) -> float | None:
    new, old = number(each.get("new_rate")), number(each.get("old_rate"))
    return new / old if new is not None and old else None
