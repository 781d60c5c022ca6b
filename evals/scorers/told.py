"""Whether texts tell a figure or a word, in any unit and to any digit that is still the same figure."""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from graph.evidence.figures_said import SaidFigure, said_days, said_figures

_SCALES = {"percent": 100.0, "points": 100.0, "bp": 10_000.0}


def is_told(value: str | float, texts: Iterable[str]) -> bool:
    """Tell whether one of the texts tells a value; a small count may be told by chance."""
    if isinstance(value, float):
        return any(_is_figure(figure, value) for text in texts for figure in _figures(text))
    day = _day(value)
    if day is not None:
        return any(_says_day(text, day, value) for text in texts)
    word = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
    return any(word.search(text) for text in texts)


@lru_cache(maxsize=4096)
def _figures(text: str) -> tuple[SaidFigure, ...]:
    """Return the figures of a text; two scorers look at every answer, and a baseline gives one to all."""
    return tuple(said_figures(text))


def _is_figure(said: SaidFigure, value: float) -> bool:
    """Tell whether a said number is a value, as it is or as a fraction's percentage."""
    if said.explicit and said.sign and value and (value > 0) != (said.sign > 0):
        return False
    half = said.half_digit * (1 + 1e-9) + 1e-12
    sizes = {abs(value), abs(value) * _SCALES.get(said.unit, 1.0)}
    return any(abs(size - said.value) <= half for size in sizes)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _says_day(text: str, day: date, written: str) -> bool:
    if written in text:
        return True
    return any(
        (said.month, said.day) == (day.month, day.day) and said.year in (None, day.year)
        for said in said_days(text)
    )
