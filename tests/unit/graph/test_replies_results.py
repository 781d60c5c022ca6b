"""How results and trades are told: each figure with its size and its interval, losses as losses."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from graph.chat_events import Chart, Table, TextToken
from graph.intent import Extreme
from graph.replies.results import SHOWN_FILLS, performance_reply, trades_reply
from support.books import MONDAY, a_fill
from support.talk import tables_of, text_of
from support.tool_results import (
    DAY,
    a_chart,
    a_closed_trade,
    a_daily_value,
    a_figure,
    a_report,
    a_trade_result,
    session_marks,
)
from tools.figures import trade_figures
from tools.track_record import Comparison, PerformanceReport, TradeList, chart_of, report_of

RATIO = a_figure("Sharpe ratio", 1.234, unit="ratio", low=-0.5, high=2.75)
FIGURES = (
    a_figure("return", 0.02),
    a_figure("volatility", 0.11, low=0.08, high=0.14),
    RATIO,
    a_figure("max drawdown", -0.05, low=-0.09, high=-0.02),
)


def said_of(report: PerformanceReport) -> str:
    return text_of(performance_reply(report, a_chart()))


def figures_table(report: PerformanceReport) -> Table:
    return tables_of(performance_reply(report, a_chart()))[f"Performance, {report.span}"]


def a_trade_list(**changes: object) -> TradeList:
    trades = TradeList(span="the last week", fills=(), closed=(), figures=trade_figures([]))
    return replace(trades, **changes)  # type: ignore[arg-type]


def test_each_figure_is_told_in_its_own_unit() -> None:
    other = Comparison(name="SPY", figures=FIGURES)
    rows = figures_table(a_report(desk=FIGURES, comparisons=(other,))).rows
    assert rows[:4] == (
        ("return", "+2.00%", "-1.00% to +5.00%", 40, "+2.00%"),
        ("volatility", "11.00%", "8.00% to 14.00%", 40, "11.00%"),
        ("Sharpe ratio", "1.23", "-0.50 to 2.75", 40, "1.23"),
        ("max drawdown", "-5.00%", "-9.00% to -2.00%", 40, "-5.00%"),
    )


def test_everything_compared_with_has_its_column_and_no_trades() -> None:
    others = tuple(Comparison(name=name, figures=FIGURES) for name in ("SPY", "members"))
    table = figures_table(a_report(desk=FIGURES, comparisons=others))
    assert table.columns == ("Figure", "Desk", "95% interval", "n", "SPY", "members")
    assert {len(row) for row in table.rows} == {6}
    assert [row[4:] for row in table.rows[-2:]] == [("", ""), ("", "")]


def test_trade_figures_say_that_they_count_trades() -> None:
    trades = trade_figures([a_closed_trade("A", 30), a_closed_trade("B", -10)])
    rows = figures_table(a_report(trades=trades)).rows[-2:]
    assert [row[0] for row in rows] == ["win rate (n = trades)", "profit factor (n = trades)"]
    assert [row[1] for row in rows] == ["50.00%", "3.00"]
    assert rows[0][2] == "9.45% to 90.55%"
    assert rows[1][2] == "too few trades to say (2 of 20)"
    assert [row[3] for row in rows] == [2, 2]


def test_a_figure_that_is_missing_says_why_in_the_place_of_its_interval() -> None:
    missing = a_figure(
        "Sharpe ratio", None, unit="ratio", low=None, high=None, note="the returns do not vary"
    )
    row = figures_table(a_report(desk=(a_figure(), missing), comparisons=())).rows[1]
    assert row[1:3] == ("n/a", "the returns do not vary")


@pytest.mark.parametrize(
    ("above", "words"),
    [
        ({"value": 0.01, "low": -0.02, "high": 0.03}, "1.00 points ahead of the benchmark"),
        ({"value": -0.01, "low": -0.02, "high": -0.005}, "1.00 points behind the benchmark"),
        ({"value": 0.0, "low": 0.0, "high": 0.0}, "0.00 points ahead of the benchmark"),
    ],
)
def test_the_side_of_the_difference_is_told(above: dict[str, float], words: str) -> None:
    assert words in said_of(a_report(above_benchmark=a_figure("return above benchmark", **above)))


@pytest.mark.parametrize(
    ("low", "high", "chance"),
    [
        (-0.01, 0.01, True),
        (0.0, 0.01, True),
        (-0.01, 0.0, True),
        (0.001, 0.01, False),
        (-0.02, -0.001, False),
    ],
)
def test_an_interval_that_touches_zero_proves_nothing(low: float, high: float, chance: bool) -> None:
    text = said_of(a_report(above_benchmark=a_figure("return above benchmark", low, low=low, high=high)))
    assert ("cannot be told from chance" in text) is chance
    assert ("the interval does not include zero" in text) is not chance


@pytest.mark.parametrize("gone", ["value", "low", "high"])
def test_a_difference_without_its_interval_is_not_told(gone: str) -> None:
    text = said_of(a_report(above_benchmark=replace(a_figure("return above benchmark"), **{gone: None})))
    assert "nothing is compared" in text
    assert "benchmark (95%" not in text


def test_a_return_without_interval_says_why_it_has_none() -> None:
    short = a_figure(low=None, high=None, note="too few sessions to say (5 of 20)")
    text = said_of(a_report(desk=(short,), note="5 sessions are too few"))
    assert "The 95% interval of its return: too few sessions to say (5 of 20)." in text


def test_a_losing_desk_is_told_as_losing() -> None:
    text = said_of(
        a_report(desk=(a_figure(value=-0.031),), equity=Decimal("96900.00"), profit=Decimal("-3100.00"))
    )
    assert text.startswith("The desk returned -3.10%, SPY (total return) +3.00%")
    assert "Equity is $96,900.00, a profit of -$3,100.00." in text


def test_one_session_and_one_fill_are_told_in_the_singular() -> None:
    costs = replace(a_report().costs, fills=1)
    text = said_of(a_report(sessions=1, costs=costs))
    assert "1 session from the close" in text
    assert "1 fill traded" in text


def test_a_desk_without_closed_trades_names_no_best_and_no_worst() -> None:
    text = said_of(a_report())
    assert "Best" not in text
    assert "Worst" not in text


def test_a_desk_that_only_lost_names_its_worst_alone() -> None:
    text = said_of(a_report(worst=(a_trade_result("KO", -20), a_trade_result("GE", "-1.5"))))
    assert text.endswith("Worst: KO -$20.00, GE -$1.50.")
    assert "Best" not in text


def test_daily_values_are_plain_numbers_that_can_be_calculated_with() -> None:
    value = a_daily_value(
        equity=Decimal("101000.25"), return_fraction=0.01234567, benchmark_return=-0.002, drawdown=-0.05
    )
    table = tables_of(performance_reply(a_report(), a_chart(value)))["Daily values"]
    assert table.columns == ("Session", "Equity USD", "Return %", "Benchmark %", "Drawdown %")
    assert table.rows == (("2016-12-13", 101000.25, 1.2346, -0.2, -5.0),)


def test_the_table_of_days_is_the_chart_in_numbers() -> None:
    marks = session_marks([1.0, 1.1, 0.88, 0.99])
    chart = chart_of(marks, "SPY")
    events = list(performance_reply(report_of(marks, [], []), chart))
    drawn = next(event for event in events if isinstance(event, Chart)).figure["data"]
    rows = tables_of(events)["Daily values"].rows
    assert [row[0] for row in rows] == drawn[0]["x"]  # type: ignore[index]
    assert [row[4] for row in rows] == drawn[2]["y"]  # type: ignore[index]
    level = 100.0
    for row, shown in zip(rows[1:], drawn[0]["y"][1:], strict=True):  # type: ignore[index]
        level *= 1 + float(row[2] or 0) / 100
        assert level == pytest.approx(shown, abs=1e-3)


def test_the_words_come_before_the_table_the_table_before_the_chart() -> None:
    kinds = [type(event) for event in performance_reply(a_report(), a_chart(a_daily_value()))]
    order = [kind for at, kind in enumerate(kinds) if at == 0 or kinds[at - 1] is not kind]
    assert order == [TextToken, Table, Chart, TextToken, Table]


def test_trades_are_told_with_price_and_commission() -> None:
    fill = a_fill("XOM", "sell", 1200, "83.1234", commission=Decimal("6"), session=DAY)
    table = tables_of(trades_reply(a_trade_list(fills=(fill,))))["Fills"]
    assert table.rows == (("2016-12-13", "XOM", "sell", "1,200", "$83.1234", "$6.00"),)


def test_closed_trades_are_listed_best_first() -> None:
    closed = tuple(a_trade_result(f"T{n}", profit) for n, profit in enumerate((5, -7, 20)))
    table = tables_of(trades_reply(a_trade_list(closed=closed)))["Closed trades, best first"]
    assert [row[0] for row in table.rows] == ["T2", "T0", "T1"]
    assert table.rows[2] == ("T1", MONDAY.isoformat(), DAY.isoformat(), "-$7.00", "+1.00%")


def test_a_span_in_which_trades_only_ended_is_not_one_without_trades() -> None:
    text = text_of(trades_reply(a_trade_list(closed=(a_trade_result(),))))
    assert text.startswith(
        "There were 0 fills (the last week): 0 buys and 0 sales. 1 position came to an end."
    )


def test_without_closed_trades_there_is_no_win_rate() -> None:
    text = text_of(trades_reply(a_trade_list(fills=(a_fill(),))))
    assert "win rate" not in text


@pytest.mark.parametrize("more", [0, 1, 50])
def test_a_list_that_is_cut_says_so_and_keeps_the_latest(more: int) -> None:
    days = [date(2017, 12, 29) - timedelta(days=n) for n in range(SHOWN_FILLS + more)]
    fills = tuple(a_fill(session=day, fill_id=f"f{n}") for n, day in enumerate(days))
    events = list(trades_reply(a_trade_list(fills=fills)))
    table = next(event for event in events if isinstance(event, Table))
    assert table.title == ("Fills" if not more else f"Fills, the last {SHOWN_FILLS}")
    assert len(table.rows) == SHOWN_FILLS
    assert table.rows[0][0] == "2017-12-29"
    assert f"There were {SHOWN_FILLS + more} fills" in text_of(events)


def test_buys_and_sales_add_up_to_the_fills() -> None:
    fills = (a_fill(), a_fill("XOM"), a_fill("KO", "sell"))
    found = re.search(
        r"There were (\d+) fills .*: (\d+) buys? and (\d+) sales?",
        text_of(trades_reply(a_trade_list(fills=fills))),
    )
    assert found is not None
    assert found.groups() == ("3", "2", "1")


def test_the_first_sentence_has_the_benchmark_the_interval_and_the_size() -> None:
    text = said_of(a_report())
    assert text.startswith("The desk returned +2.00%, SPY (total return) +3.00%")
    assert "40 sessions from the close of 2016-11-01" in text
    assert "The 95% interval of its return: -1.00% to +5.00%." in text


@pytest.mark.parametrize(
    ("statistic", "words"),
    [
        ("Sharpe ratio", "Sharpe ratio: 1.23 (95% interval: -0.50 to 2.75, n = 40); SPY: 1.23. The desk"),
        ("max drawdown", "Max drawdown: -5.00% (95% interval: "),
        ("costs", "12 fills traded $50,000.00, a turnover of 0.50 times mean equity, at $12.00 commission;"),
        ("", "The desk returned"),
    ],
)
def test_a_statistic_asked_for_by_name_is_told_first(statistic: str, words: str) -> None:
    report = a_report(desk=FIGURES, comparisons=(Comparison(name="SPY", figures=FIGURES),))
    assert text_of(performance_reply(report, a_chart(), statistic)).startswith(words)


def test_a_short_span_is_told_as_too_short_instead_of_being_judged() -> None:
    text = said_of(a_report(note="5 sessions are too few to say"))
    assert "5 sessions are too few to say." in text
    assert "chance" not in text


def test_without_a_benchmark_there_is_no_column_for_one() -> None:
    assert len(figures_table(a_report(comparisons=(), above_benchmark=None)).columns) == 4


def test_best_and_worst_trades_and_costs_are_told() -> None:
    text = said_of(a_report(best=(a_trade_result("JPM", "705.40"),), worst=(a_trade_result("KO", -20),)))
    assert "at $12.00 commission; slippage is inside the fill prices. Best closed trades: JPM" in text
    assert text.endswith("JPM +$705.40. Worst: KO -$20.00.")


def test_a_span_without_trades_says_so() -> None:
    events = list(trades_reply(a_trade_list()))
    assert text_of(events) == "Nothing was traded (the last week)."
    assert tables_of(events) == {}


def test_closed_trades_have_a_win_rate_and_two_ends() -> None:
    rate = a_figure("win rate", 0.5, n=2, low=0.2065, high=1.0, counted="trades")
    closed = (a_trade_result("XOM", 10), a_trade_result("KO", -30), a_trade_result("GE", 20))
    assert text_of(trades_reply(a_trade_list(closed=closed, figures=(rate,)))).endswith(
        "The win rate of those closed is 50.00% (95% interval 20.65% to 100.00%, n = 2). "
        "The best made GE +$20.00, the worst KO -$30.00; open positions are not counted."
    )


def test_what_trading_cost_is_said_once_where_it_is_asked_for() -> None:
    text = text_of(performance_reply(a_report(), a_chart(), "costs"))
    assert text.count("a turnover of") == 1
    assert text.startswith("12 fills traded")
    assert said_of(a_report()).count("a turnover of") == 1


@pytest.mark.parametrize(
    ("statistic", "words"),
    [
        (
            "profit factor",
            "Profit factor: 3.00 (95% interval: too few trades to say (2 of 20), n = 2). There",
        ),
        ("win rate", "Win rate: 50.00% (95% interval: 9.45% to 90.55%, n = 2). There"),
        ("expectancy", "There were"),
        ("", "There were"),
    ],
)
def test_a_statistic_of_trades_is_told_first_where_it_is_known(statistic: str, words: str) -> None:
    figures = trade_figures([a_closed_trade("A", 30), a_closed_trade("B", -10)])
    trades = a_trade_list(closed=(a_trade_result(), a_trade_result()), figures=figures)
    assert text_of(trades_reply(trades, statistic)).startswith(words)


@pytest.mark.parametrize(("extreme", "ticker"), [("best", "XOM"), ("worst", "KO")])
def test_the_trade_at_the_end_that_is_asked_for_is_told_first(extreme: Extreme, ticker: str) -> None:
    closed = tuple(
        a_trade_result(ticker=name, profit=Decimal(profit))
        for name, profit in (("AAPL", 5), ("KO", -9), ("XOM", 12))
    )
    text = text_of(trades_reply(a_trade_list(closed=closed), extreme=extreme))
    assert text.startswith(f"The {extreme} closed trade was {ticker}, ")
    assert text_of(trades_reply(a_trade_list(fills=(a_fill(),)), extreme=extreme)).startswith(
        "There was 1 fill"
    )


def test_alpha_asked_for_has_its_sign() -> None:
    report = a_report(against=(a_figure("alpha", 0.0068, low=-0.09, high=0.09),))
    text = text_of(performance_reply(report, a_chart(), "alpha"))
    assert text.startswith("Alpha: +0.68% (95% interval: -9.00% to +9.00%, n = 40). The desk returned")
