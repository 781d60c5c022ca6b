"""Datasets on the shelf: the same bytes for the same cases, and clear words where there is none."""

import gzip
from pathlib import Path

import pytest

from evals.case import Case, Dataset
from evals.shelf import SHELF, SUFFIX, keep, kept
from fund.errors import DataError
from support.datasets import NAMES, dataset

MADE = Dataset(
    name="made",
    about="Made for a test.",
    cases=(Case(case_id="one", subject="chat", given={"turns": ["Grüß Gott"]}, label={}),),
)


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    keep(MADE, tmp_path / "new")
    assert kept("made", tmp_path / "new") == MADE


def test_equal_datasets_give_equal_files(tmp_path: Path) -> None:
    first = keep(MADE, tmp_path / "a").read_bytes()
    assert keep(MADE, tmp_path / "b").read_bytes() == first


@pytest.mark.parametrize(
    "content",
    [None, b"", b"no archive", gzip.compress(b"{}"), gzip.compress(b"\xff")],
    ids=["no file", "empty", "no archive", "no dataset", "no text"],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / f"made{SUFFIX}").write_bytes(content)
    with pytest.raises(DataError, match=r"[Ee]xpected"):
        kept("made", tmp_path)


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = keep(MADE, tmp_path)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(DataError, match="expected a dataset"):
        kept("made", tmp_path)


def test_the_shelf_is_small_and_holds_what_it_is_called() -> None:
    assert sum(path.stat().st_size for path in SHELF.glob(f"*{SUFFIX}")) < 2_500_000
    assert [dataset(name).name for name in NAMES] == list(NAMES)
