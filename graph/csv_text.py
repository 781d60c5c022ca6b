"""Rows as CSV that a spreadsheet shows and never runs."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

Cell = str | int | float | None
_NUMBER = re.compile(r"[+-]?[\d.,\s]+%?")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
"""The wide signs of an East Asian keyboard mean the same to its spreadsheet."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Write rows under their columns; a text that a spreadsheet would run is prefixed with an apostrophe."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([_unarmed(column) for column in columns])
    writer.writerows([_unarmed(cell) for cell in row] for row in rows)
    return file.getvalue()


def _unarmed(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
