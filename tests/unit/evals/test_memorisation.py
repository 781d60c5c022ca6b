"""Memory told from reasoning: views that do not turn with the path, or turn with the date, are said."""

from dataclasses import replace

import pytest

from evals.memorisation import Memorisation, memorisation, under
from evals.trial import Output, Score, Trial
from support.eval_runs import a_dataset, a_signal_case

COUNT = 60
DATASET = a_dataset(*(a_signal_case(f"case-{n}", "good" if n % 2 else "bad") for n in range(COUNT)))


def a_trial(n: int, contestant: str, conviction: float) -> Trial:
    case = DATASET.cases[n]
    view = {"ticker": "AAA", "conviction": conviction, "reason": ""}
    right = (conviction > 0) == (case.label["horizons"]["5"]["side"] == "good")
    return Trial(
        dataset=DATASET.name,
        case_id=case.case_id,
        contestant=contestant,
        number=0,
        output=Output(answer={"views": [view], "summary": ""}),
        scores=(Score(scorer="direction", value=float(right), why=""),),
    )


def tried(
    flips: int,
    stays: int,
    right_when_real: int = COUNT // 2,
    *,
    in_order: int = COUNT,
    agreement: float | None = None,
) -> Memorisation:
    """Return what is found of who changes so many views when turned over, and keeps so many when moved."""
    trials = []
    for n in range(COUNT):
        side = 1.0 if n % 2 else -1.0
        real = side if n < right_when_real else -side
        trials += [
            a_trial(n, "some", 1.0),
            a_trial(n, under("some", "inverted"), -1.0 if n < flips else 1.0),
            a_trial(n, under("some", "real"), real),
            a_trial(n, under("some", "moved"), real if n < stays else -real),
            a_trial(n, under("some", "reordered"), 1.0 if n * 7 % COUNT < in_order else 0.0),
        ]
    return memorisation(DATASET, trials, "some", agreement)


def test_who_reasons_is_under_no_suspicion() -> None:
    found = tried(flips=COUNT, stays=COUNT)
    assert found.suspicions == ()
    assert found.flipped is not None
    assert found.stayed is not None
    assert (found.flipped.value, found.stayed.value, found.flipped.n) == (1.0, 1.0, COUNT)


def test_views_that_do_not_turn_and_views_that_hang_on_dates_are_said() -> None:
    turned, dated = tried(flips=10, stays=COUNT).suspicions, tried(flips=COUNT, stays=30).suspicions
    assert turned == ("only 17% of its views change when the path is turned over",)
    assert dated == ("only 50% of its views stay when dates are moved",)


def test_a_share_that_noise_explains_is_no_suspicion() -> None:
    assert tried(flips=40, stays=55).suspicions == ()


def test_what_names_are_worth_is_the_gap_between_real_and_masked() -> None:
    found = tried(flips=COUNT, stays=COUNT, right_when_real=45)
    assert (found.masked, found.real) == (0.5, 0.75)
    assert found.gap == pytest.approx(0.25)


def test_without_controls_there_is_nothing_to_tell() -> None:
    found = memorisation(DATASET, [a_trial(0, "some", 1.0)], "some")
    assert (found.flipped, found.stayed, found.gap) == (None, None, None)


def test_views_that_hang_on_the_order_are_said_but_not_where_the_same_again_is_no_steadier() -> None:
    (said,) = tried(flips=COUNT, stays=COUNT, in_order=45).suspicions
    assert said == "only 75% of its views stay in another order"
    assert tried(flips=COUNT, stays=COUNT, in_order=45, agreement=0.8).suspicions == ()
    assert tried(flips=COUNT, stays=COUNT, in_order=45, agreement=0.97).suspicions == (said,)
    assert tried(flips=COUNT, stays=30).suspicions != ()
    assert tried(flips=COUNT, stays=30, agreement=0.5).suspicions == ()


def test_a_case_counts_once_whatever_the_number_of_its_trials() -> None:
    trials = []
    for number in range(4):
        for n in range(COUNT):
            for name, side in (("some", 1.0), (under("some", "inverted"), -1.0 if number < 2 else 1.0)):
                trials.append(replace(a_trial(n, name, side), number=number))
    found = memorisation(DATASET, trials, "some").flipped
    assert found is not None
    assert (found.value, found.n) == (0.5, COUNT)
