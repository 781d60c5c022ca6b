"""The catalogue: every family once, every variant by a name of its own, and no typo without a hint."""

import pytest

from fund.errors import DataError
from fund.features.panel import FEATURES, feature_version
from fund.forecasting.catalogue import (
    BY_NAMED_FEATURES,
    FAMILIES,
    FEATURE_SETS,
    LOADERS,
    NET_SESSIONS,
    TUNED_NET_SESSIONS,
    Variant,
    baselines_on,
    family_of,
    min_train_sessions,
    renamed,
    set_of_version,
    sized,
    variant_named,
    variants,
)
from fund.forecasting.training import BASELINES


def test_there_are_more_than_150_variants_each_with_a_name_that_leads_back_to_it() -> None:
    every = variants()
    names = [each.name for each in every]
    assert len(every) > 150
    assert len(set(names)) == len(names)
    assert [variant_named(name) for name in names[::12]] == list(every[::12])
    assert {"gbm", "gbm-20", "gru-1", "ridge-10", "xgb-20-alpha158", "gbm-5-lab"} <= set(names)
    assert Variant(family="gbm").forecaster == FAMILIES["gbm"]


def test_a_variant_of_another_set_has_a_name_of_its_own_and_keeps_its_family(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(FEATURE_SETS, "few", FEATURES[:4])
    variant = Variant(family="gru", horizon_sessions=5, feature_set="few")
    assert variant.name == "gru-5-few"
    assert variant.features == FEATURES[:4]
    assert variant.forecaster.name == "gru-few"
    assert variant.forecaster.parameters == FAMILIES["gru"].parameters
    assert family_of(variant.forecaster.name) in LOADERS
    with pytest.raises(DataError, match="holds the desk's features, as 'nearest' goes by some of them"):
        Variant(family="nearest", feature_set="few")
    assert not any(each.family in BY_NAMED_FEATURES for each in variants() if each.feature_set == "few")
    assert [each.name for each in baselines_on([f.name for f in FEATURES[:4]])] == ["ridge"]
    assert baselines_on([f.name for f in FEATURES]) == BASELINES


def test_a_version_leads_back_to_the_set_that_has_it() -> None:
    assert list(FEATURE_SETS) == ["desk", "alpha158", "lab"]
    for name, features in FEATURE_SETS.items():
        assert set_of_version(feature_version(features)) == name
    assert set_of_version("1-000000000000") is None
    with pytest.raises(DataError, match="found 'alpha158'"):
        Variant(family="momentum", feature_set="alpha158")
    assert Variant(family="momentum", feature_set="lab").forecaster.name == "momentum-lab"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"family": "gmb"}, "expected a family, found 'gmb'; did you mean .*gbm"),
        (
            {"family": "gbm", "feature_set": "dsek"},
            "expected a set of features, found 'dsek'; did you mean desk",
        ),
        ({"family": "gbm", "horizon_sessions": 7}, "expected a horizon among"),
    ],
)
def test_a_typo_is_answered_with_what_is_near(asked: dict[str, object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        Variant(**asked)


def test_a_variant_that_there_is_not_is_answered_with_what_is_near() -> None:
    with pytest.raises(DataError, match=r"found 'gbm-25'; did you mean .*gbm-20"):
        variant_named("gbm-25")


def test_sizes_reach_the_part_that_has_them() -> None:
    changed = sized("gru", {"hidden": 16, "steps": 20, "learning_rate": 0.002})
    told = changed.parameters
    assert (told["hidden"], told["steps"], told["learning_rate"]) == (16, 20, 0.002)
    assert told["cell"] == "gru"
    assert changed.name == "gru"
    assert renamed(changed, "gru-small").parameters == told
    with pytest.raises(DataError, match="expected a size of gru, found 'hiden'; did you mean hidden"):
        sized("gru", {"hiden": 16})
    with pytest.raises(DataError, match="found 'seed'"):
        sized("gbm", {"seed": 1})


def test_nets_get_a_first_fold_long_enough_for_their_windows() -> None:
    assert min_train_sessions("gbm", 84) == 84
    assert min_train_sessions("gru", 84) == min_train_sessions("gru-few", 84) == NET_SESSIONS
    assert min_train_sessions("gru-tuned", 84) == TUNED_NET_SESSIONS
    assert min_train_sessions("gru", 1000) == 1000
