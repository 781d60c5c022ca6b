"""What a long backfill has had so far: one file an answer, written whole or not at all, never asked twice."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from desk.feeds.feed import Delivery, Kind, Request
from fund.errors import ConfigError, DataError

PLAN, FORMAT = "plan.json", 1
KINDS: tuple[Kind, ...] = ("bars", "actions", "headlines", "macro")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be had of a feed, and in which portions."""

    feed: str
    first: date
    last: date
    names: tuple[str, ...]
    series: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ("bars", "actions")
    names_a_part: int = 20

    def __post_init__(self) -> None:
        """Refuse a plan for nothing."""
        if not self.names or self.first > self.last or self.names_a_part < 1:
            raise ConfigError(
                f"expected names, and days in order, found {len(self.names)} from {self.first} to {self.last}"
            )

    def requests(self) -> Iterator[tuple[str, Request]]:
        """Yield each request under the name of its part."""
        for place, names in enumerate(self.portions()):
            for kind in self.kinds:
                if kind != "macro":
                    yield f"{place:04d}-{kind}", self._request(kind, names)
        if "macro" in self.kinds and self.series:
            yield "macro", self._request("macro", self.series)

    def portions(self) -> tuple[tuple[str, ...], ...]:
        """Return the names by portion, sorted: the order they are asked for does not matter."""
        names, size = tuple(sorted(set(self.names))), self.names_a_part
        return tuple(names[start : start + size] for start in range(0, len(names), size))

    def _request(self, kind: Kind, names: tuple[str, ...]) -> Request:
        return Request(kind=kind, names=names, first=self.first, last=self.last)


class Parts:
    """The answers of one plan under a folder; several threads may keep theirs at a time."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        written = folder / PLAN
        told = {"format": FORMAT, **json.loads(json.dumps(asdict(plan), default=str))}
        if not written.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write(written, json.dumps(told, indent=1).encode())
        elif _read(written) != told:
            raise ConfigError(
                f"expected {folder} to hold answers to these names and days, found others; "
                "ask for the same again, or give another folder"
            )

    def has(self, part: str) -> bool:
        """Say whether an answer was kept."""
        return (self._folder / f"{part}.json").exists()

    def keep(self, part: str, delivery: Delivery) -> None:
        """Keep an answer; it counts once its manifest is there, which is written last."""
        buffer = BytesIO()
        delivery.frame.write_parquet(buffer)
        content = buffer.getvalue()
        _write(self._folder / f"{part}.parquet", content)
        manifest = {
            "feed": delivery.feed,
            "received_at": delivery.received_at.isoformat(),
            "missing": list(delivery.missing),
            "rows": delivery.frame.height,
            "sha256": sha256(content).hexdigest(),
        }
        _write(self._folder / f"{part}.json", json.dumps(manifest, indent=1).encode())

    def read(self, part: str, request: Request) -> Delivery:
        """Return an answer as it came; `DataError` names a damaged one."""
        import polars as pl

        manifest, path = _read(self._folder / f"{part}.json"), self._folder / f"{part}.parquet"
        content = path.read_bytes() if path.exists() else b""
        if sha256(content).hexdigest() != manifest["sha256"]:
            raise DataError(
                f"expected {path} as it was written, found it damaged; remove {part}.json beside it"
            )
        return Delivery(
            feed=manifest["feed"],
            request=request,
            received_at=datetime.fromisoformat(manifest["received_at"]),
            frame=pl.read_parquet(content),
            missing=tuple(manifest["missing"]),
        )


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f"{path.name}.draft")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise ConfigError(f"expected to write {path}, found {error.strerror!r}; free some space") from error


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise DataError(f"expected {path} whole, found it damaged ({error}); remove it") from error
