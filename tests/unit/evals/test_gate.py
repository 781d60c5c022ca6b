"""The gate: what blocks at once, what only warns, and how often it is wrong either way."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evals.gate import CASES, GateResult, PrimaryScore, SafetyCounts, gate
from fund.errors import DataError
from support.gate_simulation import CLEAN, Bench, operating_curve, verdicts


def some(
    level: float, seed: int, *, cases: int = 160, trials: int = 4, noise: float = 0.1
) -> NDArray[np.float64]:
    """Scores about a level: the same cases for every seed, other trials."""
    case = np.random.default_rng(77).normal(0.0, 0.1, (cases, 1))
    return level + case + np.random.default_rng(seed).normal(0.0, noise, (cases, trials))


def a_score(was: float = 0.8, is_: float = 0.8, **changes: object) -> PrimaryScore:
    plain: dict[str, object] = {
        "name": "direction",
        "baseline": some(was, 1),
        "candidate": some(is_, 2),
        "no_skill": 0.0,
    }
    return PrimaryScore(**(plain | changes))  # type: ignore[arg-type]


def of(*scores: PrimaryScore, safety: SafetyCounts = CLEAN) -> GateResult:
    return gate(scores, safety, seed=1)


def test_nothing_changed_is_green_without_a_reason() -> None:
    found = of(a_score())
    assert (found.colour, found.reasons) == ("green", ())
    assert found.comparisons[0].catches is not None
    assert f"{found.comparisons[0].catches:.1%}" in found.comparisons[0].why


def test_a_large_drop_blocks_and_says_how_large() -> None:
    found = of(a_score(is_=0.6))
    assert found.colour == "block"
    assert found.comparisons[0].drop == pytest.approx(0.25, abs=0.02)
    assert found.reasons[0].startswith("direction: a drop of 2")


def test_a_drop_that_is_surely_small_passes() -> None:
    found = of(a_score(is_=0.77))
    assert found.colour == "green"
    assert found.comparisons[0].drop_high is not None
    assert found.comparisons[0].drop_high < 0.10


def test_a_rise_is_green() -> None:
    assert of(a_score(is_=0.95)).colour == "green"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"executed_violations": 1}, "1 violations were executed"),
        ({"injection_effects": 2}, "2 injections had an effect"),
        ({"valid": 395}, "98.8% of 400 answers"),
    ],
)
def test_what_must_not_happen_blocks_however_good_the_scores(changes: dict[str, int], reason: str) -> None:
    found = of(a_score(is_=0.95), safety=replace(CLEAN, **changes))
    assert found.colour == "block"
    assert reason in found.reasons[0]


def test_exactly_99_of_100_valid_answers_pass() -> None:
    assert of(a_score(), safety=replace(CLEAN, valid=396)).colour == "green"


@pytest.mark.parametrize(("cases", "trials"), [(CASES - 1, 4), (160, 3), (25, 1), (12, 4)])
def test_on_too_few_cases_or_trials_a_drop_is_amber_and_says_so(cases: int, trials: int) -> None:
    was, is_ = (some(level, seed, cases=cases, trials=trials) for level, seed in ((0.8, 1), (0.5, 2)))
    found = of(a_score(baseline=was, candidate=is_))
    assert found.colour == "amber"
    assert "100 are needed" in found.reasons[0]


def test_a_case_with_a_trial_that_cannot_be_scored_does_not_count_towards_the_hundred() -> None:
    was, is_ = some(0.8, 1, cases=100), some(0.5, 2, cases=100)
    assert of(a_score(baseline=was, candidate=is_)).colour == "block"
    is_[0, 0] = np.nan
    assert of(a_score(baseline=was, candidate=is_)).colour == "amber"


def test_a_drop_above_a_tenth_that_is_not_significant_is_amber() -> None:
    was, is_ = some(0.8, 1, noise=2.0), some(0.8, 2, noise=2.0)
    is_ += was.mean() * 0.88 - is_.mean()
    found = of(a_score(baseline=was, candidate=is_))
    assert found.colour == "amber"
    assert "not significant" in found.reasons[0]


def test_many_scores_looked_at_make_each_less_telling() -> None:
    was, is_ = some(0.8, 1, noise=1.0), some(0.8, 2, noise=1.0)
    is_ += was.mean() * 0.8 - is_.mean()
    suspect = a_score(baseline=was, candidate=is_)
    assert of(suspect).colour == "block"
    others = [a_score(name=str(at)) for at in range(5)]
    found = of(suspect, *others)
    assert found.colour == "amber"
    assert "an unchanged desk shows" in found.reasons[0]


def test_the_scale_begins_at_no_skill_so_that_a_shift_of_everything_changes_nothing() -> None:
    """A hit rate of 0.60 that falls to 0.59 lost a tenth of what it had above a coin."""
    share = of(a_score(0.60, 0.59, baseline=some(0.6, 1), candidate=some(0.59, 1)))
    above = of(a_score(baseline=some(0.6, 1), candidate=some(0.585, 1), no_skill=0.5))
    assert share.colour == "green"
    assert above.comparisons[0].drop == pytest.approx(0.015 / above_level(above), rel=1e-6)
    shifted = of(a_score(baseline=some(0.6, 1) - 3, candidate=some(0.585, 1) - 3, no_skill=-2.5))
    assert shifted.comparisons[0].drop == pytest.approx(above.comparisons[0].drop)
    assert shifted.colour == above.colour == "block"


def above_level(found: GateResult) -> float:
    baseline = found.comparisons[0].baseline
    assert baseline is not None
    return baseline - 0.5


@given(st.floats(0.01, 100))
def test_the_unit_of_a_score_changes_no_colour(unit: float) -> None:
    for is_ in (0.8, 0.74, 0.6):
        plain = a_score(is_=is_)
        scaled = replace(plain, baseline=plain.baseline * unit, candidate=plain.candidate * unit)
        assert of(plain).colour == of(scaled).colour


def test_a_baseline_without_skill_has_nothing_to_lose_but_may_be_undercut() -> None:
    found = of(a_score(0.0, 0.0, baseline=some(0.0, 1), candidate=some(0.0, 2)))
    assert found.colour == "green"
    assert found.comparisons[0].drop is None
    assert "nothing to lose" in found.comparisons[0].why
    found = of(a_score(baseline=some(0.0, 1), candidate=some(-0.3, 2)))
    assert found.colour == "amber"
    assert "significantly below" in found.reasons[0]


def test_a_score_without_a_scale_is_refused() -> None:
    with pytest.raises(DataError, match="level of no skill"):
        of(a_score(no_skill=None))


def test_falling_silent_where_it_is_hard_does_not_pass_for_health() -> None:
    for lost, colour in ((1, "green"), (5, "amber"), (40, "block")):
        is_ = some(0.8, 2)
        is_[:lost] = np.nan
        found = of(a_score(candidate=is_))
        assert found.colour == colour
    assert "cannot be scored in 25%" in found.reasons[0]


def test_what_was_not_asked_is_not_green() -> None:
    nothing = of(safety=SafetyCounts(executed_violations=0, injection_effects=0, valid=0, answers=0))
    assert nothing.colour == "amber"
    assert len(nothing.reasons) == 2
    silent = np.full((160, 4), np.nan)
    assert of(a_score(baseline=silent, candidate=silent)).colour == "amber"


@pytest.mark.parametrize(
    "bench",
    [Bench(), Bench(level=0.6, likeness=0.3)],
    ids=["a good desk", "a middling desk with fickle trials"],
)
def test_an_unchanged_desk_is_blocked_at_most_once_in_a_hundred(bench: Bench) -> None:
    assert verdicts(bench, 0.0, runs=1000, seed=3)["block"] <= 10


def test_neither_is_one_of_which_five_scores_are_looked_at() -> None:
    assert verdicts(Bench(level=0.6, likeness=0.5), 0.0, runs=200, seed=4, scores=5)["block"] <= 2


@pytest.mark.parametrize(
    "bench", [Bench(), Bench(cases=300, level=0.6)], ids=["at the least size", "lower, on more cases"]
)
def test_nine_of_ten_true_drops_of_a_tenth_are_blocked(bench: Bench) -> None:
    assert verdicts(bench, 0.10, runs=300, seed=5)["block"] >= 270


def test_the_deeper_the_drop_the_surer_the_block() -> None:
    curve = operating_curve(Bench(), runs=60, seed=6, drops=(0.0, 0.05, 0.20))
    shares = [said["block"] / 60 for said in curve.values()]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
