"""Scores with their 95 % intervals, one contestant a line, as a picture in SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Self

from evals.summary import ScoreSummary

_LABEL, _WIDTH, _LINE, _TOP = 230.0, 760.0, 26.0, 12.0
_MARGIN = 0.08
"""Of the span of all intervals, left free on either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line: a value with its bounds, or none."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, label: str, score: ScoreSummary | None) -> Self:
        """Return the line of a score."""
        if score is None or score.interval is None:
            return cls(label=label, value=None if score is None else score.value)
        return cls(label=label, value=score.value, low=score.interval.low, high=score.interval.high)


def forest(rows: Sequence[Row], title: str, no_skill: float | None) -> str:
    """Draw the rows on one scale, with a line where there is no skill."""
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None]
    if not ends:
        return ""
    scale = _Scale.over(ends if no_skill is None else [*ends, no_skill])
    height = _TOP + _LINE * len(rows) + 34
    parts = [_line(number, row, scale) for number, row in enumerate(rows)]
    bottom = _TOP + _LINE * len(rows)
    axis = [_tick(value, scale, bottom) for value in (scale.low, (scale.low + scale.high) / 2, scale.high)]
    chance = "" if no_skill is None else _chance(scale(no_skill), bottom)
    said = escape(f"{title} with intervals")
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img" aria-label="{said}">'
        f"{chance}{''.join(parts)}{''.join(axis)}</svg>"
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    @classmethod
    def over(cls, ends: Sequence[float]) -> Self:
        low, high = min(ends), max(ends)
        spare = (high - low) * _MARGIN or 0.5
        return cls(low - spare, high + spare)

    def __call__(self, value: float) -> float:
        return _LABEL + (value - self.low) / (self.high - self.low) * (_WIDTH - _LABEL - 20)


def _line(number: int, row: Row, scale: _Scale) -> str:
    y = _TOP + _LINE * (number + 0.5)
    label = f'<text class="label" x="{_LABEL - 14:.1f}" y="{y + 4:.1f}">{escape(row.label)}</text>'
    if row.value is None:
        return f'{label}<text class="none" x="{_LABEL:.1f}" y="{y + 4:.1f}">not scorable</text>'
    point = f'<circle cx="{scale(row.value):.1f}" cy="{y:.1f}" r="4"/>'
    if row.low is None or row.high is None:
        return label + point
    left, right = scale(row.low), scale(row.high)
    return f'{label}<line class="reach" x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>{point}'


def _tick(value: float, scale: _Scale, bottom: float) -> str:
    return f'<text class="tick" x="{scale(value):.1f}" y="{bottom + 22:.1f}">{value:.3f}</text>'


def _chance(x: float, bottom: float) -> str:
    return (
        f'<line class="chance" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 6:.1f}" y2="{bottom + 4:.1f}"/>'
        f'<text class="tick chance" x="{x:.1f}" y="{bottom + 34:.1f}">no skill</text>'
    )
