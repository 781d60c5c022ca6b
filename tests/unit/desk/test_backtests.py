"""The committee's rivals by name: what each holds, and that each is asked under the right mandate."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.backtests import NAMES_HELD, STRATEGIES, ForecasterOnly
from fund.backtest.engine import run_backtest
from fund.backtest.strategies import BuyAndHold, EqualWeight, Momentum121
from fund.mandate import Mandate
from support.books import a_book
from support.committee import SpokenForecasts, a_forecast
from support.facts import a_spell
from support.mandates import a_mandate, some_limits
from support.players import a_quiet_market
from support.views import FakeView
from tools.forecasts import ForecastTools

HISTORY = a_quiet_market()
DAYS = HISTORY.panel.sessions
RANKS = {"AAA": 0.9, "BBB": 0.5, "CCC": 0.7, "SPY": 1.0}
LIMITS = some_limits(max_position=Decimal(1), min_cash=Decimal("0.04"))


def said(ranks: dict[str, float] | None = None, sessions: tuple[date, ...] = DAYS) -> ForecastTools:
    """Return forecasts of the same ranks on every session."""
    ranked = RANKS if ranks is None else ranks
    return ForecastTools(
        [SpokenForecasts({day: [a_forecast(t, day, rank=r) for t, r in ranked.items()] for day in sessions})]
    )


def a_strategy(count: int = 2, ranks: dict[str, float] | None = None) -> ForecasterOnly:
    return ForecasterOnly(said(ranks), count)


def proposed(
    strategy: ForecasterOnly, place: int, *holdings: str, mandate: Mandate | None = None
) -> dict[str, Decimal] | None:
    view = HISTORY.view(HISTORY.calendar.decision_time(DAYS[place]))
    book = a_book({ticker: (10, 50) for ticker in holdings})
    proposal = strategy.propose("cycle", view, book, mandate or a_mandate(limits=LIMITS))
    return None if proposal is None else dict(proposal.weights)


def test_it_holds_the_members_that_rank_highest_in_equal_parts() -> None:
    assert proposed(a_strategy(), 4) == {"AAA": Decimal("0.48"), "CCC": Decimal("0.48")}


def test_a_fund_is_no_member_however_high_it_ranks() -> None:
    assert set(proposed(a_strategy(3), 4) or {}) == {"AAA", "BBB", "CCC"}


def test_equal_ranks_go_by_ticker_so_that_a_run_can_be_repeated() -> None:
    assert set(proposed(a_strategy(2, dict.fromkeys(RANKS, 0.5)), 4) or {}) == {"AAA", "BBB"}


def test_what_no_longer_ranks_is_closed() -> None:
    assert proposed(a_strategy(1), 4, "BBB") == {"AAA": Decimal("0.96"), "BBB": Decimal(0)}


@pytest.mark.parametrize(("place", "asked"), [(4, True), (5, False), (8, False), (9, True)])
def test_it_is_renewed_every_horizon_and_left_alone_in_between(place: int, asked: bool) -> None:
    assert (proposed(a_strategy(), place, "AAA") is not None) == asked


def test_an_empty_book_need_not_wait_for_the_horizon() -> None:
    assert proposed(a_strategy(), 6) is not None


def test_without_forecasts_it_has_no_answer_which_holds_the_book() -> None:
    assert proposed(a_strategy(ranks={}), 4, "AAA") is None


@pytest.mark.parametrize(
    ("limits", "invested"),
    [
        ({"min_cash": Decimal("0.05")}, "0.95"),
        ({"max_gross": Decimal("0.6"), "max_net": Decimal("0.6")}, "0.6"),
        ({"max_gross": Decimal("1.5"), "max_net": Decimal("0.8")}, "0.8"),
        ({"max_gross": Decimal("1.5"), "max_net": Decimal("1.5"), "min_cash": Decimal("0.05")}, "0.95"),
    ],
)
def test_it_invests_what_every_limit_allows(limits: dict[str, Decimal], invested: str) -> None:
    mandate = a_mandate(limits=some_limits(**limits))
    assert sum((proposed(a_strategy(), 4, mandate=mandate) or {}).values()) == Decimal(invested)


@given(
    ranks=st.dictionaries(st.sampled_from(["AAA", "BBB", "CCC"]), st.floats(0, 1)), count=st.integers(1, 5)
)
def test_whatever_the_ranks_it_never_asks_for_more_than_is_allowed(
    ranks: dict[str, float], count: int
) -> None:
    weights = proposed(a_strategy(count, ranks), 4) or {}
    assert sum(weights.values()) <= Decimal("0.96")
    assert len(weights) == min(count, len(ranks))
    left_out = [ranks[ticker] for ticker in ranks if ticker not in weights]
    assert max(left_out, default=0.0) <= min((ranks[ticker] for ticker in weights), default=0.0)


def test_a_run_of_it_trades_what_it_says() -> None:
    mandate = a_mandate(limits=LIMITS)
    result = run_backtest(a_strategy(), HISTORY, mandate, DAYS[4], DAYS[30])
    assert set(result.book.positions) == {"AAA", "CCC"}
    assert {record.status for record in result.records} == {"decided", "held"}
    assert result.strategy == "forecaster only, 2 names"


def test_a_name_that_left_the_index_is_sold_at_the_next_renewal() -> None:
    left = a_spell("CCC", end=DAYS[12])
    history = replace(HISTORY, membership=(a_spell("AAA"), a_spell("BBB"), left))
    result = run_backtest(a_strategy(), history, a_mandate(limits=LIMITS), DAYS[4], DAYS[30])
    assert set(result.book.positions) == {"AAA", "BBB"}
    assert [trade.ticker for trade in result.closed] == ["CCC"]


class SeatedDesk:
    """The two things a named strategy takes from a desk."""

    def __init__(self) -> None:
        self.mandate = a_mandate(limits=LIMITS)
        self.forecasts = said()


def test_the_names_are_those_of_the_command_line_and_each_is_what_it_says() -> None:
    desk = SeatedDesk()
    made = {name: build(desk) for name, build in STRATEGIES.items()}  # type: ignore[arg-type]
    assert {name: type(strategy) for name, (strategy, _) in made.items()} == {
        "buy-and-hold": BuyAndHold,
        "equal-weight": EqualWeight,
        "momentum": Momentum121,
        "forecaster": ForecasterOnly,
    }
    assert made["forecaster"][0].name == f"forecaster only, {NAMES_HELD} names"


def test_rivals_of_the_committee_keep_its_limits_and_baselines_have_none() -> None:
    desk = SeatedDesk()
    mandates = {name: build(desk)[1] for name, build in STRATEGIES.items()}  # type: ignore[arg-type]
    assert mandates["momentum"] is mandates["forecaster"] is desk.mandate
    for name in ("buy-and-hold", "equal-weight"):
        assert mandates[name].limits.max_position == 1
        assert mandates[name].mandate_hash != desk.mandate.mandate_hash
        assert "SPY" in mandates[name].funds


def test_a_view_of_stale_members_is_left_alone() -> None:
    view = FakeView(prices={"AAA": Decimal(10)}, stale_since={"AAA": DAYS[0]}, session=DAYS[4])
    assert a_strategy().propose("cycle", view, a_book(), a_mandate(limits=LIMITS)) is None
