"""Trades, drawdowns and large changes are told on their own, once, by the mandate's own measure."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.events import Event
from desk.movements import movements_of
from fund.alert_rules import AlertRules
from fund.errors import ConfigError
from fund.portfolio.fill import Fill
from fund.portfolio.session_mark import SessionMark
from fund.session import AccountState, SessionStep, advance_session
from support.books import a_book
from support.mandates import a_mandate
from support.markets import a_quiet_history
from support.records import a_cycle_record

CLOSES = {"AAA": [10.0], "BBB": [20.0], "SPY": [1.0]}
HISTORY = a_quiet_history(CLOSES)
DAY = HISTORY.last_session
OPENED = HISTORY.calendar.open_at(DAY)
RULES = AlertRules()


def a_fill(ticker: str, side: str, quantity: int, price: str) -> Fill:
    return Fill(
        fill_id=f"{ticker}-{side}-{quantity}",
        order_id="order",
        ticker=ticker,
        side=side,  # type: ignore[arg-type]
        quantity=Decimal(quantity),
        price=Decimal(price),
        commission=Decimal("1.00"),
        session=DAY,
        filled_at=OPENED,
    )


def a_step(fills: Sequence[Fill] = (), drawdown: float = 0.0, equity: str = "100000") -> SessionStep:
    made = advance_session(AccountState(book=a_book({"AAA": (10, 10)})), HISTORY, DAY, a_mandate())
    return replace(
        made,
        settlement=replace(made.settlement, fills=tuple(fills)),
        mark=replace(made.mark, drawdown=drawdown, equity=Decimal(equity)),
    )


def told(step: SessionStep, before: float | None = None, rules: AlertRules = RULES) -> list[Event]:
    previous: SessionMark | None = None if before is None else replace(step.mark, drawdown=before)
    return movements_of(step, a_cycle_record(), previous, rules)


def test_a_quiet_session_tells_nothing() -> None:
    assert told(a_step()) == []


def test_fills_are_told_together_with_price_and_commission() -> None:
    (event,) = told(a_step([a_fill("AAA", "buy", 12, "107.2"), a_fill("BBB", "sell", 5, "80.125")]))
    assert event.kind == "traded"
    assert event.text == (
        f"At the open of {DAY.isoformat()}: bought 12 AAA at 107.20 USD; sold 5 BBB at 80.12 USD"
    )
    assert event.data == {"fills": 2, "commission": "2.00"}


def test_of_many_fills_the_first_are_named_and_the_others_counted() -> None:
    (event,) = told(a_step([a_fill("AAA", "buy", n, "1") for n in range(1, 16)]))
    assert event.text.endswith("bought 12 AAA at 1.00 USD; and 3 more")


@pytest.mark.parametrize(
    ("before", "now", "past"),
    [
        (None, -0.025, "past 2.5%"),
        (0.0, -0.0249, None),
        (-0.01, -0.03, "past 2.5%"),
        (-0.03, -0.04, None),
        (-0.03, -0.051, "past 5.0%"),
        (-0.03, -0.12, "past 10.0%"),
        (-0.12, -0.03, None),
        (-0.05, -0.05, None),
        (-0.049, -0.0499999999999, "past 5.0%"),
    ],
)
def test_a_drawdown_is_told_when_it_passes_another_step(
    before: float | None, now: float, past: str | None
) -> None:
    events = [event for event in told(a_step(drawdown=now), before) if event.kind == "drawdown"]
    assert [event.text.partition(", ")[2] for event in events] == ([past] if past else [])
    assert {event.severity for event in events} <= {"warning"}


@given(st.lists(st.floats(-0.9, 0.0), min_size=2, max_size=30))
def test_as_many_steps_are_told_as_there_are_new_depths(path: list[float]) -> None:
    deepest = [min(path[: n + 1]) for n in range(len(path))]
    events = [event for before, now in pairwise(deepest) for event in told(a_step(drawdown=now), before)]
    assert len(events) == sum(
        int(-now / 0.025 + 1e-9) > int(-before / 0.025 + 1e-9) for before, now in pairwise(deepest)
    )


def test_a_position_that_trading_moves_by_a_large_part_of_equity_is_told() -> None:
    events = told(
        a_step(
            [
                a_fill("AAA", "buy", 30, "100"),
                a_fill("AAA", "buy", 20, "100"),
                a_fill("BBB", "sell", 499, "10"),
                a_fill("CCC", "sell", 700, "10"),
            ]
        )
    )
    assert [event.text for event in events if event.kind == "position_changed"] == [
        "AAA was raised by 5,000 USD, 5.0% of equity",
        "CCC was cut by 7,000 USD, 7.0% of equity",
    ]


def test_the_measures_are_the_mandates() -> None:
    rules = AlertRules(drawdown_step=Decimal("0.1"), large_change=Decimal("0.5"))
    step = a_step([a_fill("AAA", "buy", 50, "100")], drawdown=-0.06)
    assert [event.kind for event in told(step, rules=rules)] == ["traded"]


def test_an_emptied_book_divides_by_nothing() -> None:
    assert [event.kind for event in told(a_step([a_fill("AAA", "sell", 1, "1")], equity="0"))] == ["traded"]


@pytest.mark.parametrize("name", ["drawdown_step", "large_change"])
@pytest.mark.parametrize("value", ["0", "-0.1", "1.01", "NaN"])
def test_a_measure_that_measures_nothing_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"alerts.{name}"):
        AlertRules(**{name: Decimal(value)})
