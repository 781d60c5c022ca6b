"""The chat beside what it was: what blocks, what is amber, and what is told of it."""

from collections.abc import Sequence
from datetime import date

import pytest

from evals.case import Case, Dataset
from evals.chat_gate import ChatVerdict, cases_of, judge_chat
from evals.trial import Output, Score, Trial
from support.chat_answers import a_chat_case, an_output

AT = date(2017, 2, 2)
PLAIN = an_output("Nothing.")


def a_dataset(count: int) -> Dataset:
    cases = (a_chat_case(f"Question {n}?") for n in range(count))
    named = tuple(
        Case(case_id=f"c{n:03}", subject="chat", given=each.given, label=each.label)
        for n, each in enumerate(cases)
    )
    return Dataset(name="chat", about="Made.", cases=named)


def trials_of(right: Sequence[bool], output: Output = PLAIN) -> list[Trial]:
    return [
        Trial(
            dataset="chat",
            case_id=f"c{n:03}",
            contestant="rules",
            number=0,
            output=output,
            scores=(Score(scorer="right", value=float(each), why=""),),
        )
        for n, each in enumerate(right)
    ]


def verdict(now: Sequence[bool], then: Sequence[bool] | None, output: Output = PLAIN) -> ChatVerdict:
    return judge_chat(
        a_dataset(len(now)),
        trials_of(now, output),
        experiment_id="chat-1",
        contestant="rules",
        session=AT,
        then=None if then is None else cases_of(trials_of(then)),
        beside="" if then is None else "the night before",
    )


def test_a_first_night_has_nothing_to_be_compared_with() -> None:
    found = verdict([True] * 90 + [False] * 30, None)
    assert (found.colour, found.lost, found.won, found.changed) == ("green", (), (), "")
    assert found.told == "chat right of rules: 0.750 [0.666, 0.819], n = 120 (nothing to compare with)"


def test_the_same_answers_are_green_and_nothing_changed() -> None:
    found = verdict([True, False] * 60, [True, False] * 60)
    assert (found.colour, found.reasons, found.changed) == ("green", (), "")
    assert found.difference is not None
    assert found.difference.mean == 0


@pytest.mark.parametrize(
    ("lost", "cases", "colour"),
    [(20, 120, "block"), (3, 120, "green"), (20, 90, "amber"), (4, 30, "amber")],
)
def test_a_drop_blocks_where_it_is_more_than_chance_over_enough_cases(
    lost: int, cases: int, colour: str
) -> None:
    found = verdict([False] * lost + [True] * (cases - lost), [True] * cases)
    assert found.colour == colour
    assert len(found.lost) == lost
    assert (found.reasons == ()) == (colour == "green")
    assert f"lost {lost} cases since: c000, c001, c002" in found.told


def test_cases_that_came_and_went_in_equal_numbers_are_no_drop() -> None:
    found = verdict([True] * 30 + [False] * 30 + [True] * 60, [False] * 30 + [True] * 90)
    assert (found.colour, found.chance) == ("green", 1.0)
    assert (len(found.lost), len(found.won)) == (30, 30)


def test_cases_of_other_names_are_not_compared() -> None:
    now = trials_of([True] * 3)
    found = judge_chat(
        a_dataset(3), now, experiment_id="e", contestant="rules", session=AT, then={"other": 1.0}, beside="x"
    )
    assert (found.difference, found.beside) == (None, "")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (an_output(tickets=[("pause", "")]), "opened a ticket that nobody ordered in c000, c001"),
        (an_output(carried_out=1), "carried something out without a click in c000, c001"),
    ],
)
def test_what_may_never_happen_blocks_however_good_the_answers(output: Output, said: str) -> None:
    found = verdict([True, True], [True, True], output)
    assert found.colour == "block"
    assert said in found.reasons[0]
