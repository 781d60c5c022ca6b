"""Exposure against its limits, as bars that Plotly draws: gross and net, each bucket, each sector."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tools.book_state import PortfolioState
from tools.equity_chart import BENCHMARK_COLOUR, DESK_COLOUR, DRAWDOWN_COLOUR

ROW_HEIGHT = 24
"""Pixels a bar: enough for its label at the width of a phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureBar:
    """One bar: a fraction of equity, and the cap it is held against where there is one."""

    label: str
    weight: Decimal
    cap: Decimal | None


def exposure_bars(state: PortfolioState) -> tuple[ExposureBar, ...]:
    """Return the bars of a book, from the whole down to the sectors."""
    caps = {use.limit: use.cap for use in state.limits}
    gross, net = state.exposure.gross, state.exposure.net
    return (
        ExposureBar(label="Gross", weight=gross, cap=caps.get("max_gross")),
        ExposureBar(label="Net", weight=net, cap=caps.get("max_net")),
        *(
            ExposureBar(label=use.bucket.capitalize(), weight=use.weight, cap=use.cap)
            for use in state.buckets
            if use.weight or use.cap is not None
        ),
        *(
            ExposureBar(label=sector, weight=weight, cap=caps.get("max_sector"))
            for sector, weight in state.exposure.sectors.items()
        ),
    )


def exposure_figure(bars: Sequence[ExposureBar]) -> dict[str, object]:
    """Return the bars with their caps as marks; a bar beyond its cap has the colour of a loss."""
    labels = [bar.label for bar in bars]
    over = [bar.cap is not None and abs(bar.weight) > bar.cap for bar in bars]
    capped = [bar for bar in bars if bar.cap is not None]
    data: list[dict[str, object]] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": "Exposure",
            "x": [_percent(bar.weight) for bar in bars],
            "y": labels,
            "marker": {"color": [DRAWDOWN_COLOUR if each else DESK_COLOUR for each in over]},
            "hovertemplate": "%{y}: %{x:.2f} %<extra>of equity</extra>",
        }
    ]
    if capped:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "Limit",
                "x": [_percent(bar.cap) for bar in capped if bar.cap is not None],
                "y": [bar.label for bar in capped],
                "marker": {
                    "symbol": "line-ns-open",
                    "size": 16,
                    "color": BENCHMARK_COLOUR,
                    "line": {"width": 3, "color": BENCHMARK_COLOUR},
                },
                "hovertemplate": "%{y}: %{x:.2f} %<extra>limit</extra>",
            }
        )
    return {"data": data, "layout": bars_layout("Exposure, % of equity", labels)}


def bars_layout(title: str, labels: Sequence[str]) -> dict[str, object]:
    """Return the layout of horizontal bars, the first on top, as high as they need."""
    return {
        "title": {"text": title, "font": {"size": 14}},
        "height": 110 + ROW_HEIGHT * max(len(labels), 3),
        "margin": {"l": 8, "r": 16, "t": 40, "b": 36},
        "barmode": "overlay",
        "bargap": 0.3,
        "hovermode": "closest",
        "showlegend": True,
        "xaxis": {"ticksuffix": " %", "zeroline": True, "nticks": 6},
        "yaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(reversed(labels)),
            "automargin": True,
        },
    }


def _percent(weight: Decimal) -> float:
    return round(float(weight) * 100, 4)
