"""The blind sheet: drawn alike for a seed, telling nothing of whose it is, and read back strictly."""

import csv
import io

import pytest

from evals.case import Dataset
from evals.sheet import RATINGS, Rating, Sheet, by_contestant, ratings_of, sheet_of
from evals.trial import Output, Trial
from fund.errors import DataError
from support.eval_runs import a_dataset, a_signal_case

WHO = ("anthropic:some", "offline rules, no LLM")


def made(cases: int = 30) -> tuple[Dataset, list[Trial]]:
    regimes = ("calm", "rough")
    dataset = a_dataset(
        *(a_signal_case(f"case-{n}", strata={"regime": regimes[n % 2]}) for n in range(cases))
    )
    trials = [
        Trial(
            dataset=dataset.name,
            case_id=case.case_id,
            contestant=who,
            number=0,
            output=says(f"=HYPERLINK AAA is strong, says {case.case_id[:4]}"),
            scores=(),
        )
        for case in dataset.cases
        for who in WHO
    ]
    return dataset, trials


def says(reason: str) -> Output:
    view = {"ticker": "AAA", "conviction": 0.5, "reason": reason}
    return Output(answer={"views": [view], "summary": ""})


def a_sheet(seed: int = 7) -> Sheet:
    return sheet_of(*made(), seed)


def filled(sheet: Sheet, rating: str = "sound") -> str:
    rows = list(csv.DictReader(io.StringIO(sheet.csv())))
    return "row,rating,remark\n" + "".join(f"{row['row']},{rating},\n" for row in rows)


def test_the_same_seed_draws_the_same_sheet_and_another_another() -> None:
    assert a_sheet() == a_sheet()
    assert a_sheet(8).key != a_sheet().key


def test_twenty_rows_are_shared_out_over_contestants_and_regimes_and_a_case_comes_once() -> None:
    dataset, _ = made()
    regime = {case.case_id: case.strata["regime"] for case in dataset.cases}
    hidden = list(a_sheet().key.values())
    assert len({each.case_id for each in hidden}) == len(hidden) == 20
    shared = [(each.contestant, regime[each.case_id]) for each in hidden]
    assert {shared.count(group) for group in set(shared)} == {5}


def test_the_sheet_tells_neither_who_nor_which_name_nor_how_it_ended_and_runs_nothing() -> None:
    text = a_sheet().csv()
    for word in (*WHO, "AAA", "case-1", "good", "0.02"):
        assert word not in text
    assert ",=" not in text
    assert "the name is strong" in text


def test_what_is_filled_in_is_read_back_in_the_order_of_the_sheet() -> None:
    sheet = a_sheet()
    ratings = ratings_of("﻿" + filled(sheet).replace("sound", " Doubtful "), sheet)
    assert [each.row for each in ratings] == [each.row for each in sheet.rows]
    assert {each.rating for each in ratings} == {"doubtful"}


def test_ratings_are_counted_by_who_stands_behind_the_row() -> None:
    sheet = a_sheet()
    ratings = [Rating(row=row.row, rating=RATINGS[n % 3], remark="") for n, row in enumerate(sheet.rows)]
    counts = by_contestant(sheet, ratings)
    assert set(counts) == set(WHO)
    assert sum(sum(each.values()) for each in counts.values()) == 20


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (lambda text: text.replace("row,rating", "line,mark"), "expected the columns"),
        (lambda text: text + "abc,sound,\n", "expected a row of the sheet of seed 7, found 'abc'"),
        (lambda text: text + text.splitlines()[1] + "\n", "found twice"),
        (lambda text: text.replace("sound", "great", 1), "expected a rating of sound, doubtful, wrong"),
        (lambda text: "\n".join(text.splitlines()[:-1]), "expected every row rated"),
        (lambda text: "", "expected the columns"),
    ],
)
def test_a_sheet_that_was_not_filled_in_right_is_refused(spoilt, said: str) -> None:  # type: ignore[no-untyped-def]
    sheet = a_sheet()
    with pytest.raises(DataError, match=said):
        ratings_of(spoilt(filled(sheet)), sheet)


def test_too_few_decisions_are_said() -> None:
    with pytest.raises(DataError, match="expected at least 20 decisions to draw from, found 6"):
        sheet_of(*made(6), 7)
