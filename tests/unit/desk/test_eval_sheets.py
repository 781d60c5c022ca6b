"""`desk evals sheet` and `ratings`: written once, read back by its seed, and never over somebody's work."""

import csv
import json
from pathlib import Path

import pytest

from db.record_codec import to_json
from desk.blind_ratings import BlindRatings
from desk.cli import FAILED, OK, REFUSED, main
from desk.evaluating import EVALS
from desk.kept_sheets import KeptSheets
from fund.errors import ConfigError, QueryRefusedError
from graph.ratings import RatingStanding

HIDDEN = ("offline", "rules", "contestant", "case", "signal-", "label", "excess")


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
    assert main(rated(folder, first)) == OK
    assert "Two sheets show" in json.loads(capsys.readouterr().out)["agreement"]
    assert main(rated(folder, second)) == OK
    found = json.loads(capsys.readouterr().out)
    assert found["raters"] == ["first", "second"]
    assert found["ratings"] == {"offline rules, no LLM": {"sound": 15, "doubtful": 15, "wrong": 10}}
    assert found["agreement"].startswith("Cohen's kappa 0.64 [")


def rate_all(ratings: BlindRatings, rater: str, words: tuple[str, ...]) -> RatingStanding:
    """Rate a sheet to its end; nothing that it shows on the way may tell whose it is or how it ended."""
    now = ratings.begin(rater)
    while now.following is not None:
        assert (now.raters, now.contestants, now.agreement) == ((), (), ())
        shown = to_json(now.following)
        assert not [hidden for hidden in HIDDEN if hidden in shown]
        now = ratings.rate(rater, now.following.row, words[now.rated % len(words)])
    return now


def test_two_people_of_the_chat_rate_the_same_sheet_and_the_terminal_reads_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ratings = BlindRatings(folder / EVALS)
    first = ratings.begin("ann", seed=77)
    assert first.following is not None
    assert ratings.open_decision("ann") == first.following
    with pytest.raises(QueryRefusedError, match="rated no sheet to its end"):
        ratings.finished("ann")
    with pytest.raises(QueryRefusedError, match="is rated sound, doubtful, wrong, found 'great'"):
        ratings.rate("ann", first.following.row, "great")
    with pytest.raises(QueryRefusedError, match="not on the sheet"):
        ratings.rate("ann", "00000000", "sound")
    with pytest.raises(QueryRefusedError, match="no blind sheet under way"):
        ratings.rate("bob", first.following.row, "sound")
    second = ratings.rate("ann", first.following.row, "sound")
    with pytest.raises(QueryRefusedError, match="rated this decision already: sound"):
        ratings.rate("ann", first.following.row, "wrong")
    again = BlindRatings(folder / EVALS)
    assert again.begin("ann").following == second.following
    alone = rate_all(again, "ann", ("sound", "sound", "doubtful", "wrong"))
    assert (alone.raters, alone.agreement, alone.rated) == (("ann",), (), 20)
    both = rate_all(again, "bob", ("sound", "doubtful", "doubtful", "wrong"))
    assert (both.seed, both.raters) == (77, ("ann", "bob"))
    (agreed,) = both.agreement
    assert agreed.startswith("Cohen's kappa 0.64 [")
    assert agreed.endswith("n = 20.")
    assert again.finished("ann").agreement == both.agreement
    capsys.readouterr()
    assert main(rated(folder, Path("kept"), seed="77")) == OK
    found = json.loads(capsys.readouterr().out)
    assert found["raters"] == ["ann", "bob"]
    assert found["agreement"] == agreed
    (contestant,) = both.contestants
    assert found["ratings"] == {contestant.contestant: dict(contestant.counts)}
    assert again.begin("eve").seed != 77


def test_without_an_ended_experiment_there_is_nothing_to_rate(tmp_path: Path) -> None:
    with pytest.raises(QueryRefusedError, match="there are no decisions to rate yet"):
        BlindRatings(tmp_path).begin("ann")


def test_a_raters_name_is_no_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a rater's name"):
        KeptSheets(tmp_path).keep("run-1", 4, "../../ann", "row,rating")


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
