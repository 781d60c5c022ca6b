"""The equity curve as a Plotly figure, written out as the plain JSON that Plotly reads."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from fund.metrics.returns import FloatArray

DESK_COLOUR = "#2f6f8f"
BENCHMARK_COLOUR = "#9a8c6c"
DRAWDOWN_COLOUR = "#b3554d"


def equity_figure(
    sessions: Sequence[date], desk: FloatArray, benchmark: FloatArray | None, benchmark_name: str
) -> dict[str, object]:
    """Return equity and benchmark indexed to 100 on the first session, and the desk's drawdown below.

    `desk` and `benchmark` are index levels of shape [T], one a session, net of deposits.
    """
    days = [session.isoformat() for session in sessions]
    data: list[dict[str, object]] = [_line(days, _indexed(desk), "Desk", DESK_COLOUR, 2.5)]
    if benchmark is not None:
        data.append(_line(days, _indexed(benchmark), benchmark_name, BENCHMARK_COLOUR, 1.5))
    data.append(_drawdown(days, desk))
    return {"data": data, "layout": _layout(sessions)}


def lines_figure(sessions: Sequence[date], levels: Mapping[str, Sequence[float]]) -> dict[str, object]:
    """Return the values of several things over the same closes, indexed to 100; the first is drawn strongest.

    All but the first take the colours of the page.
    """
    days = [session.isoformat() for session in sessions]
    data: list[dict[str, object]] = []
    for name, values in levels.items():
        drawn = _line(days, _indexed(np.array(values)), name, DESK_COLOUR, 1.5 if data else 2.5)
        data.append({**drawn, "line": {"width": 1.5}} if data else drawn)
    layout = _layout(sessions)
    layout = {name: layout[name] for name in ("height", "margin", "hovermode", "legend")}
    title = f"{' and '.join(levels)}, {days[0]} to {days[-1]}"
    axes = {"xaxis": {"type": "date"}, "yaxis": {"title": {"text": "first close = 100"}}}
    return {"data": data, "layout": {**layout, **axes, "title": {"text": title, "font": {"size": 14}}}}


def _line(days: list[str], values: list[float], name: str, colour: str, width: float) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": days,
        "y": values,
        "line": {"color": colour, "width": width},
        "hovertemplate": "%{y:.2f}<extra>" + name + "</extra>",
    }


def _drawdown(days: list[str], desk: FloatArray) -> dict[str, object]:
    below = (desk / np.maximum.accumulate(desk) - 1) * 100
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Drawdown",
        "x": days,
        "y": [round(float(value), 4) for value in below],
        "yaxis": "y2",
        "fill": "tozeroy",
        "line": {"color": DRAWDOWN_COLOUR, "width": 1},
        "hovertemplate": "%{y:.2f} %<extra>Drawdown</extra>",
    }


def _indexed(values: FloatArray) -> list[float]:
    return [round(float(value), 4) for value in values / values[0] * 100]


def _layout(sessions: Sequence[date]) -> dict[str, object]:
    span = f"{sessions[0].isoformat()} to {sessions[-1].isoformat()}"
    return {
        "title": {"text": f"Equity, net of deposits, {span}", "font": {"size": 14}},
        "height": 380,
        "margin": {"l": 48, "r": 16, "t": 48, "b": 36},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": 1.06, "x": 0},
        "xaxis": {"type": "date", "anchor": "y2"},
        "yaxis": {"domain": [0.32, 1], "title": {"text": "first session = 100"}},
        "yaxis2": {"domain": [0, 0.24], "title": {"text": "drawdown %"}, "rangemode": "tozero"},
    }
