"""What changed between two nights, told where both say it."""

from datetime import timedelta

from support.recorded_nights import FIRST, LLM, RULES, a_recorded_night, a_recorded_score
from tools.evaluations import _changes, contestants_of

NEXT = FIRST + timedelta(days=1)


def test_what_is_not_as_it_was_is_named() -> None:
    before = a_recorded_night()
    scores = (a_recorded_score(digest="others"), *before.scores[1:], a_recorded_score(dataset="new"))
    now = a_recorded_night(NEXT, commit_id="abd", prompts="p2", scores=scores)
    assert _changes(now, before).changed == ("program", "prompts", "cases of risk_management")
    assert _changes(a_recorded_night(NEXT), before).changed == ()


def test_what_a_night_of_before_did_not_say_is_no_change() -> None:
    before = a_recorded_night(commit_id="", prompts="")
    assert _changes(a_recorded_night(NEXT), before).changed == ()


def test_datasets_and_contestants_of_all_nights_are_named_once() -> None:
    other = a_recorded_night(NEXT, scores=(a_recorded_score(contestant=LLM),))
    assert contestants_of((other, a_recorded_night())) == (
        ("risk_management", LLM),
        ("risk_management", RULES),
        ("robustness", RULES),
    )
