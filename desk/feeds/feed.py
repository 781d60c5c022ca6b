"""What a feed is: one protocol for every vendor, asked for one kind of fact at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, Protocol

from fund.errors import DataError

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["bars", "actions", "headlines", "macro"]

FILE_OF: dict[Kind, str] = {
    "bars": "bars_daily.parquet",
    "actions": "corporate_actions.parquet",
    "headlines": "headlines.parquet",
    "macro": "macro.parquet",
}
"""The bundle's file whose columns a delivery of this kind has: one form for what is kept and what comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a feed: one kind of fact about some names over some days, both ends included."""

    kind: Kind
    names: tuple[str, ...]
    """Tickers; the ids of series for macro."""
    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse a request for nothing."""
        if not self.names or self.first > self.last:
            raise DataError(f"expected a request for some names over some days, found {self!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A close that two vendors do not tell alike: who said what, USD as traded."""

    name: str
    session: date
    said: Mapping[str, float]
    """By feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a feed answered, as it came: nothing in it is believed before it was checked."""

    feed: str
    request: Request
    received_at: datetime
    """When it was read, UTC: the earliest moment from which it may count as known."""
    frame: "pl.DataFrame"
    """The columns of the bundle's file of this kind, prices raw as traded, and `known_at` (UTC)."""
    missing: tuple[str, ...] = ()
    """Names the vendor has nothing of."""
    unanswered: tuple[str, ...] = ()
    """Names it could not be asked about any more, over a limit or away midway: to be asked again."""
    behind: tuple[str, ...] = ()
    """Names whose last bar is older than the last session asked for that has closed."""
    disagreements: tuple[Disagreement, ...] = ()
    """Where a second vendor, asked about the same, said something else."""


class Feed(Protocol):
    """A source of facts. Whoever fetches checks them (`desk.feeds` keeps that apart from any vendor)."""

    @property
    def name(self) -> str:
        """A short name for records: yahoo, alpaca, fred."""
        ...

    @property
    def offers(self) -> frozenset[Kind]:
        """The kinds of fact it has."""
        ...

    def fetch(self, request: Request) -> Delivery:
        """Return what the vendor says now.

        Raises `FeedError` when it could not be had: out of reach, over a limit, or not an answer at all.
        """
        ...
