"""Which families a desk can train: each by its own name, and each can be read back."""

import pytest

from desk.forecaster_catalogue import FAMILIES, FORECASTERS, HORIZONS, families
from fund.errors import ConfigError
from fund.forecasting.artifact import LOADERS


def test_every_family_is_called_by_its_name_and_has_a_loader() -> None:
    for name, forecaster in FAMILIES.items():
        assert forecaster.name == name
        assert name in LOADERS
        assert forecaster.trials >= 0


def test_what_every_desk_has_are_families_too() -> None:
    assert {each.name for each in FORECASTERS} <= FAMILIES.keys()
    assert FORECASTERS[0].name == "gbm"
    assert HORIZONS == (1, 5, 10, 20)


def test_families_are_chosen_by_name_each_once_in_the_order_asked() -> None:
    assert [each.name for each in families(["xgb", "gbm", "xgb"])] == ["xgb", "gbm"]
    assert families([]) == ()


def test_one_that_there_is_not_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"expected a family among gbm, .*, found 'oracle'"):
        families(["gbm", "oracle"])
