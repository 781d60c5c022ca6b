"""Trades by what was known of them: every one in its own group, and chance never taken for a pattern."""

from dataclasses import replace

import numpy as np
import pytest

from fund.errors import QueryRefusedError
from support.books import a_book
from support.pasts import DAYS, a_past, an_opened_trade
from support.records import a_session_mark
from tools.outcomes_by import DIMENSIONS, UNKNOWN, OutcomesReport, outcomes_report


def rows(report: OutcomesReport) -> dict[str, int]:
    return {group.name: group.n for group in report.trades.groups}


@pytest.mark.parametrize(
    ("dimension", "changes", "name"),
    [
        ("regime", {"regime": "risk_off"}, "risk_off"),
        ("regime", {"regime": ""}, UNKNOWN),
        ("weekday", {"opened": DAYS[2]}, "Wednesday"),
        ("agreement", {"ranks": (0.9, 0.61)}, "agree"),
        ("agreement", {"ranks": (0.9, 0.6)}, "differ"),
        ("agreement", {"ranks": (0.2, 0.5, 0.8)}, "disagree"),
        ("agreement", {"ranks": (0.9,)}, "one forecaster or none"),
        ("holding_period", {"held_sessions": 5}, "1 to 5 sessions"),
        ("holding_period", {"held_sessions": 6}, "6 to 10"),
        ("holding_period", {"held_sessions": 40}, "21 to 40"),
        ("holding_period", {"held_sessions": 41}, "41 and more"),
        ("conviction", {"conviction": -0.1}, "below 0"),
        ("conviction", {"conviction": 0.2}, "0.2 to 0.4"),
        ("conviction", {"conviction": 0.6}, "0.6 and more"),
        ("conviction", {"conviction": None}, UNKNOWN),
        ("sector", {"sector": ""}, UNKNOWN),
        ("exit", {"ended_by": "atr_stop"}, "ATR stop"),
        ("exit", {"ended_by": ""}, "the committee or a limit"),
    ],
)
def test_a_trade_is_in_the_group_of_what_was_known(
    dimension: str, changes: dict[str, object], name: str
) -> None:
    assert rows(outcomes_report(a_past([an_opened_trade(**changes)]), dimension)) == {name: 1}  # type: ignore[arg-type]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_trade_is_in_one_group_of_every_table(dimension: str) -> None:
    trades = [
        an_opened_trade(n, held=1 + n, conviction=n / 30, regime=("risk_on", "neutral")[n % 2])
        for n in range(30)
    ]
    report = outcomes_report(a_past(trades), dimension)
    assert sum(rows(report).values()) == report.trades.n == 30


def test_a_length_of_holding_that_pays_is_told_from_chance_and_named() -> None:
    trades = [
        an_opened_trade(n, held=3 if n % 2 else 15, earned=(0.05 if n % 2 else -0.05) + n / 10_000)
        for n in range(60)
    ]
    found = outcomes_report(a_past(trades), "holding_period").trades
    assert found.chance is not None
    assert (found.best, found.chance < 0.01) == ("1 to 5 sessions", True)
    best = found.groups[0]
    assert best.mean_return.low is not None
    assert best.mean_return.low > 0
    assert best.win_rate.value == 1.0
    assert "no advice on when to sell" in found.caveat


def test_shuffled_lengths_are_chance() -> None:
    rng = np.random.default_rng(2)
    trades = [
        an_opened_trade(n, held=int(rng.integers(1, 60)), earned=float(rng.normal(0, 0.05)))
        for n in range(80)
    ]
    found = outcomes_report(a_past(trades), "holding_period").trades
    assert found.chance is not None
    assert found.chance > 0.05


def test_a_handful_is_too_few_to_say_and_has_no_interval() -> None:
    found = outcomes_report(a_past([an_opened_trade(n) for n in range(4)]), "regime").trades
    assert (found.chance, found.chance_note) == (None, "too few trades to say (4 of 20)")
    assert (found.groups[0].mean_return.low, found.groups[0].win_rate.n) == (None, 4)
    assert found.groups[0].mean_return.note == "too few trades to say (4 of 20)"


def test_one_group_alone_is_no_comparison() -> None:
    found = outcomes_report(a_past([an_opened_trade(n) for n in range(25)]), "regime").trades
    assert (found.best, found.chance) == ("", None)
    assert found.chance_note == "there is only 1 group to compare"


def test_no_trade_is_an_empty_table() -> None:
    found = outcomes_report(a_past(), "sector").trades
    assert (found.n, found.groups, found.best) == (0, (), "")


def test_the_money_of_a_group_is_the_sum_of_its_trades() -> None:
    trades = [an_opened_trade(n, earned=earned) for n, earned in enumerate((0.1, -0.03, 0.01))]
    (group,) = outcomes_report(a_past(trades), "regime").trades.groups
    assert str(group.profit) == "800.00"


def test_sessions_are_parted_by_their_weekday_and_by_the_regime_seen_on_the_close_before() -> None:
    mark = a_session_mark(a_book())
    marks = [replace(mark, session=DAYS[n], unit_value=1.0 + n / 100) for n in range(3)]
    past = a_past(marks=tuple(marks), regimes={DAYS[0]: "risk_off", DAYS[1]: "risk_on"})
    by_regime = outcomes_report(past, "regime").sessions
    assert by_regime is not None
    assert {g.name: (g.n, round(g.mean_return.value or 0, 4)) for g in by_regime.groups} == {
        "risk_on": (1, round(1.02 / 1.01 - 1, 4)),
        "risk_off": (1, 0.01),
    }
    by_day = outcomes_report(past, "weekday").sessions
    assert by_day is not None
    assert [group.name for group in by_day.groups] == ["Tuesday", "Wednesday"]
    assert outcomes_report(past, "sector").sessions is None


def test_what_is_no_dimension_is_refused_with_those_there_are() -> None:
    with pytest.raises(QueryRefusedError, match="regime, weekday, agreement"):
        outcomes_report(a_past(), "moon")
