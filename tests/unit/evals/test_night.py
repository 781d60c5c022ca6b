"""A night beside the baseline and the night before: differences over the same cases, and the worst."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from db.record_codec import from_json, to_json
from evals.baseline import Baseline, promoted
from evals.experiment import Experiment
from evals.night import Night, scores_of, worst_of
from evals.trial import Score, Trial
from support.eval_runs import a_night, an_experiment, an_output

NAME, SCORER = "risk_management", "shrunk_right"
RULES = "rules"
Values = dict[str, list[float | None]]
THEN: Values = {"a": [1.0, 1.0], "b": [0.5, 0.5], "c": [0.0, 0.0], "gone": [1.0, 1.0]}
NOW: Values = {"a": [0.0, 1.0], "b": [0.0, 0.0], "c": [0.0, 0.0], "new": [1.0, None], "silent": [None, None]}


def an_evaluation(digest: str = "digest") -> Experiment:
    return an_experiment(datasets={NAME: digest})


def trials(values: Values, contestant: str = RULES) -> list[Trial]:
    return [
        Trial(
            dataset=NAME,
            case_id=case_id,
            contestant=contestant,
            number=number,
            output=an_output(value),
            scores=(Score(scorer=SCORER, value=value, why=f"{case_id} came to {value}"),),
        )
        for case_id, each in values.items()
        for number, value in enumerate(each)
    ]


def the_baseline(digest: str = "digest") -> Baseline:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    reason = "the first one that was measured"
    return promoted(an_evaluation(digest), trials(THEN), reason=reason, at=at, by="owner")


def test_a_score_is_compared_over_the_cases_that_both_have() -> None:
    (score,) = scores_of(an_evaluation(), trials(NOW), [RULES], the_baseline(), None)
    assert (score.value, score.scored) == (pytest.approx((0.5 + 0 + 0 + 1) / 4), 4)
    assert score.over_baseline == pytest.approx((-0.5 - 0.5 - 0.0) / 3)
    assert score.over_last is None
    assert score.told == ("risk_management shrunk_right of rules: 0.375, n = 4 (-0.333 to the baseline)")


def test_a_score_is_compared_with_the_night_before() -> None:
    (before,) = scores_of(an_evaluation(), trials(THEN), [RULES], None, None)
    last = a_night(scores=(before,))
    (score,) = scores_of(an_evaluation(), trials(NOW), [RULES], None, last)
    assert before.value is not None
    assert score.over_last == pytest.approx(0.375 - before.value)
    assert score.told.endswith("(-0.250 to the night before)")


def test_other_cases_or_contestants_are_not_compared() -> None:
    (before,) = scores_of(an_evaluation(), trials(NOW), [RULES], None, None)
    cut_anew = a_night(scores=(replace(before, digest="another"),))
    (score,) = scores_of(an_evaluation(), trials(NOW), [RULES], the_baseline("another"), cut_anew)
    assert (score.over_baseline, score.over_last) == (None, None)
    assert score.told.endswith("(nothing to compare with)")
    (other,) = scores_of(an_evaluation(), trials(NOW, "else"), ["else"], the_baseline(), a_night())
    assert (other.over_baseline, other.over_last) == (None, None)


def test_a_contestant_that_could_never_be_scored_has_no_score() -> None:
    (score,) = scores_of(an_evaluation(), trials({"a": [None]}), [RULES], the_baseline(), a_night())
    assert (score.value, score.scored, score.over_baseline, score.over_last) == (None, 0, None, None)
    assert "not scorable" in score.told
    assert worst_of(an_evaluation(), trials({"a": [None]}), [RULES], None) == ()


def test_the_worst_cases_are_the_lowest_and_of_equals_those_that_fell() -> None:
    found = worst_of(an_evaluation(), trials(NOW), [RULES], the_baseline(), count=3)
    assert [(each.case_id, each.value, each.baseline) for each in found] == [
        ("b", 0.0, 0.5),
        ("c", 0.0, 0.0),
        ("a", 0.5, 1.0),
    ]
    assert found[2].told == "0.50 (baseline 1.00), rules: a came to 0.0"


def test_there_are_five_of_them_and_rivals_are_not_among_them() -> None:
    many: Values = {f"case-{number}": [0.1 * number] for number in range(9)}
    asked = [*trials(many), *trials({"case-0": [-1.0]}, "a rival")]
    found = worst_of(an_evaluation(), asked, [RULES], None)
    assert [each.case_id for each in found] == [f"case-{number}" for number in range(5)]
    assert {each.contestant for each in found} == {RULES}
    assert found[0].told == "0.00, rules: case-0 came to 0.0"


def test_a_night_is_told_the_gravest_first_and_comes_back_as_it_was_kept() -> None:
    found = a_night(reasons=("it fell", "it was silent"))
    assert found.told.startswith("The evaluation of 2026-11-29 is block; it fell; it was silent. risk_")
    assert from_json(Night, to_json(found)) == found
