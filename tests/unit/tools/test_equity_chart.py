"""The equity curve as plain JSON that Plotly draws."""

import json
from datetime import date, timedelta

import numpy as np
import plotly.graph_objects as graph_objects
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.equity_chart import equity_figure

START = date(2016, 3, 7)
levels = st.lists(st.floats(0.01, 1e6, allow_nan=False), min_size=1, max_size=60)


def a_figure(desk: list[float], benchmark: list[float] | None = None) -> dict[str, object]:
    days = [START + timedelta(days=n) for n in range(len(desk))]
    other = np.array(benchmark) if benchmark is not None else None
    return equity_figure(days, np.array(desk), other, "SPY (total return)")


def line(figure: dict[str, object], name: str) -> dict[str, object]:
    return next(trace for trace in figure["data"] if trace["name"] == name)  # type: ignore[attr-defined]


@given(levels)
def test_a_figure_is_strict_json_that_comes_back_the_same(desk: list[float]) -> None:
    figure = a_figure(desk, desk)
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure


@given(levels)
def test_both_curves_start_at_100_and_every_line_has_a_value_a_session(desk: list[float]) -> None:
    figure = a_figure(desk, desk)
    for name in ("Desk", "SPY (total return)"):
        assert line(figure, name)["y"][0] == 100.0  # type: ignore[index]
    for trace in figure["data"]:  # type: ignore[attr-defined]
        assert len(trace["x"]) == len(trace["y"]) == len(desk)


@given(levels)
def test_the_drawdown_is_never_above_zero_and_zero_at_every_new_high(desk: list[float]) -> None:
    below = line(a_figure(desk), "Drawdown")["y"]
    for at, value in enumerate(below):  # type: ignore[arg-type, var-annotated]
        assert -100 <= value <= 0
        if desk[at] == max(desk[: at + 1]):
            assert value == 0


@given(levels, st.sampled_from([2.0, 0.25, 1024.0]))
def test_the_size_of_the_book_does_not_change_the_picture(desk: list[float], times: float) -> None:
    assert a_figure([times * value for value in desk]) == a_figure(desk)


def test_plotly_draws_the_lines_on_the_axes_they_belong_to() -> None:
    drawn = graph_objects.Figure(a_figure([1.0, 1.1, 0.99], [1.0, 1.02, 1.05]))
    assert [(trace.name, trace.yaxis) for trace in drawn.data] == [
        ("Desk", None),
        ("SPY (total return)", None),
        ("Drawdown", "y2"),
    ]
    assert drawn.data[2].y == pytest.approx((0.0, 0.0, -10.0))
    assert drawn.data[1].y == pytest.approx((100.0, 102.0, 105.0))


def test_the_drawdown_lies_below_the_curves_and_shares_their_dates() -> None:
    layout = a_figure([1.0, 1.1])["layout"]
    below, above = layout["yaxis2"]["domain"], layout["yaxis"]["domain"]  # type: ignore[index]
    assert below[0] == 0
    assert below[1] < above[0]
    assert above[1] == 1
    assert layout["xaxis"]["anchor"] == "y2"  # type: ignore[index]


def test_the_title_says_the_span_and_that_deposits_are_left_out() -> None:
    title = a_figure([1.0, 1.1, 1.2])["layout"]["title"]["text"]  # type: ignore[index]
    assert title == "Equity, net of deposits, 2016-03-07 to 2016-03-09"


def test_the_desk_is_drawn_stronger_than_what_it_is_compared_with() -> None:
    figure = a_figure([1.0, 1.1], [1.0, 1.2])
    desk, benchmark = line(figure, "Desk")["line"], line(figure, "SPY (total return)")["line"]
    assert desk["width"] > benchmark["width"]  # type: ignore[index]
    assert desk["color"] != benchmark["color"]  # type: ignore[index]


def test_a_reader_of_the_chart_is_told_each_lines_name_and_unit() -> None:
    figure = a_figure([1.0, 1.1])
    assert "Desk" in str(line(figure, "Desk")["hovertemplate"])
    assert "%{y:.2f} %" in str(line(figure, "Drawdown")["hovertemplate"])
