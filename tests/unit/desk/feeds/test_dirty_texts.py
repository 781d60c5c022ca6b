"""Headlines and macro values that arrive dirty: exactly those are left out, each with its reason."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from desk.feeds.ground import Ground
from desk.feeds.text_check import check_headlines, check_macro
from support.facts import a_headline, an_observation
from support.fake_feed import (
    CALENDAR,
    DAYS,
    a_delivery,
    a_known_history,
    at,
    made_bars,
    made_headlines,
    made_macro,
)

LAST = DAYS[9]
NOW = CALENDAR.decision_time(LAST)
WHOLE = made_bars(days=DAYS[:5])
Damage = Callable[[pl.DataFrame], pl.DataFrame]
NEWS = made_headlines(*((f"n{place}", "AAA", f"News {place}", at(DAYS[place], 15)) for place in range(5, 9)))
VALUES = made_macro(*(("VIX", DAYS[place], 15.0 + place, at(DAYS[place], 22)) for place in range(5, 9)))


@dataclass(frozen=True)
class Case:
    """A table as it should have come, what happened to it, and what must be said of which row."""

    name: str
    damage: Damage
    refused: frozenset[tuple[str, str]] = frozenset()
    """Reason and id."""
    told: frozenset[tuple[str, str]] = frozenset()
    lost: frozenset[int] = frozenset()
    """Places of the rows that do not get through."""


def put(place: int, **values: object) -> Damage:
    here = pl.int_range(pl.len()) == place
    return lambda rows: rows.with_columns(
        pl.when(here).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
        for column, value in values.items()
    )


def again(place: int, **values: object) -> Damage:
    changed = {name: pl.lit(value) for name, value in values.items()}
    return lambda rows: pl.concat([rows, rows.slice(place, 1).with_columns(**changed)])


def undated(rows: pl.DataFrame) -> pl.DataFrame:
    known = pl.col("known_at")
    return rows.with_columns(
        pl.when(pl.int_range(pl.len()) == 1).then(None).otherwise(known).alias("known_at")
    )


def as_text(rows: pl.DataFrame, place: int, text: str) -> pl.DataFrame:
    known = pl.col("known_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    here = pl.int_range(pl.len()) == place
    return rows.with_columns(pl.when(here).then(pl.lit(text)).otherwise(known).alias("known_at"))


def one(reason: str, name: str) -> frozenset[tuple[str, str]]:
    return frozenset({(reason, name)})


HEADLINES = (
    Case("nothing wrong", lambda rows: rows),
    Case("no time", undated, one("undated", "n6"), lost=frozenset({1})),
    Case(
        "a day instead of a time",
        lambda rows: as_text(rows, 1, "2016-01-12"),
        one("undated", "n6"),
        lost=frozenset({1}),
    ),
    Case(
        "a time without a timezone",
        lambda rows: as_text(rows, 1, "2016-01-12T15:00:00"),
        one("undated", "n6"),
        lost=frozenset({1}),
    ),
    Case("times as text", lambda rows: as_text(rows, 1, "2016-01-12T10:00:00-05:00")),
    Case(
        "a time to come",
        put(1, known_at=NOW + timedelta(minutes=5)),
        one("future", "n6"),
        lost=frozenset({1}),
    ),
    Case(
        "letters lost on the way",
        put(1, title="Nestl\ufffd rises"),
        one("encoding", "n6"),
        lost=frozenset({1}),
    ),
    Case(
        "letters read in another encoding",
        put(1, title="Nestl\u00c3\u00a9 rises"),
        one("encoding", "n6"),
        lost=frozenset({1}),
    ),
    Case(
        "signs that turn a text around",
        put(1, title="buy \u202elles"),
        one("encoding", "n6"),
        lost=frozenset({1}),
    ),
    Case(
        "a page for a title",
        put(1, title="<html><body>Sign in</body></html>"),
        one("not_data", "n6"),
        lost=frozenset({1}),
    ),
    Case("no title", put(1, title=" "), one("nameless", "n6"), lost=frozenset({1})),
    Case("nobody it is about", put(1, symbols=" "), one("nameless", "n6"), lost=frozenset({1})),
    Case(
        "somebody nobody asked about", put(1, symbols="ZZZ"), one("unasked_name", "n6"), lost=frozenset({1})
    ),
    Case("the market as a whole", put(1, symbols="^SPX")),
    Case("told twice", again(1), one("repeat", "n6")),
    Case(
        "told twice in other words", again(1, title="Other news"), one("duplicate", "n6"), lost=frozenset({1})
    ),
    Case(
        "a column that is gone",
        lambda rows: rows.drop("source"),
        one("schema", "*"),
        lost=frozenset(range(4)),
    ),
    Case(
        "a note",
        lambda rows: pl.DataFrame({"Note": ["You have reached the limit"]}),
        one("not_data", "*"),
        lost=frozenset(range(4)),
    ),
)

MACRO = (
    Case("nothing wrong", lambda rows: rows),
    Case("no value", put(1, value=None), one("bad_value", "VIX"), lost=frozenset({1})),
    Case(
        "a value that is no number", put(1, value=float("nan")), one("bad_value", "VIX"), lost=frozenset({1})
    ),
    Case("an endless value", put(1, value=float("inf")), one("absurd_figure", "VIX"), lost=frozenset({1})),
    Case("a day to come", put(1, date=DAYS[30]), one("future", "VIX"), lost=frozenset({1})),
    Case("known before its day", put(1, known_at=at(DAYS[2])), one("too_early", "VIX"), lost=frozenset({1})),
    Case("undated", undated, one("undated", "VIX"), lost=frozenset({1})),
    Case(
        "a series nobody asked for", put(1, series_id="GDP"), one("unasked_name", "GDP"), lost=frozenset({1})
    ),
    Case("a hundred times too much", put(1, value=1500.0), one("wrong_unit", "VIX"), lost=frozenset({1})),
    Case(
        "the dot of FRED",
        lambda rows: rows.with_columns(
            pl.when(pl.int_range(pl.len()) == 1)
            .then(pl.lit("."))
            .otherwise(pl.col("value").cast(pl.String))
            .alias("value")
        ),
        one("not_a_number", "VIX"),
        told=one("text_number", "*"),
        lost=frozenset({1}),
    ),
    Case("told twice", again(1), one("repeat", "VIX")),
    Case("told twice with other values", again(1, value=99.0), one("duplicate", "VIX"), lost=frozenset({1})),
    Case(
        "yesterday's value made new",
        lambda rows: pl.concat([rows, made_macro(("VIX", DAYS[3], 77.0, at(DAYS[3], 20)))]),
        one("revised_without_vintage", "VIX"),
    ),
    Case(
        "a value that is known",
        lambda rows: pl.concat([rows, made_macro(("VIX", DAYS[3], 18.0, at(DAYS[3], 22)))]),
    ),
)


def ground(played: date | None = None) -> Ground:
    values = [an_observation("VIX", DAYS[place], 15.0 + place, at(DAYS[place], 22)) for place in range(5)]
    return Ground(calendar=CALENDAR, known=a_known_history(WHOLE, macro=values), played=played)


@pytest.mark.parametrize("case", HEADLINES, ids=lambda case: case.name)
def test_exactly_the_headlines_that_are_wrong_are_left_out(case: Case) -> None:
    delivery = a_delivery("headlines", case.damage(NEWS), last=LAST, known_at=False)
    found = check_headlines(delivery, ground())
    assert {(each.kind, each.ticker) for each in found.findings if each.quarantined} == case.refused
    kept = [each.headline_id for each in found.headlines]
    assert kept == [name for place, name in enumerate(NEWS["headline_id"]) if place not in case.lost]


@pytest.mark.parametrize("case", MACRO, ids=lambda case: case.name)
def test_exactly_the_values_that_are_wrong_are_left_out(case: Case) -> None:
    delivery = a_delivery("macro", case.damage(VALUES), names=("VIX",), last=LAST, known_at=False)
    found = check_macro(delivery, ground())
    assert {(each.kind, each.ticker) for each in found.findings if each.quarantined} == case.refused
    assert {(each.kind, each.ticker) for each in found.findings if not each.quarantined} == case.told
    kept = [(each.day, each.value) for each in found.macro]
    whole = VALUES.select("date", "value").rows()
    assert kept == [row for place, row in enumerate(whole) if place not in case.lost]


def test_a_later_vintage_is_new_and_the_first_stays() -> None:
    revision = made_macro(("VIX", DAYS[3], 18.5, at(DAYS[6], 22)))
    found = check_macro(a_delivery("macro", revision, names=("VIX",), last=LAST), ground())
    assert [(each.day, each.value, each.known_at) for each in found.macro] == [
        (DAYS[3], 18.5, at(DAYS[6], 22))
    ]
    assert found.findings == ()


@pytest.mark.parametrize("hour", [9, 15])
def test_what_comes_after_a_decision_counts_from_when_it_came(hour: int) -> None:
    played = DAYS[8]
    news = made_headlines(
        ("late", "AAA", "News", at(DAYS[8], hour)), ("new", "AAA", "More", at(DAYS[9], hour))
    )
    found = check_headlines(a_delivery("headlines", news, last=LAST), ground(played))
    assert {each.headline_id: each.known_at for each in found.headlines} == {
        "late": NOW,
        "new": at(DAYS[9], hour),
    }
    late = check_macro(a_delivery("macro", VALUES, names=("VIX",), last=LAST), ground(played))
    assert {each.known_at for each in late.macro} == {NOW, at(DAYS[8], 22)}


def test_a_known_headline_in_other_words_is_told_and_the_first_stays() -> None:
    known = a_known_history(WHOLE, headlines=[a_headline("n5", at(DAYS[5], 15), "News then")])
    found = check_headlines(a_delivery("headlines", NEWS, last=LAST), Ground(calendar=CALENDAR, known=known))
    assert [each.headline_id for each in found.headlines] == ["n6", "n7", "n8"]
    assert [(each.kind, each.ticker, each.quarantined) for each in found.findings] == [
        ("revised", "n5", False)
    ]


def test_nothing_is_dated_before_it_was_received_when_a_decision_has_passed() -> None:
    moments: list[datetime] = [at(day, 12) for day in DAYS[:10]]
    news = made_headlines(*((f"x{i}", "AAA", "News", moment) for i, moment in enumerate(moments)))
    found = check_headlines(a_delivery("headlines", news, last=LAST), ground(DAYS[9]))
    assert {each.known_at for each in found.headlines} == {NOW}
