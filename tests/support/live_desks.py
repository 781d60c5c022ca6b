"""Fixtures of a live desk: `stage` is a folder of its own after its first start."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from support.feeds import bars_of, cut_bundle
from support.live_stage import CALENDAR, LATER, Stage, staged
from support.started_desks import UNPLAYED, copy_folder


@pytest.fixture(scope="module")
def days(small_bundle: Path) -> tuple[date, ...]:
    last = bars_of(small_bundle)["date"].max()
    assert isinstance(last, date)
    return CALENDAR.last_sessions(last, UNPLAYED + 1)[: LATER + 1]


@pytest.fixture(scope="module")
def begun(small_bundle: Path, days: tuple[date, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with bundle, feed and data of a live desk after its first start."""
    root = tmp_path_factory.mktemp("live")
    cut_bundle(small_bundle, root / "bundle", days[0])
    stage = staged(root, small_bundle, days)
    stage.bring(days[0])
    stage.evening(days[0])
    with stage.desk() as live:
        assert live.last == days[0]
    return root


@pytest.fixture
def stage(begun: Path, small_bundle: Path, days: tuple[date, ...], tmp_path: Path) -> Iterator[Stage]:
    root = tmp_path / "live"
    root.mkdir()
    copy_folder(begun / "desk", root / "desk")
    shutil.copytree(begun / "bundle", root / "bundle")
    shutil.copytree(begun / "feed", root / "feed")
    yield staged(root, small_bundle, days)
    shutil.rmtree(root)
