"""The cases of dirty actions, and of deliveries in another shape than bars have."""

import polars as pl

from support.dirty_data import (
    ASKED,
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
        name=f"a {column} that says {value!r}",
        damage=as_text(column, value=value),
        refused=told(reason, "AAA", THIRD),
        kept=told("text_number", "*", LAST),
    )


def _nothing(name: str, reason: str, frame: pl.DataFrame) -> Case:
    lost = frozenset((each, day) for each in NAMES for day in ASKED)
    return Case(name=name, damage=lambda bars: frame, refused=told(reason, "*", LAST), lost=lost)


def _renamed(**names: str) -> Case:
    lost = frozenset((each, day) for each in NAMES for day in ASKED)
    return Case(
        name=f"renamed columns {names}",
        damage=lambda bars: bars.rename(names),
        refused=told("schema", "*", LAST),
        lost=lost,
    )


ACTED = (
    Case(
        name="a split told on two days",
        damage=scaled(since("BBB", ASKED[3]), 0.5),
        actions=made_actions(a_split_row("BBB", ASKED[3]), a_split_row("BBB", ASKED[5])),
        refused_actions=told("split_twice", "BBB", ASKED[5]),
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        name="a split told on two days, the first of them wrong",
        damage=scaled(since("BBB", ASKED[5]), 0.5),
        actions=made_actions(a_split_row("BBB", ASKED[3]), a_split_row("BBB", ASKED[5])),
        refused_actions=told("split_twice", "BBB", ASKED[3]),
        changed=keys("BBB", ASKED[5:]),
    ),
    Case(
        name="the same split twice",
        damage=scaled(since("BBB", ASKED[3]), 0.5),
        actions=made_actions(a_split_row("BBB", ASKED[3]), a_split_row("BBB", ASKED[3])),
        refused_actions=told("repeat", "BBB", ASKED[3]),
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        name="one day's split in two ratios",
        damage=scaled(since("BBB", ASKED[3]), 0.5),
        actions=made_actions(a_split_row("BBB", ASKED[3]), a_split_row("BBB", ASKED[3], 3.0)),
        refused_actions=told("duplicate", "BBB", ASKED[3]),
        kept=told("split_untold", "BBB", ASKED[3]),
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        name="a split that known prices deny",
        damage=lambda bars: bars,
        knows=True,
        actions=made_actions(a_split_row("BBB", ASKED[0])),
        refused_actions=told("split_unconfirmed", "BBB", ASKED[0]),
    ),
    Case(
        name="a split of a day the exchange was closed",
        damage=lambda bars: bars,
        actions=made_actions(a_split_row("BBB", SATURDAY)),
        refused_actions=told("no_session", "BBB", SATURDAY),
    ),
    Case(
        name="an absurd ratio",
        damage=lambda bars: bars,
        actions=made_actions(a_split_row("BBB", ASKED[3], 1e6)),
        refused_actions=told("absurd_figure", "BBB", ASKED[3]),
    ),
    Case(
        name="a dividend above the price",
        damage=lambda bars: bars,
        actions=made_actions(("AAA", ASKED[3], "dividend", 80.0, "cash")),
        refused_actions=told("absurd_figure", "AAA", ASKED[3]),
    ),
    *(
        Case(
            name=f"a dividend of {value}",
            damage=lambda bars: bars,
            actions=made_actions(("AAA", ASKED[3], "dividend", value, "cash")),
            refused_actions=told("bad_value", "AAA", ASKED[3]),
        )
        for value in (-0.5, 0.0, float("nan"))
    ),
    Case(
        name="an action of no kind",
        damage=lambda bars: bars,
        actions=made_actions(("AAA", ASKED[3], "rights", 0.5, "")),
        refused_actions=told("unknown_kind", "AAA", ASKED[3]),
    ),
    Case(
        name="a dividend of a session that was played",
        damage=lambda bars: bars,
        knows=True,
        played=ASKED[4],
        actions=made_actions(("AAA", ASKED[3], "dividend", 0.5, "cash")),
        refused_actions=told("late", "AAA", ASKED[3]),
    ),
    Case(
        name="a known split with another ratio",
        damage=scaled(since("BBB", ASKED[3]), 0.5),
        knows=True,
        known_actions=(KNOWN_SPLIT,),
        actions=made_actions(a_split_row("BBB", ASKED[3], 2.5)),
        refused_actions=told("revised", "BBB", ASKED[3]),
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        name="a known split told again",
        damage=scaled(since("BBB", ASKED[3]), 0.5),
        knows=True,
        known_actions=(KNOWN_SPLIT,),
        actions=SPLIT,
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        name="an action of a name nobody asked for",
        damage=lambda bars: bars,
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
        name="a column that is gone",
        damage=lambda bars: bars.drop("volume"),
        refused=told("schema", "*", LAST),
        lost=frozenset((each, day) for each in NAMES for day in ASKED),
    ),
    Case(
        name="days as numbers",
        damage=lambda bars: bars.with_columns(pl.col("date").cast(pl.Int32)),
        refused=told("schema", "*", LAST),
        lost=frozenset((each, day) for each in NAMES for day in ASKED),
    ),
    Case(
        name="numbers as text",
        damage=as_text("close"),
        kept=told("text_number", "*", LAST),
    ),
    _text("volume", "1,234,567", "thousands_separator"),
    _text("close", "1.234,56", "thousands_separator"),
    _text("close", "49,87", "thousands_separator"),
    _text("open", "n/a", "not_a_number"),
    _text("close", "49.9 USD", "not_a_number"),
    _text("high", "", "bad_price"),
    Case(
        name="a column that changes nothing",
        damage=lambda bars: bars.with_columns(exchange=pl.lit("XNYS")),
    ),
    Case(
        name="days as text",
        damage=lambda bars: bars.with_columns(pl.col("date").cast(pl.String)),
    ),
    Case(
        name="a day that is none",
        damage=as_text("date", value="02/03/2016"),
        refused=told("bad_date", "AAA", LAST),
        kept=told("gap", "AAA", THIRD),
        lost=keys("AAA", [THIRD]),
    ),
    Case(
        name="days as midnights in New York",
        damage=lambda bars: bars.with_columns(
            pl.col("date")
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone("America/New_York")
            .dt.convert_time_zone("UTC")
        ),
    ),
)

CASES = (*ACTED, *SHAPES)
