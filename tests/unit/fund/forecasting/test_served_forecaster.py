"""A served forecaster answers in time, from whole files, or says why it does not."""

import json
from dataclasses import replace
from threading import Event

import pytest

from fund.errors import DataError
from fund.forecasting.families.boosted import FittedTrees
from fund.forecasting.recent import recent_features
from fund.forecasting.registry import Registry
from fund.forecasting.serving.served import ServedForecaster, Unavailable
from fund.forecasting.serving.shelf import Shelf
from support.forecasters import a_trained_forecaster, small_universe

TRAINED = a_trained_forecaster()
PATIENT = 60.0
"""Seconds: a deadline that a loaded machine keeps too."""


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "forecasters")


@pytest.fixture(scope="module")
def recent():
    return recent_features(small_universe(), 5)


def others(count):
    """The same forecaster under several versions."""
    for k in range(count):
        card = replace(TRAINED.card, version=f"gbm-{k:012d}")
        yield replace(TRAINED, card=card, table=replace(TRAINED.table, version=card.version))


def served(registry, artifact, *, cap=100, deadline=PATIENT):
    shelf = Shelf(registry, cap_megabytes=cap)
    return ServedForecaster("gbm", artifact.version, artifact.sha256, shelf, deadline_seconds=deadline)


def test_it_says_what_the_forecaster_says_and_the_newest_fold_is_scored_by_its_graph(registry, recent):
    artifact = registry.register(TRAINED)
    assert served(registry, artifact).forecast(recent) == TRAINED.forecast(recent) != ()
    folds = registry.load(artifact.version).folds
    assert [fold.fitted.is_served for fold in folds] == [False] * (len(folds) - 1) + [True]


def test_nothing_is_read_before_it_is_asked_for_and_nothing_twice(registry, recent):
    artifact = registry.register(TRAINED)
    shelf = Shelf(registry, cap_megabytes=100)
    forecaster = ServedForecaster("gbm", artifact.version, artifact.sha256, shelf, deadline_seconds=PATIENT)
    assert (shelf.versions, shelf.bytes) == ((), 0)
    first = forecaster.forecast(recent)
    assert shelf.versions == (artifact.version,)
    (artifact.folder / "table.npz").unlink()
    assert forecaster.forecast(recent) == first != ()


def test_the_least_recently_used_is_put_back_above_the_cap(registry):
    artifacts = [registry.register(each) for each in others(3)]
    shelf = Shelf(registry, cap_megabytes=100)
    shelf.get(artifacts[0].version, artifacts[0].sha256)
    each = shelf.bytes
    assert 500_000 < each < 2_000_000
    small = Shelf(registry, cap_megabytes=2.5 * each / 1_000_000)
    for at in (0, 1, 0, 2):
        small.get(artifacts[at].version, artifacts[at].sha256)
    assert small.versions == (artifacts[0].version, artifacts[2].version)
    assert small.bytes <= 2.5 * each


def test_one_larger_than_the_cap_is_read_and_not_kept(registry, recent):
    artifact = registry.register(TRAINED)
    shelf = Shelf(registry, cap_megabytes=0.1)
    assert shelf.get(artifact.version, artifact.sha256).forecast(recent) == TRAINED.forecast(recent)
    assert shelf.versions == ()


class Waiting:
    """A shelf whose forecaster answers when it is let go."""

    def __init__(self):
        self.go, self.done = Event(), Event()

    def get(self, version, sha256):
        return self

    def forecast(self, recent):
        self.go.wait()
        self.done.set()
        return ("an answer",)


def test_a_prediction_past_its_deadline_is_unavailable_and_its_figures_are_dropped(recent):
    shelf = Waiting()
    forecaster = ServedForecaster("gbm", "gbm-1", "0", shelf, deadline_seconds=0.05)
    late, again = forecaster.forecast(recent), forecaster.forecast(recent)
    assert late == Unavailable(
        forecaster="gbm", version="gbm-1", cause="late", reason="no answer within 0.05 seconds"
    )
    assert again.cause == "busy"
    shelf.go.set()
    assert shelf.done.wait(PATIENT)
    with forecaster._busy:
        pass
    forecaster._deadline_seconds = PATIENT
    assert forecaster.forecast(recent) == ("an answer",)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_its_own_ends_the_prediction_and_not_the_desk(recent):
    class Broken(Waiting):
        def forecast(self, recent):
            raise ZeroDivisionError

    forecaster = ServedForecaster("gbm", "gbm-1", "0", Broken(), deadline_seconds=PATIENT)
    assert [forecaster.forecast(recent).cause for _ in range(2)] == ["failed", "failed"]


@pytest.mark.parametrize("name", ["newest.onnx", "fold-000.txt", "table.npz", "manifest.json"])
def test_a_damaged_artifact_is_unavailable_while_others_go_on(registry, recent, name):
    damaged, whole = (registry.register(each) for each in others(2))
    path = damaged.folder / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    found = served(registry, damaged).forecast(recent)
    assert (found.cause, found.version) == ("damaged", damaged.version)
    assert name in found.reason
    assert len(served(registry, whole).forecast(recent)) > 10


def test_a_version_nobody_registered_is_not_there(registry, recent):
    artifact = registry.register(TRAINED)
    found = served(registry, replace(artifact, version="gbm-ffffffffffff")).forecast(recent)
    assert found.cause == "not there"


def test_features_it_has_not_learned_make_it_unfit(registry, recent):
    other = replace(recent, table=replace(recent.table, version="1-other"))
    found = served(registry, registry.register(TRAINED)).forecast(other)
    assert found.cause == "unfit"
    assert "expected features of version" in found.reason


def test_a_graph_the_manifest_does_not_hold_is_refused(registry):
    artifact = registry.register(TRAINED)
    planted = artifact.folder / "planted.onnx"
    planted.write_bytes((artifact.folder / "newest.onnx").read_bytes())
    folds = json.loads((artifact.folder / "folds.json").read_text())
    folds[-1]["graph"] = planted.name
    (artifact.folder / "folds.json").write_text(json.dumps(folds))
    manifest = json.loads((artifact.folder / "manifest.json").read_text())
    del manifest["files"]["folds.json"]
    (artifact.folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match=r"expected a hash in the manifest for 'planted\.onnx'"):
        registry.load(artifact.version)


def test_trees_without_a_graph_are_kept_with_the_reason_and_score_natively(registry, recent, monkeypatch):
    def refuse(self, stem):
        raise DataError("no graph today")

    monkeypatch.setattr(FittedTrees, "export", refuse)
    artifact = registry.register(TRAINED)
    assert json.loads((artifact.folder / "folds.json").read_text())[-1]["no_graph"] == "no graph today"
    loaded = registry.load(artifact.version)
    assert not loaded.folds[-1].fitted.is_served
    assert loaded.forecast(recent) == TRAINED.forecast(recent)


@pytest.mark.parametrize(("cap", "deadline"), [(0, 1.0), (1, 0.0), (1, -1.0)])
def test_a_cap_and_a_deadline_must_be_some(registry, cap, deadline):
    with pytest.raises(DataError, match=r"expected a (cap|deadline)"):
        ServedForecaster("gbm", "gbm-1", "0", Shelf(registry, cap_megabytes=cap), deadline_seconds=deadline)
