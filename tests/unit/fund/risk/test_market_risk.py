"""What is measured of the names before the review: returns, betas, clusters, volumes, stops."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.risk.buckets import BucketLimits
from fund.risk.clusters import clusters, correlations
from fund.risk.market_risk import BELOW_ONE, measure_market, shrunk
from fund.risk.measured import daily_volumes, measure, stop_distances
from support.mandates import some_limits
from support.market_risks import BENCHMARK, a_market_risk, some_returns
from support.markets import a_quiet_history, a_split, bundle_history
from support.views import FakeView

D = Decimal


def test_beta_and_volatility_are_those_of_the_textbook() -> None:
    past = some_returns("AB", seed=5)
    market = a_market_risk(past)
    for ticker, place in market.column.items():
        slope = np.cov(past[ticker], past[BENCHMARK])[0, 1] / np.var(past[BENCHMARK], ddof=1)
        assert market.beta is not None
        assert market.beta[place] == pytest.approx(slope)
        assert market.volatilities[ticker] == pytest.approx(np.std(past[ticker]) * np.sqrt(252))


def test_where_a_name_has_no_return_its_beta_times_the_market_stands_in() -> None:
    past = some_returns("A", seed=5)
    past["A"][:50] = np.nan
    market = a_market_risk(past)
    assert market.beta is not None
    assert np.allclose(market.returns[:50, 0], past[BENCHMARK][:50] * market.beta[0])
    assert market.observed == {"A": 202}


@pytest.mark.parametrize("absent", [126, 127])
def test_a_name_is_measured_with_half_of_the_window(absent: int) -> None:
    past = some_returns("AB")
    past["A"][:absent] = np.nan
    assert ("A" in a_market_risk(past).column) is (absent == 126)


def test_without_a_benchmark_there_is_no_beta_and_the_rest_is_measured() -> None:
    past = {t: r for t, r in some_returns("AB").items() if t != BENCHMARK}
    market = a_market_risk(past)
    assert market.beta is None
    assert set(market.column) == {"A", "B"}


def test_nothing_is_measured_of_no_past() -> None:
    market = a_market_risk({"A": np.full(10, np.nan)})
    assert market.column == {}
    assert market.returns.shape == (10, 0)


@given(st.decimals("-2", "2", places=4), st.floats(0, BELOW_ONE))
def test_a_weight_made_smaller_is_never_larger_and_keeps_its_side(weight: Decimal, scale: float) -> None:
    after = shrunk({"A": weight}, scale)["A"]
    assert abs(after) <= abs(weight)
    assert after * weight >= 0
    assert weight == 0 or after != weight
    assert after == after.quantize(D("0.0001"))


def test_names_are_one_cluster_from_the_mean_correlation_on() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 500))
    returns = np.column_stack([one, two, one + 0.3 * rng.normal(size=500), two, -one])
    assert clusters(returns, 0.7).tolist() == [1, 2, 1, 2, 3]
    assert clusters(returns[:, :1], 0.7).tolist() == [1]
    assert clusters(returns[:, :0], 0.7).tolist() == []


@given(st.integers(0, 100))
def test_correlations_are_those_of_numpy_and_a_flat_name_has_none(seed: int) -> None:
    returns = np.random.default_rng(seed).normal(size=(80, 5))
    assert np.allclose(correlations(returns), np.corrcoef(returns.T), atol=1e-5)
    returns[:, 0] = 0.0
    assert np.allclose(correlations(returns)[0, 1:], 0.0)


def test_a_real_market_is_measured_as_of_its_day_and_no_later() -> None:
    history = bundle_history()
    session = history.panel.sessions[600]
    view = history.view(history.calendar.close_at(session))
    matrix = view.total_return_matrix(("SPY", "NOPE", "AAPL"), 30)
    assert matrix.shape == (30, 3)
    assert np.isnan(matrix[:, 1]).all()
    assert np.array_equal(matrix[:, 0], view.total_return_index("SPY", 30))
    market = measure_market(view, ["AAPL", "XOM", "NOPE"], "SPY", sessions=252, cluster_correlation=0.7)
    assert market.sessions == 252
    assert set(market.column) == {"AAPL", "XOM"}
    assert market.beta is not None
    assert all(0.5 < beta < 1.6 for beta in market.beta)
    cut = history.truncated(view.as_of)
    same = measure_market(cut.view(view.as_of), ["AAPL", "XOM"], "SPY", sessions=252, cluster_correlation=0.7)
    assert np.array_equal(same.returns, market.returns)


def test_only_what_a_limit_asks_for_is_measured() -> None:
    view, prices = FakeView(prices={"A": D(100)}), {"A": D(100)}
    nothing = measure(view, prices, some_limits(), benchmark="SPY", equity=D(1000))
    assert (nothing.market, nothing.daily_volume, nothing.stop_distance) == (None, {}, {})
    limits = some_limits(max_volume_share=D("0.1"), max_loss_to_stop=D("0.1"), max_var=D("0.1"))
    some = measure(view, prices, limits, benchmark="SPY", equity=D(10**9))
    assert some.market is not None
    assert some.market.column == {}
    assert some.daily_volume == {"A": D("0.1")}
    assert some.stop_distance == {}
    given_stops = measure(view, prices, limits, benchmark="SPY", equity=D(1), stop_distance={"A": D("0.2")})
    assert given_stops.stop_distance == {"A": D("0.2")}
    bucketed = some_limits(buckets=BucketLimits(max_core=D("0.5")))
    assert measure(view, prices, bucketed, benchmark="SPY", equity=D(1)).market is not None


def test_volume_is_money_a_day_as_a_fraction_of_equity() -> None:
    view = FakeView(prices={"A": D(50)})
    assert daily_volumes(view, {"A": D(50)}, D(100_000_000), 20) == {"A": D("0.5")}


def test_a_stop_is_three_average_true_ranges_away_and_a_split_is_no_range() -> None:
    closes = [100.0, 102.0] * 8
    halved = [c if n < 8 else c / 2 for n, c in enumerate(closes)]
    plain = a_quiet_history({"A": closes})
    days = plain.panel.sessions
    split = a_quiet_history({"A": halved}, actions=[a_split("A", days[8], 2)])
    expected = 3 * 2 / 102
    for history in (plain, split):
        view = history.view(history.calendar.close_at(days[-1]))
        assert float(stop_distances(view, ["A"])["A"]) == pytest.approx(expected, abs=2e-6)
    early = plain.view(plain.calendar.close_at(days[5]))
    assert stop_distances(early, ["A"]) == {}
