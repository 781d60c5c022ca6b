"""A table that is kept is the table that would be computed, or it is computed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fund.features.cache import ABOUT, VALUES, FeatureCache, KeptTable, data_version
from fund.features.panel import feature_table
from fund.features.sets import features_named
from fund.features.universe import Universe
from support.contexts import with_context
from support.panels import a_panel, a_universe

FEATURES = features_named(["ROC5", "WAVE3", "HURST128", "NEWS5", "VIX", "SIZE", "WEEKDAY"])
WHOLE = with_context(a_universe(a_panel(180, 6, holes=0.02)), holes=0.02)
NAME = "made names"


def asked(
    folder: Path, universe: Universe = WHOLE, features: tuple = FEATURES, name: str = NAME
) -> KeptTable:
    return FeatureCache(folder).table(universe, features, universe_name=name)


def same(found: KeptTable, universe: Universe = WHOLE) -> bool:
    computed = feature_table(universe, FEATURES)
    table = found.table
    assert (table.sessions, table.tickers, table.names, table.version) == (
        computed.sessions,
        computed.tickers,
        computed.names,
        computed.version,
    )
    assert np.array_equal(table.present, computed.present)
    return table.values.tobytes() == computed.values.tobytes()


def the_file(folder: Path, name: str) -> Path:
    (found,) = folder.glob(f"*/{name}")
    return found


def test_a_table_is_computed_once_and_then_mapped(tmp_path: Path) -> None:
    first, second = asked(tmp_path), asked(tmp_path)
    assert (first.computed_sessions, first.reason) == (180, "nothing was kept")
    assert (second.computed_sessions, second.reason) == (0, "it was kept")
    assert isinstance(second.table.values, np.memmap)
    assert not second.table.values.flags.writeable
    assert same(first)
    assert same(second)


@pytest.mark.parametrize("sessions", [3, 150, 179])
def test_new_sessions_are_added_and_no_other_is_computed(tmp_path: Path, sessions: int) -> None:
    asked(tmp_path, WHOLE.rows(0, sessions))
    grown = asked(tmp_path)
    assert grown.computed_sessions == 180 - sessions
    assert same(grown)
    assert asked(tmp_path).computed_sessions == 0


def test_a_change_in_the_past_of_anything_that_is_read_computes_all_anew(tmp_path: Path) -> None:
    assert WHOLE.context is not None
    volume = WHOLE.panel.volume.copy()
    volume[100, 2] *= 2
    members = WHOLE.members.copy()
    members[100, 2] = False
    vix = WHOLE.context.market["VIX"].copy()
    vix[100] = 99.0
    eps = WHOLE.context.names["eps"].copy()
    eps[100] = 99.0
    changed = (
        replace(WHOLE, panel=replace(WHOLE.panel, volume=volume)),
        replace(WHOLE, members=members),
        replace(WHOLE, sectors=np.roll(WHOLE.sectors, 1)),
        replace(WHOLE, context=replace(WHOLE.context, market=WHOLE.context.market | {"VIX": vix})),
        replace(WHOLE, context=replace(WHOLE.context, names=WHOLE.context.names | {"eps": eps})),
        replace(WHOLE, context=None),
    )
    for universe in changed:
        asked(tmp_path)
        found = asked(tmp_path, universe)
        assert found.computed_sessions == 180
        assert "is not what the kept table was made of" in found.reason
        assert same(found, universe)
    assert len({data_version(universe) for universe in (WHOLE, *changed)}) == 1 + len(changed)


def test_a_shorter_universe_is_not_given_a_longer_ones_rows(tmp_path: Path) -> None:
    asked(tmp_path)
    short = WHOLE.rows(0, 100)
    found = asked(tmp_path, short)
    assert "has 180 sessions, the universe 100" in found.reason
    assert same(found, short)


def test_other_features_and_other_names_lie_beside(tmp_path: Path) -> None:
    asked(tmp_path)
    assert asked(tmp_path, features=FEATURES[:2]).computed_sessions == 180
    assert asked(tmp_path, name="others").computed_sessions == 180
    assert asked(tmp_path).computed_sessions == 0


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-50])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)


def _pretend(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"universe": "others"}))


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        (VALUES, _cut, "damaged"),
        (VALUES, _flip, "damaged"),
        (VALUES, Path.unlink, "nothing was kept"),
        (ABOUT, _cut, "cannot be read"),
        (ABOUT, lambda path: path.write_text("{}"), "cannot be read"),
        (ABOUT, lambda path: path.write_text("[1]"), "cannot be read"),
        (ABOUT, _pretend, "another universe"),
    ],
)
def test_a_damaged_table_is_computed_anew_and_says_so(tmp_path: Path, name: str, damage, reason: str) -> None:
    asked(tmp_path)
    damage(the_file(tmp_path, name))
    found = asked(tmp_path)
    assert found.computed_sessions == 180
    assert reason in found.reason
    assert same(found)
    assert asked(tmp_path).computed_sessions == 0


def test_a_table_that_cannot_be_kept_is_given_all_the_same(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    found = asked(in_the_way)
    assert "could not be kept" in found.reason
    assert same(found)


def test_nothing_but_the_table_is_left_in_the_folder(tmp_path: Path) -> None:
    asked(tmp_path, WHOLE.rows(0, 90))
    asked(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted([VALUES, ABOUT])
