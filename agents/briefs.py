"""Briefs as bytes: compact JSON, the same for the same evidence, one table row a line."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from agents.answers import MacroAnswer, ManagerAnswer, QuantAnswer, ValidatorAnswer
from agents.brief import CandidateEvidence, Evidence
from agents.untrusted import clean

Cell = str | int | float | bool | None
Parts = Mapping[str, object]
Row = TypeVar("Row")

BLIND_SESSION = date(9999, 12, 31)
"""Stands for "today" in blind evidence; a brief says T-0d instead."""
BLIND_NAMES = "pseudonyms; dates and prices withheld, dollar volumes and equity scaled to a median volume 100"
REASON_LIMIT = 240
NAME_LIMIT = 60
MOST_MISSING = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What the roles before this one said; None is a role that has not spoken."""

    macro: MacroAnswer | None = None
    quant: QuantAnswer | None = None
    manager: ManagerAnswer | None = None
    """The latest proposal; while it is being revised, the one sent back."""
    validator: ValidatorAnswer | None = None
    """The verdict on the first proposal; with it, the manager speaks for the last time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row]):
    """Columns by name, each a function of a row."""

    columns: Mapping[str, Callable[[Row], Cell]]

    def of(self, rows: Iterable[Row]) -> dict[str, object]:
        """Return the table as plain data."""
        read = tuple(self.columns.values())
        return {"columns": list(self.columns), "rows": [[_plain(f(row)) for f in read] for row in rows]}


def render(parts: Parts) -> str:
    """Return a brief: one JSON object, a line per part and per table row, numbers to 4 digits."""
    lines = [f"{_dumps(key)}: {_render_part(value)}" for key, value in parts.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def number(value: float | int | None) -> float | int | None:
    """Return a number to 4 significant digits; what is missing or not finite is None, never 0."""
    if value is None or isinstance(value, bool | int):
        return value
    if not math.isfinite(value):
        return None
    short = float(f"{value:.4g}")
    if not math.isfinite(short):
        return value
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def age(day: date, session: date) -> str:
    """Return a day as calendar days before the session: `T-35d`; `T-0d` on the day itself."""
    days = (session - day).days
    return f"T+{-days}d" if days < 0 else f"T-{days}d"


def header(role: str, evidence: Evidence) -> dict[str, object]:
    """Return what opens every brief: who is asked, when, over how many sessions to think, and why now."""
    blind = evidence.session == BLIND_SESSION
    called = {"occasion": told(evidence.occasion)} if evidence.occasion else {}
    return {
        "role": role,
        "session": "T-0d" if blind else evidence.session.isoformat(),
        "horizon_sessions": evidence.horizon_sessions,
        "names": BLIND_NAMES if blind else "real",
        **called,
    }


def figures(values: Mapping[str, float | int | bool | None]) -> dict[str, object]:
    """Return named numbers, rounded, in the order given."""
    return {key: number(value) for key, value in values.items()}


def told(text: str) -> str:
    """Return another role's words, safe to quote and short."""
    return clean(text, REASON_LIMIT)


def book_part(evidence: Evidence) -> dict[str, object]:
    """Return the paper book as fractions of equity."""
    book = evidence.book
    return figures(
        {
            "cash_fraction": book.cash_fraction,
            "gross": book.gross,
            "net": book.net,
            "drawdown": book.drawdown,
            "return_since_start": book.return_since_start,
        }
    )


def limits_part(evidence: Evidence) -> dict[str, object]:
    """Return the mandate's limits by name, sorted."""
    return figures(dict(sorted(evidence.limits.items())))


def missing_part(evidence: Evidence) -> dict[str, object]:
    """Return what was left out and why, the first entries by name."""
    named = sorted(evidence.missing.items())[:MOST_MISSING]
    return {clean(key, NAME_LIMIT): clean(reason, NAME_LIMIT) for key, reason in named}


def macro_part(earlier: Earlier) -> object:
    """Return what the macro researcher said, None when it has not spoken."""
    macro = earlier.macro
    if macro is None:
        return None
    return {
        "regime": macro.regime,
        "exposure": number(macro.exposure),
        "confidence": number(macro.confidence),
        "sectors_to_avoid": [clean(sector, NAME_LIMIT) for sector in macro.sectors_to_avoid],
        "summary": told(macro.summary),
    }


def similar_count_and_mean(candidate: CandidateEvidence) -> tuple[int, float | None]:
    """Return how many similar trades are known and their mean return, None without any."""
    returns = [trade.return_fraction for trade in candidate.similar]
    return len(returns), (sum(returns) / len(returns) if returns else None)


def _render_part(value: object) -> str:
    if isinstance(value, dict) and set(value) == {"columns", "rows"}:
        rows = ",\n".join(_dumps(row) for row in value["rows"])
        return f'{{"columns":{_dumps(value["columns"])},"rows":[\n{rows}]}}'
    return _dumps(value)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(cell: Cell) -> Cell:
    return number(cell) if isinstance(cell, float) else cell
