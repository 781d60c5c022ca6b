"""The cases of dirty actions, and of deliveries in another shape than bars have."""

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
    a_split_row,
    as_text,
    keys,
    scaled,
    since,
    told,
)
from support.fake_feed import NAMES, made_actions

NOTE = "Thank you for using our API! Our standard rate limit is 25 requests per day."
PAGE = "<!DOCTYPE html><html><head><title>503 Service Unavailable</title></head></html>"


def _text(column: str, value: str, reason: str) -> Case:
    return Case(
        f"a {column} that says {value!r}",
        as_text(column, value=value),
        told(reason, "AAA", THIRD),
        kept=told("text_number", "*", LAST),
    )


def _nothing(name: str, reason: str, frame: pl.DataFrame) -> Case:
    lost = frozenset((each, day) for each in NAMES for day in ASKED)
    return Case(name, lambda bars: frame, told(reason, "*", LAST), lost=lost)


def _renamed(**names: str) -> Case:
    lost = frozenset((each, day) for each in NAMES for day in ASKED)
    return Case(
        f"renamed columns {names}", lambda bars: bars.rename(names), told("schema", "*", LAST), lost=lost
    )


ACTED = (
    Case(
        "a split told on two days",
        scaled(since("BBB", ASKED[3]), 0.5),
        actions=made_actions(a_split_row("BBB", ASKED[3]), a_split_row("BBB", ASKED[5])),
        refused_actions=told("split_twice", "BBB", ASKED[5]),
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        "a split told on two days, the first of them wrong",
        scaled(since("BBB", ASKED[5]), 0.5),
        actions=made_actions(a_split_row("BBB", ASKED[3]), a_split_row("BBB", ASKED[5])),
        refused_actions=told("split_twice", "BBB", ASKED[3]),
        changed=keys("BBB", ASKED[5:]),
    ),
    Case(
        "the same split twice",
        scaled(since("BBB", ASKED[3]), 0.5),
        actions=made_actions(a_split_row("BBB", ASKED[3]), a_split_row("BBB", ASKED[3])),
        refused_actions=told("repeat", "BBB", ASKED[3]),
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        "one day's split in two ratios",
        scaled(since("BBB", ASKED[3]), 0.5),
        actions=made_actions(a_split_row("BBB", ASKED[3]), a_split_row("BBB", ASKED[3], 3.0)),
        refused_actions=told("duplicate", "BBB", ASKED[3]),
        kept=told("split_untold", "BBB", ASKED[3]),
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        "a split that known prices deny",
        AS_IT_CAME,
        knows=True,
        actions=made_actions(a_split_row("BBB", ASKED[0])),
        refused_actions=told("split_unconfirmed", "BBB", ASKED[0]),
    ),
    Case(
        "a split of a day the exchange was closed",
        AS_IT_CAME,
        actions=made_actions(a_split_row("BBB", SATURDAY)),
        refused_actions=told("no_session", "BBB", SATURDAY),
    ),
    Case(
        "an absurd ratio",
        AS_IT_CAME,
        actions=made_actions(a_split_row("BBB", ASKED[3], 1e6)),
        refused_actions=told("absurd_figure", "BBB", ASKED[3]),
    ),
    Case(
        "a dividend above the price",
        AS_IT_CAME,
        actions=made_actions(("AAA", ASKED[3], "dividend", 80.0, "cash")),
        refused_actions=told("absurd_figure", "AAA", ASKED[3]),
    ),
    *(
        Case(
            f"a dividend of {value}",
            AS_IT_CAME,
            actions=made_actions(("AAA", ASKED[3], "dividend", value, "cash")),
            refused_actions=told("bad_value", "AAA", ASKED[3]),
        )
        for value in (-0.5, 0.0, float("nan"))
    ),
    Case(
        "an action of no kind",
        AS_IT_CAME,
        actions=made_actions(("AAA", ASKED[3], "rights", 0.5, "")),
        refused_actions=told("unknown_kind", "AAA", ASKED[3]),
    ),
    Case(
        "a dividend of a session that was played",
        AS_IT_CAME,
        knows=True,
        played=ASKED[4],
        actions=made_actions(("AAA", ASKED[3], "dividend", 0.5, "cash")),
        refused_actions=told("late", "AAA", ASKED[3]),
    ),
    Case(
        "a known split with another ratio",
        scaled(since("BBB", ASKED[3]), 0.5),
        knows=True,
        known_actions=(KNOWN_SPLIT,),
        actions=made_actions(a_split_row("BBB", ASKED[3], 2.5)),
        refused_actions=told("revised", "BBB", ASKED[3]),
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        "a known split told again",
        scaled(since("BBB", ASKED[3]), 0.5),
        knows=True,
        known_actions=(KNOWN_SPLIT,),
        actions=SPLIT,
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        "an action of a name nobody asked for",
        AS_IT_CAME,
        actions=made_actions(a_split_row("ZZZ", ASKED[3])),
        refused_actions=told("unasked_name", "ZZZ", ASKED[3]),
    ),
)

SHAPES = (
    _nothing("a page instead of bars", "not_data", pl.DataFrame({"body": [PAGE]})),
    _nothing("a note instead of bars", "not_data", pl.DataFrame({"Information": [NOTE]})),
    _nothing("a table of something else", "not_data", pl.DataFrame({"rank": [1], "score": [0.5]})),
    _renamed(close="adjClose"),
    _renamed(symbol="ticker", date="timestamp"),
    Case(
        "a column that is gone", lambda bars: bars.drop("volume"), told("schema", "*", LAST), lost=EVERYTHING
    ),
    Case(
        "days as numbers",
        lambda bars: bars.with_columns(pl.col("date").cast(pl.Int32)),
        told("schema", "*", LAST),
        lost=EVERYTHING,
    ),
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
