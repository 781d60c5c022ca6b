"""What a check of the books found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first row of a table that does not hold, and what is wrong with it."""

    table: str
    row: str
    problem: str
