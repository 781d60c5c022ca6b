"""Steadiness: all trials right and trials that agree, and what cannot be measured is said, never 1.0."""

import pytest

from evals.deeds import deed
from evals.steadiness import NO_LLM, ONE_TRIAL, Steadiness, steadiness
from evals.trial import Output, Score, Trial
from support.chat_answers import an_output as a_chat_output
from support.eval_runs import a_case, a_dataset, a_signal_case, an_experiment

CASES = 30
DATASET = a_dataset(*(a_signal_case(f"case-{n}") for n in range(CASES)))


def a_trial(case: int, number: int, value: float | None, conviction: float, contestant: str = "llm") -> Trial:
    return Trial(
        dataset=DATASET.name,
        case_id=f"case-{case}",
        contestant=contestant,
        number=number,
        output=Output(
            answer={
                "views": [{"ticker": "AAA", "conviction": conviction, "reason": f"{case}"}],
                "summary": "",
            }
        ),
        scores=(Score(scorer="direction", value=value, why=""),),
    )


def found_of(*trials: Trial, contestant: str = "llm", times: int = 2) -> Steadiness:
    experiment = an_experiment(contestants={contestant: "who"}, trials=times)
    (found,) = steadiness(experiment, {DATASET.name: "direction"}, [DATASET], trials)
    return found


def test_a_case_passes_where_all_its_trials_are_right_and_agree_where_they_take_one_side() -> None:
    trials = []
    for n in range(CASES):
        second_right, second_side = n % 2 == 0, n % 3 == 0
        trials += [a_trial(n, 0, 1.0, 0.8), a_trial(n, 1, float(second_right), 0.3 if second_side else -0.3)]
    found = found_of(*trials)
    assert found.all_right is not None
    assert found.agreement is not None
    assert (found.all_right.value, found.all_right.scored) == (0.5, CASES)
    assert (found.agreement.value, found.agreement.scored) == (pytest.approx(1 / 3), CASES)
    assert found.all_right.interval is not None
    assert found.all_right.interval.low < 0.5 < found.all_right.interval.high


def test_half_a_point_is_not_right_and_what_has_too_few_trials_is_not_scorable() -> None:
    found = found_of(
        a_trial(0, 0, 0.5, 0), a_trial(0, 1, 1.0, 0), a_trial(1, 0, None, 0), a_trial(1, 1, 1.0, 0)
    )
    assert found.all_right is not None
    assert (found.all_right.value, found.all_right.scored, found.all_right.not_scorable) == (0.0, 1, 1)


@pytest.mark.parametrize(
    ("contestant", "times", "why"),
    [
        ("offline rules, no LLM", 2, NO_LLM),
        ("Offline rules", 2, NO_LLM),
        ("anthropic:own (validator); offline rules, no LLM (quant researcher)", 2, NO_LLM),
        ("llm", 1, ONE_TRIAL),
    ],
)
def test_rules_and_a_single_trial_are_not_measurable(contestant: str, times: int, why: str) -> None:
    trials = [a_trial(n, number, 1.0, 1.0, contestant) for n in range(CASES) for number in range(times)]
    found = found_of(*trials, contestant=contestant, times=times)
    assert (found.all_right, found.agreement, found.why) == (None, None, why)


def test_baselines_and_controls_are_not_told_of() -> None:
    trials = [a_trial(0, n, 1.0, 1.0, name) for name in ("llm", "llm (real)", "always buy") for n in (0, 1)]
    assert found_of(*trials).contestant == "llm"


def a_view(conviction: float, reason: str = "") -> dict[str, object]:
    return {"views": [{"ticker": "AAA", "conviction": conviction, "reason": reason}], "summary": reason}


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        (a_view(0.4), a_view(0.9, "for another reason"), a_view(-0.4)),
        (a_view(0.0), a_view(0.05), a_view(0.2)),
        (
            {"verdict": "approve", "concerns": []},
            {"verdict": "approve", "concerns": [1]},
            {"verdict": "revise"},
        ),
        (
            {"factors": [{"ticker": "AAA", "factor": 0.5}]},
            {"factors": [{"ticker": "AAA", "factor": 0.4}, {"ticker": "B", "factor": 1.0}]},
            {"factors": []},
        ),
        ({"regime": "neutral", "summary": "a"}, {"regime": "neutral", "summary": "b"}, {"regime": "risk_on"}),
        ({"weights": {"AAA": "0.1"}}, {"weights": {"AAA": "0.3"}}, {"weights": {"AAA": "0"}}),
        (
            {"targets": [{"ticker": "AAA", "weight": 0.1}]},
            {"targets": [{"ticker": "AAA", "weight": 0.2}]},
            {"targets": [{"ticker": "AAA", "weight": 0.0}]},
        ),
        ({"value": 1}, {"value": 1}, {"value": 2}),
    ],
)
def test_answers_of_one_deed_would_move_the_desk_alike(
    one: dict[str, object], same: dict[str, object], other: dict[str, object]
) -> None:
    case = a_signal_case()
    assert deed(case, one) == deed(case, same) != deed(case, other)


def test_a_deed_of_the_chat_is_what_it_asks_and_opens() -> None:
    said = [
        a_chat_output(words, tools=[("ticker", name)]) for words, name in (("1", "A"), ("2", "A"), ("1", "B"))
    ]
    one, same, other = (deed(a_case(subject="chat"), output.answer or {}) for output in said)
    assert one == same != other


def test_more_trials_than_there_should_be_are_a_fault() -> None:
    trials = [a_trial(0, number, 1.0, 1.0) for number in range(3)]
    with pytest.raises(Exception, match="expected 2 trials of a case, found 3"):
        found_of(*trials)
