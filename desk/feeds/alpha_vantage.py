"""Alpha Vantage: daily bars as traded, splits and dividends, one name and one kind of fact a question."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from desk.feeds.adapter import Line
from desk.feeds.asking import Answers, one_by_one
from desk.feeds.door import Reply, Verdict
from desk.feeds.feed import Kind, Request
from desk.feeds.frames import Row, action_known_at, bar_known_at, day

NAME = "alpha_vantage"
HOST = "www.alphavantage.co"
COMPACT_DAYS = 130
"""Calendar days that the last hundred sessions, the short form of an answer, surely cover."""
SERIES = "Time Series (Daily)"
BAR = {
    "open": "1. open",
    "high": "2. high",
    "low": "3. low",
    "close": "4. close",
    "volume": "5. volume",
}
_DAILY = re.compile(r"per day|daily (rate|limit)|requests/day", re.IGNORECASE)
_SHORT = re.compile(r"per (minute|second)", re.IGNORECASE)
_PREMIUM = re.compile(r"premium (endpoint|feature|membership)", re.IGNORECASE)


class AlphaVantage:
    """Asks one name at a time, each time with the key that has most left."""

    name = NAME
    offers: frozenset[Kind] = frozenset({"bars", "actions"})

    def __init__(self, line: Line) -> None:
        self._line = line

    def answers(self, request: Request) -> Answers:
        """Ask name by name, of actions for splits and then for dividends."""
        ask = self._bars if request.kind == "bars" else self._actions
        return one_by_one(request.kind, request.names, lambda name: ask(request, name))

    def _bars(self, request: Request, name: str) -> Iterator[Row]:
        near = self._line.now().date() - request.first <= timedelta(days=COMPACT_DAYS)
        answer = self._ask(request, "TIME_SERIES_DAILY", name, outputsize="compact" if near else "full")
        meta, told = answer.get("Meta Data"), answer.get(SERIES)
        if not isinstance(meta, Mapping) or not isinstance(told, Mapping):
            raise self._line.no_answer("JSON without a daily series")
        self._require(name, meta.get("2. Symbol"))
        for written, bar in told.items():
            session = day(written)
            if session is None or not isinstance(bar, Mapping):
                raise self._line.no_answer(f"a bar dated {written[:20]!r}")
            if request.first <= session <= request.last:
                yield {
                    "symbol": name,
                    "date": session,
                    **{ours: bar.get(theirs) for ours, theirs in BAR.items()},
                    "currency": None,
                    "known_at": bar_known_at(session, self._line.calendar),
                }

    def _actions(self, request: Request, name: str) -> Iterator[Row]:
        now = self._line.now()
        for each in self._listed(request, "SPLITS", name):
            ex_date = day(each.get("effective_date"))
            yield from self._action(
                request, name, "split", ex_date, None, each.get("split_factor"), "split", now
            )
        for each in self._listed(request, "DIVIDENDS", name):
            ex_date, declared = day(each.get("ex_dividend_date")), day(each.get("declaration_date"))
            yield from self._action(
                request, name, "dividend", ex_date, declared, each.get("amount"), "cash", now
            )

    def _listed(self, request: Request, function: str, name: str) -> Iterator[Mapping[str, Any]]:
        answer = self._ask(request, function, name)
        told = answer.get("data")
        if not isinstance(told, list):
            raise self._line.no_answer("JSON without a list")
        self._require(name, answer.get("symbol"))
        yield from (each for each in told if isinstance(each, Mapping))

    def _action(
        self,
        request: Request,
        name: str,
        kind: str,
        ex_date: date | None,
        declared: date | None,
        value: object,
        detail: str,
        now: datetime,
    ) -> Iterator[Row]:
        if ex_date is not None and request.first <= ex_date <= request.last:
            yield {
                "symbol": name,
                "ex_date": ex_date,
                "kind": kind,
                "value": value,
                "detail": detail,
                "known_at": action_known_at(ex_date, declared, now, self._line.calendar),
            }

    def _ask(self, request: Request, function: str, name: str, **query: str) -> Mapping[str, Any]:
        answer = self._line.ask(request.kind, "/query", {"function": function, "symbol": name, **query})
        if not isinstance(answer, Mapping):
            raise self._line.no_answer("JSON of another form")
        return answer

    def _require(self, name: str, told: object) -> None:
        if not isinstance(told, str) or told.upper() != name.upper():
            raise self._line.no_answer(f"asked for {name}, told of {str(told)[:20]!r}")


def judge(reply: Reply, parsed: Any) -> Verdict | None:
    """Read Alpha Vantage's own way to say no: with status 200, in a sentence."""
    if reply.status != 200 or not isinstance(parsed, Mapping):
        return None
    if not parsed:
        return Verdict(reason="unknown_name", said="an empty answer")
    wrong = parsed.get("Error Message")
    if isinstance(wrong, str):
        is_key = "apikey" in wrong.lower() and "invalid api call" not in wrong.lower()
        return Verdict(reason="key_refused" if is_key else "unknown_name", said=wrong)
    for said in (parsed.get("Note"), parsed.get("Information")):
        if not isinstance(said, str):
            continue
        if "demo" in said.lower() and "apikey" in said.lower().replace(" ", ""):
            return Verdict(reason="key_refused", said=said)
        if _PREMIUM.search(said):
            return Verdict(reason="not_allowed", said=said)
        is_day = _DAILY.search(said) is not None and _SHORT.search(said) is None
        return Verdict(reason="limit", said=said, until_midnight=is_day)
    return None


def sign(secret: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Send the key in the query, the only place where Alpha Vantage takes it."""
    return {}, {"apikey": secret}
