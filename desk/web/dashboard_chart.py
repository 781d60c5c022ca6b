"""The equity curve and its drawdown as SVG: drawn by hand, so that a page needs no script to show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 1000.0, 220.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One series on the chart; `kind` is its class in the style sheet."""

    kind: str
    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The values at the bottom and at the top of a chart."""

    low: float
    high: float

    @property
    def marks(self) -> tuple[float, float, float]:
        """Return the values at the top, in the middle and at the bottom."""
        return self.high, (self.high + self.low) / 2, self.low

    def at(self, value: float) -> float:
        """Return how far from the top a value is drawn."""
        return HEIGHT * (1 - (value - self.low) / (self.high - self.low))


def scale_of(lines: Sequence[Line], *, top: float | None = None) -> Scale:
    """Return a scale that holds every value, with a little air; a flat line gets a band around it."""
    values = [value for line in lines for value in line.values]
    low, high = min(values), max(values) if top is None else top
    air = (high - low) * 0.04 or max(abs(high), 1.0) * 0.01
    return Scale(low=low - air, high=high + (air if top is None else 0.0))


def chart(lines: Sequence[Line], scale: Scale, *, label: str, filled: bool = False) -> str:
    """Return the drawing; it stretches to the width it is given, its lines keep their thickness."""
    grid = "".join(f'<path class="grid" d="M0 {y:g}H{WIDTH:g}"/>' for y in (0.0, HEIGHT / 2, HEIGHT))
    drawn = "".join(_drawn(line, scale, filled=filled) for line in lines)
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label, quote=True)}">{grid}{drawn}</svg>'
    )


def bar(share: float | None, *, kind: str) -> str:
    """Return a bar that is filled to a share of 1; a share above 1 fills it whole."""
    width = 100 * min(max(share or 0.0, 0.0), 1.0)
    return (
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rail" width="100" height="8"/>'
        f'<rect class="{kind}" width="{width:.1f}" height="8"/></svg>'
    )


def _drawn(line: Line, scale: Scale, *, filled: bool) -> str:
    step = WIDTH / max(len(line.values) - 1, 1)
    points = "L".join(f"{i * step:.1f} {scale.at(value):.1f}" for i, value in enumerate(line.values))
    area = f'<path class="area {line.kind}" d="M0 0L{points}L{WIDTH:g} 0Z"/>' if filled else ""
    return f'{area}<path class="line {line.kind}" d="M{points}"/>'
