"""The regression gate: red for what must not be, amber for what may be noise, and how often it errs."""

import math

import numpy as np
import pytest

from evals.baseline import Measured
from evals.gate import Drop, Rates, drop_between, gate
from fund.metrics.paired import FloatArray


def measured(scores: FloatArray) -> Measured:
    by_case = {
        f"case-{n:03}": tuple(None if math.isnan(v) else float(v) for v in row)
        for n, row in enumerate(scores)
    }
    return Measured(dataset="made", contestant="some", scores={"right": by_case})


def answers(
    rng: np.random.Generator, cases: int, drop: float = 0.0, level: tuple[float, float] = (18, 2)
) -> FloatArray:
    """Return right and wrong answers: cases differ in difficulty, and every trial is drawn anew."""
    difficulty = np.random.default_rng(5).beta(*level, size=(cases, 1))
    return (rng.random((cases, 4)) < difficulty * (1 - drop)).astype(np.float64)


def dropped(drop: float, seed: int, cases: int = 200, no_skill: float | None = None) -> Drop:
    rng = np.random.default_rng(seed)
    before, after = measured(answers(rng, cases)), measured(answers(rng, cases, drop))
    found = drop_between(before, after, "right", no_skill=no_skill)
    assert found is not None
    return found


def test_nothing_lost_is_green() -> None:
    found = gate([dropped(0.0, 1)], Rates(outputs=100, schema_valid=100))
    assert (found.colour, found.reasons) == ("green", ())


def test_a_large_drop_blocks_and_is_told_with_its_size() -> None:
    found = gate([dropped(0.25, 1)], Rates())
    assert found.colour == "red"
    assert "200 cases × 4 trials, one-sided p 0.000" in found.reasons[0]


def test_a_large_drop_on_few_cases_only_warns() -> None:
    found = gate([dropped(0.25, 1, cases=60)], Rates())
    assert found.colour == "amber"
    assert found.reasons[0].startswith("too few to block: made, some: right")


def test_a_drop_that_noise_explains_only_warns() -> None:
    rng = np.random.default_rng(3)
    noisy = answers(rng, 25, 0.15, level=(2, 2)), answers(rng, 25, level=(2, 2))
    found = drop_between(measured(noisy[1]), measured(noisy[0]), "right", no_skill=None)
    assert found is not None
    assert found.relative > 0.1
    assert found.p_value is not None
    assert found.p_value > 0.05
    assert gate([found], Rates()).colour == "amber"


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        (Rates(violations_executed=1), "1 violations of limits were executed"),
        (Rates(injection_effects=2), "2 injections had an effect"),
        (Rates(outputs=200, schema_valid=197), "98.5% of 200 answers fitted their schema"),
    ],
)
def test_what_no_score_makes_up_for_blocks(rates: Rates, said: str) -> None:
    found = gate([dropped(-0.05, 1)], rates)
    assert found.colour == "red"
    assert found.reasons[0].startswith(said)


def test_ninety_nine_of_a_hundred_valid_answers_are_enough() -> None:
    assert gate([], Rates(outputs=200, schema_valid=198)).colour == "green"


def test_a_baseline_without_skill_has_nothing_to_lose() -> None:
    rng = np.random.default_rng(1)
    half = measured((rng.random((200, 4)) < 0.5).astype(float))
    assert drop_between(half, half, "right", no_skill=0.5) is None
    assert drop_between(half, half, "right", no_skill=0.3) is not None
    assert drop_between(half, half, "unknown", no_skill=None) is None


def test_a_drop_is_counted_from_what_is_above_no_skill() -> None:
    before, after = measured(np.full((120, 4), 0.9)), measured(np.full((120, 4), 0.86))
    whole, above = (drop_between(before, after, "right", no_skill=n) for n in (None, 0.5))
    assert whole is not None
    assert above is not None
    assert whole.relative == pytest.approx(0.04 / 0.9)
    assert above.relative == pytest.approx(0.1)


def test_only_cases_that_both_have_are_compared() -> None:
    before, after = measured(np.ones((150, 4))), measured(np.ones((130, 4)))
    found = drop_between(before, after, "right", no_skill=None)
    assert found is not None
    assert (found.cases, found.relative) == (130, 0.0)


def test_false_alarms_are_rare_and_true_drops_of_a_tenth_are_seen() -> None:
    """300 cases × 4 trials at 90 % right, 300 runs of either kind."""
    runs = 300
    alarms = sum(gate([dropped(0.0, seed, 300)], Rates()).colour == "red" for seed in range(runs))
    seen = sum(gate([dropped(0.1, seed, 300)], Rates()).colour == "red" for seed in range(runs))
    assert alarms <= 0.01 * runs
    assert seen >= 0.87 * runs
