"""Results worked out of marks, trades and fills: one curve, told the same way everywhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.market.bars import Mark
from fund.metrics.returns import FloatArray, total_return
from fund.portfolio.book import Book, closed_trades
from fund.portfolio.journal import Transaction
from fund.portfolio.postings import post_dividend, post_fill
from fund.portfolio.session_mark import SessionMark, mark_book
from support.books import MONDAY, a_dividend, a_fill, at_close, at_open
from support.records import a_deposit
from support.tool_results import a_closed_trade, session_marks
from tools.figures import ENOUGH
from tools.spans import ALL_SESSIONS, between, trailing
from tools.track_record import DailyValue, chart_of, described, report_of, with_base

units = st.lists(st.floats(0.5, 2.0, allow_nan=False), min_size=2, max_size=40)


def columns_of(values: Sequence[DailyValue]) -> tuple[FloatArray, FloatArray]:
    """Return the returns and the drawdowns of daily values."""
    return (
        np.array([value.return_fraction for value in values[1:]], dtype=float),
        np.array([value.drawdown for value in values]),
    )


def a_months_marks() -> tuple[SessionMark, ...]:
    """Return closes that climb to a peak, fall, and climb half the way back."""
    return session_marks([1.0, 1.1, 1.2, 1.3, 1.17, 1.04, 1.105, 1.17])


@given(units)
def test_the_chart_the_table_and_the_figures_tell_one_story(curve: list[float]) -> None:
    marks = session_marks(curve)
    report, chart = report_of(marks, [], []), chart_of(marks, "SPY")
    returns, below = columns_of(chart.values)
    desk, _, drawdown = chart.figure["data"]  # type: ignore[misc]
    figures = {figure.name: figure.value for figure in report.desk}
    assert figures["return"] == pytest.approx(total_return(returns), abs=1e-12)
    assert figures["return"] == pytest.approx(desk["y"][-1] / 100 - 1, abs=1e-4)
    assert figures["max drawdown"] == pytest.approx(below.min(), abs=1e-12)
    assert drawdown["y"] == pytest.approx(below * 100, abs=1e-3)
    assert desk["x"] == drawdown["x"] == [value.session.isoformat() for value in chart.values]


def test_a_drawdown_is_measured_from_the_highest_close_of_the_span() -> None:
    last_days = with_base(a_months_marks(), trailing(2))
    _, below = columns_of(chart_of(last_days, "SPY").values)
    assert below == pytest.approx([0.0, 0.0, 0.0])
    assert last_days[-1].drawdown == pytest.approx(1.17 / 1.3 - 1)


@given(units, st.integers(1, 40))
def test_a_span_of_sessions_has_that_many_returns_where_there_are_as_many(
    curve: list[float], count: int
) -> None:
    marks = session_marks(curve)
    report = report_of(marks, [], [], trailing(count))
    assert report.sessions == min(count, len(curve) - 1)
    assert report.base == marks[-report.sessions - 1].session
    assert report.last == marks[-1].session


@given(st.lists(st.floats(0.5, 2.0), min_size=3, max_size=40), st.data())
def test_adjoining_spans_compound_to_the_whole(curve: list[float], data: st.DataObject) -> None:
    marks = session_marks(curve)
    at = data.draw(st.integers(1, len(curve) - 2))
    early = report_of(marks, [], [], between(None, marks[at].session))
    late = report_of(marks, [], [], between(marks[at + 1].session, None))
    whole = report_of(marks, [], []).desk[0].value
    parts = [report.desk[0].value or 0.0 for report in (early, late)]
    assert whole == pytest.approx((1 + parts[0]) * (1 + parts[1]) - 1, abs=1e-9)
    assert early.profit + late.profit == pytest.approx(report_of(marks, [], []).profit, abs=Decimal("0.01"))


@given(units, st.data())
def test_deposits_are_neither_profit_nor_return(curve: list[float], data: st.DataObject) -> None:
    later = data.draw(st.lists(st.integers(0, 90_000), min_size=len(curve) - 1, max_size=len(curve) - 1))
    with_money = report_of(session_marks(curve, deposits=[100_000, *later]), [], [])
    without = report_of(session_marks(curve), [], [])
    assert with_money.desk == without.desk
    if len(set(curve)) == 1:
        assert with_money.profit == 0


def a_traded_book() -> tuple[Book, list[Transaction]]:
    """Return a book that bought two names, earned a dividend, sold one, and paid for it all."""
    book, journal = Book(), [a_deposit()]
    book = book.apply(journal[0])
    for fill in (
        a_fill("AAPL", quantity=100, price=100, commission=Decimal("1.25"), fill_id="f1", session=MONDAY),
        a_fill("XOM", quantity=50, price=80, commission=Decimal("1.00"), fill_id="f2", session=MONDAY),
        a_fill("XOM", "sell", 50, Decimal("83.5"), commission=Decimal("1.00"), fill_id="f3"),
    ):
        journal.append(post_fill(book, fill))
        book = book.apply(journal[-1])
    journal.append(post_dividend(book.positions["AAPL"], a_dividend("0.52"), at_open(MONDAY)))
    return book.apply(journal[-1]), journal


@given(st.integers(1, 400))
def test_the_profit_shown_is_realised_and_unrealised_and_dividends_less_fees(price: int) -> None:
    book, journal = a_traded_book()
    day = MONDAY + timedelta(days=1)
    start = mark_book(
        None, Book().apply(journal[0]), {}, session=MONDAY, at=at_close(MONDAY), benchmark_index=1.0
    )
    end = mark_book(
        start,
        book,
        {"AAPL": Mark(price=Decimal(price), session=day, stale=False)},
        session=day,
        at=at_close(day),
        benchmark_index=1.0,
    )
    report = report_of([start, end], closed_trades(Book(), journal), [])
    unrealised = book.unrealised({"AAPL": Decimal(price)})
    assert report.profit == book.realised + unrealised + book.dividends - book.fees
    assert report.profit == report.equity - 100_000
    assert report.trades[0].n == 1
    assert [trade.profit for trade in report.best] == [Decimal("173.00")]


@pytest.mark.parametrize(("sessions", "short"), [(ENOUGH - 1, True), (ENOUGH, False)])
def test_twenty_sessions_are_the_least_that_are_judged(sessions: int, short: bool) -> None:
    report = report_of(session_marks([1.0 + n / 1000 for n in range(sessions + 1)]), [], [])
    assert bool(report.note) is short
    assert (report.note.startswith(f"{sessions} sessions are too few")) is short


def test_trades_and_fills_of_the_base_belong_to_the_span_before() -> None:
    marks = session_marks([1.0, 1.0, 1.0, 1.0])
    fills = [a_fill(session=mark.session, commission=Decimal(1)) for mark in marks]
    trades = [a_closed_trade(f"T{n}", closed=mark.session) for n, mark in enumerate(marks)]
    report = report_of(marks, trades, fills, between(marks[2].session, marks[2].session))
    assert (report.costs.fills, report.costs.commissions) == (1, 1)
    assert report.trades[0].n == 1
    assert [trade.ticker for trade in report.best] == ["T2"]


def test_the_three_best_and_the_three_worst_are_ranked_by_profit() -> None:
    marks = session_marks([1.0, 1.0])
    trades = [a_closed_trade(f"T{n}", n - 4, closed=marks[1].session) for n in range(9)]
    report = report_of(marks, trades, [])
    assert [trade.profit for trade in report.best] == [4, 3, 2]
    assert [trade.profit for trade in report.worst] == [-4, -3, -2]


def test_a_trade_that_broke_even_is_neither_best_nor_worst() -> None:
    marks = session_marks([1.0, 1.0])
    report = report_of(marks, [a_closed_trade(realised=0, closed=marks[1].session)], [])
    assert (report.best, report.worst, report.trades[0].value) == ((), (), 0.0)


def test_turnover_counts_both_sides_over_mean_equity() -> None:
    marks = session_marks([1.0, 1.0, 1.0])
    day = marks[1].session
    fills = [
        a_fill(quantity=100, price=100, session=day),
        a_fill(side="sell", quantity=50, price=100, session=day),
    ]
    costs = report_of(marks, [], fills).costs
    assert (costs.traded, costs.turnover) == (15_000, 0.15)


def test_an_index_that_was_never_above_zero_is_no_benchmark() -> None:
    report = report_of(session_marks([1.0, 1.1, 1.2], benchmark=[1.0, 0.0, 1.1]), [], [])
    assert (report.comparisons, report.above_benchmark) == ((), None)


def test_a_chart_without_benchmark_has_two_lines_and_no_benchmark_column() -> None:
    chart = chart_of(session_marks([1.0, 1.1], benchmark=[1.0, None]), "SPY")
    assert [line["name"] for line in chart.figure["data"]] == ["Desk", "Drawdown"]  # type: ignore[attr-defined]
    assert [value.benchmark_return for value in chart.values] == [None, None]
    assert chart.title == "Equity"


def test_a_chart_names_its_benchmark() -> None:
    chart = chart_of(session_marks([1.0, 1.1]), "SPY")
    names = [line["name"] for line in chart.figure["data"]]  # type: ignore[attr-defined]
    assert names == ["Desk", "SPY (total return)", "Drawdown"]
    assert chart.title == "Equity against SPY"


def test_amounts_are_shown_to_the_cent() -> None:
    marks = session_marks([1.0, 1.0])
    odd = replace(marks[1], equity=Decimal("100000.125001"), deposits=Decimal("100000.00"))
    report, chart = report_of([marks[0], odd], [], []), chart_of([marks[0], odd], "SPY")
    assert (report.equity, report.profit) == (Decimal("100000.13"), Decimal("0.13"))
    assert chart.values[1].equity == Decimal("100000.13")


def test_a_span_is_described_with_the_sessions_it_came_to() -> None:
    first, last = MONDAY, MONDAY + timedelta(days=3)
    assert described(ALL_SESSIONS, first, last) == "since the start, 2016-03-07 to 2016-03-10"
    assert described(trailing(1), last, last) == "the last session, 2016-03-10"
    assert described(between(first, None), first, last) == "2016-03-07 to 2016-03-10"
    assert described(between(last, last), last, last) == "2016-03-10"


def test_a_report_says_which_sessions_it_covers() -> None:
    report = report_of(session_marks([1.0, 1.1, 1.2]), [], [])
    assert report.span == "since the start, 2016-03-08 to 2016-03-09"


def test_a_trade_keeps_its_days_in_the_list() -> None:
    marks = session_marks([1.0] * 20)
    trade = a_closed_trade()
    shown = report_of(marks, [trade], []).best[0]
    assert (shown.ticker, shown.opened, shown.closed) == ("AAPL", trade.opened, trade.closed)
    assert shown.return_fraction == 0.01


def test_each_day_has_the_return_of_the_benchmark_on_that_day() -> None:
    marks = session_marks([1.0, 1.1, 1.2], benchmark=[2.0, 3.0, 1.5], deposits=[100_000, 0, 5_000])
    values = chart_of(marks, "SPY").values
    assert [value.benchmark_return for value in values] == [None, 0.5, -0.5]
    assert [value.deposits for value in values] == [100_000, 100_000, 105_000]


def test_a_single_session_is_told_in_the_singular() -> None:
    assert report_of(session_marks([1.0, 1.01]), [], []).note.startswith("1 session is too few to say")
