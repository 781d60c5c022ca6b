"""A forecaster's own view of how wide an outcome is: how far it is heeded, and alike live and in training."""

import numpy as np
import pytest

from fund.forecasting.families.quantile import QuantileForecaster
from fund.forecasting.recent import recent_features
from fund.forecasting.spread import LEAST_SPREAD, MOST_SPREAD, heeded
from fund.forecasting.training import version_of
from support.forecasters import (
    A_GBM,
    A_SCHEDULE,
    a_trained_forecaster,
    small_samples,
    small_universe,
    trained_on,
)


def test_a_spread_is_heeded_within_bounds_and_against_the_members_alone():
    spread = np.array([[1.0, 2.0, 3.0, 40.0, 0.1, np.nan, 0.0], [np.nan] * 7])
    present = np.ones((2, 7), dtype=bool)
    assert heeded(spread, present)[0] == pytest.approx([0.5, 1.0, 1.5, MOST_SPREAD, LEAST_SPREAD, 1.0, 1.0])
    assert (heeded(spread, present)[1] == 1.0).all()
    present[:, 3:5] = False
    wild = np.where(present, spread, 1e6)
    assert heeded(wild, present)[:, :3] == pytest.approx(heeded(spread, present)[:, :3])
    assert heeded(wild, present)[0, 3:5].tolist() == [1.0, 1.0]


def test_a_live_forecast_of_one_with_a_spread_is_that_of_its_walk_forward_to_the_bit():
    spreading = QuantileForecaster(trees=3, leaves=7, min_rows_in_leaf=40)
    trained = trained_on(small_samples(), spreading)
    assert trained.forecast(recent_features(small_universe(), 5)) == trained.at(small_samples().sessions[-1])
    plain = trained.folds[-1].calibration
    last = trained.at(small_samples().sessions[-1])
    tickers = small_samples().table.tickers
    volatility = dict(zip(tickers, small_samples().volatility[-1], strict=True))
    assert len({round((each.high - each.low) / volatility[each.ticker], 9) for each in last}) > len(plain.low)
    assert trained.card.parameters["spread"] == "heeded from 0.5 to 2.0 of the session's median"
    data = trained.card.data_version
    assert trained.card.version == version_of(spreading, A_SCHEDULE, data, spreads=True)
    assert trained.card.version != version_of(spreading, A_SCHEDULE, data)
    without = a_trained_forecaster().card
    assert "spread" not in without.parameters
    assert without.version == version_of(A_GBM, A_SCHEDULE, data)
