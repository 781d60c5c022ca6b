"""Statistics with their sample size and interval, and what is said where there are too few."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from fund.portfolio.book import ClosedTrade
from tools.figures import (
    Figure,
    against_figures,
    difference_figure,
    excess_figure,
    extreme_figures,
    mean_figure,
    profit_figures,
    return_figures,
    trade_figures,
)

RETURNS = np.random.default_rng(7).normal(0.0005, 0.01, 120)


def a_trade(profit: int = 10, ticker: str = "AAPL") -> ClosedTrade:
    return ClosedTrade(
        trade_id=f"trade-{ticker}-{profit}",
        ticker=ticker,
        opened=date(2016, 3, 7),
        closed=date(2016, 3, 21),
        bought=Decimal(1000),
        realised=Decimal(profit),
        dividends=Decimal(0),
        fees=Decimal(0),
    )


def named(figures: tuple[Figure, ...], name: str) -> Figure:
    return next(figure for figure in figures if figure.name == name)


def test_every_figure_of_a_long_series_has_its_n_and_its_interval() -> None:
    for figure in return_figures(RETURNS):
        assert figure.n == 120
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high
        assert figure.note == ""


def test_the_same_series_gives_the_same_interval() -> None:
    assert return_figures(RETURNS) == return_figures(RETURNS.copy())


def test_below_twenty_sessions_the_facts_stay_and_the_statistics_go() -> None:
    figures = return_figures(RETURNS[:19])
    total = named(figures, "return")
    assert total.value == pytest.approx(np.prod(1 + RETURNS[:19]) - 1)
    assert (total.low, total.note) == (None, "too few sessions to say (19 of 20)")
    assert named(figures, "max drawdown").value is not None
    assert named(figures, "volatility").value is None
    assert named(figures, "Sharpe ratio").value is None


@pytest.mark.parametrize(("sessions", "annualised"), [(59, False), (60, True)])
def test_a_return_is_annualised_from_sixty_sessions_on(sessions: int, annualised: bool) -> None:
    figure = named(return_figures(RETURNS[:sessions]), "annualised return")
    assert (figure.value is not None) is annualised


def test_no_session_is_no_figure() -> None:
    for figure in return_figures(np.array([])):
        assert figure.value is None
        assert "too few sessions" in figure.note


def test_a_flat_book_has_no_sharpe_ratio() -> None:
    assert named(return_figures(np.zeros(40)), "Sharpe ratio").note == "the returns do not vary"


def test_the_excess_is_the_difference_of_the_two_returns() -> None:
    other = RETURNS * 0.5
    figure = excess_figure(RETURNS, other)
    assert figure.value == pytest.approx(np.prod(1 + RETURNS) - np.prod(1 + other))
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low <= figure.value <= figure.high


def test_nothing_is_ahead_of_itself() -> None:
    figure = excess_figure(RETURNS, RETURNS)
    assert (figure.value, figure.low, figure.high) == (0.0, 0.0, 0.0)


def test_an_excess_over_a_few_sessions_has_no_interval() -> None:
    assert excess_figure(RETURNS[:5], RETURNS[5:10]).note == "too few sessions to say (5 of 20)"


def test_without_a_closed_trade_there_is_no_win_rate() -> None:
    rate, factor = trade_figures([])
    assert (rate.value, rate.n, rate.note) == (None, 0, "no trade was closed")
    assert factor.value is None


def test_win_rate_and_profit_factor_are_net_of_costs() -> None:
    rate, factor = trade_figures([a_trade(30), a_trade(10), a_trade(-20)])
    assert rate.value == pytest.approx(2 / 3)
    assert rate.low is not None
    assert factor.value == pytest.approx(2.0)
    assert factor.note == "too few trades to say (3 of 20)"


def test_a_profit_factor_of_many_trades_has_an_interval() -> None:
    trades = [a_trade(20 if n % 3 else -25) for n in range(60)]
    factor = trade_figures(trades)[1]
    assert factor.value == pytest.approx(40 * 20 / (20 * 25))
    assert factor.low is not None
    assert factor.high is not None
    assert factor.low < factor.value < factor.high


def test_a_profit_factor_without_a_loss_is_missing_not_infinite() -> None:
    factor = trade_figures([a_trade(10)])[1]
    assert (factor.value, factor.note) == (None, "no trade lost")


OTHER = np.random.default_rng(8).normal(0.0004, 0.01, 120)


def test_the_best_and_the_worst_session_have_no_interval() -> None:
    best, worst = extreme_figures(RETURNS)
    assert (best.value, worst.value) == (RETURNS.max(), RETURNS.min())
    assert best.low is worst.high is None
    assert best.note == "a single session has no interval"
    assert [figure.value for figure in extreme_figures(np.array([]))] == [None, None]


def test_every_figure_against_another_series_lies_in_its_interval() -> None:
    for figure in against_figures(RETURNS, OTHER):
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high


def test_the_captures_count_the_sessions_they_speak_of() -> None:
    figures = against_figures(RETURNS, OTHER)
    assert named(figures, "up capture").n == int(np.sum(OTHER > 0))
    assert named(figures, "down capture").n == int(np.sum(OTHER < 0))


def test_against_a_series_of_few_sessions_nothing_is_told() -> None:
    for figure in against_figures(RETURNS[:10], OTHER[:10]):
        assert figure.value is None
        assert "too few sessions to say" in figure.note


@pytest.mark.parametrize(("sessions", "told"), [(59, False), (60, True)])
def test_an_alpha_of_a_year_needs_sixty_sessions(sessions: int, told: bool) -> None:
    alpha = named(against_figures(RETURNS[:sessions], OTHER[:sessions]), "alpha")
    assert (alpha.value is not None) is told


def test_the_expectancy_is_the_mean_profit_and_wins_and_losses_are_told_apart() -> None:
    figures = profit_figures([a_trade(30), a_trade(10), a_trade(-20)])
    assert [figure.value for figure in figures] == pytest.approx([20, -20, 20 / 3, 0.02 / 3])
    assert [figure.n for figure in figures] == [2, 1, 3, 3]
    assert all("too few trades to say" in figure.note for figure in figures)


def test_without_a_trade_there_is_no_expectancy() -> None:
    assert [figure.value for figure in profit_figures([])] == [None] * 4


def test_the_interval_of_a_mean_narrows_with_its_sample() -> None:
    samples = np.random.default_rng(3).normal(1, 1, 400)
    few, many = (mean_figure("mean", "usd", samples[:n]) for n in (25, 400))
    assert few.low is not None and few.high is not None  # noqa: PT018
    assert many.low is not None and many.high is not None  # noqa: PT018
    assert many.high - many.low < few.high - few.low


def test_a_difference_needs_enough_on_both_sides() -> None:
    samples = np.random.default_rng(4).normal(1, 1, 50)
    assert difference_figure("d", "fraction", samples, samples[:5]).note == (
        "too few trades on one side to say (5 of 20)"
    )
    assert difference_figure("d", "fraction", samples, samples[:0]).value is None
    told = difference_figure("d", "fraction", samples + 5, samples)
    assert told.value == pytest.approx(5)
    assert told.low is not None
    assert told.low > 4
