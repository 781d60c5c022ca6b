"""The reliability of probabilities as a Plotly figure: promise against outcome, and how many of each."""

from itertools import pairwise

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
        "mode": "markers+lines",
        "name": f"{forecaster}, 95% interval",
        "x": promised,
        "y": [_percent(group.realised) for group in groups],
        "customdata": [group.n for group in groups],
        "marker": {"size": 7},
        "line": {"width": 1},
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
        "title": {"text": f"Promised against realised, n = {found.n:,}"},
        "height": 400,
        "margin": {"l": 48, "r": 16, "t": 40, "b": 40},
        "hovermode": "closest",
        "bargap": 0,
        "xaxis": {"anchor": "y2", "title": {"text": "promised probability %"}},
        "yaxis": {"domain": [0.3, 1], "title": {"text": "realised %"}},
        "yaxis2": {"domain": [0, 0.2], "title": {"text": "n"}, "rangemode": "tozero", "nticks": 3},
    }


def _width(promised: list[float]) -> float:
    """Return a bar narrow enough that the two nearest do not overlap."""
    gaps = [after - before for before, after in pairwise(promised) if after > before]
    return round(min(gaps) * 0.9, 4) if gaps else 0.5


def _percent(value: float) -> float:
    return round(value * 100, 3)
