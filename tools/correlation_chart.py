"""Correlations as a heat map, a Plotly figure written out as plain JSON."""

from collections.abc import Sequence

FEW = 12
"""Names up to which every cell carries its number."""
SCALE = [[0.0, "#4f8fce"], [0.5, "rgba(125, 136, 148, 0.12)"], [1.0, "#d08a3c"]]
"""Nothing in the middle, so that no correlation takes the colour of the page, dark or light."""


def correlation_figure(
    tickers: Sequence[str], rows: Sequence[Sequence[float]], sessions: int
) -> dict[str, object]:
    """Return the heat map from -1 to 1, the first name at the top; the diagonal is left empty."""
    cells = [
        [None if at == other else value for other, value in enumerate(row)] for at, row in enumerate(rows)
    ]
    data: dict[str, object] = {
        "type": "heatmap",
        "x": list(tickers),
        "y": list(tickers),
        "z": cells,
        "zmin": -1,
        "zmax": 1,
        "colorscale": SCALE,
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "hovertemplate": "%{y} and %{x}: %{z:.2f}<extra></extra>",
        "colorbar": {"thickness": 10, "len": 0.9, "tickvals": [-1, -0.5, 0, 0.5, 1], "outlinewidth": 0},
    }
    if len(tickers) <= FEW:
        data |= {"texttemplate": "%{z:.1f}", "textfont": {"size": 10}}
    return {
        "data": [data],
        "layout": {
            "title": {"text": f"Correlation of daily returns, {sessions} sessions"},
            "height": max(320, 120 + 26 * len(tickers)),
            "margin": {"l": 8, "r": 8, "t": 40, "b": 8},
            "hovermode": "closest",
            "xaxis": {"tickangle": -60, "type": "category", "showgrid": False, "automargin": True},
            "yaxis": {"autorange": "reversed", "type": "category", "showgrid": False, "automargin": True},
        },
    }
