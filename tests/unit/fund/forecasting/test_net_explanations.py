"""Why a net's score is what it is: contributions that add up, and where it looked."""

import numpy as np
import pytest

from fund.errors import DataError
from fund.forecasting.explaining.attention import attention_map
from fund.forecasting.explaining.gradients import integrated_gradients
from fund.forecasting.families.nets.convolutional import Tcn
from fund.forecasting.families.nets.fitted import FittedNet
from support.nets import FEATURES, SMALL, STEPS, a_fitted_net, made_samples

FAMILIES = sorted(SMALL)


def some_values() -> np.ndarray:
    return made_samples(12, 20, seed=5).table.values


@pytest.mark.parametrize("family", FAMILIES)
def test_contributions_add_up_to_the_score(family: str) -> None:
    fitted, values = a_fitted_net(family), some_values()
    values[:, 2, 5] = 0.0
    values[-3, 2, 1] = np.nan
    found = integrated_gradients(fitted, values, 2)
    assert found.score == pytest.approx(fitted.score(values)[-1, 2], abs=2e-6)
    assert found.neutral == pytest.approx(fitted.score(np.zeros_like(values))[-1, 2], abs=2e-6)
    way = found.score - found.neutral
    assert abs(found.gap) <= 0.01 * max(abs(way), 0.01)
    assert found.by_feature.sum() == pytest.approx(way, abs=2e-2 * abs(way) + 2e-4)
    assert found.by_session.shape == (STEPS,)
    assert found.by_feature.shape == (FEATURES,)
    assert found.by_feature[5] == 0.0
    assert found.cells[-3, 1] == 0.0
    assert np.count_nonzero(found.cells) > STEPS


def test_a_linear_net_gives_weight_times_value() -> None:
    net = Tcn(channels=1, levels=1)
    shapes = {key: tuple(each.shape) for key, each in net.module(FEATURES, STEPS).named_parameters()}
    weights = {key: np.zeros(shape, dtype=np.float32) for key, shape in shapes.items()}
    weights["entrance.weight"][0, :, 0] = np.arange(FEATURES)
    weights["head.weight"][:] = 2.0
    fitted = FittedNet(net, weights, features=FEATURES, steps=STEPS, seed=0, note="sum")
    values = some_values()
    found = integrated_gradients(fitted, values, 1)
    assert found.by_feature == pytest.approx(2.0 * np.arange(FEATURES) * values[-1, 1] * 12**0.5, abs=1e-5)
    assert found.by_session[:-1] == pytest.approx(np.zeros(STEPS - 1))


@pytest.mark.parametrize("family", ["attention", "bilstm", "patchtst"])
def test_attention_says_where_a_net_looked(family: str) -> None:
    fitted, values = a_fitted_net(family), some_values()
    shares = attention_map(fitted, values, 3)
    assert shares.shape == (STEPS,)
    assert shares.min() > 0
    assert shares.sum() == pytest.approx(1.0)
    assert shares.std() > 1e-4
    if family == "patchtst":
        assert shares[::2].tolist() == shares[1::2].tolist()


def test_what_cannot_be_explained_says_why() -> None:
    values = some_values()
    with pytest.raises(DataError, match="expected a net that attends, found 'cnn'"):
        attention_map(a_fitted_net("cnn"), values, 0)
    with pytest.raises(DataError, match="column below 20, found 20"):
        integrated_gradients(a_fitted_net(), values, 20)
    values[-1, 7] = np.nan
    with pytest.raises(DataError, match="no score to explain"):
        integrated_gradients(a_fitted_net(), values, 7)
    with pytest.raises(DataError, match="no score to explain"):
        integrated_gradients(a_fitted_net(), values[-STEPS + 1 :], 0)
