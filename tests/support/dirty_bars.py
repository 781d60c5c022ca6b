"""The cases of dirty bars: one row that is none, and series that are another."""

from datetime import date, timedelta

import polars as pl

from support.dirty_data import (
    AS_IT_CAME,
    ASKED,
    DAYS,
    EVERYTHING,
    FIFTH,
    LAST,
    RUNNING,
    SATURDAY,
    SEVENTH,
    SPLIT,
    THIRD,
    Case,
    added,
    again,
    keys,
    of_the_day_before,
    one,
    put,
    repeated,
    scaled,
    shifted_by,
    since,
    told,
    without,
)
from support.fake_feed import NAMES

TOMORROW, YEARS_ON = DAYS[30], DAYS[60]


def _prices(name: str, value: float) -> Case:
    return Case(f"a {name} of {value}", put("AAA", THIRD, **{name: value}), told("bad_price", "AAA", THIRD))


def _misnamed(name: str, symbol: str, reason: str) -> Case:
    return Case(
        name,
        put("AAA", THIRD, symbol=symbol),
        told(reason, symbol, THIRD),
        lost=keys("AAA", [THIRD]),
        kept=told("gap", "AAA", THIRD),
    )


def _leapt(name: str, factor: float, reason: str) -> Case:
    return Case(
        name,
        scaled(since("AAA", FIFTH), factor),
        kept=told(reason, "AAA", FIFTH),
        changed=keys("AAA", ASKED[4:]),
    )


def _ended(name: str, day: date) -> Case:
    lost = keys("CCC", [each for each in ASKED if each >= day])
    return Case(
        name, lambda bars: bars.filter(~since("CCC", day)), kept=told("stale", "CCC", LAST), lost=lost
    )


ROWS = (
    Case("nothing wrong", AS_IT_CAME),
    Case("rows in another order", lambda bars: bars.sort("volume")),
    *(_prices("close", value) for value in (float("nan"), float("inf"), 0.0, -5.0)),
    *(_prices(name, 0.0) for name in ("open", "high", "low")),
    Case("a price that is missing", put("AAA", THIRD, open=None), told("bad_price", "AAA", THIRD)),
    Case("a high below the close", put("BBB", THIRD, high=1.0), told("price_order", "BBB", THIRD)),
    Case("a low above the open", put("BBB", THIRD, low=900.0), told("price_order", "BBB", THIRD)),
    Case("a negative volume", put("CCC", FIFTH, volume=-1), told("negative_volume", "CCC", FIFTH)),
    Case("a missing volume", put("CCC", FIFTH, volume=None), told("negative_volume", "CCC", FIFTH)),
    Case("more shares than there are", put("CCC", FIFTH, volume=10**13), told("absurd_figure", "CCC", FIFTH)),
    Case("a price no share has", put("CCC", FIFTH, high=9e9), told("absurd_figure", "CCC", FIFTH)),
    Case(
        "no volume while others traded",
        put("CCC", FIFTH, volume=0),
        kept=told("no_volume", "CCC", FIFTH),
        changed=keys("CCC", [FIFTH]),
    ),
    Case("the same bar twice", again("AAA", THIRD), told("repeat", "AAA", THIRD), lost=frozenset()),
    Case(
        "the same day twice with other figures",
        again("AAA", THIRD, volume=1),
        told("duplicate", "AAA", THIRD),
    ),
    Case(
        "a session without a bar",
        without(("AAA", FIFTH)),
        kept=told("gap", "AAA", FIFTH),
        lost=keys("AAA", [FIFTH]),
    ),
    Case("a bar of a Saturday", added(("AAA", SATURDAY, 50.0)), told("no_session", "AAA", SATURDAY)),
    Case("a bar of tomorrow", added(("BBB", TOMORROW, 50.0)), told("future", "BBB", TOMORROW)),
    Case("a bar of another year", added(("BBB", YEARS_ON, 50.0)), told("future", "BBB", YEARS_ON)),
    Case(
        "a bar of a session that runs",
        AS_IT_CAME,
        told("running", "AAA", LAST) | told("running", "BBB", LAST) | told("running", "CCC", LAST),
        received_at=RUNNING,
    ),
    Case(
        "a bar of a day nobody asked about",
        added(("BBB", DAYS[3], 50.0)),
        told("unasked_day", "BBB", DAYS[3]),
    ),
    Case("bars of a name nobody asked for", added(("ZZZ", THIRD, 9.0)), told("unasked_name", "ZZZ", THIRD)),
    Case(
        "another name's answer",
        lambda bars: bars.filter(one("AAA")).with_columns(symbol=pl.lit("AAPL")),
        told("unasked_name", "AAPL", *ASKED),
        names=("AAA",),
        kept=told("stale", "AAA", LAST),
        lost=EVERYTHING,
    ),
    _misnamed("a row without a name", " ", "nameless"),
    _misnamed("a name with a byte order mark", "\ufeffAAA", "encoding"),
    _misnamed("a name in another script", "ААА", "encoding"),
)

