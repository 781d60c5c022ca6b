"""From a vendor's table to one of the right columns and types; what has no such form is left out, typed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from desk.bundle_files import FILES, ColumnKind
from desk.feeds.feed import FILE_OF, Delivery, Kind
from fund.market.finding import Finding, FindingKind, RefusedKind

if TYPE_CHECKING:
    import polars as pl

NEW_YORK = ZoneInfo("America/New_York")
NAME: Mapping[Kind, str] = {
    "bars": "symbol",
    "actions": "symbol",
    "headlines": "headline_id",
    "macro": "series_id",
}
DAY: Mapping[Kind, str] = {"bars": "date", "actions": "ex_date", "headlines": "known_at", "macro": "date"}
OPTIONAL = "currency"
WHOLE = "*"
"""The ticker of what is found with a whole delivery."""
MARKUP = re.compile(r"<(!doctype|html|head|body|script|title)\b", re.IGNORECASE)
PLAIN_NUMBER = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$"
GROUPED_NUMBER = r"^\s*[+-]?(\d{1,3}([,.\s'  ]\d{3})+([.,]\d+)?|\d+,\d+)\s*$"
MOJIBAKE = (
    "\ufffd|Ã[\u0080-\u00bf]|â€|Â[\u00a0-\u00bf]"
    "|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u200b-\u200f\u202a-\u202e\ufeff]"
)
"""Text read in another encoding than it was written in, and characters that no text should hold."""
NAME_FORM = r"^[\^A-Za-z0-9][A-Za-z0-9._/=\-]*$"
EXCERPT = 200


@dataclass(slots=True)
class Shaped:
    """Rows that have the form of facts, and what was found in those that have not."""

    frame: "pl.DataFrame"
    findings: list[Finding] = field(default_factory=list)

    def leave_out(self, kind: RefusedKind, wrong: "pl.Expr", name: str, day: str, until: date) -> None:
        """Take the rows out for which an expression is true, each with this reason."""
        import polars as pl

        mask = self.frame.select(wrong.fill_null(False).alias("wrong"))["wrong"]
        if mask.any():
            for row in self.frame.filter(mask).iter_rows(named=True):
                self.findings.append(row_finding(kind, row, name, day, until))
            self.frame = self.frame.filter(~pl.Series(mask))


def row_finding(kind: FindingKind, row: Mapping[str, Any], name: str, day: str, until: date) -> Finding:
    """Return what is wrong with a row; one without a day is told of the last day asked for."""
    said = ", ".join(f"{column} {value!r}" for column, value in row.items() if column not in (name, day))
    return Finding(
        kind=kind, ticker=str(row[name]), session=_day_of(row[day], until), detail=said[: EXCERPT * 2]
    )


def shape(delivery: Delivery) -> Shaped:
    """Return the rows of a delivery under the bundle's columns with `known_at`, each of its right type.

    A page or a note instead of data, a column that is missing or of another kind: nothing of the
    delivery is left, and it is told once. Numbers that came as plain text are read, and told; with
    thousand separators, or with words, they leave their row out.
    """
    import polars as pl

    kind = delivery.request.kind
    columns = {**FILES[FILE_OF[kind]], "known_at": "moment"}
    problem = _not_data(delivery.frame, columns) or _drifted(delivery.frame, columns)
    if problem is not None:
        found, detail = problem
        whole = Finding(kind=found, ticker=WHOLE, session=delivery.request.last, detail=detail)
        return Shaped(_empty(columns), [whole])
    kept = [*columns, *(OPTIONAL for _ in range(OPTIONAL in delivery.frame.columns))]
    shaped = Shaped(delivery.frame.select(kept))
    name, day, until = NAME[kind], DAY[kind], delivery.request.last
    nameless = pl.col(name).is_null() | (pl.col(name).cast(pl.String).str.strip_chars() == "")
    shaped.leave_out("nameless", nameless, name, day, until)
    shaped.leave_out("encoding", _garbled(shaped.frame, kind, name), name, day, until)
    for column, wanted in columns.items():
        _read_column(shaped, column, wanted, name, day, until)
    return shaped


def unreadable(findings: Iterable[Finding]) -> Finding | None:
    """Return why nothing of a delivery could be read; None where it could."""
    return next((each for each in findings if each.ticker == WHOLE and each.quarantined), None)


def _not_data(frame: "pl.DataFrame", columns: Mapping[str, ColumnKind]) -> tuple[FindingKind, str] | None:
    import polars as pl

    texts = frame.select(pl.selectors.string()).head(20)
    said = [str(value) for row in texts.iter_rows() for value in row if value is not None]
    page = next((text for text in (*frame.columns, *said) if MARKUP.search(text)), None)
    if page is not None and not ({"open", "title", "value"} & set(frame.columns)):
        return "not_data", f"expected {', '.join(columns)}, found a page: {page[:EXCERPT]!r}"
    if not set(columns) & set(frame.columns) - {"known_at"}:
        found = "; ".join(said)[:EXCERPT] or ", ".join(frame.columns)[:EXCERPT]
        return "not_data", f"expected {', '.join(columns)}, found {found!r}"
    return None


def _drifted(frame: "pl.DataFrame", columns: Mapping[str, ColumnKind]) -> tuple[FindingKind, str] | None:
    missing = [name for name in columns if name not in frame.columns]
    strange = [name for name in frame.columns if name not in columns and name != OPTIONAL]
    if missing:
        beside = f"; new are {', '.join(strange)}" if strange else ""
        return "schema", f"expected the columns {', '.join(missing)}, found none{beside}"[: EXCERPT * 2]
    wrong = [
        f"{name} as {kind}, found {frame.schema[name]}"
        for name, kind in columns.items()
        if not _readable(frame.schema[name], kind)
    ]
    return ("schema", f"expected {'; '.join(wrong)}"[: EXCERPT * 2]) if wrong else None


def _readable(found: "pl.DataType", kind: ColumnKind) -> bool:
    import polars as pl

    if found in (pl.Null, pl.String):
        return True
    if kind in ("number", "whole"):
        return bool(found.is_numeric())
    if kind == "moment":
        return isinstance(found, pl.Datetime) and found.time_zone is not None
    return kind == "day" and (found == pl.Date or isinstance(found, pl.Datetime))


def _garbled(frame: "pl.DataFrame", kind: Kind, name: str) -> "pl.Expr":
    import polars as pl

    texts = [each for each in frame.columns if frame.schema[each] == pl.String]
    wrong = (
        pl.any_horizontal(pl.col(each).str.contains(MOJIBAKE) for each in texts) if texts else pl.lit(False)
    )
    if kind == "headlines":
        return wrong
    return wrong.fill_null(False) | ~pl.col(name).cast(pl.String).str.contains(NAME_FORM)


def _read_column(shaped: Shaped, column: str, kind: ColumnKind, name: str, day: str, until: date) -> None:
    import polars as pl

    found = shaped.frame.schema[column]
    if kind in ("number", "whole"):
        if found == pl.String:
            _read_numbers(shaped, column, name, day, until)
        shaped.frame = shaped.frame.with_columns(pl.col(column).cast(pl.Float64))
    elif kind == "day":
        _read_days(shaped, column, name, day, until)
    elif kind == "moment":
        _read_moments(shaped, column, name, day, until)
    elif kind == "text":
        shaped.frame = shaped.frame.with_columns(pl.col(column).cast(pl.String))


def _read_numbers(shaped: Shaped, column: str, name: str, day: str, until: date) -> None:
    import polars as pl

    text = pl.col(column)
    shaped.leave_out("thousands_separator", text.str.contains(GROUPED_NUMBER), name, day, until)
    words = text.is_not_null() & ~text.str.contains(PLAIN_NUMBER) & (text.str.strip_chars() != "")
    shaped.leave_out("not_a_number", words, name, day, until)
    read = text.str.strip_chars().cast(pl.Float64, strict=False)
    shaped.frame = shaped.frame.with_columns(read.alias(column))
    if shaped.frame.height:
        detail = f"expected {column} as a number, found {shaped.frame.height} as text; they were read"
        shaped.findings.append(Finding(kind="text_number", ticker=WHOLE, session=until, detail=detail))


def _read_days(shaped: Shaped, column: str, name: str, day: str, until: date) -> None:
    """Read days; a moment with a timezone is the day it is in New York, one without must be a midnight."""
    import polars as pl

    found, value = shaped.frame.schema[column], pl.col(column)
    if isinstance(found, pl.Datetime) and found.time_zone is not None:
        utc = value.dt.convert_time_zone("UTC")
        local = value.dt.convert_time_zone("America/New_York")
        read = pl.when(utc == utc.dt.truncate("1d")).then(utc.dt.date()).otherwise(local.dt.date())
    elif isinstance(found, pl.Datetime):
        read = pl.when(value == value.dt.truncate("1d")).then(value.dt.date())
    elif found == pl.String:
        read = value.str.strip_chars().str.to_date("%Y-%m-%d", strict=False)
    else:
        read = value.cast(pl.Date)
    shaped.leave_out("bad_date", read.is_null(), name, day, until)
    shaped.frame = shaped.frame.with_columns(read.alias(column))


def _read_moments(shaped: Shaped, column: str, name: str, day: str, until: date) -> None:
    import polars as pl

    if shaped.frame.schema[column] in (pl.String, pl.Null):
        moments = [_moment(text) for text in shaped.frame[column].to_list()]
        read: pl.Expr = pl.lit(pl.Series(column, moments, pl.Datetime("us", "UTC")))
    else:
        read = pl.col(column).dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    undated = shaped.frame.select(read.alias(column))[column].is_null()
    frame = shaped.frame
    shaped.leave_out("undated", pl.lit(undated), name, day, until)
    shaped.frame = frame.with_columns(read.alias(column)).filter(~undated)


def _moment(text: str | None) -> datetime | None:
    """Return a moment in UTC; None for what is none, or has no timezone."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.astimezone(UTC)


def _empty(columns: Mapping[str, ColumnKind]) -> "pl.DataFrame":
    import polars as pl

    types = {
        "text": pl.String(),
        "day": pl.Date(),
        "moment": pl.Datetime("us", "UTC"),
        "number": pl.Float64(),
        "whole": pl.Float64(),
        "flag": pl.Boolean(),
    }
    return pl.DataFrame(schema={name: types[kind] for name, kind in columns.items()})


def _day_of(value: object, until: date) -> date:
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(NEW_YORK).date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return until
