import errno
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError, NoDataError
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster, RidgeForecaster
from fund.forecasting.families.direction import DirectionForecaster
from fund.forecasting.families.lambdarank import LambdarankForecaster
from fund.forecasting.families.nearest import NearestForecaster
from fund.forecasting.families.quantile import QuantileForecaster
from fund.forecasting.families.xgb import XgbForecaster
from fund.forecasting.recent import recent_features
from fund.forecasting.registry import Registry
from fund.forecasting.training import train
from support.forecasters import A_SCHEDULE, a_trained_forecaster, an_interval, small_samples, small_universe

TRAINED = a_trained_forecaster()
LAST = TRAINED.table.sessions[-1]


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "forecasters")


def reseal(folder):
    """Make a damaged artifact's manifest agree with its files again."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    for name in manifest["files"]:
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest))


def test_what_is_loaded_is_what_was_registered(registry):
    artifact = registry.register(TRAINED)
    loaded = registry.load(artifact.version, sha256=artifact.sha256)
    assert registry.versions() == (TRAINED.card.version,)
    assert loaded.card == TRAINED.card
    assert loaded.at(LAST) == TRAINED.at(LAST) != ()
    assert loaded.track_record(LAST) == TRAINED.track_record(LAST)
    assert loaded.forecast(recent_features(small_universe(), 5)) == TRAINED.at(LAST)
    assert [fold.calibration for fold in loaded.folds] == [fold.calibration for fold in TRAINED.folds]


@pytest.mark.parametrize(
    "forecaster",
    [
        MomentumForecaster(),
        ReversalForecaster(),
        RidgeForecaster(),
        NearestForecaster(neighbours=30, every=2),
        QuantileForecaster(trees=2, leaves=7, min_rows_in_leaf=40),
        DirectionForecaster(trees=2, leaves=7, min_rows_in_leaf=40),
        LambdarankForecaster(trees=2, leaves=7, min_rows_in_leaf=40),
        XgbForecaster(trees=2, depth=3, min_rows_in_leaf=40),
    ],
    ids=lambda each: each.name,
)
def test_every_forecaster_can_be_kept(registry, forecaster):
    (trained,) = train(
        small_samples(), (forecaster,), A_SCHEDULE, universe_name="made", data_version="made-1", baselines=()
    )
    loaded = registry.load(registry.register(trained, explanation="made data").version)
    assert loaded.forecast(recent_features(small_universe(), 5)) == trained.at(LAST) != ()


def test_registering_twice_keeps_the_first_and_the_bytes_are_the_same(registry, tmp_path):
    first = registry.register(TRAINED)
    written = (first.folder / "manifest.json").stat().st_mtime_ns
    assert registry.register(TRAINED) == first
    assert (first.folder / "manifest.json").stat().st_mtime_ns == written
    assert Registry(tmp_path / "elsewhere").register(TRAINED).sha256 == first.sha256


def test_only_native_files_are_written(registry):
    folder = registry.register(TRAINED).folder
    assert {path.suffix for path in folder.iterdir()} == {".json", ".txt", ".npz", ".onnx", ".md", ".svg"}
    assert sorted(path.name for path in folder.parent.iterdir()) == [TRAINED.card.version]


@pytest.mark.parametrize("name", ["card.json", "folds.json", "table.npz", "fold-000.txt"])
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_file_is_named_and_replaced_by_the_next_registration(registry, name, damage):
    artifact = registry.register(TRAINED)
    path = artifact.folder / name
    if damage == "missing":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    with pytest.raises(DataError, match=name.replace(".", r"\.")):
        registry.load(artifact.version)
    assert registry.register(TRAINED) == artifact
    assert registry.load(artifact.version).at(LAST) == TRAINED.at(LAST)


def test_a_resealed_forgery_does_not_match_the_pinned_hash(registry):
    artifact = registry.register(TRAINED)
    path = artifact.folder / "card.json"
    path.write_text(path.read_text().replace('"trials": 2', '"trials": 0'))
    reseal(artifact.folder)
    assert registry.load(artifact.version).card.trials == 0
    with pytest.raises(DataError, match=r"manifest\.json"):
        registry.load(artifact.version, sha256=artifact.sha256)


def test_a_pickled_array_is_never_opened(registry):
    artifact = registry.register(TRAINED)
    np.savez(artifact.folder / "table.npz", sessions=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    reseal(artifact.folder)
    with pytest.raises(DataError, match=r"table\.npz"):
        registry.load(artifact.version)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"files": {}, "format": 99}', '{"files": {}, "format": 1}', '{"files": {"../x": ""}}'],
)
def test_a_manifest_that_is_none_is_refused(registry, content):
    artifact = registry.register(TRAINED)
    (artifact.folder / "manifest.json").write_text(content)
    with pytest.raises(DataError):
        registry.load(artifact.version)


def test_a_folder_under_another_name_is_refused(registry):
    artifact = registry.register(TRAINED)
    artifact.folder.rename(artifact.folder.with_name("gbm-000000000000"))
    with pytest.raises(DataError, match="expected the card of 'gbm-000000000000'"):
        registry.load("gbm-000000000000")


def test_an_unknown_forecaster_is_refused(registry):
    card = replace(TRAINED.card, forecaster="oracle", version="oracle-1")
    artifact = registry.register(replace(TRAINED, card=card))
    with pytest.raises(DataError, match="'oracle'"):
        registry.load(artifact.version)


@pytest.mark.parametrize("version", ["gbm-nothing", "../forecasters", ""])
def test_an_unknown_version_is_refused_with_the_known_ones(registry, version):
    registry.register(TRAINED)
    with pytest.raises(NoDataError, match=TRAINED.card.version):
        registry.load(version)


def test_a_half_written_draft_is_not_a_version(registry, tmp_path):
    draft = tmp_path / "forecasters" / ".draft-x" / "new"
    draft.mkdir(parents=True)
    (draft / "manifest.json").write_text("{}")
    (tmp_path / "forecasters" / "gbm-1").mkdir()
    assert registry.versions() == ()


def test_an_implausible_card_needs_an_explanation_which_it_then_carries(registry):
    suspect = replace(TRAINED, card=replace(TRAINED.card, ic=an_interval(0.2)))
    for explanation in ("", "  "):
        with pytest.raises(DataError, match=r"mean IC is 0\.200"):
            registry.register(suspect, explanation=explanation)
    assert registry.versions() == ()
    artifact = registry.register(suspect, explanation="the labels are made up")
    assert registry.load(artifact.version).card.explanation == "the labels are made up"


class FullDisk:
    """A fitted forecaster that finds no space to be written to."""

    note = "full"
    sessions = 1

    def score(self, values):
        return values[..., 0].astype(float)

    def save(self, stem):
        stem.with_suffix(".txt").write_text("half of it")
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_nothing_behind(registry, tmp_path):
    folds = (TRAINED.folds[0], replace(TRAINED.folds[1], fitted=FullDisk()))
    with pytest.raises(DataError, match="'No space left on device'"):
        registry.register(replace(TRAINED, folds=folds))
    assert registry.versions() == ()
    assert list((tmp_path / "forecasters").iterdir()) == []


def test_many_registering_at_once_leave_one_whole_version(registry):
    with ThreadPoolExecutor(8) as pool:
        artifacts = list(pool.map(lambda _: registry.register(TRAINED), range(8)))
    assert len(set(artifacts)) == 1
    assert [path.name for path in artifacts[0].folder.parent.iterdir()] == [TRAINED.card.version]
    assert registry.load(TRAINED.card.version, sha256=artifacts[0].sha256).at(LAST) == TRAINED.at(LAST)


def test_a_place_that_cannot_be_written_is_said_to_be_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="expected to write the folder"):
        Registry(tmp_path / "file").register(TRAINED)
    with pytest.raises(DataError, match="expected to write the folder"):
        Registry(tmp_path / "file" / "deeper").register(TRAINED)
