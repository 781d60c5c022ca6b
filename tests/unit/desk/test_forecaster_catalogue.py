"""What a desk trains: what every desk has, and what is asked for by family, horizon and set."""

import pytest

from desk.forecaster_catalogue import FORECASTERS, chosen_variants, usual_on
from fund.errors import ConfigError
from fund.forecasting.catalogue import FAMILIES


def test_what_every_desk_has_are_families_and_the_first_leads() -> None:
    assert all(FAMILIES[each.name] == each for each in FORECASTERS)
    assert FORECASTERS[0].name == "gbm"


def test_variants_are_chosen_each_once_in_the_order_asked() -> None:
    found = chosen_variants(["xgb", "gbm", "xgb"], [5], ["desk", "lab"])
    assert [each.name for each in found] == ["xgb", "gbm", "xgb-5-lab", "gbm-5-lab"]


def test_without_a_family_the_usual_ones_that_can_read_the_set_are_trained() -> None:
    assert usual_on("desk") == usual_on("lab") == ("gbm", "momentum", "reversal", "ridge")
    found = chosen_variants(None, [1], ["alpha158"])
    assert [each.name for each in found] == ["gbm-1-alpha158", "ridge-1-alpha158"]


def test_what_there_is_not_is_refused_with_what_is_near() -> None:
    with pytest.raises(ConfigError, match="expected a family, found 'oracle'; did you mean"):
        chosen_variants(["gbm", "oracle"], [5], ["desk"])
    with pytest.raises(
        ConfigError, match="expected a set of features, found 'alpha15'; did you mean alpha158"
    ):
        chosen_variants(None, [5], ["alpha15"])
