"""Reports over marks, trades and fills: net of deposits, beside the benchmark, from a base."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from fund.errors import QueryRefusedError
from fund.metrics.returns import FloatArray
from fund.portfolio.book import ClosedTrade
from fund.portfolio.session_mark import SessionMark
from support.books import a_fill, at_close
from tools.equity_chart import equity_figure
from tools.spans import between, trailing
from tools.track_record import chart_of, report_of

START = date(2016, 3, 7)


def marks_of(
    units: Sequence[float], benchmark: Sequence[float | None] | None = None, deposit_on: int | None = None
) -> list[SessionMark]:
    """Return marks whose unit values are given; a deposit of 50,000 arrives before session `deposit_on`."""
    marks, equity, deposits = [], Decimal(100_000), Decimal(100_000)
    for place, unit in enumerate(units):
        if place:
            brought = Decimal(50_000) if place == deposit_on else Decimal(0)
            equity = (equity + brought) * Decimal(repr(unit)) / Decimal(repr(units[place - 1]))
            deposits += brought
        session = START + timedelta(days=place)
        marks.append(
            SessionMark(
                session=session,
                at=at_close(session),
                equity=equity,
                cash=Decimal(50_000),
                deposits=deposits,
                gross=equity - 50_000,
                net=equity - 50_000,
                unit_value=unit,
                peak=max(units[: place + 1]),
                drawdown=unit / max(units[: place + 1]) - 1,
                benchmark_index=(benchmark[place] if benchmark else 1.0 + 0.001 * place),
                positions=(),
            )
        )
    return marks


class EqualParts:
    """A universe that rises 2 % a session."""

    def levels(self, sessions: Sequence[date]) -> FloatArray | None:
        return 1.02 ** np.arange(len(sessions))


def test_the_return_is_measured_from_the_close_before_the_span() -> None:
    report = report_of(marks_of([1.0, 1.1, 1.21]), [], [], trailing(1))
    assert report.desk[0].value == pytest.approx(0.1)
    assert (report.base, report.last, report.sessions) == (date(2016, 3, 8), date(2016, 3, 9), 1)


def test_a_deposit_is_no_return_and_no_profit() -> None:
    report = report_of(marks_of([1.0, 1.0, 1.0], deposit_on=1), [], [])
    assert report.desk[0].value == 0.0
    assert report.profit == 0
    assert report.equity == 150_000


def test_benchmark_and_members_stand_beside_the_desk() -> None:
    report = report_of(marks_of([1.0, 1.01, 1.02]), [], [], universe=EqualParts())
    assert [c.name for c in report.comparisons] == ["SPY (total return)", "members, equal weight"]
    assert report.comparisons[0].figures[0].value == pytest.approx(0.002)
    assert report.comparisons[1].figures[0].value == pytest.approx(0.0404)
    assert report.above_benchmark is not None
    assert report.above_benchmark.value == pytest.approx(0.018)


def test_a_gap_in_the_benchmark_leaves_the_comparison_out() -> None:
    report = report_of(marks_of([1.0, 1.01, 1.02], benchmark=[1.0, None, 1.1]), [], [])
    assert report.comparisons == ()
    assert report.above_benchmark is None


def test_a_short_span_says_that_it_is_short() -> None:
    assert "too few" in report_of(marks_of([1.0, 1.01]), [], []).note
    assert report_of(marks_of([1.0 + n / 1000 for n in range(30)]), [], []).note == ""


def test_only_trades_and_fills_inside_the_span_count() -> None:
    marks = marks_of([1.0, 1.01, 1.02, 1.03])
    fills = [
        a_fill(session=mark.session, quantity=Decimal(10), price=Decimal(100), commission=Decimal(1))
        for mark in marks
    ]
    costs = report_of(marks, [], fills, trailing(2)).costs
    assert (costs.fills, costs.commissions, costs.traded) == (2, 2, 2000)
    assert costs.turnover == pytest.approx(2000 / 102_000, rel=1e-3)


def test_a_book_of_one_close_has_no_return_yet() -> None:
    with pytest.raises(QueryRefusedError, match="advance"):
        report_of(marks_of([1.0]), [], [])
    with pytest.raises(QueryRefusedError, match="advance"):
        report_of([], [], [])


def test_a_span_before_the_books_is_refused_with_what_there_is() -> None:
    with pytest.raises(QueryRefusedError, match="2016-03-08 to 2016-03-09"):
        report_of(marks_of([1.0, 1.1, 1.2]), [], [], between(None, date(2015, 1, 1)))


def test_the_chart_starts_at_100_and_shows_the_drawdown_below() -> None:
    chart = chart_of(marks_of([2.0, 2.2, 1.98]), "SPY")
    desk, benchmark, drawdown = chart.figure["data"]  # type: ignore[misc]
    assert desk["y"] == [100.0, 110.0, 99.0]
    assert benchmark["y"][0] == 100.0
    assert drawdown["y"] == [0.0, 0.0, -10.0]
    assert (desk.get("yaxis"), drawdown["yaxis"]) == (None, "y2")


def test_the_chart_is_plain_json_that_plotly_accepts() -> None:
    graph_objects = pytest.importorskip("plotly.graph_objects", reason="plotly is not installed")
    figure = equity_figure([START, START + timedelta(days=1)], np.array([1.0, 1.1]), None, "SPY")
    assert len(graph_objects.Figure(figure).data) == 2


def test_the_daily_values_begin_with_the_base_which_has_no_return() -> None:
    values = chart_of(marks_of([1.0, 1.1]), "SPY").values
    assert values[0].return_fraction is None
    assert values[1].return_fraction == pytest.approx(0.1)
    assert values[1].benchmark_return == pytest.approx(0.001)


def test_best_and_worst_are_ranked_by_profit_and_do_not_mix() -> None:
    marks = marks_of([1.0, 1.0, 1.0])
    trade = ClosedTrade(
        trade_id="t",
        ticker="AAPL",
        opened=START,
        closed=marks[1].session,
        bought=Decimal(100),
        realised=Decimal(5),
        dividends=Decimal(0),
        fees=Decimal(1),
    )
    losing = replace(trade, trade_id="u", ticker="XOM", realised=Decimal(-5))
    report = report_of(marks, [losing, trade], [])
    assert [t.ticker for t in report.best] == ["AAPL"]
    assert [t.ticker for t in report.worst] == ["XOM"]
    assert (report.best[0].profit, report.worst[0].profit) == (4, -6)
