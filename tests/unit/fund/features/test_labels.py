from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.labels import excess_labels, label_known_index
from fund.features.universe import Universe
from support.markets import FIRST, a_calendar, a_dividend
from support.markets import a_panel as a_bar_panel
from support.panels import BENCHMARK, a_panel, a_universe, bundle_universe, without_bars


def test_a_label_runs_from_the_next_open_to_the_open_a_horizon_later():
    universe = a_universe(a_panel(30, 4))
    labels = excess_labels(universe, 5)
    opens = universe.panel.open[:, :4]
    returns = opens[10 + 6] / opens[10 + 1] - 1
    np.testing.assert_allclose(labels.values[10, :4], returns - returns.mean())


def test_a_label_is_known_from_its_last_open_on_and_not_before():
    universe = a_universe(a_panel(30, 4))
    labels = excess_labels(universe, 5)
    assert label_known_index(30, 5)[10] == 16
    before, then = (excess_labels(universe.rows(0, stop), 5).values for stop in (16, 17))
    assert np.isnan(before[10]).all()
    np.testing.assert_array_equal(then[10], labels.values[10])


def test_the_youngest_labels_are_unknown():
    labels = excess_labels(a_universe(a_panel(30, 4)), 5)
    assert np.isnan(labels.values[-6:]).all()
    assert np.isfinite(labels.values[:-6, :4]).all()
    assert (label_known_index(30, 5) >= 30).sum() == 6


def test_nothing_at_or_before_the_decision_enters_the_label():
    universe = a_universe(a_panel(30, 4))
    shocked = replace(universe.panel, open=universe.panel.open.copy(), close=universe.panel.close.copy())
    shocked.open[:11] *= 3.0
    shocked.close[:11] *= 3.0
    index = shocked.total_return_index.copy()
    index[:11] *= 3.0
    other = excess_labels(a_universe(replace(shocked, total_return_index=index)), 5)
    np.testing.assert_array_equal(other.values[10:], excess_labels(universe, 5).values[10:])


def test_splits_and_dividends_pass_through_the_index():
    panel = a_panel(30, 4)
    split = panel.close.copy()
    raw_open = panel.open.copy()
    split[15:, 0] /= 7.0
    raw_open[15:, 0] /= 7.0
    after = excess_labels(a_universe(replace(panel, open=raw_open, close=split)), 5)
    np.testing.assert_allclose(after.values, excess_labels(a_universe(panel), 5).values)


def test_a_dividend_on_the_way_belongs_to_the_label_and_one_before_the_entry_does_not() -> None:
    sessions = a_calendar().sessions(FIRST, a_calendar().last)[:6]
    flat = dict.fromkeys(("AAA", "BBB", "SPY"), [100.0] * 6)
    paid = a_bar_panel(
        flat, actions=[a_dividend("AAA", sessions[2], "1"), a_dividend("BBB", sessions[1], "1")]
    )
    members = np.tile([True, True, False], (6, 1))
    universe = Universe(panel=paid, members=members, sectors=np.array([0, 0, -1]), benchmark="SPY")
    labels = excess_labels(universe, 2).values
    reinvested = 100 / 99 - 1
    assert labels[0, :2] == pytest.approx([reinvested / 2, -reinvested / 2])
    assert labels[1, :2] == pytest.approx([0.0, 0.0])


def test_a_company_that_is_taken_over_counts_with_its_last_price():
    panel = a_panel(30, 4)
    gone = np.zeros_like(panel.close, dtype=bool)
    gone[13:, 0] = True
    universe = a_universe(without_bars(panel, gone))
    labels = excess_labels(universe, 5)
    taken = universe.panel.close[12, 0] / universe.panel.open[11, 0] - 1
    rest = universe.panel.open[16, 1:4] / universe.panel.open[11, 1:4] - 1
    assert labels.values[10, 0] == pytest.approx(taken - np.mean([taken, *rest]))
    assert np.isnan(labels.values[12:, 0]).all()


def test_outsiders_have_no_label():
    universe = a_universe(a_panel(30, 4))
    assert np.isnan(excess_labels(universe, 5).values[:, universe.panel.tickers.index(BENCHMARK)]).all()


def test_the_known_index_lies_horizon_plus_one_ahead():
    assert label_known_index(3, 5).tolist() == [6, 7, 8]


def test_a_horizon_below_one_session_is_refused():
    with pytest.raises(DataError, match="found 0"):
        excess_labels(a_universe(a_panel(10, 3)), 0)


def test_members_of_the_bundle_average_zero_and_netflix_does_not_crash_in_its_split():
    universe = bundle_universe()
    labels = excess_labels(universe, 5)
    means = np.nanmean(labels.values[:-6], axis=1)
    np.testing.assert_allclose(means, 0.0, atol=1e-12)
    at = [str(day) for day in universe.panel.sessions].index("2015-07-13")
    netflix = universe.panel.tickers.index("NFLX")
    assert universe.panel.close[at + 2, netflix] < 0.2 * universe.panel.close[at, netflix]
    assert 0.0 < labels.values[at, netflix] < 0.3
