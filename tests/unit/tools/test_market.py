"""Figures of the market as of one moment: by the textbook, None where history is too short, never later."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import NoDataError
from fund.market.facts import Observation
from fund.market.history import History
from support.facts import a_dividend, a_headline, a_report, a_spell, a_split, an_observation
from support.markets import a_history, a_quiet_history, bundle_history, with_future
from support.players import SESSIONS, a_quiet_market
from tools.market import (
    A_YEAR,
    BREADTH_WINDOW,
    HISTORY,
    MACRO_SERIES,
    YEAR,
    MarketTools,
    drawdown,
    trailing_return,
    volatility,
)

positive = st.lists(st.floats(0.5, 200.0), min_size=1, max_size=150).map(np.array)


def tools_at(history: History, place: int = -1) -> MarketTools:
    session = history.panel.sessions[place]
    return MarketTools(history.view(history.calendar.decision_time(session)))


class TestFigures:
    """Functions of an index, oldest value first."""

    def test_a_return_is_from_the_value_so_many_steps_ago(self) -> None:
        index = np.array([100.0, 50.0, 110.0, 121.0])
        assert trailing_return(index, 1) == pytest.approx(0.1)
        assert trailing_return(index, 3) == pytest.approx(0.21)

    def test_volatility_is_the_deviation_of_log_returns_over_a_year(self) -> None:
        steps = [0.01, -0.02, 0.015, 0.0]
        index = np.exp(np.cumsum([0.0, *steps]))
        expected = np.std(steps, ddof=1) * math.sqrt(YEAR)
        assert volatility(index, 4) == pytest.approx(expected)

    def test_a_drawdown_is_the_distance_below_the_highest_of_the_window(self) -> None:
        index = np.array([500.0, 100.0, 120.0, 90.0])
        assert drawdown(index, 3) == pytest.approx(-0.25)
        assert drawdown(index, 4) == pytest.approx(90 / 500 - 1)
        assert drawdown(index[:3], 2) == 0.0

    @given(index=positive, sessions=st.integers(2, 120))
    def test_too_little_history_is_none_and_enough_is_a_finite_figure(
        self, index: np.ndarray, sessions: int
    ) -> None:
        steps = len(index) > sessions
        assert (trailing_return(index, sessions) is not None) == steps
        assert (volatility(index, sessions) is not None) == steps
        fall = drawdown(index, sessions)
        assert (fall is not None) == (len(index) >= sessions)
        assert fall is None or -1 < fall <= 0
        if steps:
            assert math.isfinite(volatility(index, sessions) or 0.0)

    @given(index=positive, sessions=st.integers(2, 60), scale=st.floats(0.01, 100.0))
    def test_the_unit_of_an_index_does_not_matter(
        self, index: np.ndarray, sessions: int, scale: float
    ) -> None:
        for figure in (trailing_return, volatility, drawdown):
            plain, scaled = figure(index, sessions), figure(index * scale, sessions)
            assert (plain is None) == (scaled is None)
            assert plain is None or scaled == pytest.approx(plain, rel=1e-6, abs=1e-9)


class TestTicker:
    """One ticker as of the view."""

    def test_figures_come_from_the_total_return_index_and_the_price_is_raw(self) -> None:
        split, paid = a_split("AAA", DAYS[80], "2"), a_dividend("AAA", DAYS[85], "1")
        seen = tools_at(a_quiet_market(actions=(split, paid))).snapshot("AAA")
        plain = tools_at(a_quiet_market()).snapshot("AAA")
        assert seen.price == plain.price
        assert seen.return_60 is not None
        assert plain.return_60 is not None
        assert seen.return_60 > 2 * (1 + plain.return_60) - 1
        assert seen.return_5 is not None
        assert plain.return_5 is not None
        assert seen.return_5 > plain.return_5

    def test_a_young_ticker_has_no_long_figures(self) -> None:
        young = a_quiet_history({"AAA": [10.0 + n for n in range(30)]}, membership=(a_spell("AAA"),))
        seen = tools_at(young).snapshot("AAA")
        assert seen.return_20 == pytest.approx(39 / 19 - 1)
        assert (seen.return_60, seen.return_120, seen.drawdown_60) == (None, None, None)

    def test_a_ticker_that_stopped_is_stale_at_its_last_price(self) -> None:
        seen = tools_at(a_quiet_market(ends={"BBB": 60})).snapshot("BBB")
        assert (seen.stale, seen.session) == (True, DAYS[59])
        assert seen.price == pytest.approx(float(tools_at(a_quiet_market(), 59).snapshot("BBB").price))

    def test_its_last_report_comes_along(self) -> None:
        filed = a_report("AAA", known_at=a_quiet_market().calendar.open_at(DAYS[10]))
        assert tools_at(a_quiet_market(reports=(filed,)), 10).snapshot("AAA").report == filed
        assert tools_at(a_quiet_market(reports=(filed,)), 9).snapshot("AAA").report is None

    def test_an_unknown_ticker_says_who_is_near(self) -> None:
        with pytest.raises(NoDataError, match="found 'AAB'; nearest: AAA"):
            tools_at(a_quiet_market()).snapshot("AAB")

    def test_volume_is_told_in_dollars_a_session(self) -> None:
        seen = tools_at(a_quiet_market()).snapshot("CCC")
        assert seen.average_dollar_volume == pytest.approx(seen.price * 5_000_000)


DAYS = a_quiet_market().panel.sessions


class TestWholeMarket:
    """The benchmark, and how many members are in an up-trend."""

    def test_breadth_is_the_share_of_members_above_their_own_mean(self) -> None:
        rising = [10.0 + n for n in range(60)]
        falling = rising[::-1]
        history = a_quiet_history(
            {"SPY": rising, "UP": rising, "ALSO": rising, "DOWN": falling, "FLAT": [5.0] * 60},
            membership=tuple(a_spell(t) for t in ("UP", "ALSO", "DOWN", "FLAT")),
        )
        assert tools_at(history).market("SPY").breadth == 0.5
        assert tools_at(history).market("SPY").members == 4

    def test_a_member_with_a_gap_does_not_count_and_none_is_no_figure(self) -> None:
        rising = [10.0 + n for n in range(60)]
        gap = [*rising[:40], math.nan, *rising[41:]]
        only = a_quiet_history({"SPY": rising, "GAP": gap}, membership=(a_spell("GAP"),))
        both = a_quiet_history(
            {"SPY": rising, "GAP": gap, "DOWN": rising[::-1]}, membership=(a_spell("GAP"), a_spell("DOWN"))
        )
        assert tools_at(only).market("SPY").breadth is None
        assert tools_at(both).market("SPY").breadth == 0.0

    @pytest.mark.parametrize(("place", "told"), [(BREADTH_WINDOW - 2, False), (BREADTH_WINDOW - 1, True)])
    def test_breadth_needs_its_whole_window(self, place: int, told: bool) -> None:
        assert (tools_at(a_quiet_market(), place).market("SPY").breadth is not None) == told

    def test_the_benchmark_is_told_with_what_history_allows(self) -> None:
        market = tools_at(a_quiet_market()).market("SPY")
        assert market.benchmark == "SPY"
        assert market.session == DAYS[-1]
        assert None not in (market.return_5, market.return_60, market.volatility_20)
        assert market.drawdown_120 is None
        assert SESSIONS < 120 < HISTORY

    def test_a_benchmark_without_bars_is_an_error(self) -> None:
        with pytest.raises(NoDataError, match="found 'QQQ'"):
            tools_at(a_quiet_market()).market("QQQ")


class TestMacro:
    """The last known value of each series against its own last year."""

    @staticmethod
    def reading(observations: list[Observation], place: int = -1) -> tuple[float, float | None, float | None]:
        history = a_quiet_market(macro=tuple(observations))
        (read,) = tools_at(history, place).macro()
        return read.value, read.change_20, read.z_score

    @staticmethod
    def daily(count: int, series: str = "VIX") -> list[Observation]:
        last = DAYS[-1]
        return [an_observation(series, last - timedelta(days=n), 10.0 + n % 7) for n in range(count)]

    def test_twenty_one_values_give_a_change_and_a_score(self) -> None:
        values = [o.value for o in self.daily(21)][::-1]
        expected = (values[-1] - np.mean(values)) / np.std(values, ddof=1)
        assert self.reading(self.daily(21)) == (10.0, values[-1] - values[0], pytest.approx(expected))

    def test_too_few_values_give_the_value_alone(self) -> None:
        assert self.reading(self.daily(19)) == (10.0, None, None)
        assert self.reading(self.daily(20))[1] is None

    def test_a_series_that_never_moved_has_no_score(self) -> None:
        flat = [an_observation("VIX", day, 12.0) for day in DAYS[:40]]
        assert self.reading(flat) == (12.0, 0.0, None)

    def test_a_monthly_series_is_not_compared_over_decades(self) -> None:
        months = [an_observation("CPI_NSA", DAYS[-1] - timedelta(days=30 * n), 240.0 - n) for n in range(80)]
        assert self.reading(months) == (240.0, None, None)

    def test_nothing_older_than_a_year_counts(self) -> None:
        old = [an_observation("VIX", DAYS[-1] - A_YEAR - timedelta(days=n), 90.0) for n in range(30)]
        assert self.reading([*self.daily(30), *old]) == self.reading(self.daily(30))

    def test_series_are_in_the_houses_order_and_unknown_ones_are_left_out(self) -> None:
        facts = [*self.daily(3, "WTI"), *self.daily(3, "VIX"), *self.daily(3, "LUMBER")]
        read = tools_at(a_quiet_market(macro=tuple(facts))).macro()
        assert [each.series_id for each in read] == ["VIX", "WTI"]
        assert [each.name for each in read] == ["Cboe VIX", "WTI crude"]

    def test_the_bundle_has_every_series_a_committee_is_shown(self) -> None:
        history = bundle_history()
        view = history.view(history.calendar.decision_time(date(2016, 6, 24)))
        read = {each.series_id: each for each in MarketTools(view).macro()}
        assert list(read) == [series for series, _ in MACRO_SERIES]
        assert read["VIX"].z_score is not None
        assert read["VIX"].z_score > 1.5
        assert (read["CPI_NSA"].z_score, read["CPI_NSA"].change_20) == (None, None)
        assert (read["FED_DISCOUNT_RATE"].value, read["FED_DISCOUNT_RATE"].z_score) == (1.0, None)


def test_headlines_are_as_many_as_asked_for_newest_first() -> None:
    calendar = a_quiet_market().calendar
    news = tuple(a_headline(f"h{n}", calendar.open_at(DAYS[n]), f"News {n}") for n in range(20))
    told = tools_at(a_quiet_market(headlines=news), 15).headlines(3)
    assert [headline.title for headline in told] == ["News 15", "News 14", "News 13"]


@given(seed=st.integers(0, 2**32 - 1), future=st.integers(0, 2**32 - 1), place=st.integers(2, 40))
def test_another_future_changes_no_figure(seed: int, future: int, place: int) -> None:
    history = a_history(seed)
    as_of = history.calendar.decision_time(history.panel.sessions[place])
    now, then = MarketTools(history.view(as_of)), MarketTools(with_future(history, as_of, future).view(as_of))
    for ticker in history.view(as_of).tickers():
        assert now.snapshot(ticker) == then.snapshot(ticker)
        assert now.market(ticker) == then.market(ticker)
    assert now.macro() == then.macro()
    assert now.headlines() == then.headlines()
