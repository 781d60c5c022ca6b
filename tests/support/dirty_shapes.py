"""The cases of dirty actions, and of deliveries in another shape than bars have."""

from datetime import date
from typing import Any

import polars as pl

from support.dirty_data import (
    AS_IT_CAME,
    ASKED,
    EVERYTHING,
    KNOWN_SPLIT,
    LAST,
    SATURDAY,
    SPLIT,
    THIRD,
    Case,
    Damage,
    a_split_row,
    as_text,
    keys,
    scaled,
    since,
    told,
)
from support.fake_feed import made_actions

NOTE = "Thank you for using our API! Our standard rate limit is 25 requests per day."
PAGE = "<!DOCTYPE html><html><head><title>503 Service Unavailable</title></head></html>"


FOURTH = ASKED[3]
ON_FOURTH, ON_SIXTH = a_split_row("BBB", FOURTH), a_split_row("BBB", ASKED[5])


def _text(column: str, value: str, reason: str) -> Case:
    return Case(
        f"a {column} that says {value!r}",
        as_text(column, value=value),
        told(reason, "AAA", THIRD),
        kept=told("text_number", "*", LAST),
    )


def _nothing(name: str, reason: str, frame: pl.DataFrame) -> Case:
    return Case(name, lambda bars: frame, told(reason, "*", LAST), lost=EVERYTHING)


def _renamed(**names: str) -> Case:
    return _drifted(f"renamed columns {names}", lambda bars: bars.rename(names))


def _drifted(name: str, damage: Damage) -> Case:
    return Case(name, damage, told("schema", "*", LAST), lost=EVERYTHING)


def _acted(
    name: str,
    reason: str,
    of: tuple[str, date],
    *rows: tuple[str, date, str, float, str],
    halved: date | None = None,
    **more: Any,
) -> Case:
    """Return a case of actions of which one is refused; from `halved` on BBB's prices show a split."""
    shown = {} if halved is None else {"changed": keys("BBB", [day for day in ASKED if day >= halved])}
    damage = AS_IT_CAME if halved is None else scaled(since("BBB", halved), 0.5)
    return Case(name, damage, actions=made_actions(*rows), refused_actions=told(reason, *of), **shown, **more)


def _paid(cash: float) -> tuple[str, date, str, float, str]:
    return ("AAA", FOURTH, "dividend", cash, "cash")


ACTED = (
    _acted("a split told on two days", "split_twice", ("BBB", ASKED[5]), ON_FOURTH, ON_SIXTH, halved=FOURTH),
    _acted(
        "a split told on two days, the first of them wrong",
        "split_twice",
        ("BBB", FOURTH),
        ON_FOURTH,
        ON_SIXTH,
        halved=ASKED[5],
    ),
    _acted("the same split twice", "repeat", ("BBB", FOURTH), ON_FOURTH, ON_FOURTH, halved=FOURTH),
    _acted(
        "one day's split in two ratios",
        "duplicate",
        ("BBB", FOURTH),
        ON_FOURTH,
        a_split_row("BBB", FOURTH, 3.0),
        halved=FOURTH,
        kept=told("split_untold", "BBB", FOURTH),
    ),
    _acted(
        "a split that known prices deny",
        "split_unconfirmed",
        ("BBB", ASKED[0]),
        a_split_row("BBB", ASKED[0]),
        knows=True,
    ),
    _acted(
        "a split of a day the exchange was closed",
        "no_session",
        ("BBB", SATURDAY),
        a_split_row("BBB", SATURDAY),
    ),
    _acted("an absurd ratio", "absurd_figure", ("BBB", FOURTH), a_split_row("BBB", FOURTH, 1e6)),
    _acted("a dividend above the price", "absurd_figure", ("AAA", FOURTH), _paid(80.0)),
    *(
        _acted(f"a dividend of {value}", "bad_value", ("AAA", FOURTH), _paid(value))
        for value in (-0.5, 0.0, float("nan"))
    ),
    _acted("an action of no kind", "unknown_kind", ("AAA", FOURTH), ("AAA", FOURTH, "rights", 0.5, "")),
    _acted(
        "a dividend of a session that was played",
        "late",
        ("AAA", FOURTH),
        _paid(0.5),
        knows=True,
        played=ASKED[4],
    ),
    _acted(
        "a known split with another ratio",
        "revised",
        ("BBB", FOURTH),
        a_split_row("BBB", FOURTH, 2.5),
        halved=FOURTH,
        knows=True,
        known_actions=(KNOWN_SPLIT,),
    ),
    Case(
        "a known split told again",
        scaled(since("BBB", FOURTH), 0.5),
        knows=True,
        known_actions=(KNOWN_SPLIT,),
        actions=SPLIT,
        changed=keys("BBB", ASKED[3:]),
    ),
    _acted(
        "an action of a name nobody asked for",
        "unasked_name",
        ("ZZZ", FOURTH),
        a_split_row("ZZZ", FOURTH),
    ),
)

SHAPES = (
    _nothing("a page instead of bars", "not_data", pl.DataFrame({"body": [PAGE]})),
    _nothing("a note instead of bars", "not_data", pl.DataFrame({"Information": [NOTE]})),
    _nothing("a table of something else", "not_data", pl.DataFrame({"rank": [1], "score": [0.5]})),
    _renamed(close="adjClose"),
    _renamed(symbol="ticker", date="timestamp"),
    _drifted("a column that is gone", lambda bars: bars.drop("volume")),
    _drifted("days as numbers", lambda bars: bars.with_columns(pl.col("date").cast(pl.Int32))),
    Case("numbers as text", as_text("close"), kept=told("text_number", "*", LAST)),
    _text("volume", "1,234,567", "thousands_separator"),
    _text("close", "1.234,56", "thousands_separator"),
    _text("close", "49,87", "thousands_separator"),
    _text("open", "n/a", "not_a_number"),
    _text("close", "49.9 USD", "not_a_number"),
    _text("high", "", "bad_price"),
    Case("a column that changes nothing", lambda bars: bars.with_columns(exchange=pl.lit("XNYS"))),
    Case("days as text", lambda bars: bars.with_columns(pl.col("date").cast(pl.String))),
    Case(
        "a day that is none",
        as_text("date", value="02/03/2016"),
        told("bad_date", "AAA", LAST),
        kept=told("gap", "AAA", THIRD),
        lost=keys("AAA", [THIRD]),
    ),
    Case(
        "days as midnights in New York",
        lambda bars: bars.with_columns(
            pl.col("date")
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone("America/New_York")
            .dt.convert_time_zone("UTC")
        ),
    ),
)

CASES = (*ACTED, *SHAPES)