SERIES = (
    Case("a bar that comes again for days", repeated("BBB", 5, 4), told("frozen", "BBB", *ASKED[6:10])),
    Case("yesterday's bar under today's date", repeated("BBB", 8, 1), told("frozen", "BBB", LAST)),
    _ended("bars that end too early", SEVENTH),
    _ended("a name that is not there at all", ASKED[0]),
    Case(
        "all days one too early",
        shifted_by(-1),
        frozenset(("shifted_dates", name, day - timedelta(days=1)) for name in NAMES for day in ASKED),
        kept=told("stale", "AAA", LAST) | told("stale", "BBB", LAST) | told("stale", "CCC", LAST),
        lost=EVERYTHING,
    ),
    Case(
        "one name's days one too late",
        shifted_by(1, "BBB"),
        frozenset(("shifted_dates", "BBB", day + timedelta(days=1)) for day in ASKED),
        kept=told("stale", "BBB", LAST),
        lost=keys("BBB", ASKED),
    ),
    Case("pence instead of pounds", scaled(one("AAA"), 100.0), told("wrong_unit", "AAA", *ASKED), knows=True),
    Case("dollars read as cents", scaled(one("AAA"), 0.01), told("wrong_unit", "AAA", *ASKED), knows=True),
    Case(
        "pence for a few days",
        scaled(one("AAA") & pl.col("date").is_between(THIRD, FIFTH), 100.0),
        told("wrong_unit", "AAA", *ASKED[2:5]),
    ),
    Case(
        "another currency",
        lambda bars: bars.with_columns(
            currency=pl.when(one("CCC")).then(pl.lit("GBp")).otherwise(pl.lit("USD"))
        ),
        told("wrong_currency", "CCC", *ASKED),
        kept=told("stale", "CCC", LAST),
    ),
    _leapt("a jump without an action", 1.7, "jump"),
    _leapt("a split nobody told of", 0.5, "split_untold"),
    _leapt("a reverse split nobody told of", 10.0, "split_untold"),
    Case(
        "a split that is told",
        scaled(since("BBB", ASKED[3]), 0.5),
        actions=SPLIT,
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        "prices that tell of the split already",
        AS_IT_CAME,
        told("adjusted", "BBB", *ASKED[:3]),
        actions=SPLIT,
    ),
    Case(
        "a series adjusted for a split to come, beside known bars",
        scaled(one("BBB"), 0.5),
        told("adjusted", "BBB", *DAYS[15:20], *ASKED[:3]),
        knows=True,
        overlap=5,
        actions=SPLIT,
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        "a series adjusted for dividends, beside known bars",
        scaled(one("BBB"), 0.97),
        told("adjusted", "BBB", *DAYS[15:20], *ASKED),
        knows=True,
        overlap=5,
    ),
    Case(
        "a series of yesterday's bars, beside known ones",
        of_the_day_before("BBB"),
        told("shifted_dates", "BBB", *DAYS[15:20], *ASKED),
        knows=True,
        overlap=5,
    ),
    Case(
        "a known bar with other figures",
        put("CCC", DAYS[18], volume=1),
        knows=True,
        overlap=5,
        kept=told("revised", "CCC", DAYS[18]),
    ),
)

CASES = (*ROWS, *SERIES)
