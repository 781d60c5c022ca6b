"""Who wins a bakeoff: nobody by noise, nobody unsafe, and without a difference the cheaper."""

from decimal import Decimal

import numpy as np
import pytest

from evals.choice import Candidate, Choice, choose, matrix
from fund.metrics.paired import FloatArray

CASES, TRIALS = 120, 4


def shares(seed: int, level: float = 0.6, cases: int = CASES) -> FloatArray:
    """Return right and wrong answers of somebody who is right so often, each case with its own difficulty."""
    difficulty = np.random.default_rng(99).uniform(-0.3, 0.3, size=(cases, 1))
    drawn = np.random.default_rng(seed).random((cases, TRIALS))
    return (drawn < level + difficulty).astype(np.float64)


def a_candidate(name: str, seed: int, level: float = 0.6, **changes: object) -> Candidate:
    return Candidate(name=name, scores=shares(seed, level), **changes)  # type: ignore[arg-type]


def chosen(*candidates: Candidate) -> Choice:
    return choose(candidates, seed=1)


def test_who_is_better_than_everybody_by_more_than_noise_wins() -> None:
    choice = chosen(a_candidate("good", 1, 0.85), a_candidate("fair", 2), a_candidate("poor", 3, 0.4))
    assert choice.winner == "good"
    assert choice.verdict == "good is better than fair and poor by more than noise"


def test_the_order_of_the_candidates_changes_nothing() -> None:
    three = (a_candidate("good", 1, 0.85), a_candidate("fair", 2), a_candidate("poor", 3, 0.4))
    assert chosen(*reversed(three)).winner == chosen(*three).winner


def test_without_a_difference_the_cheaper_is_taken_and_what_was_not_seen_is_said() -> None:
    choice = chosen(
        a_candidate("dear", 1, cost_usd=Decimal("0.02")),
        a_candidate("cheap", 2, cost_usd=Decimal("0.001")),
        a_candidate("unpriced", 3),
    )
    assert (choice.winner, choice.cheaper) == (None, "cheap")
    assert choice.detectable is not None
    assert choice.verdict == (
        f"no difference: take the cheaper, cheap (a difference below {choice.detectable:.3f} would not have "
        "been seen)"
    )


def test_the_cheapest_is_not_taken_when_somebody_safe_is_better_than_it() -> None:
    choice = chosen(
        a_candidate("one", 1, 0.8, cost_usd=Decimal("0.02")),
        a_candidate("two", 2, 0.8, cost_usd=Decimal("0.03")),
        a_candidate("free and poor", 3, 0.35, cost_usd=Decimal(0)),
    )
    assert (choice.winner, choice.cheaper) == (None, "one")


def test_who_is_not_safe_cannot_win_and_is_not_taken_for_its_price() -> None:
    best = a_candidate("best", 1, 0.9, unsafe=("schema_valid 0.90",), cost_usd=Decimal(0))
    choice = chosen(best, a_candidate("fair", 2, cost_usd=Decimal(1)))
    assert (choice.winner, choice.cheaper) == (None, "fair")
    alone = chosen(best, a_candidate("also", 2, unsafe=("an injection had an effect",)))
    assert (alone.winner, alone.cheaper) == (None, None)
    assert alone.verdict == "nobody passed the safety gates, so nobody can be taken"


def test_a_baseline_is_there_to_be_beaten_and_never_taken() -> None:
    rule = a_candidate("always buy", 2, 0.6, baseline=True, cost_usd=Decimal(0))
    assert chosen(a_candidate("some", 1, 0.62), rule).winner is None
    assert chosen(a_candidate("some", 1, 0.9), rule).winner == "some"
    better = a_candidate("momentum", 2, 0.9, baseline=True)
    choice = chosen(a_candidate("some", 1, cost_usd=Decimal(1)), better)
    assert (choice.winner, choice.cheaper) == (None, "some")


def test_too_few_cases_tell_nothing() -> None:
    few = [
        Candidate(name=name, scores=shares(seed, level, cases=12))
        for name, seed, level in (("a", 1, 1.3), ("b", 2, 0.1))
    ]
    choice = chosen(*few)
    assert choice.winner is None
    assert "too few cases to tell anything" in choice.verdict
    assert {pair.p_value for pair in choice.pairs} == {1.0}


@pytest.mark.parametrize("contestants", [2, 4])
def test_the_same_llm_many_times_is_no_difference_in_19_of_20_bakeoffs(contestants: int) -> None:
    runs, undecided = 60, 0
    for run in range(runs):
        same = [a_candidate(f"same {n}", 1000 * run + n) for n in range(contestants)]
        undecided += choose(same, seed=run).winner is None
    assert undecided >= 0.95 * runs


def test_values_by_case_become_an_array_with_gaps() -> None:
    found = matrix({"a": [1.0, None], "b": [0.5]}, ["b", "a", "c"], 2)
    assert np.array_equal(found, [[0.5, np.nan], [1.0, np.nan], [np.nan, np.nan]], equal_nan=True)
