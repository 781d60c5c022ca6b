"""Several blind sheets and several raters at a time: each goes on with the sheet they were at last."""

import os
from pathlib import Path

import pytest

from desk.blind_ratings import BlindRatings
from desk.eval_asking import REPORT
from desk.kept_sheets import SHEETS, KeptSheets, agreement, agreements
from evals.experiment import TRIALS, ExperimentFolder, trials_text
from evals.memorisation import CONTROLLED
from evals.sheet import Rating
from evals.suite import dataset, digest
from evals.trial import Output, Trial
from fund.errors import DataError, QueryRefusedError
from support.eval_runs import an_experiment


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Keep one ended experiment of two contestants, with just enough decisions to draw twenty."""
    made = an_experiment(name="run", datasets={CONTROLLED: digest(CONTROLLED)})
    with ExperimentFolder(tmp_path, made) as folder:
        trials = [
            Trial(
                dataset=CONTROLLED,
                case_id=case.case_id,
                contestant=tuple(made.contestants)[at % 2],
                number=0,
                output=Output(answer={"views": [], "summary": "nothing “new” – 別に"}),
                scores=(),
            )
            for at, case in enumerate(dataset(CONTROLLED).cases[:40])
        ]
        (folder.path / TRIALS).write_text(trials_text(trials), encoding="utf-8")
        (folder.path / REPORT).write_text("{}", encoding="utf-8")
    return tmp_path


class Times:
    """Sets when sheets were written, for a file system may tell two moments alike."""

    def __init__(self, root: Path) -> None:
        self._root, self._at = root, 1_700_000_000

    def written(self, rater: str, seed: int) -> None:
        self._at += 10
        (folder,) = self._root.glob(f"*/{SHEETS}/{seed}")
        for path in (folder, folder / f"{rater}.csv"):
            os.utime(path, (self._at, self._at))


def whole(ratings: BlindRatings, rater: str, seed: int) -> None:
    now = ratings.begin(rater, seed)
    while now.following is not None:
        now = ratings.rate(rater, now.following.row, "sound")


def test_a_rater_goes_on_with_the_sheet_they_named_while_another_writes_on_their_other(root: Path) -> None:
    ratings, times = BlindRatings(root), Times(root)
    first = ratings.begin("ann", 1).following
    times.written("ann", 1)
    assert first is not None
    after = ratings.rate("ann", first.row, "wrong").following
    times.written("ann", 1)
    ratings.begin("ann", 2)
    times.written("ann", 2)
    assert ratings.begin("ann", 1).following == after, "named again, it is the one to go on with"
    times.written("ann", 1)
    ratings.begin("bob", 2)
    times.written("bob", 2)
    os.utime(next(root.glob(f"*/{SHEETS}/2/ann.csv")), (1_700_000_000, 1_700_000_000))
    assert ratings.open_decision("ann") == after
    assert after is not None
    assert ratings.rate("ann", after.row, "sound").rated == 2


def test_a_sheet_that_is_named_again_is_the_one_at_hand_at_once(root: Path) -> None:
    ratings = BlindRatings(root)
    wanted = ratings.begin("ann", 1).following
    assert wanted is not None
    ratings.rate("ann", wanted.row, "wrong")
    ratings.begin("ann", 2)
    for path in root.glob(f"*/{SHEETS}/*/ann.csv"):
        os.utime(path, (1_700_000_000, 1_700_000_000 + int(path.parent.name)))
    again = ratings.begin("ann", 1)
    assert again.rated == 1
    assert ratings.open_decision("ann") == again.following


def test_what_is_told_at_the_end_is_of_the_sheet_the_rater_ended_last(root: Path) -> None:
    ratings, times = BlindRatings(root), Times(root)
    for seed in (1, 2):
        whole(ratings, "ann", seed)
        times.written("ann", seed)
    ratings.begin("bob", 1)
    times.written("bob", 1)
    assert ratings.finished("ann").seed == 2
    with pytest.raises(QueryRefusedError, match="rated no sheet to its end"):
        ratings.finished("bob")


def test_a_sheet_waits_for_a_second_rater_and_a_third_gets_a_new_one_unless_they_name_it(root: Path) -> None:
    ratings = BlindRatings(root)
    assert ratings.begin("ann", 5).seed == ratings.begin("bob").seed == 5
    assert ratings.begin("eve").seed != 5
    assert ratings.begin("eve", 5).seed == 5
    assert {rater: ratings.begin(rater).seed for rater in ("ann", "bob")} == {"ann": 5, "bob": 5}
    assert set(KeptSheets(root).texts(next(root.iterdir()).name, 5)) == {"ann", "bob", "eve"}


def test_a_spoilt_sheet_of_one_rater_is_named_and_leaves_the_other_alone(root: Path) -> None:
    ratings = BlindRatings(root)
    ratings.begin("ann", 1)
    ratings.begin("bob", 1)
    path = next(root.glob(f"*/{SHEETS}/1/ann.csv"))
    path.write_text(path.read_text().replace("row,situation", "line,situation"))
    with pytest.raises(DataError, match="expected the columns row and rating"):
        ratings.begin("ann", 1)
    following = ratings.begin("bob").following
    assert following is not None
    assert ratings.rate("bob", following.row, "doubtful").rated == 1


def rated(words: str) -> list[Rating]:
    return [Rating(row=str(at), rating=word, remark="") for at, word in enumerate(words.split())]


def test_three_raters_are_told_by_pair_and_raters_of_one_word_have_no_kappa() -> None:
    same, mixed = rated("sound " * 30), rated("sound wrong doubtful " * 10)
    assert agreements({"ann": same}) == ()
    told = agreements({"eve": mixed, "ann": mixed, "bob": same})
    assert [each.partition(":")[0] for each in told] == ["ann and bob", "ann and eve", "bob and eve"]
    assert told[1].startswith("ann and eve: Cohen's kappa 1.00 [")
    assert agreement(same, same).startswith("The raters' agreement cannot be told")
