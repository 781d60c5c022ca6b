"""Promised probability against what came, with intervals, as a picture in SVG."""

from collections.abc import Sequence
from html import escape

from fund.metrics.probability import ReliabilityGroup

_SIZE, _LEFT, _TOP, _BELOW = 240.0, 44.0, 12.0, 40.0
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def reliability(groups: Sequence[ReliabilityGroup], title: str) -> str:
    """Draw a point for each group of like probabilities; on the line, what was promised came."""
    points = "".join(map(_point, groups))
    axis = "".join(_tick(value) for value in _TICKS)
    width, height = _LEFT + _SIZE + 20, _TOP + _SIZE + _BELOW
    return (
        f'<svg class="square" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(f"Reliability of {title}")}">'
        f'<line class="chance" x1="{_x(0):.1f}" y1="{_y(0):.1f}" x2="{_x(1):.1f}" y2="{_y(1):.1f}"/>'
        f"{axis}{points}"
        f'<text class="tick" x="{_x(0.5):.1f}" y="{_y(0) + 34:.1f}">promised</text>'
        f'<text class="tick" transform="rotate(-90)" x="{-_y(0.5):.1f}" y="11">came</text></svg>'
    )


def _point(group: ReliabilityGroup) -> str:
    x, y = _x(group.forecast), _y(group.realised)
    said = escape(f"promised {group.forecast:.2f}, came {group.realised:.2f}, n = {group.n}")
    point = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{said}</title></circle>'
    if group.low is None or group.high is None:
        return point
    low, high = _y(max(group.low, 0.0)), _y(min(group.high, 1.0))
    return f'<line class="reach" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>{point}'


def _tick(value: float) -> str:
    return (
        f'<text class="tick" x="{_x(value):.1f}" y="{_y(0) + 17:.1f}">{value:g}</text>'
        f'<text class="tick left" x="{_LEFT - 8:.1f}" y="{_y(value) + 4:.1f}">{value:g}</text>'
    )


def _x(value: float) -> float:
    return _LEFT + value * _SIZE


def _y(value: float) -> float:
    return _TOP + (1 - value) * _SIZE
