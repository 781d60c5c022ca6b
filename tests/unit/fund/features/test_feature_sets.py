from collections import Counter

import pytest

from fund.errors import DataError
from fund.features.alpha158 import ALPHA158
from fund.features.page import feature_page
from fund.features.panel import FEATURE_VERSION, FEATURES, feature_version
from fund.features.sets import DESK, KINDS, LAB, feature_set, features_named
from support.checkout import ROOT

PAGE = ROOT / "docs" / "features.md"


def test_the_page_of_features_is_what_the_definitions_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == feature_page(), (
        "write it again: python -c 'from pathlib import Path; from fund.features.page import feature_page; "
        'Path("docs/features.md").write_text(feature_page(), encoding="utf-8")\''
    )


def test_what_the_desk_reads_is_what_it_always_read() -> None:
    assert DESK == FEATURES
    assert len(DESK) == 72
    assert FEATURE_VERSION == "2-488806368194"


def test_every_feature_is_in_one_kind_and_has_one_name() -> None:
    assert [name for name, count in Counter(each.name for each in LAB).items() if count > 1] == []
    assert set(DESK) <= set(LAB)
    assert {each.name for each in ALPHA158} <= {each.name for each in LAB}
    assert sum(map(len, KINDS.values())) == len(LAB)
    assert all(each.formula and each.source and each.window >= 1 for each in LAB)


def test_another_scaling_is_another_version() -> None:
    (feature,) = features_named(["NEWS5"])
    (condition,) = features_named(["WEEKDAY"])
    assert feature_version((feature, condition)) != feature_version((condition, feature))
    assert feature.scaling == "zscore"
    assert condition.scaling == "raw"


def test_sets_and_features_are_found_by_name_and_unknown_ones_refused() -> None:
    assert feature_set("alpha158") == ALPHA158
    assert [each.name for each in features_named(["VIX", "ROC5"])] == ["VIX", "ROC5"]
    with pytest.raises(DataError, match=r"\['alpha158', 'desk', 'lab'\], found 'alpha360'"):
        feature_set("alpha360")
    with pytest.raises(DataError, match=r"found \['NOPE', 'NADA'\]"):
        features_named(["ROC5", "NOPE", "NADA"])
