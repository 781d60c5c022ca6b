"""One view as people speak of it: its words, figures, groups and kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["usd", "fraction", "shares", "days", "milliseconds", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure of a record; of an inverted one the largest is the lowest value, as of a loss."""

    sql: str
    name: str
    unit: Unit
    inverted: bool = False
    fraction_sql: str | None = None
    """The same as a fraction, for thresholds in per cent."""
    only: str = ""
    """Which records have it at all."""
    adds_up: bool = True
    """Whether a sum of it says anything; else its groups are told by the mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One view as people speak of it."""

    view: str
    noun: str
    words: frozenset[str]
    day: str
    columns: str
    filters: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    usual: str = ""
    """The measure that is meant when only "largest" or "best" is said."""
    newest: str = ""
    """What orders a list; the day, newest first, unless said otherwise."""
    has_ticker: bool = True
    usually: tuple[str, str] | None = None
    """A column, and what holds of it where neither a filter nor the group names it."""
    by_wall: bool = False
    """Whether its days are the real calendar's, in a replay too."""


def named(names: str, value: str) -> dict[str, str]:
    """Return the same meaning for several words."""
    return dict.fromkeys(names.split(), value)


def measures(*listed: tuple[str, Measure]) -> dict[str, Measure]:
    """Return measures by each of the words they go by."""
    return {word: measure for words, measure in listed for word in words.split()}


def times(day: str) -> dict[str, str]:
    """Return how a day is gathered, by each word for it."""
    return {
        **named("month months monthly", f"to_char({day}, 'YYYY-MM')"),
        **named("week weeks weekly", f"to_char({day}, 'IYYY-\"W\"IW')"),
        **named("quarter quarters quarterly", f"to_char({day}, 'YYYY-\"Q\"Q')"),
        **named("year years yearly", f"to_char({day}, 'YYYY')"),
        **named("weekday weekdays", f"to_char({day}, 'ID Day')"),
        **named("day days daily session sessions date dates", f"({day})"),
    }


TICKER = named("ticker tickers name names stock stocks symbol symbols company companies", "ticker")
