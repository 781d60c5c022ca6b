"""A kept table among other writers, foreign files, full disks and tables with nothing in them."""

import errno
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from fund.features import cache
from fund.features.cache import ABOUT, VALUES, FeatureCache, KeptTable, data_version
from fund.features.context import Context
from fund.features.panel import feature_table
from fund.features.sets import features_named
from fund.features.universe import Universe
from support.contexts import with_context
from support.panels import a_panel, a_universe

FEATURES = features_named(["ROC5", "KMID", "VIX", "WEEKDAY"])
WHOLE = with_context(a_universe(a_panel(40, 4, holes=0.05)))
HALF = WHOLE.rows(0, 20)
OF_WHOLE = feature_table(WHOLE, FEATURES).values.tobytes()
OF_HALF = feature_table(HALF, FEATURES).values.tobytes()


def asked(
    folder: Path, universe: Universe = WHOLE, name: str = "made", features: tuple = FEATURES
) -> KeptTable:
    return FeatureCache(folder).table(universe, features, universe_name=name)


def the_file(folder: Path, name: str) -> Path:
    (found,) = folder.glob(f"*/{name}")
    return found


def foreign(folder: Path, values: np.ndarray, *, pickled: bool = False) -> None:
    """Put other values in the file's place and say of them what is true: their hash."""
    path = the_file(folder, VALUES)
    with path.open("wb") as file:
        np.save(file, values, allow_pickle=pickled)
    vouch(folder)


def vouch(folder: Path, **said: object) -> None:
    written = sha256(the_file(folder, VALUES).read_bytes()).hexdigest()
    about = the_file(folder, ABOUT)
    about.write_text(json.dumps(json.loads(about.read_text()) | {"values": written} | said))


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((40, 5, 4)),
        np.zeros((40, 5, 3), dtype=np.float32),
        np.zeros((40, 4, 5), dtype=np.float32),
        np.zeros((39, 5, 4), dtype=np.float32),
        np.zeros(800, dtype=np.float32),
        np.zeros((40, 5, 4), dtype=np.int32),
        np.float32(1.0),
    ],
    ids=["doubles", "a feature less", "turned", "a session less", "flat", "whole numbers", "one number"],
)
def test_values_of_another_kind_are_not_taken_though_their_hash_is_right(
    tmp_path: Path, values: np.ndarray
) -> None:
    asked(tmp_path)
    foreign(tmp_path, np.asarray(values))
    found = asked(tmp_path)
    assert "expected kept values as float32 of (40, 5, 4), found" in found.reason
    assert f"{np.asarray(values).dtype} of {np.shape(values)!r}" in found.reason
    assert found.table.values.tobytes() == OF_WHOLE
    assert asked(tmp_path).computed_sessions == 0


def test_an_object_that_could_run_code_is_never_read(tmp_path: Path) -> None:
    asked(tmp_path)
    foreign(tmp_path, np.array([[[Path("/")]]], dtype=object), pickled=True)
    found = asked(tmp_path)
    assert "cannot be read" in found.reason
    assert found.table.values.tobytes() == OF_WHOLE


@pytest.mark.parametrize(
    "content",
    [b"", b"\x93NUMPY", b"PK\x03\x04" + bytes(200), b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f4'}"],
    ids=["nothing", "a beginning", "an archive", "half a header"],
)
def test_a_file_that_is_no_array_is_not_read_though_its_hash_is_right(tmp_path: Path, content: bytes) -> None:
    asked(tmp_path)
    the_file(tmp_path, VALUES).write_bytes(content)
    vouch(tmp_path)
    found = asked(tmp_path)
    assert "cannot be read" in found.reason
    assert found.computed_sessions == 40
    assert found.table.values.tobytes() == OF_WHOLE


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"sessions": 0}, "has 0 sessions, the universe 40"),
        ({"sessions": -1}, "has -1 sessions"),
        ({"sessions": 41}, "has 41 sessions"),
        ({"sessions": "40"}, "has '40' sessions"),
        ({"sessions": 40.0}, r"has 40.0 sessions"),
        ({"sessions": None}, "has None sessions"),
        ({"sessions": True}, "is not what the kept table was made of"),
        ({"sessions": 39}, "is not what the kept table was made of"),
        ({"data": ""}, "is not what the kept table was made of"),
        ({"format": 2}, "of other features or of another universe"),
        ({"features": "1-000000000000"}, "of other features or of another universe"),
        ({"unheard": 1}, "cannot be read"),
    ],
    ids=str,
)
def test_what_is_said_of_a_table_is_checked(tmp_path: Path, said: dict[str, object], reason: str) -> None:
    asked(tmp_path)
    vouch(tmp_path, **said)
    found = asked(tmp_path)
    assert reason in found.reason
    assert found.table.values.tobytes() == OF_WHOLE


