"""Whether the numbers of an answer come from what the tools returned (INV-19)."""

import re
from collections.abc import Iterable

_NUMBER = re.compile(r"(?<![\w.])[-+−]?\$?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d+)?")
_BARE = re.compile(r"(?<![\w.])[-+−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
"""A number as JSON writes it: a comma after it begins the next one."""
_UNITS = r"\s*(?:%|per ?cent|bps?\b|basis points|USD|dollars)"
_UNIT = re.compile(_UNITS)
_NO_FIGURE = re.compile(
    r"\b\d{4}-\d{2}-\d{2}(?:[T ][\d:.+]+)?"
    rf"|(?<![\w$.,])(?:19|20)\d{{2}}(?!\w|[.,]\d|{_UNITS})"
    r"|\b9[059]\s?% (?:confidence )?(?:interval|CI)\b"
)
"""Days, years, and the name of an interval."""
COUNTED_ON_FINGERS = 12
"""Whole numbers up to this may count what was listed; with a unit they are figures all the same."""


def unsourced(answer: str, results: Iterable[str]) -> tuple[str, ...]:
    """Return the numbers of an answer that no result holds, as written, each once.

    A number is held when a result has it to the digits shown, as it is or as a percentage; dates, small
    counts and the name of an interval (95% interval) are left out. Arithmetic on results is not
    followed: such numbers are returned too.
    """
    held = (found for text in results for each in (_NUMBER, _BARE) for found in each.findall(text))
    known = sorted({abs(_value(found)) for found in held})
    missing: dict[str, None] = {}
    figures = _NO_FIGURE.sub(" ", answer)
    for found in _NUMBER.finditer(figures):
        written = found.group()
        value = abs(_value(written))
        is_figure = "." in written or "$" in written or _UNIT.match(figures, found.end())
        counts = not is_figure and value <= COUNTED_ON_FINGERS
        if not counts and not any(_same(value, each, written) for each in known):
            missing.setdefault(written.strip("+-−$"))
    return tuple(missing)


def _same(value: float, known: float, written: str) -> bool:
    digits = len(written.partition(".")[2])
    half_a_digit = 0.5 * 10.0**-digits * (1 + 1e-9) + 1e-12
    return abs(value - known) <= half_a_digit or abs(value - known * 100) <= half_a_digit


def _value(written: str) -> float:
    return float(written.lstrip("+-−$").replace(",", ""))
