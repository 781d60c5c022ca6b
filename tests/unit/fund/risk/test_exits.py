"""Protective exits need prices and nothing else, and never act on a price that is not there (INV-13)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import ConfigError
from fund.market.bars import Mark
from fund.market.facts import CorporateAction
from fund.market.history_view import HistoryView
from fund.market.true_range import average_true_range
from fund.portfolio.book import Book, Position
from fund.risk.exits import ExitRules, check_exits, exit_levels, exits_due, stop_distance
from support.markets import FIRST, a_calendar, a_dividend, a_history, a_quiet_history, a_split, with_future

DAYS = a_calendar().sessions(FIRST, a_calendar().last)
WIGGLE = [100.0 + place % 2 for place in range(20)]
"""Twenty closes that move by 1 USD a session: the average true range is 1."""
ALL = ExitRules(
    atr_stop=Decimal(4),
    trailing_stop=Decimal(5),
    take_profit=Decimal("0.25"),
    time_stop_sessions=40,
    atr_sessions=5,
)
paths = st.lists(st.floats(20, 200), min_size=8, max_size=30)
sides = st.sampled_from((1, -1))
rule_sets = st.builds(
    ExitRules,
    atr_stop=st.none() | st.decimals("0.5", "6", places=1),
    trailing_stop=st.none() | st.decimals("0.5", "6", places=1),
    take_profit=st.none() | st.decimals("0.01", "0.5", places=2),
    time_stop_sessions=st.none() | st.integers(1, 30),
    atr_sessions=st.integers(2, 6),
)


def a_view(
    closes: Sequence[float], actions: Sequence[CorporateAction] = (), ticker: str = "AAA"
) -> HistoryView:
    history = a_quiet_history({ticker: closes}, actions=actions)
    return history.view(a_calendar().close_at(DAYS[len(closes) - 1]))


def holding(quantity: object = 10, entry: object = 100, opened: date = DAYS[0], ticker: str = "AAA") -> Book:
    shares = Decimal(str(quantity))
    cost = shares * Decimal(str(entry))
    position = Position(ticker=ticker, quantity=shares, cost=cost, opened=opened, bought=abs(cost))
    return Book(positions=MappingProxyType({ticker: position}))


def marked(view: HistoryView, price: object | None = None, **changes: object) -> Mapping[str, Mark]:
    (ticker,) = view.tickers()
    mark = view.mark(ticker)
    return {
        ticker: replace(mark, price=mark.price if price is None else Decimal(str(price)), **changes)  # type: ignore[arg-type]
    }


def rule_due(closes: Sequence[float], rules: ExitRules = ALL, **held: object) -> str | None:
    view = a_view(closes)
    due = exits_due(view, holding(**held), marked(view), rules)  # type: ignore[arg-type]
    return due[0].rule if due else None


def test_a_long_that_fell_four_average_ranges_below_its_entry_is_stopped() -> None:
    view = a_view(WIGGLE)
    (exit_,) = exits_due(view, holding(entry=104), marked(view, 100), ALL)
    assert (exit_.rule, exit_.level, exit_.price, exit_.entry) == ("atr_stop", 100, 100, 104)
    assert exit_.sessions_held == 19
    assert "atr_stop: closed at 100.00, level 100.00" in exit_.why
    assert not exits_due(view, holding(entry=104), marked(view, "100.01"), ALL)


def test_a_short_is_stopped_by_a_rise() -> None:
    view = a_view(WIGGLE)
    assert not exits_due(view, holding(-10, 98), marked(view, "101.99"), ALL)
    assert exits_due(view, holding(-10, 98), marked(view, 102), ALL)[0].rule == "atr_stop"


def test_the_trailing_stop_follows_the_best_close_since_the_entry() -> None:
    rules = replace(ALL, atr_stop=None)
    view = a_view([*WIGGLE, 102.0, 103.0, 104.0, 103.0])
    assert not exits_due(view, holding(), marked(view, "99.01"), rules)
    assert exits_due(view, holding(), marked(view, 99), rules)[0].rule == "trailing_stop"
    late = holding(entry=103, opened=DAYS[23])
    assert not exits_due(view, late, marked(view, 99), rules)


def test_a_gain_is_taken_on_either_side() -> None:
    rules = ExitRules(take_profit=Decimal("0.25"))
    assert rule_due([*WIGGLE, 125.0], rules) == "take_profit"
    assert rule_due([*WIGGLE, 124.9], rules) is None
    assert rule_due([*WIGGLE, 75.0], rules, quantity=-10) == "take_profit"


def test_time_is_up_after_the_stated_sessions() -> None:
    rules = ExitRules(time_stop_sessions=19)
    assert rule_due(WIGGLE, rules) == "time_stop"
    assert rule_due(WIGGLE, rules, opened=DAYS[1]) is None


def test_one_exit_a_position_the_stop_before_the_profit_and_the_calendar() -> None:
    rules = replace(ALL, take_profit=Decimal("0.01"), time_stop_sessions=1)
    view = a_view(WIGGLE)
    assert [e.rule for e in exits_due(view, holding(entry=110), marked(view, 100), rules)] == ["atr_stop"]


def test_rules_that_are_off_never_fire() -> None:
    assert rule_due([*WIGGLE, 1.0], ExitRules()) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stale": True}, "stale"),
        ({"price": Decimal("NaN")}, "finite"),
        ({"price": Decimal(0)}, "above 0"),
        ({"price": Decimal("-5")}, "above 0"),
    ],
)
def test_an_unusable_price_never_triggers_and_is_said(change: dict[str, object], said: str) -> None:
    view = a_view([*WIGGLE, 10.0])
    marks = {"AAA": replace(view.mark("AAA"), **change)}  # type: ignore[arg-type]
    found = check_exits(view, holding(), marks, ALL)
    assert not found.due
    assert [(skip.ticker, skip.rule) for skip in found.skipped] == [("AAA", "all")]
    assert said in found.skipped[0].reason


def test_a_missing_price_never_triggers_and_is_said() -> None:
    found = check_exits(a_view([*WIGGLE, 10.0]), holding(), {}, ALL)
    assert not found.due
    assert found.skipped[0].reason == "no price is known"


def test_a_rule_without_enough_bars_is_said_and_the_others_still_work() -> None:
    view = a_view([100.0, 130.0])
    found = check_exits(view, holding(), marked(view), ALL)
    assert [exit_.rule for exit_ in found.due] == ["take_profit"]
    assert [skip.rule for skip in found.skipped] == ["atr_stop", "trailing_stop"]


@given(paths, sides, rule_sets, st.floats(20, 200), st.floats(0, 100))
def test_what_stops_at_a_price_stops_at_every_worse_one(
    closes: list[float], side: int, rules: ExitRules, price: float, worse: float
) -> None:
    view, book = a_view(closes), holding(10 * side, closes[0])
    stops = replace(rules, take_profit=None, time_stop_sessions=None)
    at = Decimal(repr(round(price, 4)))
    beyond = max(at - side * Decimal(repr(round(worse, 4))), Decimal("0.0001"))
    if exits_due(view, book, marked(view, at), stops):
        assert exits_due(view, book, marked(view, beyond), stops)


@given(paths, sides, rule_sets, st.integers(1, 6))
def test_a_split_changes_nothing(closes: list[float], side: int, rules: ExitRules, at: int) -> None:
    """Prices in whole cents before and after, so that the split itself rounds nothing."""
    plain = [round(close, 2) for close in closes]
    raw = [close * 4 if place < at else close for place, close in enumerate(plain)]
    entry = Decimal(repr(plain[0]))
    split = a_split(ex_date=DAYS[at], ratio="4")
    one, other = a_view(plain), a_view(raw, [split])
    found = [check_exits(view, holding(10 * side, entry), marked(view), rules) for view in (one, other)]
    assert [(e.rule, e.sessions_held) for e in found[0].due] == [
        (e.rule, e.sessions_held) for e in found[1].due
    ]
    assert found[0].skipped == found[1].skipped
    for left, right in zip(found[0].due, found[1].due, strict=True):
        assert (left.level is None) == (right.level is None)
        if left.level is not None and right.level is not None:
            assert abs(left.level - right.level) <= Decimal("0.0002")


def test_a_dividend_is_no_loss() -> None:
    """The price falls by what is paid out: neither a stop, nor a wider range."""
    rules = replace(ALL, atr_stop=Decimal(3), trailing_stop=Decimal(3))
    paid = a_dividend(ex_date=DAYS[18], cash="10")
    closes = [*WIGGLE[:18], 90.0, 91.0]
    assert rule_due(closes, rules) is not None
    view = a_view(closes, [paid])
    found = check_exits(view, holding(), marked(view), rules)
    assert not found.due
    assert average_true_range(view, "AAA", 5) == 1


@given(paths, rule_sets, st.floats(20, 200))
def test_long_and_short_mirror_each_other(closes: list[float], rules: ExitRules, price: float) -> None:
    """What a price above means for the one, the same distance below means for the other."""
    cents = [round(close, 2) for close in closes]
    mirror = [round(300 - close, 2) for close in cents]
    stops = replace(rules, trailing_stop=None, take_profit=None)
    at = Decimal(repr(round(price, 2)))
    long = exits_due(a_view(cents), holding(10, cents[0]), marked(a_view(cents), at), stops)
    short = exits_due(a_view(mirror), holding(-10, mirror[0]), marked(a_view(mirror), 300 - at), stops)
    assert [e.rule for e in long] == [e.rule for e in short]


@given(st.integers(0, 30), st.integers(0, 5))
def test_another_future_changes_nothing(seed: int, future: int) -> None:
    history = a_history(seed % 4)
    day = history.panel.sessions[25]
    as_of = history.calendar.close_at(day) + timedelta(minutes=1)
    one, other = history.view(as_of), with_future(history, as_of, future).view(as_of)
    positions = {}
    for ticker in sorted(one.tickers()):
        positions |= holding(ticker=ticker, opened=history.panel.sessions[5]).positions
    book = Book(positions=MappingProxyType(positions))
    found = [check_exits(v, book, {t: v.mark(t) for t in v.tickers()}, ALL) for v in (one, other)]
    assert found[0] == found[1]


def test_the_distance_to_a_stop_is_a_fraction_of_the_price() -> None:
    view = a_view(WIGGLE)
    assert stop_distance(view, "AAA", ALL) == (Decimal(4) / Decimal(101)).quantize(Decimal("0.000001"))
    assert stop_distance(view, "AAA", ExitRules()) is None
    assert stop_distance(view, "NOPE", ALL) is None
    assert stop_distance(a_view(WIGGLE[:4]), "AAA", ALL) is None
    assert stop_distance(a_view([*WIGGLE, float("nan")]), "AAA", ALL) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"atr_stop": Decimal(0)},
        {"atr_stop": Decimal("NaN")},
        {"trailing_stop": Decimal(-1)},
        {"take_profit": Decimal(11)},
        {"time_stop_sessions": 0},
        {"atr_sessions": 1},
    ],
)
def test_impossible_rules_are_refused_by_name(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(ConfigError, match=f"exits.{name} must be"):
        ExitRules(**wrong)  # type: ignore[arg-type]


@given(paths, rule_sets, sides)
def test_an_exit_is_due_where_its_level_is_reached_and_nowhere_else(
    closes: list[float], rules: ExitRules, side: int
) -> None:
    view, book = a_view(closes), holding(quantity=10 * side, entry=closes[0])
    levels, skipped = exit_levels(view, book, marked(view), rules)
    price = marked(view)["AAA"].price
    reached = [
        each.rule
        for each in levels
        if (
            each.sessions_left == 0
            if each.level is None
            else (price - each.level) * side * (1 if each.rule == "take_profit" else -1) >= 0
        )
    ]
    check = check_exits(view, book, marked(view), rules)
    assert [each.rule for each in check.due] == reached[:1]
    assert skipped == check.skipped


def test_a_stale_price_has_no_level_and_says_so() -> None:
    view = a_view(WIGGLE)
    levels, skipped = exit_levels(view, holding(), marked(view, stale=True), ALL)
    assert levels == ()
    assert "stale" in skipped[0].reason


def test_levels_come_in_the_order_in_which_exits_are_named() -> None:
    view = a_view(WIGGLE)
    levels, _ = exit_levels(view, holding(), marked(view), ALL)
    assert [each.rule for each in levels] == ["atr_stop", "trailing_stop", "take_profit", "time_stop"]
    assert (levels[2].level, levels[3].sessions_left) == (125, 40 - (len(WIGGLE) - 1))
