"""Feature tables kept on disk: what was computed once is read again, and only new sessions are added.

A table is kept by its features' version and its universe's name, with a hash of everything the features read.
That hash is the version of the data: bars that grew at their end have the old one as far as it goes.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from fund.features.feature import Feature
from fund.features.panel import FEATURES, FeatureTable, feature_table, feature_version
from fund.features.universe import Universe

VALUES, ABOUT = "values.npy", "table.json"
FORMAT = 1
Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptTable:
    """A table, how much of it had to be computed, and why."""

    table: FeatureTable
    """Its values are mapped from the file, not read into memory, unless they could not be kept."""
    computed_sessions: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What stands beside the values."""

    format: int
    features: str
    universe: str
    sessions: int
    last: str
    data: str
    """Hash of what the features read."""
    values: str
    """Hash of the file of values."""


class FeatureCache:
    """A folder of tables, one for each set of features and universe: the newest replaces the one before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def table(
        self, universe: Universe, features: tuple[Feature, ...] = FEATURES, *, universe_name: str
    ) -> KeptTable:
        """Return the table of a universe, to the bit what `feature_table` gives.

        A kept table that is damaged, foreign, of other data or longer than the universe is computed anew, and
        one that cannot be written is given all the same; `reason` says so.
        """
        version = feature_version(features)
        place = self._folder / f"{version}-{sha256(universe_name.encode()).hexdigest()[:12]}"
        sessions = len(universe.panel.sessions)
        kept = _kept(place, universe, features, universe_name)
        if isinstance(kept, str):
            values, computed, reason = feature_table(universe, features).values, sessions, kept
        elif len(kept) == sessions:
            return KeptTable(
                table=_table(universe, features, kept), computed_sessions=0, reason="it was kept"
            )
        else:
            computed = sessions - len(kept)
            values = np.concatenate([kept, _newest(universe, features, computed)])
            reason = f"{computed} sessions came after the kept ones"
        try:
            mapped = _write(place, universe, values, version, universe_name)
        except OSError as error:
            reason = f"{reason}; it could not be kept: {error.strerror or error}"
            mapped = values
        return KeptTable(table=_table(universe, features, mapped), computed_sessions=computed, reason=reason)


def data_version(universe: Universe, sessions: int | None = None) -> str:
    """Return a sha256 over everything that features read of a universe's first sessions, all by default."""
    stop = len(universe.panel.sessions) if sessions is None else sessions
    panel, digest = universe.panel, sha256()
    heads = (universe.benchmark, *panel.tickers, *(day.isoformat() for day in panel.sessions[:stop]))
    digest.update("\n".join(heads).encode())
    digest.update(np.ascontiguousarray(universe.sectors).data)
    for name, values in _matrices(universe):
        digest.update(f"\n{name}\n".encode())
        digest.update(np.ascontiguousarray(values[:stop]).data)
    return digest.hexdigest()


def _matrices(universe: Universe) -> Iterator[tuple[str, NDArray[np.generic]]]:
    for name in ("open", "high", "low", "close", "volume", "total_return_index"):
        yield name, getattr(universe.panel, name)
    yield "members", universe.members
    if universe.context is not None:
        yield from (("market " + name, each) for name, each in sorted(universe.context.market.items()))
        yield from (("names " + name, each) for name, each in sorted(universe.context.names.items()))


def _newest(universe: Universe, features: tuple[Feature, ...], count: int) -> Values:
    stop = len(universe.panel.sessions)
    longest = max((feature.window for feature in features), default=1)
    recent = universe.rows(max(stop - count - longest + 1, 0), stop)
    return feature_table(recent, features, last=count).values


def _table(universe: Universe, features: tuple[Feature, ...], values: Values) -> FeatureTable:
    return FeatureTable(
        sessions=universe.panel.sessions,
        tickers=universe.panel.tickers,
        names=tuple(feature.name for feature in features),
        values=values,
        present=universe.present,
        version=feature_version(features),
    )


def _kept(place: Path, universe: Universe, features: tuple[Feature, ...], universe_name: str) -> Values | str:
    """Return the values that are kept of this universe's first sessions, or why there are none to use."""
    version = feature_version(features)
    try:
        about = _About(**json.loads((place / ABOUT).read_text(encoding="utf-8")))
        with (place / VALUES).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != about.values:
                return "the kept values are damaged: their hash is not the one that was written beside them"
            values = _mapped(file)
    except FileNotFoundError:
        return "nothing was kept"
    except (OSError, ValueError, TypeError) as error:
        return f"the kept table cannot be read: {error}"
    if (about.format, about.features, about.universe) != (FORMAT, version, universe_name):
        return "the kept table is of other features or of another universe"
    if not isinstance(about.sessions, int) or not 0 < about.sessions <= len(universe.panel.sessions):
        return (
            f"the kept table has {about.sessions!r} sessions, the universe {len(universe.panel.sessions)!r}"
        )
    if about.data != data_version(universe, about.sessions):
        return f"what was known up to {about.last} is not what the kept table was made of"
    shape = (about.sessions, len(universe.panel.tickers), len(features))
    if values.dtype != np.float32 or values.shape != shape:
        return f"expected kept values as float32 of {shape!r}, found {values.dtype} of {values.shape!r}"
    return values


def _mapped(file: BinaryIO) -> Values:
    """Map the values of an open file: another may take its place in the folder meanwhile."""
    file.seek(0)
    np.lib.format.read_magic(file)
    shape, by_column, kind = np.lib.format.read_array_header_1_0(file)
    if kind.hasobject:
        raise ValueError(f"expected numbers, found {kind!r}")
    order: Literal["C", "F"] = "F" if by_column else "C"
    return np.memmap(file, dtype=kind, mode="r", offset=file.tell(), shape=shape, order=order)


def _write(place: Path, universe: Universe, values: Values, version: str, universe_name: str) -> Values:
    """Put the values down, then what is said of them: between the two the old words match no new values."""
    place.mkdir(parents=True, exist_ok=True)
    with _draft(place / VALUES) as draft:
        with draft.open("wb") as file:
            np.save(file, values, allow_pickle=False)
        with draft.open("rb") as file:
            written, mapped = file_digest(file, "sha256").hexdigest(), _mapped(file)
    about = {
        "format": FORMAT,
        "features": version,
        "universe": universe_name,
        "sessions": len(values),
        "last": _last(universe.panel.sessions),
        "data": data_version(universe),
        "values": written,
    }
    with _draft(place / ABOUT) as draft:
        draft.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return mapped


def _last(sessions: tuple[date, ...]) -> str:
    return sessions[-1].isoformat() if sessions else ""


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Give a file beside `path` to write to, which then takes its place in one step."""
    handle, name = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
