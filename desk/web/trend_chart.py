"""A score over the nights as SVG: its intervals, the baseline, the gate's colour, and what was changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from db.eval_nights import Colour
from desk.web.dashboard_chart import HEIGHT, WIDTH, Line, Scale, scale_of

MARGIN = 14.0
"""Room at both sides, so that the dots of the first and the last night are whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """A contestant's score of one night; what is not known is None and leaves a gap."""

    day: date
    colour: Colour
    value: float | None
    low: float | None
    high: float | None
    baseline: float | None
    changed: tuple[str, ...]
    """What was not as it was the night before."""
    reading: str
    """The same in words."""


def trend_scale(points: Sequence[TrendPoint]) -> Scale | None:
    """Return a scale that holds every figure; None where no night has one."""
    known = [
        figure
        for each in points
        for figure in (each.value, each.low, each.high, each.baseline)
        if figure is not None
    ]
    return scale_of([Line(kind="score", name="", values=known)]) if known else None


def trend_chart(points: Sequence[TrendPoint], scale: Scale, *, label: str) -> str:
    """Return the drawing; a dot says its figures to whoever rests on it."""
    placed = tuple(zip(_places([each.day for each in points]), points, strict=True))
    drawn = (
        *(f'<path class="grid" d="M0 {y:g}H{WIDTH:g}"/>' for y in (0.0, HEIGHT / 2, HEIGHT)),
        *(_changed(x) for x, each in placed if each.changed),
        *(_band(x, each.low, each.high, scale) for x, each in placed if each.low is not None),
        *_line("baseline", [(x, each.baseline) for x, each in placed], scale),
        *_line("score", [(x, each.value) for x, each in placed], scale),
        *(_dot(x, each, scale) for x, each in placed if each.value is not None),
    )
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label, quote=True)}">{"".join(drawn)}</svg>'
    )


def _places(days: Sequence[date]) -> Iterator[float]:
    """Yield how far from the left each day is drawn, by the calendar; a single one stands in the middle."""
    span = (days[-1] - days[0]).days
    for day in days:
        yield MARGIN + (WIDTH - 2 * MARGIN) * (day - days[0]).days / span if span else WIDTH / 2


def _line(kind: str, values: Sequence[tuple[float, float | None]], scale: Scale) -> Iterator[str]:
    """Yield a path for each stretch of nights that have the figure; a stretch of one has no line."""
    stretch: list[str] = []
    for x, value in (*values, (0.0, None)):
        if value is not None:
            stretch.append(f"{x:.1f} {scale.at(value):.1f}")
            continue
        if len(stretch) > 1:
            yield f'<path class="line {kind}" d="M{"L".join(stretch)}"/>'
        elif stretch and kind == "baseline":
            at, y = stretch[0].split()
            half = MARGIN / 2
            yield f'<path class="line {kind}" d="M{float(at) - half:.1f} {y}h{2 * half:g}"/>'
        stretch = []


def _band(x: float, low: float | None, high: float | None, scale: Scale) -> str:
    assert low is not None
    assert high is not None
    return f'<path class="band" d="M{x:.1f} {scale.at(high):.1f}V{scale.at(low):.1f}"/>'


def _changed(x: float) -> str:
    return f'<path class="changed" d="M{x:.1f} 0V{HEIGHT:g}"/>'


def _dot(x: float, point: TrendPoint, scale: Scale) -> str:
    assert point.value is not None
    at = f"M{x:.1f} {scale.at(point.value):.1f}h0"
    changed = f"; changed before it: {', '.join(point.changed)}" if point.changed else ""
    said = escape(f"{point.reading}{changed}")
    return f'<path class="dot {point.colour}" d="{at}"><title>{said}</title></path>'
