"""Candles with entries, exits and stops as a Plotly figure, written out as plain JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tools.verdict import EXIT_NAMES

RISE, FALL = "#2a9d8a", "#c0605f"
BOUGHT, SOLD, STOPPED = "#4f8fce", "#d08a3c", "#8d7fd1"
"""Middle tones that are seen on a dark and on a light ground."""
DASHES = {"atr_stop": "dot", "trailing_stop": "dash", "take_profit": "longdash"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """One session, or one week, in shares of the chart's last session, USD."""

    session: date
    """Its last session."""
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeMark:
    """One fill of the desk on the chart."""

    session: date
    """The day it filled."""
    candle: date
    """The candle it belongs to."""
    side: Literal["buy", "sell"]
    price: Decimal
    """In shares of the chart's last session."""
    paid: Decimal
    """As it was filled, raw."""
    quantity: Decimal
    """As it was filled, raw."""
    exit_rule: str
    """The exit that ordered it; empty where the committee or a limit did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLine:
    """A stop on the chart: one that was hit on a close, or the one in force now."""

    session: date
    level: Decimal
    """In shares of the chart's last session."""
    rule: str
    in_force: bool


def candle_figure(
    ticker: str, candles: Sequence[Candle], marks: Sequence[TradeMark], stops: Sequence[StopLine]
) -> dict[str, object]:
    """Return the candles, a triangle for every fill, a cross for an exit, a line for a stop in force.

    A level in force that is far from every price is left out: it would flatten the candles.
    """
    data: list[dict[str, object]] = [_candles(ticker, candles)]
    for name, colour, symbol, chosen in (
        ("bought", BOUGHT, "triangle-up", [m for m in marks if m.side == "buy"]),
        ("sold", SOLD, "triangle-down", [m for m in marks if m.side == "sell" and not m.exit_rule]),
        ("closed by an exit", STOPPED, "x", [m for m in marks if m.exit_rule]),
    ):
        if chosen:
            data.append(_fills(name, colour, symbol, chosen))
    if hit := [stop for stop in stops if not stop.in_force]:
        data.append(_levels(hit, candles))
    low, high = min(each.low for each in candles), max(each.high for each in candles)
    near = (high - low) / 3
    data += [
        _line(stop, candles) for stop in stops if stop.in_force and low - near <= stop.level <= high + near
    ]
    return {"data": data, "layout": _layout(ticker, candles)}


def _candles(ticker: str, candles: Sequence[Candle]) -> dict[str, object]:
    return {
        "type": "candlestick",
        "name": ticker,
        "x": [candle.session.isoformat() for candle in candles],
        **{
            part: [round(float(getattr(candle, part)), 4) for candle in candles]
            for part in ("open", "high", "low", "close")
        },
        "increasing": {"line": {"color": RISE, "width": 1}},
        "decreasing": {"line": {"color": FALL, "width": 1}},
        "showlegend": False,
    }


def _fills(name: str, colour: str, symbol: str, marks: Sequence[TradeMark]) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [mark.candle.isoformat() for mark in marks],
        "y": [round(float(mark.price), 4) for mark in marks],
        "text": [_told(mark) for mark in marks],
        "marker": {"color": colour, "size": 11, "symbol": symbol, "line": {"color": "#ffffff", "width": 1}},
        "hovertemplate": "%{text}<extra></extra>",
    }


def _told(mark: TradeMark) -> str:
    why = f" ({EXIT_NAMES.get(mark.exit_rule, mark.exit_rule)})" if mark.exit_rule else ""
    return f"{mark.session.isoformat()}: {mark.side} {mark.quantity:f} at {mark.paid:,.2f}{why}"


def _levels(hit: Sequence[StopLine], candles: Sequence[Candle]) -> dict[str, object]:
    ends = [candle.session for candle in candles]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "level that was hit",
        "x": [min(end for end in ends if end >= stop.session).isoformat() for stop in hit],
        "y": [round(float(stop.level), 4) for stop in hit],
        "text": [f"{EXIT_NAMES.get(stop.rule, stop.rule)} at {stop.level:,.2f}" for stop in hit],
        "marker": {"color": STOPPED, "size": 14, "symbol": "line-ew-open", "line": {"width": 2}},
        "hovertemplate": "%{text}<extra></extra>",
    }


def _line(stop: StopLine, candles: Sequence[Candle]) -> dict[str, object]:
    """Draw a stop in force over the last third of the chart, where it matters."""
    start = candles[len(candles) - max(1, len(candles) // 3)].session
    level = round(float(stop.level), 4)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"{EXIT_NAMES.get(stop.rule, stop.rule)} in force",
        "x": [start.isoformat(), candles[-1].session.isoformat()],
        "y": [level, level],
        "line": {"color": STOPPED, "dash": DASHES.get(stop.rule, "dot"), "width": 1.5},
        "hovertemplate": "%{y:,.2f}<extra>" + EXIT_NAMES.get(stop.rule, stop.rule) + "</extra>",
    }


def _layout(ticker: str, candles: Sequence[Candle]) -> dict[str, object]:
    return {
        "title": {"text": f"{ticker}, USD a share, to {candles[-1].session.isoformat()}"},
        "height": 400,
        "margin": {"l": 48, "r": 16, "t": 40, "b": 36},
        "hovermode": "closest",
        "xaxis": {
            "type": "date",
            "rangeslider": {"visible": False},
            "rangebreaks": [{"bounds": ["sat", "mon"]}],
            "nticks": 6,
        },
        "yaxis": {"automargin": True},
    }
