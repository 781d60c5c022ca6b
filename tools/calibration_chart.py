"""The reliability of probabilities as a Plotly figure: promise against outcome, and how many of each."""

from fund.metrics.probability import Calibration, ReliabilityGroup


def calibration_figure(forecaster: str, found: Calibration) -> dict[str, object]:
    """Return promised probability against realised share with 95 % intervals, and the counts below."""
    groups = found.groups
    promised = [_percent(group.forecast) for group in groups]
    ends = [min(promised) - 1, max(promised) + 1]
    data: list[dict[str, object]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "as promised",
            "x": ends,
            "y": ends,
            "line": {"dash": "dot", "width": 1.5, "color": "#7d8894"},
            "hoverinfo": "skip",
        },
        _points(forecaster, promised, groups),
        {
            "type": "bar",
            "name": "forecasts",
            "x": promised,
            "y": [group.n for group in groups],
            "yaxis": "y2",
            "width": _width(promised),
            "opacity": 0.6,
            "hovertemplate": "n = %{y}<extra></extra>",
            "showlegend": False,
        },
    ]
    return {"data": data, "layout": _layout(found)}


def _points(
    forecaster: str, promised: list[float], groups: tuple[ReliabilityGroup, ...]
) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{forecaster}, 95% interval",
        "x": promised,
        "y": [_percent(group.realised) for group in groups],
        "customdata": [group.n for group in groups],
        "marker": {"size": 7},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [0 if g.high is None else _percent(g.high - g.realised) for g in groups],
            "arrayminus": [0 if g.low is None else _percent(g.realised - g.low) for g in groups],
            "thickness": 1.2,
            "width": 3,
        },
        "hovertemplate": "promised %{x:.1f} %, came %{y:.1f} %, n = %{customdata}<extra></extra>",
    }


def _layout(found: Calibration) -> dict[str, object]:
    return {
        "title": {"text": f"Realised % against promised %, n = {found.n:,}"},
        "height": 400,
        "margin": {"l": 48, "r": 16, "t": 40, "b": 40},
        "hovermode": "closest",
        "bargap": 0,
        "xaxis": {"anchor": "y2"},
        "yaxis": {"domain": [0.3, 1]},
        "yaxis2": {"domain": [0, 0.2], "title": {"text": "n"}, "rangemode": "tozero", "nticks": 3},
    }


def _width(promised: list[float]) -> float:
    """Return a bar that is seen at any width of the page; groups that are very near may touch."""
    return round(max((max(promised) - min(promised) + 2) / 80, 0.01), 4)


def _percent(value: float) -> float:
    return round(value * 100, 3)
