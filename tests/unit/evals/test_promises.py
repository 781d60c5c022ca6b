"""Convictions as probabilities: log loss, reliability with its picture, and nothing of who states none."""

import math

import pytest

from evals.promises import promises
from evals.reliability import reliability
from evals.scorers.signal import LEAST, LogLoss
from evals.trial import Output, Trial
from support.eval_runs import a_dataset, a_signal_case, an_experiment

COUNT = 40


def a_view(conviction: float) -> Output:
    return Output(
        answer={"views": [{"ticker": "AAA", "conviction": conviction, "reason": ""}], "summary": ""}
    )


@pytest.mark.parametrize(
    ("conviction", "side", "loss"),
    [
        (0.0, "good", math.log(2)),
        (0.5, "good", -math.log(0.75)),
        (0.5, "bad", -math.log(0.25)),
        (1.0, "bad", -math.log(LEAST)),
        (-1.0, "bad", -math.log(1 - LEAST)),
    ],
)
def test_log_loss_is_that_of_the_probability_given_to_what_came(
    conviction: float, side: str, loss: float
) -> None:
    assert LogLoss()(a_signal_case(side=side), a_view(conviction)).value == pytest.approx(loss)


def test_without_a_probability_or_an_outcome_there_is_no_loss() -> None:
    assert LogLoss()(a_signal_case(side="neutral"), a_view(0.5)).value is None
    assert LogLoss()(a_signal_case(), Output(answer={"weights": {}})).value is None
    assert LogLoss()(a_signal_case(), Output(answer=None, silent="away")).value is None


def cases_with_sessions() -> list[object]:
    made = [a_signal_case(f"case-{n}", "good" if n % 4 else "bad") for n in range(COUNT)]
    for place, case in enumerate(made):
        case.label["session"] = place  # type: ignore[index]
    return made  # type: ignore[return-value]


def trials_of(convictions: dict[str, float | None]) -> list[Trial]:
    return [
        Trial(
            dataset="made",
            case_id=f"case-{n}",
            contestant=name,
            number=number,
            output=Output(answer=None, silent="away") if said is None else a_view(said + 0.01 * (n % 3)),
            scores=(),
        )
        for name, said in convictions.items()
        for n in range(COUNT)
        for number in (0, 1)
    ]


def test_reliability_is_told_of_who_states_convictions_with_answers_cases_and_sessions() -> None:
    experiment = an_experiment(contestants={"steady": "a", "mute": "b"})
    known = a_dataset(*cases_with_sessions())  # type: ignore[arg-type]
    trials = trials_of({"steady": 0.5, "mute": None, "always buy": 1.0})
    (found,) = promises(experiment, known, trials)
    assert (found.contestant, found.cases) == ("steady", COUNT)
    assert (found.calibration.n, found.calibration.sessions) == (2 * COUNT, COUNT)
    assert found.calibration.error == pytest.approx(0.0, abs=0.05)
    assert found.calibration.brier is not None
    assert promises(experiment, known, trials[:4]) == ()


def test_the_picture_has_a_point_for_each_group_inside_its_square_and_no_markup() -> None:
    experiment = an_experiment(contestants={"steady": "a"})
    known = a_dataset(*cases_with_sessions())  # type: ignore[arg-type]
    (found,) = promises(experiment, known, trials_of({"steady": 0.5}))
    drawn = reliability(found.calibration.groups, "<b>")
    assert drawn.count("<circle") == len(found.calibration.groups)
    assert "<b>" not in drawn
    assert f"n = {found.calibration.groups[0].n}" in drawn
