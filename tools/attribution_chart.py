"""Contributions to the return as bars that Plotly draws, gains above losses."""

from collections.abc import Sequence

from tools.attribution import AttributionRow
from tools.equity_chart import DESK_COLOUR, DRAWDOWN_COLOUR
from tools.exposure_chart import bars_layout

MOST = 8
"""Bars on either end; what lies between is one bar."""


def attribution_figure(rows: Sequence[AttributionRow], title: str) -> dict[str, object]:
    """Return the rows, largest profit first, as bars in hundredths of the opening equity."""
    bars = [(row.name, row.fraction) for row in rows]
    if len(bars) > 2 * MOST:
        between = bars[MOST:-MOST]
        rest = (f"{len(between)} others", sum(value for _, value in between))
        bars = [*bars[:MOST], rest, *bars[-MOST:]]
    labels = [name for name, _ in bars]
    colours = [DESK_COLOUR if value >= 0 else DRAWDOWN_COLOUR for _, value in bars]
    data = {
        "type": "bar",
        "orientation": "h",
        "name": "Contribution",
        "x": [round(value * 100, 4) for _, value in bars],
        "y": labels,
        "marker": {"color": colours},
        "hovertemplate": "%{y}: %{x:.2f} %<extra>of opening equity</extra>",
    }
    layout = bars_layout(title, labels)
    return {"data": [data], "layout": {**layout, "showlegend": False}}
