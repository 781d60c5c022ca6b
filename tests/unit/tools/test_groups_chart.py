"""The bars of a table of groups: one each, pale and without an interval where there are too few to say."""

from support.pasts import a_past, an_opened_trade
from tools.groups_chart import FEW, TOLD_APART, groups_figure, title_of
from tools.outcomes_by import OutcomesBy, outcomes_report


def a_table() -> OutcomesBy:
    trades = [an_opened_trade(n, regime="risk_on", earned=(n - 10) / 500) for n in range(30)]
    trades += [an_opened_trade(n, regime="risk_off", earned=0.04) for n in range(3)]
    return outcomes_report(a_past(trades), "regime").trades


def test_every_group_has_its_bar_the_first_at_the_top() -> None:
    (bars,) = groups_figure(a_table())["data"]  # type: ignore[misc]
    assert bars["y"] == ["risk off (n = 3)", "risk on (n = 30)"]
    assert bars["x"] == [4.0, 0.9]


def test_an_interval_reaches_to_both_sides_or_is_not_drawn() -> None:
    table = a_table()
    (bars,) = groups_figure(table)["data"]  # type: ignore[misc]
    mean = table.groups[0].mean_return
    assert mean.low is not None
    assert mean.high is not None
    assert bars["error_x"]["array"] == [None, round((mean.high - 0.009) * 100, 3)]
    assert bars["error_x"]["arrayminus"] == [None, round((0.009 - mean.low) * 100, 3)]
    assert bars["marker"]["opacity"] == [FEW, TOLD_APART]


def test_a_dimension_is_told_in_words() -> None:
    past = a_past([an_opened_trade()])
    assert [
        title_of(outcomes_report(past, each).trades) for each in ("agreement", "holding_period", "exit")
    ] == [
        "forecaster agreement",
        "holding period",
        "how it was closed",
    ]
