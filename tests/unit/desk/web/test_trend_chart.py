"""The drawing of a trend, read back: every figure where it belongs, whatever is missing between."""

import re
from datetime import date, timedelta
from itertools import groupby
from xml.etree import ElementTree as Tree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.eval_nights import EvalNight
from desk.web.dashboard_chart import HEIGHT, WIDTH
from desk.web.trend_chart import TrendPoint, trend_chart, trend_scale
from desk.web.trends import trends_page
from support.recorded_nights import FIRST, a_recorded_night, a_recorded_score
from tools.evaluations import Evaluations, NightChanges

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@st.composite
def some_points(draw: st.DrawFn) -> list[TrendPoint]:
    days = sorted(draw(st.sets(st.dates(date(2020, 1, 1), date(2030, 1, 1)), min_size=1, max_size=12)))
    points = []
    for day in days:
        value = draw(st.none() | st.floats(-1, 1))
        sized = value is not None and draw(st.booleans())
        points.append(
            TrendPoint(
                day=day,
                colour=draw(st.sampled_from(("green", "amber", "block"))),
                value=value,
                low=value - 0.1 if sized and value is not None else None,
                high=value + 0.2 if sized and value is not None else None,
                baseline=draw(st.none() | st.floats(-1, 1)),
                changed=draw(st.sampled_from(((), ("program",)))),
                reading=draw(words),
            )
        )
    return points


def stretches(figures: list[float | None]) -> list[int]:
    """Return the lengths of the runs of nights that have a figure."""
    return [len(list(run)) for known, run in groupby(figures, key=lambda each: each is not None) if known]


@settings(max_examples=25)
@given(some_points(), words)
def test_every_figure_is_drawn_at_its_height_and_no_gap_is_bridged(
    points: list[TrendPoint], label: str
) -> None:
    scale = trend_scale(points)
    if scale is None:
        assert {(each.value, each.baseline) for each in points} == {(None, None)}
        return
    svg = Tree.fromstring(trend_chart(points, scale, label=label))
    assert svg.get("aria-label") == label
    drawn = [(each.get("class") or "", each.get("d") or "", each) for each in svg]
    dots = [(d, each) for kind, d, each in drawn if kind.startswith("dot ")]
    known = [each for each in points if each.value is not None]
    assert len(dots) == len(known)
    span = (points[-1].day - points[0].day).days
    for (d, dot), point in zip(dots, known, strict=True):
        x, y = map(float, re.findall(r"[\d.-]+", d.removesuffix("h0")))
        share = (point.day - points[0].day).days / span if span else 0.5
        assert abs(x - (14 + (WIDTH - 28) * share)) <= 0.051
        back = scale.high - y / HEIGHT * (scale.high - scale.low)
        assert point.value is not None
        assert abs(back - point.value) <= (scale.high - scale.low) * 0.051 / HEIGHT
        assert dot.get("class") == f"dot {point.colour}"
        told = f"{point.reading}; changed before it: program" if point.changed else point.reading
        assert "".join(dot.itertext()) == told
    for kind, figures, alone in (
        ("score", [each.value for each in points], False),
        ("baseline", [each.baseline for each in points], True),
    ):
        lines = [d for known_as, d, _ in drawn if known_as == f"line {kind}"]
        wanted = [count for count in stretches(figures) if count > 1 or alone]
        assert [d.count("L") + 1 for d in lines] == wanted
    assert sum(kind == "band" for kind, *_ in drawn) == sum(each.low is not None for each in points)
    assert all(0 <= float(y) <= HEIGHT for kind, d, _ in drawn for y in re.findall(r" ([\d.-]+)", d))


@pytest.mark.parametrize(("changed", "marks"), [("cases of risk_management", 0), ("cases of risk", 1)])
def test_a_change_of_another_dataset_whose_name_holds_this_ones_is_no_change_of_it(
    changed: str, marks: int
) -> None:
    later = FIRST + timedelta(days=1)
    score = a_recorded_score(dataset="risk")
    nights: tuple[EvalNight, ...] = tuple(a_recorded_night(day, scores=(score,)) for day in (later, FIRST))
    changes = (NightChanges(day=later, changed=(changed,)),)
    page = trends_page(Evaluations(nights=nights, changes=changes))
    assert page.count('<path class="changed"') == marks
