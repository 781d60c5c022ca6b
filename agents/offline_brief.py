"""A brief read back into rows and numbers, for the rules that answer without an LLM."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fund.errors import AnswerError

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Brief:
    """One brief as plain data."""

    data: Row

    @classmethod
    def read(cls, text: str) -> "Brief":
        """Read the first JSON object of a prompt; raises `AnswerError` when it is not a brief."""
        start = text.find("{")
        try:
            data, _ = json.JSONDecoder().raw_decode(text, max(start, 0))
        except (json.JSONDecodeError, RecursionError) as error:
            raise AnswerError(f"expected a brief as JSON, found {text[:60]!r}") from error
        if not isinstance(data, dict) or not isinstance(data.get("role"), str):
            raise AnswerError(f"expected a brief that names its role, found {text[:60]!r}")
        return cls(data)

    @property
    def role(self) -> str:
        """Return whom the brief is for."""
        return str(self.data["role"])

    @property
    def horizon(self) -> int:
        """Return the horizon in sessions."""
        return int(self.data.get("horizon_sessions") or 5)

    def part(self, name: str) -> Row:
        """Return a part by name; empty when it is missing or null."""
        value = self.data.get(name)
        return value if isinstance(value, dict) else {}

    def rows(self, name: str) -> list[Row]:
        """Return a table's rows as mappings; empty when there is none."""
        return list(rows_of(self.data.get(name)))


def rows_of(table: object) -> Iterator[Row]:
    """Yield the rows of a rendered table as mappings."""
    if isinstance(table, dict) and "columns" in table and "rows" in table:
        for row in table["rows"]:
            yield dict(zip(table["columns"], row, strict=True))


def grouped(rows: list[Row]) -> dict[str, list[Row]]:
    """Return rows by their ticker, in order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["ticker"], []).append(row)
    return groups


def clip(value: float, low: float, high: float) -> float:
    """Return `value` held between two bounds."""
    return min(max(value, low), high)


def squash(value: float) -> float:
    """Return `value` squeezed into (-1, 1), about linear near zero."""
    return math.tanh(value)


def shrunk(mean: float, n: int, prior: float = 10.0) -> float:
    """Return a mean pulled towards zero as if `prior` observations of zero had been seen as well."""
    return mean * n / (n + prior) if n else 0.0


def percent(value: float) -> str:
    """Return a fraction as signed percent, `+1.2 %`; what rounds to nothing has no sign."""
    return f"{value * 100:+.1f} %" if round(abs(value) * 100, 1) else "0.0 %"


def share(value: float) -> str:
    """Return a fraction as plain percent: `4.5 %`."""
    return f"{value * 100:.1f} %"
