"""From a vendor's rows to the columns a delivery has, each row with the moment it became known."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from desk.bundle_rows import publication_time
from desk.feeds.feed import Kind
from fund.market.calendar import SessionCalendar

if TYPE_CHECKING:
    import polars as pl

Row = Mapping[str, Any]

LARGEST_WHOLE = 2**63
_NAMED = {"symbol": "text", "date": "day"}
COLUMNS: Mapping[Kind, Mapping[str, str]] = {
    "bars": {
        **_NAMED,
        **dict.fromkeys(("open", "high", "low", "close"), "number"),
        "volume": "whole",
        "currency": "text",
        "known_at": "moment",
    },
    "actions": {
        "symbol": "text",
        "ex_date": "day",
        "kind": "text",
        "value": "number",
        "detail": "text",
        "known_at": "moment",
    },
    "headlines": {
        **dict.fromkeys(("headline_id", "symbols", "title", "source", "url"), "text"),
        "known_at": "moment",
    },
    "macro": {"series_id": "text", "date": "day", "value": "number", "known_at": "moment"},
}
"""What a delivery of each kind holds: the columns of the bundle's file, what the vendor says beyond them
(the currency of a price, the address of a headline), and `known_at`."""


def framed(kind: Kind, rows: Iterable[Row]) -> "pl.DataFrame":
    """Return rows as the columns of a kind; a figure that is none, or not finite, is null.

    Nothing is mended here: whoever checks the delivery leaves such a row out with a reason.
    """
    import polars as pl

    listed = list(rows)
    return pl.DataFrame(
        [
            pl.Series(name, [_cell(row.get(name), form) for row in listed], _type_of(form))
            for name, form in COLUMNS[kind].items()
        ]
    )


def empty(kind: Kind) -> "pl.DataFrame":
    """Return the columns of a kind without a row."""
    return framed(kind, ())


def number(value: object) -> float | None:
    """Return a figure as a vendor writes it, in digits or in quotes; None where it is none."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def day(value: object) -> date | None:
    """Return a day written as YYYY-MM-DD, None where it is none."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def moment(value: object) -> datetime | None:
    """Return a moment as RFC 3339 or seconds since 1970, UTC, None where it is none."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return None if found.tzinfo is None else found.astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def bar_known_at(session: date, calendar: SessionCalendar) -> datetime:
    """Return when a daily bar is final: at its close; of a day that is no session, by 16:15 New York."""
    if calendar.first <= session <= calendar.last and calendar.is_session(session):
        return calendar.close_at(session)
    return publication_time(session, 0)


def action_known_at(
    ex_date: date, declared: date | None, received_at: datetime, calendar: SessionCalendar
) -> datetime:
    """Return when an action was known: on the evening it was declared, else by the open of its ex-date.

    One that lies ahead and whose declaration is not told is known from now on.
    """
    if declared is not None and declared < ex_date:
        return publication_time(declared, 0)
    inside = calendar.first <= ex_date <= calendar.last and calendar.is_session(ex_date)
    opened = calendar.open_at(ex_date) if inside else publication_time(ex_date, 0)
    return min(opened, received_at)


def final(frame: "pl.DataFrame", received_at: datetime) -> "pl.DataFrame":
    """Return the bars that were final when they came: a running bar is no fact."""
    import polars as pl

    known_at = pl.col("known_at")
    return frame.filter(known_at.is_null() | (known_at <= received_at))


def names_in(kind: Kind, frame: "pl.DataFrame") -> frozenset[str]:
    """Return the names a frame holds rows of."""
    column = {"headlines": "symbols", "macro": "series_id"}.get(kind, "symbol")
    found = frame[column].drop_nulls().unique().to_list()
    if kind != "headlines":
        return frozenset(found)
    return frozenset(each for written in found for each in written.replace(",", " ").split())


def _cell(value: object, form: str) -> object:
    if form == "number":
        return number(value)
    if form == "whole":
        found = number(value)
        return None if found is None or abs(found) >= LARGEST_WHOLE else round(found)
    if form == "text":
        return value if isinstance(value, str) else None
    return value


def _type_of(form: str) -> "pl.DataType":
    import polars as pl

    types: dict[str, pl.DataType] = {
        "text": pl.String(),
        "day": pl.Date(),
        "number": pl.Float64(),
        "whole": pl.Int64(),
        "moment": pl.Datetime("us", "UTC"),
    }
    return types[form]
