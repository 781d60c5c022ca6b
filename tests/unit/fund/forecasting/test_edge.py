"""Whether a rank IC is an edge, and what would have to be true for a trade to pay."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.stats import norm

from fund.errors import DataError
from fund.forecasting.edge import break_even, edge_of
from fund.forecasting.forecast import Forecast
from fund.metrics.inference import Interval

FORECAST = Forecast(
    ticker="AAPL",
    session=date(2016, 11, 1),
    horizon_sessions=5,
    expected=0.001,
    low=-0.04 * norm.ppf(0.9),
    high=0.04 * norm.ppf(0.9),
    probability_up=0.51,
    rank=0.95,
    forecaster="gbm",
    version="gbm-1",
)


@pytest.mark.parametrize(
    ("low", "high", "worth", "said"),
    [
        (0.001, 0.03, "edge", "an edge: rank IC +0.010 [+0.001, +0.030] over 250 sessions"),
        (-0.001, 0.03, "no edge", "and the interval holds 0"),
        (0.0, 0.03, "no edge", "and the interval holds 0"),
        (-0.03, -0.01, "no edge", "and the interval lies below 0"),
    ],
)
def test_an_interval_that_holds_zero_is_no_edge(low: float, high: float, worth: str, said: str) -> None:
    edge = edge_of(Interval(value=0.01, low=low, high=high, n=250), horizon_sessions=5)
    assert edge.worth == worth
    assert said in edge.told


def test_without_an_interval_nothing_is_known() -> None:
    assert edge_of(None, horizon_sessions=5).worth == "unknown"
    assert edge_of(None, horizon_sessions=5).told == "unknown: too few sessions with a known outcome"


def test_what_pays_is_what_a_simulation_earns() -> None:
    """Scores of exactly that IC, and calls of exactly that hit rate, earn their costs and nothing more."""
    found = break_even(FORECAST, 0.002)
    assert found is not None
    assert found.deviation == pytest.approx(0.04)
    assert found.rank_ic is not None
    assert found.hit_rate is not None
    rng = np.random.default_rng(0)
    unit = (0.95 - 0.5) * np.sqrt(12)
    outcome = 0.04 * (found.rank_ic * unit + np.sqrt(1 - found.rank_ic**2) * rng.standard_normal(4_000_000))
    assert outcome.mean() == pytest.approx(0.002, abs=6e-5)
    size = np.abs(0.04 * rng.standard_normal(4_000_000))
    right = rng.random(4_000_000) < found.hit_rate
    assert np.where(right, size, -size).mean() == pytest.approx(0.002, abs=8e-5)


def test_a_name_in_the_lower_half_pays_by_no_positive_ic_and_free_trading_always() -> None:
    lower = break_even(replace(FORECAST, rank=0.4), 0.002)
    assert lower is not None
    assert lower.rank_ic is None
    assert break_even(replace(FORECAST, low=0.0, high=0.0), 0.002) is None
    dear = break_even(FORECAST, 0.9)
    assert dear is not None
    assert dear.hit_rate is None
    free = break_even(FORECAST, 0.0)
    assert free is not None
    assert (free.rank_ic, free.hit_rate) == (0.0, 0.5)
    with pytest.raises(DataError, match=r"a cost of at least 0 as a fraction, found -0\.1"):
        break_even(FORECAST, -0.1)
