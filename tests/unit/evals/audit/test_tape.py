"""The auditor's reading of bars: raw prices, what a share has become, and whole returns."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from evals.audit.tape import Tape
from evals.audit.trades import average_true_range
from evals.books.frozen import frozen_market, history_of
from fund.market import true_range
from support.facts import a_dividend, a_split
from support.half_years import a_frozen_market, a_walk, some_sessions

DAYS = some_sessions(30)


def a_tape(**changes: object) -> Tape:
    closes = {"A": [100.0, 101.0, None, 52.0, 53.0], "B": [None, 10.0, 10.0, 10.0, 10.0]}
    plain: dict[str, object] = {"actions": (a_split("A", DAYS[2]), a_dividend("A", DAYS[4], "0.5"))}
    return Tape(market=a_frozen_market(closes, **{**plain, **changes}))  # type: ignore[arg-type]


def test_a_price_is_that_of_its_session_or_none() -> None:
    tape = a_tape()
    assert tape.price("A", "close", 1) == Decimal("101.0000")
    assert tape.price("A", "close", 2) is None
    assert tape.price("B", "open", 0) is None
    assert tape.price("C", "close", 0) is None


def test_a_mark_is_carried_in_the_shares_of_today() -> None:
    tape = a_tape()
    assert tape.mark("A", 1) == Decimal("101.0000")
    assert tape.mark("A", 2) == Decimal("50.5000")
    assert tape.mark("B", 0) is None
    assert (tape.last("A", 2), tape.last("B", 0), tape.last("C", 3)) == (1, None, None)
    assert tape.rows("A", 3, 2) == [1, 3]


def test_a_share_becomes_what_its_splits_make_of_it() -> None:
    tape = a_tape(actions=(a_split("A", DAYS[2]), a_split("A", DAYS[3], "0.333333")))
    assert tape.split("A", 2) == 2
    assert tape.shares("A", 0, 2) == 2
    assert tape.shares("A", 1, 4) == Fraction(2, 3)
    assert tape.shares("A", 3, 4) == tape.split("B", 3) == 1


def test_a_return_holds_dividend_and_split_and_none_across_a_gap() -> None:
    returns = a_tape().returns(["A", "B", "C"], 4, 4)
    assert returns.shape == (4, 3)
    assert returns[0, 0] == pytest.approx(0.01)
    assert np.isnan(returns[1:3, 0]).all()
    assert returns[3, 0] == pytest.approx(53 / (52 - 0.5) - 1)
    assert np.isnan(returns[:, 2]).all()
    both = a_tape(actions=(a_dividend("B", DAYS[3], "1"), a_split("B", DAYS[3])))
    assert both.returns(["B"], 3, 1)[0, 0] == pytest.approx(20 / 9 - 1)


def test_members_are_those_of_the_session() -> None:
    market = a_frozen_market({"A": [1.0] * 4, "B": [1.0] * 4}, strangers="B")
    market["membership"][0]["end"] = DAYS[2].isoformat()
    tape = Tape(market=market)
    assert [tape.is_member("A", place) for place in range(4)] == [True, True, False, False]
    assert not tape.is_member("B", 0)


@pytest.mark.parametrize("seed", range(3))
def test_the_true_range_is_that_of_the_desk_on_any_bars(seed: int) -> None:
    """Two programs that were written apart agree, splits, dividends and a missing bar among the bars."""
    close: list[float | None] = [*a_walk(seed, 30)]
    close[15:] = [price and round(price / 2, 4) for price in close[15:]]
    close[20] = None
    actions = (a_split("A", DAYS[15]), a_dividend("A", DAYS[12], "0.8"), a_dividend("A", DAYS[20], "0.3"))
    market = a_frozen_market({"A": close}, reach=0.01, actions=actions)
    history, tape = history_of(market), Tape(market=market)
    for place in (9, 16, 21, 29):
        view = history.view(history.calendar.decision_time(DAYS[place]))
        theirs = true_range.average_true_range(view, "A", 5)
        assert average_true_range(tape, "A", place, 5) == pytest.approx(float(theirs or 0), rel=1e-6)
    assert average_true_range(tape, "A", 3, 5) is None


def test_a_market_that_is_frozen_again_is_the_same() -> None:
    market = a_frozen_market(
        {"A": [*a_walk(1, 20)], "SPY": [*a_walk(2, 20)], "B": [None, *a_walk(3, 19)]},
        actions=(a_dividend("A", DAYS[7], "0.25"),),
    )
    again = frozen_market(history_of(market), ["A", "SPY", "B"], DAYS[0], DAYS[19])
    assert again == market
    part = frozen_market(history_of(market), ["A"], DAYS[8], DAYS[12])
    assert len(part["sessions"]) == 5
    assert part["actions"] == []
    assert set(part["bars"]) == {"A"}
