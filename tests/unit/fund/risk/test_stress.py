"""Stress results add up, shorts gain, and every move says what it rests on."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import QueryRefusedError
from fund.market.history import History
from fund.market.history_view import HistoryView
from fund.portfolio.book import Book, Position
from fund.risk.sensitivities import beta_of, covariance_of, yield_slope_of
from fund.risk.stress import SCENARIOS, StressResult, stress, stress_all
from fund.risk.stress_moves import SHOCKS
from support.markets import FIRST, a_calendar, a_quiet_history, an_observation, bundle_history, with_future

DAYS = a_calendar().sessions(FIRST, a_calendar().last)
COUNT = 80
SHARES = {"AAA": 100, "BBB": -50, "CCC": 30}


def a_market(slope: float = 3.0) -> History:
    """Return SPY, AAA at twice SPY, BBB at half of it, CCC that moves with yields by `slope` a point."""
    rng = np.random.default_rng(7)
    market, changes = rng.normal(0, 0.01, COUNT), rng.normal(0, 0.05, COUNT)
    moves = {"SPY": market, "AAA": 2 * market, "BBB": market / 2, "CCC": market - slope * changes / 100}
    closes = {ticker: (100 * np.cumprod(1 + move)).round(4).tolist() for ticker, move in moves.items()}
    yields = 2 + np.cumsum(changes)
    macro = [
        an_observation("UST_10Y", day=day, value=float(value), known_at=a_calendar().close_at(day))
        for day, value in zip(DAYS[:COUNT], yields, strict=True)
    ]
    return a_quiet_history(closes, macro=tuple(macro))


MARKET = a_market()


def a_view(history: History = MARKET, sessions: int = COUNT) -> HistoryView:
    return history.view(a_calendar().close_at(DAYS[sessions - 1]))


def holding(shares: Mapping[str, int], cash: int = 100_000) -> Book:
    positions = {
        ticker: Position(
            ticker=ticker,
            quantity=Decimal(count),
            cost=Decimal(100 * count),
            opened=DAYS[0],
            bought=Decimal(100 * abs(count)),
        )
        for ticker, count in shares.items()
    }
    return Book(cash=Decimal(cash), positions=MappingProxyType(positions))


def under(scenario: str, shares: Mapping[str, int] | None = None, **more: Decimal) -> StressResult:
    return stress(scenario, a_view(), holding(SHARES if shares is None else shares), "SPY", **more)


def moves(result: StressResult) -> dict[str, float]:
    return {row.ticker: float(row.move) for row in result.positions}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_positions_add_up_to_the_total_to_the_cent(scenario: str) -> None:
    result = under(scenario)
    assert {row.ticker for row in result.positions} == SHARES.keys()
    assert sum(row.pnl for row in result.positions) == result.pnl_usd
    assert result.description
    assert result.source
    equity = holding(SHARES).equity({t: a_view().mark(t).price for t in SHARES})
    assert result.fraction == pytest.approx(result.pnl_usd / equity, abs=Decimal("0.000001"))


@given(st.dictionaries(st.sampled_from(sorted(SHARES)), st.integers(-200, 200).filter(bool), max_size=3))
@settings(max_examples=25)
def test_any_book_adds_up(shares: dict[str, int]) -> None:
    for result in stress_all(a_view(), holding(shares), "SPY"):
        assert sum((row.pnl for row in result.positions), Decimal(0)) == result.pnl_usd


def test_a_falling_market_costs_beta_times_as_much_and_shorts_gain() -> None:
    result = under("market-down")
    assert moves(result)["AAA"] == pytest.approx(-0.2, abs=1e-4)
    assert moves(result)["BBB"] == pytest.approx(-0.05, abs=1e-4)
    by = {row.ticker: row for row in result.positions}
    assert by["BBB"].pnl > 0 > by["AAA"].pnl
    assert by["AAA"].basis == "beta"
    assert result.sample == COUNT - 1
    double = under("market-down", market_move=Decimal("-0.2"))
    assert moves(double)["AAA"] == pytest.approx(2 * moves(result)["AAA"], abs=1e-5)
    assert "20 %" in double.description


@pytest.mark.parametrize("scenario", ["mar-2020", "market-down", "sector-down"])
def test_the_other_side_has_the_opposite_result(scenario: str) -> None:
    assert under(scenario, {"AAA": 10}).pnl_usd == -under(scenario, {"AAA": -10}).pnl_usd


def test_rates_move_a_name_by_its_own_slope_beside_the_market() -> None:
    result = under("rates-up")
    assert moves(result)["CCC"] == pytest.approx(-0.03, abs=1e-4)
    assert moves(result)["AAA"] == pytest.approx(0, abs=1e-4)
    assert result.sample == COUNT - 1


def test_without_yields_no_move_is_made_up() -> None:
    view = a_view(a_quiet_history({"AAA": [100.0, 101.0] * 40, "SPY": [50.0, 51.0] * 40}))
    result = stress("rates-up", view, holding({"AAA": 10}), "SPY")
    assert result.positions[0].basis == "none"
    assert any("AAA" in caveat for caveat in result.caveats)


def test_doubled_volatility_is_four_standard_deviations_of_the_book() -> None:
    result = under("volatility-doubles", {"AAA": 100})
    assert result.sample == COUNT - 1
    estimate = covariance_of(a_view(), ["AAA"], "SPY")
    assert estimate is not None
    sigma = float(estimate[0][0, 0]) ** 0.5
    assert moves(result)["AAA"] == pytest.approx(-4 * sigma, abs=1e-5)


def test_full_correlation_is_never_milder_for_a_long_book() -> None:
    longs = {"AAA": 100, "BBB": 50, "CCC": 30}
    assert under("correlations-one", longs).pnl_usd <= under("volatility-doubles", longs).pnl_usd / 2


def test_a_sector_falls_alone() -> None:
    result = under("sector-down", {"AAA": 100})
    assert moves(result) == {"AAA": -0.2}
    assert "Industrials" in result.description


def test_a_stored_shock_uses_the_sector_and_says_that_it_is_estimated() -> None:
    result = under("mar-2020", {"AAA": 100})
    assert moves(result)["AAA"] == SHOCKS["mar-2020"].sectors["Industrials"]
    assert result.positions[0].basis == "sector"
    assert any("AAA" in caveat for caveat in result.caveats)
    assert any("after the desk's clock" in caveat for caveat in result.caveats)


def test_a_shock_inside_the_bars_is_measured_name_by_name() -> None:
    history = bundle_history()
    view = history.view(history.calendar.close_at(date(2017, 1, 3)))
    result = stress("brexit-2016", view, holding({"JPM": 100}), "SPY")
    assert result.positions[0].basis == "observed"
    assert -0.15 < float(result.positions[0].move) < -0.05
    assert not result.caveats
    before = history.view(history.calendar.close_at(date(2016, 6, 24)))
    assert stress("brexit-2016", before, holding({"JPM": 100}), "SPY").positions[0].basis == "sector"


def test_the_stored_moves_agree_with_the_bars_where_both_exist() -> None:
    history = bundle_history()
    view = history.view(history.calendar.close_at(date(2017, 1, 3)))
    for name in ("aug-2015", "brexit-2016"):
        result = stress(name, view, holding({"SPY": 100}), "SPY")
        assert float(result.positions[0].move) == pytest.approx(SHOCKS[name].market, abs=0.001)


def test_without_a_past_the_beta_is_taken_as_one_and_named_so() -> None:
    view = a_view(sessions=10)
    assert beta_of(view, "AAA", "SPY") is None
    assert yield_slope_of(view, "AAA", "SPY") is None
    result = stress("market-down", view, holding({"AAA": 10}), "SPY")
    assert (result.positions[0].basis, moves(result)["AAA"], result.sample) == ("market", -0.1, None)


def test_an_empty_book_is_said_in_words() -> None:
    for result in stress_all(a_view(), holding({}), "SPY"):
        assert (result.pnl_usd, result.positions) == (0, ())
        assert "Nothing is held" in result.caveats[0]


def test_an_unknown_scenario_and_an_absurd_move_are_refused() -> None:
    with pytest.raises(QueryRefusedError, match="known: aug-2015"):
        under("tulips-1637")
    for move in ("NaN", "-1.5"):
        with pytest.raises(QueryRefusedError, match="between -100 % and 100 %"):
            under("market-down", market_move=Decimal(move))


def test_another_future_changes_nothing() -> None:
    as_of = a_calendar().close_at(DAYS[70]) + timedelta(minutes=1)
    book = holding(SHARES)
    other = with_future(MARKET, as_of, 3).view(as_of)
    assert stress_all(MARKET.view(as_of), book, "SPY") == stress_all(other, book, "SPY")
