"""How facts lie in Parquet: one table a kind of fact, its columns those of the record."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args, get_type_hints

from fund.errors import DataError
from fund.market.facts import (
    CorporateAction,
    Headline,
    Instrument,
    MacroSeries,
    Observation,
    Report,
    Telling,
)
from fund.market.membership import MembershipChange
from fund.market.quality import BarTable

if TYPE_CHECKING:
    import polars as pl

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class FactTable(Generic[Fact]):
    """One kind of fact: the record it is read into and the columns that name a row."""

    name: str
    record: type[Fact]
    key: tuple[str, ...]

    def frame(self, facts: Iterable[Fact]) -> "pl.DataFrame":
        """Return facts as rows, decimals as text so that not a digit changes."""
        import polars as pl

        rows = tuple(facts)
        hints = get_type_hints(self.record)
        return pl.DataFrame(
            [
                pl.Series(name, [_stored(getattr(row, name)) for row in rows], _column_type(hint))
                for name, hint in hints.items()
            ]
        )

    def facts(self, frame: "pl.DataFrame") -> tuple[Fact, ...]:
        """Return rows as facts, moments in UTC."""
        hints = get_type_hints(self.record)
        columns = [_restored(frame[name], hint) for name, hint in hints.items()]
        names = tuple(hints)
        return tuple(self.record(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True))


INSTRUMENTS = FactTable("instruments", Instrument, ("ticker",))
SERIES = FactTable("series", MacroSeries, ("series_id",))
MEMBERSHIP = FactTable("membership", MembershipChange, ("ticker", "day", "joined"))
ACTIONS = FactTable("actions", CorporateAction, ("ticker", "ex_date", "kind", "detail"))
MACRO = FactTable("macro", Observation, ("series_id", "day", "known_at"))
HEADLINES = FactTable("headlines", Headline, ("headline_id",))
TELLINGS = FactTable("tellings", Telling, ("headline_id", "told_as"))
REPORTS = FactTable("reports", Report, ("ticker", "end_date", "doc_type", "known_at"))

BAR_KEY = ("ticker", "session")


def bar_frame(table: BarTable) -> "pl.DataFrame":
    """Return bars as rows; the volume whole, the session a day or the UTC microsecond a bar begins."""
    import polars as pl

    session = pl.Series("session", table.session)
    if session.dtype != pl.Date:
        session = session.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return pl.DataFrame(
        [
            pl.Series("ticker", table.tickers, pl.String).gather(table.column),
            session,
            *(pl.Series(name, getattr(table, name), pl.Float64) for name in ("open", "high", "low", "close")),
            pl.Series("volume", table.volume).cast(pl.Int64),
        ]
    )


def bar_table(frame: "pl.DataFrame") -> BarTable:
    """Return rows as bars; the inverse of `bar_frame`."""
    import polars as pl

    session = frame["session"]
    if session.dtype != pl.Date:
        session = session.dt.replace_time_zone(None)
    tickers = frame["ticker"].unique().sort()
    column = (frame["ticker"].rank("dense").cast(pl.Int64) - 1).to_numpy()
    prices = {name: frame[name].to_numpy() for name in ("open", "high", "low", "close")}
    volume = frame["volume"].cast(pl.Float64).to_numpy()
    return BarTable(
        tickers=tuple(tickers), column=column, session=session.to_numpy(), volume=volume, **prices
    )


def merged(
    name: str, existing: "pl.DataFrame | None", incoming: "pl.DataFrame", key: tuple[str, ...]
) -> "tuple[pl.DataFrame, int]":
    """Return a table with the incoming rows it did not have, sorted by its key, and how many they were.

    A row that is there already with the same values is no news; with other values it raises
    `DataError`: facts are appended, never updated.
    """
    import polars as pl

    known = incoming.clear() if existing is None else existing
    rows = pl.concat([known, incoming]).unique(maintain_order=True)
    told_twice = rows.filter(pl.struct(key).is_duplicated())
    if told_twice.height:
        first, second = told_twice.sort(key).head(2).to_dicts()
        raise DataError(
            f"expected {name} to be appended only, found {first!r} and {second!r} under one key "
            f"({', '.join(key)}); correct the source, a fact is never updated"
        )
    return rows.sort(key), rows.height - known.height


def _stored(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _column_type(hint: Any) -> "pl.DataType":
    import polars as pl

    types: Mapping[object, pl.DataType] = {
        date: pl.Date(),
        datetime: pl.Datetime("us", "UTC"),
        float: pl.Float64(),
        bool: pl.Boolean(),
        tuple: pl.List(pl.String()),
    }
    return types.get(_plain_type(hint), pl.String())


_RESTORE: Mapping[object, Callable[[Any], object]] = MappingProxyType({Decimal: Decimal, tuple: tuple})


def _restored(series: "pl.Series", hint: Any) -> list[Any]:
    plain = _plain_type(hint)
    if plain is datetime:
        return [moment.replace(tzinfo=UTC) for moment in series.dt.replace_time_zone(None).to_list()]
    restore = _RESTORE.get(plain)
    values: list[Any] = series.to_list()
    return values if restore is None else [restore(value) for value in values]


def _plain_type(hint: Any) -> object:
    """Return the type a column holds: that of `float | None` is float, of `tuple[str, ...]` tuple."""
    if getattr(hint, "__origin__", None) is tuple:
        return tuple
    return next((each for each in get_args(hint) if isinstance(each, type) and each is not type(None)), hint)