def test_one_who_writes_between_gets_no_part_of_the_others_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process keeps a shorter table just before the words are put beside the values."""
    plain, busy = json.dumps, []

    def interrupted(about: object, **how: int) -> str:
        if not busy:
            busy.append(True)
            asked(tmp_path, HALF)
        return plain(about, **how)

    monkeypatch.setattr(cache.json, "dumps", interrupted)
    found = asked(tmp_path)
    assert busy
    assert found.table.values.shape[0] == len(found.table.sessions) == 40
    assert found.table.values.tobytes() == OF_WHOLE
    again = asked(tmp_path)
    assert "damaged" in again.reason
    assert again.table.values.tobytes() == OF_WHOLE


def test_a_file_that_is_replaced_while_it_is_read_is_read_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(tmp_path)
    plain = cache.data_version

    def replaced(universe: Universe, sessions: int | None = None) -> str:
        path = the_file(tmp_path, VALUES)
        other = path.with_name("other")
        with other.open("wb") as file:
            np.save(file, np.zeros((40, 5, 4), dtype=np.float32))
        other.replace(path)
        return plain(universe, sessions)

    monkeypatch.setattr(cache, "data_version", replaced)
    found = asked(tmp_path)
    assert found.reason == "it was kept"
    assert found.table.values.tobytes() == OF_WHOLE


def test_many_who_ask_at_once_are_all_given_their_own_table(tmp_path: Path) -> None:
    turns = [WHOLE, HALF] * 12
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda universe: asked(tmp_path, universe), turns))
    for universe, each in zip(turns, found, strict=True):
        assert each.table.values.tobytes() == (OF_WHOLE if universe is WHOLE else OF_HALF)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted([VALUES, ABOUT])


def test_a_table_that_was_given_stays_what_it_was_when_another_takes_its_place(tmp_path: Path) -> None:
    before = asked(tmp_path, HALF)
    after = asked(tmp_path)
    the_file(tmp_path, VALUES).unlink()
    assert before.table.values.tobytes() == OF_HALF
    assert after.table.values.tobytes() == OF_WHOLE


@pytest.mark.parametrize("step", ["save", "dumps"])
def test_a_disk_that_fills_up_leaves_no_draft_and_no_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    asked(tmp_path, HALF)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(cache.np if step == "save" else cache.json, step, full)
        found = asked(tmp_path)
    assert (
        found.reason == "20 sessions came after the kept ones; it could not be kept: No space left on device"
    )
    assert found.table.values.tobytes() == OF_WHOLE
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted([VALUES, ABOUT])
    again = asked(tmp_path)
    assert again.table.values.tobytes() == OF_WHOLE
    assert again.computed_sessions == (20 if step == "save" else 40)


@pytest.mark.parametrize(
    "name",
    ["../../outside", "/", "", "a" * 5000, "names\nof two lines", "Bücher", "x" * 12 + "\t"],
    ids=["up", "root", "empty", "long", "lines", "letters", "tab"],
)
def test_no_name_of_a_universe_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inside"
    asked(folder, HALF, name=name)
    assert asked(folder, HALF, name=name).reason == "it was kept"
    assert {path.parent.parent for path in tmp_path.rglob("*") if path.is_file()} == {folder}


def test_no_feature_and_no_session_are_tables_too(tmp_path: Path) -> None:
    for universe in (HALF, WHOLE, WHOLE):
        assert asked(tmp_path, universe, features=()).table.values.shape == (
            len(universe.panel.sessions),
            5,
            0,
        )
    for _ in range(2):
        assert asked(tmp_path, WHOLE.rows(0, 0)).table.values.shape == (0, 5, 4)


def changed(values: np.ndarray, at: tuple[int, ...], to: object) -> np.ndarray:
    out = values.copy()
    out[at] = to
    return out


def test_every_matrix_name_and_day_is_part_of_the_version_of_the_data() -> None:
    panel, context = WHOLE.panel, WHOLE.context
    assert context is not None
    others = [
        replace(WHOLE, panel=replace(panel, **{name: changed(getattr(panel, name), (7, 1), 3.25)}))
        for name in ("open", "high", "low", "close", "volume", "total_return_index")
    ]
    later = tuple(day + timedelta(days=7) for day in panel.sessions)
    others += [
        replace(WHOLE, panel=replace(panel, sessions=later)),
        replace(WHOLE, panel=replace(panel, tickers=("N0", *panel.tickers[1:]))),
        replace(WHOLE, benchmark=panel.tickers[0]),
        replace(WHOLE, context=Context(market=context.market, names={})),
        replace(WHOLE, context=Context(market={}, names=context.names)),
        replace(WHOLE, context=replace(context, market=dict(context.market) | {"NEW": np.zeros(40)})),
        WHOLE.rows(0, 39),
    ]
    versions = {data_version(universe) for universe in (WHOLE, *others)}
    assert len(versions) == 1 + len(others)


def test_the_version_of_a_beginning_is_that_of_the_universe_that_ends_there() -> None:
    for stop in (0, 1, 20, 40):
        assert data_version(WHOLE, stop) == data_version(WHOLE.rows(0, stop))
    turned = replace(
        WHOLE,
        panel=replace(WHOLE.panel, close=np.asfortranarray(WHOLE.panel.close)),
        sectors=WHOLE.sectors.copy(),
    )
    assert data_version(turned) == data_version(WHOLE)
