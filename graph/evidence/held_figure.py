"""One number that a tool has returned, and everything that the tools of a turn have."""

from dataclasses import dataclass, field
from datetime import date

from graph.evidence.figure_kinds import Kind

NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Of:
    """What a record is of: its tickers in small letters, and names of other kinds, `kind:name`."""

    tickers: frozenset[str] = NOBODY
    labels: frozenset[str] = NOBODY

    def __or__(self, other: "Of") -> "Of":
        return Of(self.tickers | other.tickers, self.labels | other.labels)


EVERYBODY = Of()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFigure:
    """One number of a result, or one worked out from two of them."""

    value: float
    kind: Kind
    key: str
    of: Of = EVERYBODY
    shrinking: bool = False
    """Whether its size may be told without its sign."""
    worked_out: str = ""
    of_each: frozenset[str] = NOBODY
    """Tickers that must all be spoken of, where a figure joins the records of several."""
    between: tuple[Of, Of] | None = None
    """Whose two values it joins, where it is the first less the second."""
    signless: bool = False
    """Whether it says nothing about a direction, as a number in somebody's words may not."""


@dataclass(slots=True, kw_only=True)
class Held:
    """Everything the results of a turn hold that an answer may tell."""

    figures: list[HeldFigure] = field(default_factory=list)
    days: dict[date, set[frozenset[str]]] = field(default_factory=dict)
    """Each day, with the tickers of the records that hold it."""
    yearless: set[tuple[int, int]] = field(default_factory=set)
    """Months and days that somebody's words name without a year."""
    periods: set[str] = field(default_factory=set)
    tickers: dict[str, str] = field(default_factory=dict)
    """Every way to call a company, in small letters, with its ticker."""
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    """Every other name that a record is told by, in small letters, with what it may stand for."""

    def call(self, spoken: str, label: str) -> None:
        """Remember a name for a label."""
        self.names[spoken] = self.names.get(spoken, NOBODY) | {label}
