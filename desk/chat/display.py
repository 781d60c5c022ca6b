"""How events look on a page: safe Markdown, CSV without formulas, charts that suit dark and light."""

import math
import re
from collections.abc import Sequence
from typing import Any

from graph.chat_events import Chart, Table
from graph.csv_text import Cell, csv_text
from graph.replies.phrases import unlinked

MAX_MARKDOWN_ROWS = 20
"""A longer table is shown paged, ten rows a page, instead of whole in the text."""

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=])")
_FIGURE = re.compile(r"[+\-−]?\$?[\d,]*\.?\d+ ?%?|n/a|–")
_SHOWN_DECIMALS = 6
_QUIET = "#7d8894"
_GRID = "rgba(125, 136, 148, 0.25)"
_TITLE = {"x": 0, "xanchor": "left", "pad": {"l": 8}, "font": {"size": 12}}
"""Small and from the left edge: what does not fit a phone is cut at the right, after what it is about."""
_LEGEND = {"orientation": "h", "x": 0, "y": -0.12, "yanchor": "top"}
"""Below the plot, where its rows on a narrow page cover no line."""
PALETTES = {
    "desk": ["#2a9d8a", "#8d7fd1", "#d08a3c", "#4f8fce", "#c0605f", "#7d8894"],
    "safe": ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"],
    "grey": ["#7d8894", "#a3adb7", "#5c6670", "#c2cad1", "#8c96a0", "#6b7580"],
}
"""Colours by the name of their choice; "safe" is Okabe and Ito's, told apart by the colour-blind."""


class Prose:
    """Makes streamed Markdown safe for a page that reads `:name` as a directive.

    Without it "NYSE:AAPL" would lose its ticker. Code keeps its colons.
    """

    def __init__(self) -> None:
        self._held = ""
        self._in_code = False

    def feed(self, text: str) -> str:
        """Return what can be shown now; a last colon waits for the character after it."""
        return self._escaped(self._held + text, final=False)

    def rest(self) -> str:
        """Return what was still held back."""
        return self._escaped(self._held, final=True)

    def _escaped(self, text: str, *, final: bool) -> str:
        self._held = ""
        if not final and text.endswith(":"):
            text, self._held = text[:-1], ":"
        shown: list[str] = []
        for i, character in enumerate(text):
            if character == "`":
                self._in_code = not self._in_code
            followed = text[i + 1 : i + 2].isalpha()
            shown.append("\\:" if character == ":" and followed and not self._in_code else character)
        return "".join(shown)


def plain(text: str) -> str:
    """Escape a text so that Markdown shows it letter by letter, on one line."""
    return _MARKUP.sub(r"\\\1", unlinked(" ".join(text.split())))


def markdown_table(table: Table) -> str:
    """Write a table as Markdown; cells are text, numbers stand right."""
    head = " | ".join(plain(column) for column in table.columns)
    marks = " | ".join("---:" if _stands_right(column) else "---" for column in _by_column(table))
    rows = (" | ".join(plain(shown(cell)) for cell in row) for row in table.rows)
    return "\n".join(f"| {line} |" for line in (head, marks, *rows))


def csv_bytes(table: Table) -> bytes:
    """Write a table as UTF-8 CSV; a text that a spreadsheet would run is prefixed with an apostrophe."""
    rows = ([_finite(cell) for cell in row] for row in table.rows)
    return csv_text(table.columns, rows).encode(errors="replace")


def csv_name(table: Table) -> str:
    """Return a file name for a table's CSV made of letters, digits and dashes."""
    stem = re.sub(r"[^a-z0-9]+", "-", table.title.lower())[:60].strip("-")
    return f"{stem or 'table'}.csv"


def paged_columns(table: Table) -> dict[str, list[Cell]]:
    """Return the table by column, each of one kind, numbers finite, names unique."""
    columns: dict[str, list[Cell]] = {}
    for name, cells in zip(table.columns, _by_column(table), strict=True):
        unique = name
        while unique in columns:
            unique += "\u2009′"
        kept = [_rounded(cell) for cell in cells]
        columns[unique] = (
            kept if _is_numeric(kept) else [None if cell is None else shown(cell) for cell in kept]
        )
    return columns


def shown(cell: Cell) -> str:
    """Write one cell for reading; nothing is shown as a dash."""
    finite = _finite(cell)
    if finite is None:
        return "–"
    if isinstance(finite, float):
        return f"{finite:z,.4f}".rstrip("0").rstrip(".")
    return f"{finite:,}" if isinstance(finite, int) else finite


def styled(chart: Chart, palette: str = "desk") -> dict[str, Any]:
    """Return the chart's figure with a transparent ground and colours readable in dark and light."""
    layout = dict(_mapping(chart.figure.get("layout")))
    font = {"color": _QUIET, "family": "system-ui, sans-serif", "size": 12}
    axis = {"gridcolor": _GRID, "zerolinecolor": _GRID, "automargin": True}
    for name in {"xaxis", "yaxis", *(key for key in layout if re.fullmatch(r"[xy]axis\d*", key))}:
        layout[name] = {**axis, **_mapping(layout.get(name))}
    layout |= {
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": font,
        "colorway": PALETTES[palette],
    }
    layout.setdefault("margin", {"l": 8, "r": 8, "t": 32 if "title" in layout else 8, "b": 8})
    layout["legend"] = {**_mapping(layout.get("legend")), **_LEGEND}
    if "title" in layout:
        title = layout["title"]
        layout["title"] = {**(_mapping(title) or {"text": title}), **_TITLE}
    layout.setdefault("hovermode", "x unified")
    layout.setdefault("hoverlabel", {"bgcolor": "#1b2530", "font": {"color": "#eef2f5"}})
    traces = chart.figure.get("data", [])
    return {"data": traces if palette == "desk" else _recoloured(traces, PALETTES[palette]), "layout": layout}


def _recoloured(traces: object, colours: Sequence[str]) -> list[Any]:
    """Give every trace that names its one colour the next of these; a scale of colours is left alone."""
    found: list[Any] = []
    for number, trace in enumerate(traces if isinstance(traces, list) else []):
        colour, changed = colours[number % len(colours)], dict(_mapping(trace))
        for part in ("line", "marker"):
            if isinstance(_mapping(changed.get(part)).get("color"), str):
                changed[part] = {**changed[part], "color": colour}
        if isinstance(changed.get("fillcolor"), str):
            changed["fillcolor"] = (
                f"rgba({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))}, 0.3)"
            )
        found.append(changed)
    return found


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _by_column(table: Table) -> list[list[Cell]]:
    return [[row[i] for row in table.rows] for i in range(len(table.columns))]


def _is_numeric(cells: list[Cell]) -> bool:
    known = [cell for cell in cells if cell is not None]
    return bool(known) and not any(isinstance(cell, str) for cell in known)


def _stands_right(cells: list[Cell]) -> bool:
    """Tell whether a column holds figures, written out or not."""
    known = [cell for cell in cells if cell is not None]
    return _is_numeric(cells) or (bool(known) and all(_FIGURE.fullmatch(str(cell).strip()) for cell in known))


def _finite(cell: Cell) -> Cell:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _rounded(cell: Cell) -> Cell:
    finite = _finite(cell)
    return round(finite, _SHOWN_DECIMALS) if isinstance(finite, float) else finite
