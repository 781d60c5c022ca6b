"""The files of a data bundle and the columns each must have; anything else is refused by name."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from fund.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl

ColumnKind = Literal["text", "day", "moment", "number", "whole", "flag"]

DIGESTS = "SHA256SUMS"
RESTORE = "restore it from the repository"
REPORT_FIGURES = ("revenues", "net_income", "eps_diluted", "equity", "assets", "cash")


def _columns(kind: ColumnKind, *names: str) -> dict[str, ColumnKind]:
    return dict.fromkeys(names, kind)


BARS: Mapping[str, ColumnKind] = {
    **_columns("number", "open", "high", "low", "close"),
    **_columns("whole", "volume"),
}

FILES: Mapping[str, Mapping[str, ColumnKind]] = MappingProxyType(
    {
        "bars_daily.parquet": {**_columns("text", "symbol"), **_columns("day", "date"), **BARS},
        "intraday_sample.parquet": {
            **_columns("text", "symbol", "frequency"),
            **_columns("moment", "ts"),
            **BARS,
        },
        "corporate_actions.parquet": {
            **_columns("text", "symbol", "kind", "detail"),
            **_columns("day", "ex_date"),
            **_columns("number", "value"),
        },
        "membership.csv": _columns("text", "symbol", "start", "end"),
        "metadata.csv": _columns("text", "symbol", "name", "asset_class", "gics_sector"),
        "macro.parquet": {
            **_columns("text", "series_id"),
            **_columns("day", "date"),
            **_columns("number", "value"),
        },
        "macro_meta.csv": _columns(
            "text", "series_id", "name", "units", "frequency", "publication_lag_days", "revised"
        ),
        "headlines.parquet": {
            **_columns("text", "headline_id", "symbols", "title", "source"),
            **_columns("moment", "known_at"),
        },
        "reports.parquet": {
            **_columns("text", "symbol", "doc_type"),
            **_columns("day", "end_date"),
            **_columns("moment", "known_at"),
            **_columns("flag", "amend"),
            **_columns("number", *REPORT_FIGURES),
        },
        "quality.csv": _columns("text", "symbol", "first_date", "last_date", "issue", "detail"),
        "ticker_changes.csv": _columns("text", "ticker_before", "symbol", "effective", "note"),
    }
)


def read_file(bundle: Path, name: str, remedy: str = RESTORE) -> "pl.DataFrame":
    """Return the checked columns of one file; a CSV as text, nothing in it read as a missing value.

    Tickers such as NA and TRUE are words. Raises `ConfigError` naming the file when it is missing,
    cannot be read, is damaged, or lacks a column; `remedy` is what its owner can do.
    """
    path = bundle / name
    frame = _parsed(path, _digests(bundle, remedy).get(name), remedy)
    problems = [
        f"column {column!r} of {kind}s ({'it is absent' if column not in frame else frame.schema[column]})"
        for column, kind in FILES[name].items()
        if column not in frame or not _is_kind(frame.schema[column], kind)
    ]
    if problems:
        raise ConfigError(f"expected {path} to have {'; '.join(problems)}; {remedy}")
    return frame.select(list(FILES[name]))


def _digests(bundle: Path, remedy: str) -> Mapping[str, str]:
    """Return the sha256 of each file as `SHA256SUMS` lists them; a bundle of one's own may have no list."""
    listed = bundle / DIGESTS
    if not listed.exists():
        return {}
    try:
        pairs = [line.split() for line in listed.read_text(encoding="utf-8").splitlines() if line.strip()]
        return {name.removeprefix("*"): digest for digest, name in pairs}
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"expected a digest and a file name on every line of {listed}, found {_first_line(error)!r}; "
            f"{remedy}"
        ) from error


def _parsed(path: Path, digest: str | None, remedy: str) -> "pl.DataFrame":
    import polars as pl

    try:
        content = path.read_bytes()
        if digest is not None and sha256(content).hexdigest() != digest:
            raise ConfigError(f"expected {path} as {DIGESTS} lists it, found it damaged or changed; {remedy}")
        if path.suffix == ".csv":
            return pl.read_csv(content, infer_schema=False, empty_string_is_null=False)
        return pl.read_parquet(content)
    except FileNotFoundError as error:
        raise ConfigError(f"expected the bundle file {path}, found none; {remedy}") from error
    except OSError as error:
        raise ConfigError(
            f"expected a readable bundle file {path}, found {error.strerror or str(error)!r}; allow it"
        ) from error
    except pl.exceptions.PolarsError as error:
        raise ConfigError(
            f"expected {path} to be a whole {path.suffix[1:]} file, found it damaged ({_first_line(error)}); "
            f"{remedy}"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _is_kind(found: "pl.DataType", kind: ColumnKind) -> bool:
    import polars as pl

    if kind == "moment":
        return isinstance(found, pl.Datetime) and found.time_zone == "UTC"
    if kind in {"number", "whole"}:
        return found.is_float() or found.is_integer()
    return found == {"text": pl.String, "day": pl.Date, "flag": pl.Boolean}[kind]
