"""The desk's drawdowns with their dates."""

import pytest

from support.tool_results import session_marks
from tools.drawdowns import drawdown_report, episodes_of

CURVE = [1.0, 1.1, 1.2, 1.08, 1.2, 1.3, 1.17, 1.04, 1.17]


def test_the_deepest_drawdown_has_its_dates() -> None:
    marks = session_marks(CURVE)
    deepest, other = episodes_of(marks)
    assert deepest.depth == pytest.approx(-0.2)
    assert (deepest.peak, deepest.trough) == (marks[5].session, marks[7].session)
    assert (deepest.recovered, deepest.sessions_to_recover, deepest.sessions_down) == (None, None, 2)
    assert (other.recovered, other.sessions_to_recover) == (marks[4].session, 1)


def test_the_report_says_where_the_last_close_stands() -> None:
    report = drawdown_report(session_marks(CURVE), "the span")
    assert report.now == pytest.approx(1.17 / 1.3 - 1)
    assert (report.sessions, report.count, report.sessions_below) == (8, 2, 4)


def test_a_curve_of_new_highs_has_no_drawdown() -> None:
    report = drawdown_report(session_marks([1.0, 1.1, 1.2]), "the span")
    assert (report.deepest, report.now, report.sessions_below) == ((), 0, 0)
