"""The cases of dirty bars: one row that is none, and series that are another."""

from datetime import timedelta

import polars as pl

from support.dirty_data import (
    ASKED,
    DAYS,
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


def _prices(name: str, day: object, value: float) -> Case:
    return Case(
        name=f"a {name} of {value}",
        damage=put("AAA", THIRD, **{name: value}),
        refused=told("bad_price", "AAA", THIRD),
    )


def _all(reason: str, name: str) -> frozenset[tuple[str, str, object]]:
    return told(reason, name, *ASKED)


ROWS = (
    Case(name="nothing wrong", damage=lambda bars: bars),
    Case(name="rows in another order", damage=lambda bars: bars.sort("volume")),
    *(_prices("close", THIRD, value) for value in (float("nan"), float("inf"), 0.0, -5.0)),
    *(_prices(name, THIRD, 0.0) for name in ("open", "high", "low")),
    Case(
        name="a price that is missing",
        damage=put("AAA", THIRD, open=None),
        refused=told("bad_price", "AAA", THIRD),
    ),
    Case(
        name="a high below the close",
        damage=put("BBB", THIRD, high=1.0),
        refused=told("price_order", "BBB", THIRD),
    ),
    Case(
        name="a low above the open",
        damage=put("BBB", THIRD, low=900.0),
        refused=told("price_order", "BBB", THIRD),
    ),
    Case(
        name="a negative volume",
        damage=put("CCC", FIFTH, volume=-1),
        refused=told("negative_volume", "CCC", FIFTH),
    ),
    Case(
        name="a missing volume",
        damage=put("CCC", FIFTH, volume=None),
        refused=told("negative_volume", "CCC", FIFTH),
    ),
    Case(
        name="more shares than there are",
        damage=put("CCC", FIFTH, volume=10**13),
        refused=told("absurd_figure", "CCC", FIFTH),
    ),
    Case(
        name="a price no share has",
        damage=put("CCC", FIFTH, high=9e9),
        refused=told("absurd_figure", "CCC", FIFTH),
    ),
    Case(
        name="no volume while others traded",
        damage=put("CCC", FIFTH, volume=0),
        kept=told("no_volume", "CCC", FIFTH),
        changed=keys("CCC", [FIFTH]),
    ),
    Case(
        name="the same bar twice",
        damage=again("AAA", THIRD),
        refused=told("repeat", "AAA", THIRD),
        lost=frozenset(),
    ),
    Case(
        name="the same day twice with other figures",
        damage=again("AAA", THIRD, volume=1),
        refused=told("duplicate", "AAA", THIRD),
    ),
    Case(
        name="a session without a bar",
        damage=without(("AAA", FIFTH)),
        kept=told("gap", "AAA", FIFTH),
        lost=keys("AAA", [FIFTH]),
    ),
    Case(
        name="a bar of a Saturday",
        damage=added(("AAA", SATURDAY, 50.0)),
        refused=told("no_session", "AAA", SATURDAY),
    ),
    Case(
        name="a bar of tomorrow",
        damage=added(("BBB", TOMORROW, 50.0)),
        refused=told("future", "BBB", TOMORROW),
    ),
    Case(
        name="a bar of another year",
        damage=added(("BBB", YEARS_ON, 50.0)),
        refused=told("future", "BBB", YEARS_ON),
    ),
    Case(
        name="a bar of a session that runs",
        damage=lambda bars: bars,
        received_at=RUNNING,
        refused=told("running", "AAA", LAST) | told("running", "BBB", LAST) | told("running", "CCC", LAST),
    ),
    Case(
        name="a bar of a day nobody asked about",
        damage=added(("BBB", DAYS[3], 50.0)),
        refused=told("unasked_day", "BBB", DAYS[3]),
    ),
    Case(
        name="bars of a name nobody asked for",
        damage=added(("ZZZ", THIRD, 9.0)),
        refused=told("unasked_name", "ZZZ", THIRD),
    ),
    Case(
        name="another name's answer",
        damage=lambda bars: bars.filter(one("AAA")).with_columns(symbol=pl.lit("AAPL")),
        names=("AAA",),
        refused=_all("unasked_name", "AAPL"),  # type: ignore[arg-type]
        kept=told("stale", "AAA", LAST),
        lost=frozenset((each, day) for each in NAMES for day in ASKED),
    ),
    Case(
        name="a row without a name",
        damage=put("AAA", THIRD, symbol=" "),
        refused=told("nameless", " ", THIRD),
        lost=keys("AAA", [THIRD]),
        kept=told("gap", "AAA", THIRD),
    ),
    Case(
        name="a name with a byte order mark",
        damage=put("AAA", THIRD, symbol="\ufeffAAA"),
        refused=told("encoding", "\ufeffAAA", THIRD),
        lost=keys("AAA", [THIRD]),
        kept=told("gap", "AAA", THIRD),
    ),
    Case(
        name="a name in another script",
        damage=put("AAA", THIRD, symbol="ААА"),
        refused=told("encoding", "ААА", THIRD),
        lost=keys("AAA", [THIRD]),
        kept=told("gap", "AAA", THIRD),
    ),
)

SERIES = (
    Case(
        name="a bar that comes again for days",
        damage=repeated("BBB", 5, 4),
        refused=told("frozen", "BBB", *ASKED[6:10]),
    ),
    Case(
        name="yesterday's bar under today's date",
        damage=repeated("BBB", 8, 1),
        refused=told("frozen", "BBB", LAST),
    ),
    Case(
        name="bars that end too early",
        damage=lambda bars: bars.filter(~since("CCC", SEVENTH)),
        kept=told("stale", "CCC", LAST),
        lost=keys("CCC", ASKED[6:]),
    ),
    Case(
        name="a name that is not there at all",
        damage=lambda bars: bars.filter(~one("CCC")),
        kept=told("stale", "CCC", LAST),
        lost=keys("CCC", ASKED),
    ),
    Case(
        name="all days one too early",
        damage=shifted_by(-1),
        refused=frozenset(
            ("shifted_dates", name, day - timedelta(days=1)) for name in NAMES for day in ASKED
        ),
        kept=told("stale", "AAA", LAST) | told("stale", "BBB", LAST) | told("stale", "CCC", LAST),
        lost=frozenset((name, day) for name in NAMES for day in ASKED),
    ),
    Case(
        name="one name's days one too late",
        damage=shifted_by(1, "BBB"),
        refused=frozenset(("shifted_dates", "BBB", day + timedelta(days=1)) for day in ASKED),
        kept=told("stale", "BBB", LAST),
        lost=keys("BBB", ASKED),
    ),
    Case(
        name="pence instead of pounds",
        damage=scaled(one("AAA"), 100.0),
        knows=True,
        refused=_all("wrong_unit", "AAA"),  # type: ignore[arg-type]
    ),
    Case(
        name="dollars read as cents",
        damage=scaled(one("AAA"), 0.01),
        knows=True,
        refused=_all("wrong_unit", "AAA"),  # type: ignore[arg-type]
    ),
    Case(
        name="pence for a few days",
        damage=scaled(one("AAA") & pl.col("date").is_between(THIRD, FIFTH), 100.0),
        refused=told("wrong_unit", "AAA", *ASKED[2:5]),
    ),
    Case(
        name="another currency",
        damage=lambda bars: bars.with_columns(
            currency=pl.when(one("CCC")).then(pl.lit("GBp")).otherwise(pl.lit("USD"))
        ),
        refused=_all("wrong_currency", "CCC"),  # type: ignore[arg-type]
        kept=told("stale", "CCC", LAST),
    ),
    Case(
        name="a jump without an action",
        damage=scaled(since("AAA", FIFTH), 1.7),
        kept=told("jump", "AAA", FIFTH),
        changed=keys("AAA", ASKED[4:]),
    ),
    Case(
        name="a split nobody told of",
        damage=scaled(since("AAA", FIFTH), 0.5),
        kept=told("split_untold", "AAA", FIFTH),
        changed=keys("AAA", ASKED[4:]),
    ),
    Case(
        name="a reverse split nobody told of",
        damage=scaled(since("AAA", FIFTH), 10.0),
        kept=told("split_untold", "AAA", FIFTH),
        changed=keys("AAA", ASKED[4:]),
    ),
    Case(
        name="a split that is told",
        damage=scaled(since("BBB", ASKED[3]), 0.5),
        actions=SPLIT,
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        name="prices that tell of the split already",
        damage=lambda bars: bars,
        actions=SPLIT,
        refused=told("adjusted", "BBB", *ASKED[:3]),
    ),
    Case(
        name="a series adjusted for a split to come, beside known bars",
        damage=scaled(one("BBB"), 0.5),
        knows=True,
        overlap=5,
        actions=SPLIT,
        refused=told("adjusted", "BBB", *DAYS[15:20], *ASKED[:3]),
        changed=keys("BBB", ASKED[3:]),
    ),
    Case(
        name="a series adjusted for dividends, beside known bars",
        damage=scaled(one("BBB"), 0.97),
        knows=True,
        overlap=5,
        refused=told("adjusted", "BBB", *DAYS[15:20], *ASKED),
    ),
    Case(
        name="a series of yesterday's bars, beside known ones",
        damage=of_the_day_before("BBB"),
        knows=True,
        overlap=5,
        refused=told("shifted_dates", "BBB", *DAYS[15:20], *ASKED),
    ),
    Case(
        name="a known bar with other figures",
        damage=put("CCC", DAYS[18], volume=1),
        knows=True,
        overlap=5,
        kept=told("revised", "CCC", DAYS[18]),
    ),
)

CASES = (*ROWS, *SERIES)
