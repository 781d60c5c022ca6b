"""Headlines and macro values of a feed: dated, readable, of what was asked for, and not told before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from statistics import median
from typing import Any

from desk import bundle_rows
from desk.bundle_rows import BadRowError
from desk.feeds.feed import Delivery
from desk.feeds.ground import Ground, asked_rows
from desk.feeds.shape import MARKUP, row_finding, shape
from fund.market.facts import Headline, Observation
from fund.market.finding import Finding, FindingKind
from fund.market.suspicion import UNIT_FROM, UNIT_TO

MARKET = "^SPX"
"""What a headline about the market as a whole is about."""
ABSURD_VALUE = 1e15
LATEST = 5
"""Known values whose middle tells in which unit a series is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Headlines that are new and may be believed, and what was found on the way."""

    headlines: tuple[Headline, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Macro values that are new and may be believed, and what was found on the way."""

    macro: tuple[Observation, ...]
    findings: tuple[Finding, ...]


def check_headlines(delivery: Delivery, ground: Ground) -> News:
    """Return the headlines that are new.

    One that became known before a decision that is taken already counts from when it was received: what
    a decision read never grows. Left out are those without a time or from the future, of nobody that
    was asked for, garbled ones, and an id told twice with different words.
    """
    shaped = asked_rows(shape(delivery), delivery)
    known = {} if ground.known is None else {each.headline_id: each for each in ground.known.headlines}
    asked, until = {MARKET, *delivery.request.names}, delivery.request.last
    found, titles = [*shaped.findings], _titles(shaped.frame.iter_rows(named=True))
    fresh: dict[str, Headline] = {}
    for row in shaped.frame.iter_rows(named=True):
        made: Headline | FindingKind = _headline(row, asked, delivery.received_at, titles)
        if isinstance(made, Headline) and made.headline_id in fresh:
            made = "repeat"
        if not isinstance(made, Headline):
            found.append(row_finding(made, row, "headline_id", "known_at", until))
            continue
        before = known.get(made.headline_id)
        if before is None:
            fresh[made.headline_id] = replace(made, known_at=_counts_from(made.known_at, delivery, ground))
        elif (before.title, before.tickers) != (made.title, made.tickers):
            found.append(row_finding("revised", row, "headline_id", "known_at", until))
    return News(headlines=tuple(fresh.values()), findings=tuple(found))


def check_macro(delivery: Delivery, ground: Ground) -> Figures:
    """Return the values that are new, a revision among them only as a later vintage.

    A value that differs from the known one of its day and does not become known after it would rewrite
    what decisions have read: it is left out. A value that became known before a decision that is taken
    already counts from when it was received.
    """
    shaped = asked_rows(shape(delivery), delivery)
    known = _by_day(ground)
    usual = {series: _usual(days) for series, days in known.items()}
    found, until = [*shaped.findings], delivery.request.last
    values = _values(shaped.frame.iter_rows(named=True))
    fresh: dict[tuple[str, date, datetime], Observation] = {}
    for row in shaped.frame.iter_rows(named=True):
        series, day = row["series_id"], row["date"]
        kind = _wrong_value(row, delivery.received_at, usual.get(series), values)
        latest = known.get(series, {}).get(day)
        key = (series, day, row["known_at"])
        if kind is None and key in fresh:
            kind = "repeat"
        if kind is None and latest is not None:
            if latest.value == row["value"]:
                continue
            if row["known_at"] <= latest.known_at:
                kind = "revised_without_vintage"
        if kind is not None:
            found.append(row_finding(kind, row, "series_id", "date", until))
            continue
        counts = _counts_from(row["known_at"], delivery, ground)
        fresh[key] = Observation(series_id=series, day=day, value=row["value"], known_at=counts)
    return Figures(macro=tuple(fresh.values()), findings=tuple(found))


def _headline(
    row: Mapping[str, Any], asked: set[str], received_at: datetime, titles: Mapping[str, int]
) -> Headline | FindingKind:
    if titles[row["headline_id"]] > 1:
        return "duplicate"
    if row["known_at"] > received_at:
        return "future"
    try:
        headline = bundle_rows.headline(row)
    except BadRowError:
        return "nameless"
    if MARKUP.search(headline.title):
        return "not_data"
    return headline if asked & set(headline.tickers) else "unasked_name"


def _titles(rows: Any) -> Mapping[str, int]:
    """Return how many different titles each id came with."""
    titles: defaultdict[str, set[object]] = defaultdict(set)
    for row in rows:
        titles[row["headline_id"]].add((row["title"], row["known_at"]))
    return {each: len(found) for each, found in titles.items()}


def _wrong_value(
    row: Mapping[str, Any], received_at: datetime, usual: float | None, values: Mapping[Any, int]
) -> FindingKind | None:
    value = row["value"]
    size = abs(value / usual) if value and usual else 1.0
    checks: Sequence[tuple[FindingKind, bool]] = (
        ("bad_value", value is None or value != value),
        ("absurd_figure", value is not None and abs(value) > ABSURD_VALUE),
        ("future", row["known_at"] > received_at or row["date"] > received_at.date()),
        ("too_early", row["known_at"].date() < row["date"]),
        ("duplicate", values[row["series_id"], row["date"], row["known_at"]] > 1),
        ("wrong_unit", UNIT_FROM < max(size, 1 / size) < UNIT_TO),
    )
    return next((kind for kind, wrong in checks if wrong), None)


def _values(rows: Any) -> Mapping[Any, int]:
    """Return with how many different values each series, day and vintage came."""
    values: defaultdict[Any, set[object]] = defaultdict(set)
    for row in rows:
        values[row["series_id"], row["date"], row["known_at"]].add(row["value"])
    return {each: len(found) for each, found in values.items()}


def _by_day(ground: Ground) -> Mapping[str, Mapping[date, Observation]]:
    """Return the latest known vintage of each series and day."""
    if ground.known is None:
        return {}
    return {
        series: {fact.day: fact for fact in timeline.facts}
        for series, timeline in ground.known.macro_by_series.items()
    }


def _usual(days: Mapping[date, Observation]) -> float | None:
    latest = [days[day].value for day in sorted(days)[-LATEST:]]
    return median(latest) if len(latest) == LATEST else None


def _counts_from(known_at: datetime, delivery: Delivery, ground: Ground) -> datetime:
    if ground.played is None or known_at > ground.calendar.decision_time(ground.played):
        return known_at
    return max(known_at, delivery.received_at)
