"""`desk evals sheet` and `ratings`: written once, read back by its seed, and never over somebody's work."""

import csv
import json
from pathlib import Path

import pytest

from desk.cli import FAILED, OK, REFUSED, main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one experiment of the rules."""
    path = tmp_path_factory.mktemp("desk")
    assert main(["evals", "run", "--dataset", "signal_quality", "--data-dir", str(path), "--json"]) == OK
    return path


@pytest.fixture
def sheet(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "sheet.csv"
    assert (
        main(["evals", "sheet", "last", "--seed", "4", "--out", str(path), "--data-dir", str(folder)]) == OK
    )
    return path


def filled(sheet: Path, name: str, ratings: tuple[str, ...]) -> Path:
    """Fill a sheet in, the ratings over and over."""
    with sheet.open(newline="") as file:
        rows = list(csv.DictReader(file))
    path = sheet.with_name(name)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(row | {"rating": ratings[n % len(ratings)]} for n, row in enumerate(rows))
    return path


def rated(folder: Path, *files: Path, seed: str = "4") -> list[str]:
    return ["evals", "ratings", "last", "--seed", seed, *map(str, files), "--data-dir", str(folder), "--json"]


def test_two_raters_are_counted_by_contestant_and_their_agreement_is_told(
    folder: Path, sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = filled(sheet, "first.csv", ("sound", "sound", "doubtful", "wrong"))
    second = filled(sheet, "second.csv", ("sound", "doubtful", "doubtful", "wrong"))
    capsys.readouterr()
    assert main(rated(folder, first, second)) == OK
    found = json.loads(capsys.readouterr().out)
    assert found["ratings"] == {"offline rules, no LLM": {"sound": 15, "doubtful": 15, "wrong": 10}}
    assert found["agreement"].startswith("Cohen's kappa 0.64 [")
    assert main(rated(folder, first)) == OK
    assert "Two sheets show" in json.loads(capsys.readouterr().out)["agreement"]


def test_a_sheet_that_is_there_is_not_written_over(
    folder: Path, sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sheet.read_bytes()
    assert main(["evals", "sheet", "last", "--out", str(sheet), "--data-dir", str(folder)]) == REFUSED
    assert "somebody may have filled it in" in capsys.readouterr().err
    assert sheet.read_bytes() == before


@pytest.mark.parametrize(
    ("seed", "spoilt", "code", "said"),
    [
        ("5", False, FAILED, "expected a row of the sheet of seed 5"),
        ("4", True, FAILED, "expected a rating of sound, doubtful, wrong"),
    ],
)
def test_ratings_of_another_draw_or_with_other_words_are_refused(
    folder: Path,
    sheet: Path,
    capsys: pytest.CaptureFixture[str],
    seed: str,
    spoilt: bool,
    code: int,
    said: str,
) -> None:
    path = filled(sheet, "spoilt.csv", ("great",) if spoilt else ("sound",))
    capsys.readouterr()
    assert main(rated(folder, path, seed=seed)) == code
    assert said in json.loads(capsys.readouterr().out)["error"]


def test_an_unknown_experiment_names_those_there_are(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evals", "sheet", "nonsense", "--out", str(tmp_path / "x.csv"), "--json", "--data-dir"]
    assert main([*command, str(folder)]) == REFUSED
    assert "the newest are run-" in json.loads(capsys.readouterr().out)["error"]
    assert main([*command, str(tmp_path)]) == REFUSED
    assert "`desk evals run` makes one" in json.loads(capsys.readouterr().out)["error"]
    assert main(rated(folder, tmp_path / "nowhere.csv")) == REFUSED
