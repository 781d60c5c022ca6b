"""Files as a feed: a folder in the bundle's form, or one file of one kind, Parquet or CSV."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desk.bundle_files import FILES
from desk.bundle_rows import publication_time
from desk.feeds.feed import FILE_OF, Delivery, Kind, Request
from desk.feeds.frames import COLUMNS, action_known_at, bar_known_at, final, names_in
from fund.clock import Clock
from fund.errors import FeedError
from fund.market.calendar import SessionCalendar

if TYPE_CHECKING:
    import polars as pl

NAME = "files"
SUFFIXES = (".parquet", ".csv")
DATED: Mapping[Kind, str] = {"bars": "date", "actions": "ex_date", "headlines": "known_at", "macro": "date"}
LAGS = "macro_meta.csv"


class Files:
    """Reads the files anew at each question: whoever keeps them may replace them at any time."""

    def __init__(self, path: Path, clock: Clock, calendar: SessionCalendar, name: str = NAME) -> None:
        self._path = path
        self._clock = clock
        self._calendar = calendar
        self._name = name

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    @property
    def offers(self) -> frozenset[Kind]:
        """The kinds whose files are there."""
        return frozenset(kind for kind in FILE_OF if self._file(kind) is not None)

    def fetch(self, request: Request) -> Delivery:
        """Return what the file holds of the names and days; raises `FeedError` where it cannot be read."""
        import polars as pl

        path = self._file(request.kind)
        if path is None:
            raise FeedError(
                f"expected {FILE_OF[request.kind]}, as Parquet or CSV, at {self._path}, found none; "
                "put it there, or correct DESK_FEEDS__FOLDER"
            )
        frame = _read(path, request.kind)
        received_at = self._clock.now()
        name, dated = next(iter(FILES[FILE_OF[request.kind]])), DATED[request.kind]
        day = pl.col(dated).cast(pl.Date)
        frame = frame.filter(day.is_between(request.first, request.last) | day.is_null())
        if request.kind == "headlines":
            about = pl.col("symbols").str.replace_all(",", " ").str.split(" ").list
            frame = frame.filter(about.set_intersection(list(request.names)).list.len() > 0)
        else:
            frame = frame.filter(pl.col(name).is_in(list(request.names)))
        frame = self._known(request.kind, frame, path, received_at)
        if request.kind == "bars":
            frame = final(frame, received_at)
        told = names_in(request.kind, frame)
        bare = request.kind in ("bars", "macro")
        return Delivery(
            feed=self._name,
            request=request,
            received_at=received_at,
            frame=frame,
            missing=tuple(each for each in request.names if bare and each not in told),
        )

    def _file(self, kind: Kind) -> Path | None:
        if self._path.suffix in SUFFIXES:
            found = self._path if self._path.is_file() and self._path.stem in _stems(kind) else None
            return found
        named = self._path / FILE_OF[kind]
        return next((each for s in SUFFIXES if (each := named.with_suffix(s)).is_file()), None)

    def _known(self, kind: Kind, frame: "pl.DataFrame", path: Path, received_at: datetime) -> "pl.DataFrame":
        """Add when each row was known, unless the file says so itself."""
        import polars as pl

        if "known_at" in frame.columns:
            return frame
        lags = _lags(path.with_name(LAGS)) if kind == "macro" else {}
        named = zip(frame[frame.columns[0]].to_list(), frame[DATED[kind]].to_list(), strict=True)
        known = [
            None if day is None else self._known_at(kind, name, day, lags, received_at) for name, day in named
        ]
        return frame.with_columns(pl.Series("known_at", known, pl.Datetime("us", "UTC")))

    def _known_at(
        self, kind: Kind, name: str, day: date, lags: Mapping[str, int], received_at: datetime
    ) -> datetime:
        if kind == "bars":
            return bar_known_at(day, self._calendar)
        if kind == "actions":
            return action_known_at(day, None, received_at, self._calendar)
        return publication_time(day, lags[name]) if name in lags else received_at


def _stems(kind: Kind) -> frozenset[str]:
    """Return the names a single file of a kind may have: the bundle's, or the kind's own."""
    return frozenset({kind, Path(FILE_OF[kind]).stem})


def _read(path: Path, kind: Kind) -> "pl.DataFrame":
    import polars as pl

    try:
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else _from_csv(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        said = str(error).partition("\n")[0][:200]
        raise FeedError(f"expected {path} to be a whole {path.suffix[1:]} file, found {said!r}") from error
    wanted = FILES[FILE_OF[kind]]
    lacking = sorted(wanted.keys() - set(frame.columns))
    if lacking:
        raise FeedError(f"expected {path} to have the columns {', '.join(lacking)}, found {frame.columns!r}")
    kept = [name for name in frame.columns if name in wanted or name in COLUMNS[kind]]
    return frame.select(_expressions(frame, kind, kept))


def _expressions(frame: "pl.DataFrame", kind: Kind, kept: list[str]) -> "list[pl.Expr]":
    """Return each column in its form; a cell that does not fit is null, for whoever checks to find."""
    import polars as pl

    forms: Mapping[str, str] = {**COLUMNS[kind], **FILES[FILE_OF[kind]]}
    types: Mapping[str, pl.DataType] = {
        "text": pl.String(),
        "day": pl.Date(),
        "number": pl.Float64(),
        "whole": pl.Int64(),
        "moment": pl.Datetime("us", "UTC"),
    }

    def of(name: str) -> pl.Expr:
        column, form = pl.col(name), forms[name]
        if form == "number":
            found = column.cast(pl.Float64, strict=False)
            return pl.when(found.is_finite()).then(found).alias(name)
        if frame.schema[name] != pl.String or form == "text":
            return column.cast(types[form], strict=False)
        if form == "day":
            return column.str.to_date("%Y-%m-%d", strict=False)
        if form == "moment":
            return column.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
        return column.cast(pl.Float64, strict=False).cast(types[form], strict=False)

    return [of(name) for name in kept]


def _from_csv(path: Path) -> "pl.DataFrame":
    import polars as pl

    return pl.read_csv(path, infer_schema=False, empty_string_is_null=False)


def _lags(path: Path) -> Mapping[str, int]:
    import polars as pl

    if not path.is_file():
        return {}
    try:
        told = pl.read_csv(path, infer_schema=False).select("series_id", "publication_lag_days")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise FeedError(f"expected {path} to tell the publication lags, found it damaged") from error
    return {name: int(lag) for name, lag in told.iter_rows() if lag is not None and lag.isdecimal()}
