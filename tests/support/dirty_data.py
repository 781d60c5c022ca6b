"""Everything a vendor can get wrong, one case each: what is damaged, and what must be said of which row."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from desk.feeds.feed import Delivery
from desk.feeds.ground import Ground
from fund.market.facts import CorporateAction
from support.facts import a_split
from support.fake_feed import CALENDAR, DAYS, NAMES, a_delivery, a_known_history, made_actions, made_bars

ASKED = DAYS[20:30]
"""The sessions that are asked for: Monday 2016-02-01 to Friday 2016-02-12."""
LAST = ASKED[-1]
EVENING = CALENDAR.decision_time(LAST)
WHOLE = made_bars(days=DAYS[:30])
CLEAN = WHOLE.filter(pl.col("date") >= ASKED[0])
SATURDAY = ASKED[4] + timedelta(days=1)
PRICES = ("open", "high", "low", "close")
EVERYTHING = frozenset((name, day) for name in NAMES for day in ASKED)

Damage = Callable[[pl.DataFrame], pl.DataFrame]
Told = frozenset[tuple[str, str, date]]
"""Reasons with the name and the day they are told of."""
AS_IT_CAME: Damage = pl.DataFrame.clone
"""Nothing is wrong with the bars."""


def told(reason: str, name: str, *days: date) -> Told:
    """Return one finding a day."""
    return frozenset((reason, name, day) for day in days)


@dataclass(frozen=True)
class Case:
    """Bars as they should have come, what happened to them, and what must be found."""

    name: str
    damage: Damage
    refused: Told = frozenset()
    kept: Told = frozenset()
    """What is told without leaving anything out."""
    lost: frozenset[tuple[str, date]] | None = None
    """Sound rows that do not get through; those that are refused unless it is said."""
    actions: pl.DataFrame | None = None
    refused_actions: Told = frozenset()
    known_actions: tuple[CorporateAction, ...] = ()
    knows: bool = False
    """Whether the twenty sessions before are known."""
    overlap: int = 0
    """How many of the known sessions are asked for again."""
    played: date | None = None
    received_at: datetime = EVENING
    names: tuple[str, ...] = NAMES
    changed: frozenset[tuple[str, date]] = field(default_factory=frozenset)
    """Rows that are kept though not with the sound figures: what is strange but possible."""

    @property
    def first(self) -> date:
        return DAYS[20 - self.overlap]

    @property
    def base(self) -> pl.DataFrame:
        return WHOLE.filter(pl.col("date") >= self.first)

    def bars(self) -> Delivery:
        return self._delivery("bars", self.damage(self.base))

    def acted(self) -> Delivery | None:
        return None if self.actions is None else self._delivery("actions", self.actions)

    def ground(self) -> Ground:
        known = WHOLE.filter(pl.col("date") < ASKED[0])
        history = a_known_history(known, actions=self.known_actions) if self.knows else None
        return Ground(calendar=CALENDAR, known=history, played=self.played)

    def _delivery(self, kind: str, frame: pl.DataFrame) -> Delivery:
        return a_delivery(
            kind,  # type: ignore[arg-type]
            frame,
            names=self.names,
            first=self.first,
            last=LAST,
            received_at=self.received_at,
        )


def row(name: str, day: date) -> pl.Expr:
    """Return where one bar is."""
    return (pl.col("symbol") == name) & (pl.col("date") == day)


def put(name: str, day: date, **values: object) -> Damage:
    """Return a damage to one bar."""
    return lambda bars: bars.with_columns(
        pl.when(row(name, day)).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
        for column, value in values.items()
    )


def scaled(where: pl.Expr, factor: float) -> Damage:
    """Return a damage to the prices of some bars."""
    return lambda bars: bars.with_columns(
        pl.when(where).then(pl.col(name) * factor).otherwise(pl.col(name)).alias(name) for name in PRICES
    )


def added(*rows: tuple[str, date, float]) -> Damage:
    """Return a damage by bars that are too much, each flat at a price."""
    return lambda bars: pl.concat(
        [bars, *(bars.head(1).with_columns(**_flat(*each)).select(bars.columns) for each in rows)]
    )


def _flat(name: str, day: date, price: float) -> dict[str, pl.Expr]:
    prices = {column: pl.lit(price) for column in PRICES}
    return {"symbol": pl.lit(name), "date": pl.lit(day), **prices}


def without(*rows: tuple[str, date]) -> Damage:
    """Return a damage by bars that did not come."""
    return lambda bars: bars.filter(~pl.any_horizontal(row(*each) for each in rows))


def again(name: str, day: date, **values: object) -> Damage:
    """Return a damage by a bar that is told twice, the second time with other values."""
    return lambda bars: pl.concat(
        [bars, bars.filter(row(name, day)).with_columns(**{k: pl.lit(v) for k, v in values.items()})],
        how="vertical_relaxed",
    )


def as_text(column: str, **odd: str) -> Damage:
    """Return a damage by a column of text, one bar of AAA's third day told in its own way."""
    first = pl.when(row("AAA", ASKED[2])).then(pl.lit(odd["value"])) if odd else None
    plain = pl.col(column).cast(pl.String)
    return lambda bars: bars.with_columns((plain if first is None else first.otherwise(plain)).alias(column))


def shifted_by(days: int, *names: str) -> Damage:
    """Return a damage by days that are read in the wrong timezone."""
    moved = pl.col("date") + pl.duration(days=days)
    return lambda bars: bars.with_columns(
        pl.when(pl.col("symbol").is_in(names or NAMES)).then(moved).otherwise(pl.col("date")).alias("date")
    )


def keys(name: str, days: Iterable[date]) -> frozenset[tuple[str, date]]:
    """Return the bars of a name on some days."""
    return frozenset((name, day) for day in days)


def of_the_day_before(name: str) -> Damage:
    """Return a damage by a name's bars that stand under the next session."""
    moved = WHOLE.filter(one(name)).sort("date").with_columns(pl.col("date").shift(-1)).drop_nulls()
    return lambda bars: pl.concat(
        [bars.filter(~one(name)), moved.filter(pl.col("date") >= bars["date"].min())]
    )


def repeated(name: str, first: int, count: int) -> Damage:
    """Return a damage by a bar that comes again day after day."""

    def freeze(bars: pl.DataFrame) -> pl.DataFrame:
        one = bars.filter(row(name, ASKED[first])).row(0, named=True)
        values = {column: one[column] for column in (*PRICES, "volume")}
        for day in ASKED[first + 1 : first + 1 + count]:
            bars = put(name, day, **values)(bars)
        return bars

    return freeze


def since(name: str, day: date) -> pl.Expr:
    """Return where the bars of a name from a day on are."""
    return (pl.col("symbol") == name) & (pl.col("date") >= day)


def one(name: str) -> pl.Expr:
    """Return where all bars of a name are."""
    return pl.col("symbol") == name


def a_split_row(name: str, day: date, ratio: float = 2.0) -> tuple[str, date, str, float, str]:
    """Return a split as a vendor tells it."""
    return (name, day, "split", ratio, "split")


THIRD, FIFTH, SEVENTH = ASKED[2], ASKED[4], ASKED[6]
KNOWN_SPLIT = a_split("BBB", ASKED[3])
SPLIT = made_actions(a_split_row("BBB", ASKED[3]))
RUNNING = CALENDAR.open_at(LAST) + timedelta(hours=1)
