"""Mean returns by group as a Plotly figure: bars from zero with their intervals, one a group."""

from tools.outcomes_by import OutcomeGroup, OutcomesBy

TOLD_APART, FEW = 0.9, 0.35
"""How solid a bar is: one from a handful of cases is pale."""


def groups_figure(found: OutcomesBy) -> dict[str, object]:
    """Return the groups from top to bottom, in per cent; no interval where there are too few to say."""
    groups = found.groups[::-1]
    data: list[dict[str, object]] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": "mean return",
            "y": [f"{group.name.replace('_', ' ')} (n = {group.n})" for group in groups],
            "x": [_percent(group.mean_return.value) for group in groups],
            "marker": {"opacity": [FEW if _few(group) else TOLD_APART for group in groups]},
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": [_reach(group, 1) for group in groups],
                "arrayminus": [_reach(group, -1) for group in groups],
                "thickness": 1.2,
                "width": 4,
                "color": "#7d8894",
            },
            "hovertemplate": "%{y}: %{x:.2f} %<extra></extra>",
        }
    ]
    return {
        "data": data,
        "layout": {
            "title": {"text": f"Mean return by {title_of(found)}, per {found.counted[:-1]}"},
            "height": 120 + 40 * len(groups),
            "margin": {"l": 8, "r": 16, "t": 40, "b": 40},
            "hovermode": "closest",
            "showlegend": False,
            "xaxis": {"title": {"text": "%"}, "zeroline": True},
            "yaxis": {"automargin": True, "type": "category"},
        },
    }


def title_of(found: OutcomesBy) -> str:
    """Return a dimension in words."""
    words = {"agreement": "forecaster agreement", "exit": "how it was closed"}
    return words.get(found.dimension, found.dimension.replace("_", " "))


def _few(group: OutcomeGroup) -> bool:
    return group.mean_return.low is None


def _percent(value: float | None) -> float:
    return round((value or 0.0) * 100, 3)


def _reach(group: OutcomeGroup, side: int) -> float | None:
    """Return how far the interval goes to one side; None draws none."""
    mean = group.mean_return
    end = mean.high if side > 0 else mean.low
    return None if end is None else _percent(side * (end - (mean.value or 0.0)))
