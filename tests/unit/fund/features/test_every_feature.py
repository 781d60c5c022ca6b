"""What must hold of every feature there is, whatever it computes."""

from dataclasses import replace

import numpy as np
import pytest

from fund.features.alpha158 import ALPHA158
from fund.features.columns import Columns
from fund.features.feature import Feature
from fund.features.panel import feature_table
from fund.features.sets import DESK, LAB
from fund.features.universe import Universe
from support.contexts import in_another_currency, with_context
from support.panels import a_panel, a_universe, without_bars

NEW = tuple(feature for feature in LAB if feature not in DESK and feature not in ALPHA158)
"""Those of the desk and of Alpha158 are held to the same in test_feature_panel and test_alpha158."""
LONGEST = max(feature.window for feature in LAB)
HOLED = with_context(a_universe(a_panel(LONGEST + 50, 12, seed=4, holes=0.01)), holes=0.02)
COLUMNS = Columns(HOLED)
CHANGED = ("open", "high", "low", "close", "volume", "total_return_index")
every_feature = pytest.mark.parametrize("feature", LAB, ids=lambda feature: feature.name)
every_new_feature = pytest.mark.parametrize("feature", NEW, ids=lambda feature: feature.name)


def values_of(universe: Universe, feature: Feature, columns: Columns | None = None) -> np.ndarray:
    found = feature.compute(columns or Columns(universe))
    return np.where(np.isfinite(found) & np.isfinite(universe.panel.close), found, np.nan)


@every_new_feature
def test_a_feature_reads_its_own_window_and_nothing_later(feature: Feature) -> None:
    whole = values_of(HOLED, feature, COLUMNS)
    for t in (LONGEST, LONGEST + 31):
        window = HOLED.rows(t + 1 - feature.window, t + 1)
        assert values_of(window, feature)[-1].tobytes() == whole[t].tobytes()


@pytest.mark.parametrize(
    "feature",
    [each for each in NEW if each.window > 1 and not each.name.startswith("BREADTH")],
    ids=lambda feature: feature.name,
)
def test_the_stated_window_is_not_longer_than_the_feature_needs(feature: Feature) -> None:
    whole = values_of(HOLED, feature, COLUMNS)
    for t in range(LONGEST, LONGEST + 50, 3):
        short = HOLED.rows(t + 2 - feature.window, t + 1)
        if values_of(short, feature)[-1].tobytes() != whole[t].tobytes():
            return
    pytest.fail("one session less gave the same every time")


@every_new_feature
def test_every_feature_says_something_once_history_is_there(feature: Feature) -> None:
    known = values_of(HOLED, feature, COLUMNS)[LONGEST - 1 :][HOLED.present[LONGEST - 1 :]]
    enough = 0.3 if feature.name.startswith("NEWS") else 0.8
    assert np.isfinite(known).mean() > enough
    assert feature.name == "WINTER" or len(np.unique(known[np.isfinite(known)])) > 1


@pytest.fixture(scope="module")
def in_another_scale() -> tuple[Columns, Columns]:
    universe = with_context(a_universe(a_panel(LONGEST + 10, 8, seed=2)))
    bars = {name: getattr(universe.panel, name) * 3.7 for name in ("open", "high", "low", "close")}
    panel = replace(universe.panel, volume=universe.panel.volume * 11.0, **bars)
    assert universe.context is not None
    other = replace(universe, panel=panel, context=in_another_currency(universe.context, 3.7))
    return Columns(universe), Columns(other)


@every_feature
def test_neither_the_currency_nor_the_share_count_changes_a_pure_number(
    feature: Feature, in_another_scale: tuple[Columns, Columns]
) -> None:
    before, after = (feature.compute(columns)[LONGEST:] for columns in in_another_scale)
    same = np.allclose(after, before, rtol=1e-5, atol=1e-9, equal_nan=True)
    assert same is not feature.in_dollars


def spoilt() -> Universe:
    """Names that are constant, without a bar, ten bars old, infinite here and there, and never traded."""
    panel = a_panel(LONGEST + 20, 8, seed=3)
    lost = np.zeros(panel.close.shape, dtype=bool)
    lost[:, 1] = True
    lost[:-10, 2] = True
    panel = without_bars(panel, lost)
    bars = {name: getattr(panel, name).copy() for name in CHANGED}
    for name, values in bars.items():
        values[:, 0] = 1e6 if name == "volume" else 10.0
        values[5::40, 3] = np.inf
    bars["volume"][:, 4] = 0.0
    return with_context(a_universe(replace(panel, **bars)))


@pytest.fixture(scope="module")
def of_spoilt() -> Columns:
    return Columns(spoilt())


@every_feature
def test_series_that_are_constant_short_infinite_or_missing_raise_no_alarm(
    feature: Feature, of_spoilt: Columns
) -> None:
    found = feature.compute(of_spoilt)
    assert not np.isinf(found).any()
    if feature.scaling == "raw":
        return
    if feature.window > 60 and not feature.source.startswith("Qlib Alpha158"):
        assert np.isnan(found[-1, 2])


def test_the_table_of_everything_lies_on_one_scale_and_leaves_out_who_did_not_trade() -> None:
    table = feature_table(HOLED, LAB)
    assert table.names == tuple(feature.name for feature in LAB)
    assert np.isnan(table.values[~table.present]).all()
    assert np.nanmax(np.abs(table.values)) <= 0.5
    last = feature_table(HOLED.rows(len(table.sessions) - LONGEST, len(table.sessions)), LAB, last=1)
    assert last.values[0].tobytes() == table.values[-1].tobytes()


def test_without_a_context_its_features_are_missing_and_the_others_what_they_were() -> None:
    bare = replace(HOLED, context=None).rows(40, LONGEST + 50)
    table, whole = feature_table(bare, LAB, last=2), feature_table(HOLED, LAB, last=2)
    reads = np.isnan(table.values).all(axis=(0, 1))
    assert {"VIX", "EARNINGSYIELD", "NEWS5", "RATEBETA60"} <= set(np.array(table.names)[reads])
    assert 35 < reads.sum() < 50
    assert table.values[..., ~reads].tobytes() == whole.values[..., ~reads].tobytes()
