"""Whether a number as it is said can be a number that is held: its size in its unit, and its direction."""

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from graph.evidence.figure_kinds import GAP
from graph.evidence.figures_said import SaidFigure
from graph.evidence.held_figure import HeldFigure, Of

SCALES = (1.0, 100.0, 10_000.0, 0.01)
"""What a held number is multiplied by in one unit or another: by nothing else in `_in_unit`."""
_THEY = re.compile(
    r"\b(?:spy|s&p 500|benchmark|index|market)\s+(?:\w+\s){0,2}?(?:beat\w*|trail\w*|lag\w*|outperform\w*"
    r"|underperform\w*|is|was|did|ended|finished|leads?|led|came|stands|stood)\b[^,;.]*$",
    re.IGNORECASE,
)
"""Where the benchmark is whom a comparison is told of, its sign is the other one's."""


def may_be(figure: SaidFigure, sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell of many held sizes which may be the said one in some unit: every one that `same_size` finds."""
    half = figure.half_digit * (1 + 1e-6) + 1e-9
    near = np.zeros(len(sizes), dtype=np.bool_)
    for scale in SCALES:
        near |= np.abs(sizes * scale - figure.value) <= half
    return near


def same_size(figure: SaidFigure, held: HeldFigure) -> bool:
    """Tell whether a held number is the said one, in the said one's unit and to the digits it shows."""
    half = figure.half_digit * (1 + 1e-9) + 1e-12
    return any(abs(abs(size) - figure.value) <= half for size in _in_unit(figure, held))


def _in_unit(figure: SaidFigure, held: HeldFigure) -> tuple[float, ...]:
    value, kind = held.value, held.kind
    if held.worked_out == "growth" and figure.unit != "percent":
        return ()
    match figure.unit:
        case "percent":
            return _as_percent(held)
        case "points":
            if kind == "difference" or (
                kind == "fraction" and (held.key.startswith("gap ") or _is_gap(held))
            ):
                return (value * 100,)
            return (value,) if kind in ("percent", "number") else ()
        case "bp":
            if kind in ("fraction", "difference"):
                return (value * 10_000,)
            return (value,) if kind == "bp" else (value * 100,) if kind == "percent" else ()
        case "usd":
            return (value,) if kind in ("usd", "number") else ()
        case "times":
            how_often = kind == "count" and not held.worked_out
            return (value,) if how_often or kind in ("ratio", "number", "fraction", "score") else ()
        case "count":
            return (value,) if kind in ("count", "number") else ()
        case _:
            is_of_one = len(set(held.key.split(", "))) == 1
            unsaid = kind == "difference" or (kind == "ratio" and (figure.half_digit >= 0.5 or is_of_one))
            return () if unsaid else (value,)


def _is_gap(held: HeldFigure) -> bool:
    return held.key.endswith(" fraction") and GAP.search(held.key) is not None


def _as_percent(held: HeldFigure) -> tuple[float, ...]:
    value = held.value
    if held.kind == "ratio":
        return (value * 100,)
    if held.kind == "number":
        return (value * 100,) if abs(value) <= 1 else (value,)
    scales = {"fraction": 100.0, "percent": 1.0, "bp": 0.01}
    return (value * scales[held.kind],) if held.kind in scales else ()


def same_direction(
    figure: SaidFigure, held: HeldFigure, before: str, is_subject: Callable[[Of, Of], bool | None]
) -> bool:
    """Tell whether the said sign is that of the record; a size told without a sign is above zero.

    `is_subject` tells whether a comparison is told of the first of two; None where it cannot be known.
    """
    value = held.value
    if held.kind == "ratio" and figure.unit == "percent" and figure.sign > 0 > value:
        return False
    if held.kind in ("count", "ratio") or figure.unit == "times" or not figure.value or abs(value) < 1e-12:
        return True
    if held.worked_out == "difference":
        if not figure.sign:
            return True
        told = is_subject(*held.between) if held.between is not None and not figure.explicit else None
        if told is not None:
            return (value > 0) == ((figure.sign > 0) == told)
    if held.signless and not figure.explicit:
        return True
    if (_is_gap(held) or (held.worked_out == "difference" and held.key)) and _THEY.search(before):
        value = -value
    return _fits_sign(figure, held, value)


def _fits_sign(figure: SaidFigure, held: HeldFigure, value: float) -> bool:
    if figure.explicit:
        return held.signless or held.shrinking or (value > 0) == (figure.sign > 0)
    if figure.sign < 0:
        return value < 0 or held.shrinking
    if figure.sign > 0:
        return value > 0 and not (held.shrinking and _is_loss(held))
    return value > 0 or held.shrinking or figure.is_in_a_loss


def _is_loss(held: HeldFigure) -> bool:
    return re.search(r"drawdown|loss|shortfall", held.key) is not None
