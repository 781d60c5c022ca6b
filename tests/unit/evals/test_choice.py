"""A bakeoff names a winner where there is one, and says "no difference" where there is none."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evals.choice import Choice, Entrant, choose
from fund.errors import DataError
from fund.metrics.association import holm

CASES, TRIALS = 120, 4


def passes(rate: float, seed: int, *, cases: int = CASES, likeness: float = 0.5) -> NDArray[np.float64]:
    """The same hard and easy cases for everybody, tried anew by each."""
    spread = 1 / likeness - 1
    chance = np.random.default_rng(99).beta(rate * spread, (1 - rate) * spread, cases)
    return (np.random.default_rng(seed).random((cases, TRIALS)) < chance[:, None]).astype(float)


def an_entrant(name: str, rate: float, cost: str | None = "0.01", **changes: object) -> Entrant:
    plain: dict[str, object] = {
        "name": name,
        "scores": passes(rate, sum(name.encode())),
        "cost_usd": None if cost is None else Decimal(cost),
    }
    return Entrant(**(plain | changes))  # type: ignore[arg-type]


def chosen(*entrants: Entrant) -> Choice:
    return choose("validator", entrants, seed=1)


def test_who_beats_everybody_wins_whatever_it_costs() -> None:
    found = chosen(an_entrant("dear", 0.85, "0.20"), an_entrant("cheap", 0.5), an_entrant("free", 0.55, "0"))
    assert (found.winner, found.take) == ("dear", "dear")
    assert found.verdict.startswith("validator: dear wins")
    assert found.standings[0].name == "dear"
    assert len(found.pairs) == 3


def test_where_nobody_can_be_told_from_the_best_the_cheapest_of_those_is_taken() -> None:
    found = chosen(an_entrant("a", 0.8, "0.20"), an_entrant("b", 0.8, "0.05"), an_entrant("poor", 0.3, "0"))
    assert (found.winner, found.take) == (None, "b")
    assert "no difference between" in found.verdict
    assert "take the cheaper, b ($0.05 a decision)" in found.verdict
    assert found.smallest_detectable is not None
    assert f"A true gap below {found.smallest_detectable:.3g} may go unseen" in found.verdict


def test_an_unknown_cost_is_never_the_cheaper() -> None:
    assert chosen(an_entrant("a", 0.8, None), an_entrant("b", 0.8, "9")).take == "b"


def test_who_fails_a_gate_never_wins_and_need_not_be_beaten() -> None:
    rash = an_entrant("rash", 0.95, failed_gates=("2 violations executed",))
    found = chosen(rash, an_entrant("sound", 0.8), an_entrant("poor", 0.4))
    assert (found.winner, found.take) == ("sound", "sound")
    assert "rash fails: 2 violations executed." in found.verdict
    assert chosen(rash).take is None
    assert "nobody can be chosen" in chosen(rash).verdict


def test_garbage_cannot_be_scored_and_is_no_zero() -> None:
    garbage = an_entrant("garbage", 0.5, scores=np.full((CASES, TRIALS), np.nan))
    found = chosen(garbage, an_entrant("sound", 0.8), an_entrant("poor", 0.4))
    assert found.winner == "sound"
    assert found.standings[-1].mean is None
    assert "garbage fails: none of its answers could be scored" in found.verdict


def test_without_a_key_one_is_skipped_and_compared_with_nobody() -> None:
    skipped = Entrant(name="keyless", scores=None, skipped="no key")
    found = chosen(an_entrant("good", 0.8), skipped, an_entrant("poor", 0.4))
    assert found.winner == "good"
    assert len(found.pairs) == 1
    assert "keyless skipped: no key." in found.verdict
    assert [(each.name, each.mean) for each in found.standings][-1] == ("keyless", None)


def test_a_baseline_must_be_beaten_and_is_never_chosen() -> None:
    hold = an_entrant("hold", 0.8, "0", baseline=True)
    found = chosen(an_entrant("llm", 0.8), hold, an_entrant("poor", 0.3))
    assert (found.winner, found.take) == (None, "llm")
    assert "hold (a baseline)" in found.verdict
    oracle = an_entrant("oracle", 0.97, "0", baseline=True)
    found = chosen(an_entrant("llm", 0.7), oracle)
    assert (found.winner, found.take) == (None, "llm")
    assert "Surely better than any of them: oracle." in found.verdict


def test_who_is_alone_is_taken_and_told_so() -> None:
    found = chosen(an_entrant("one", 0.8))
    assert (found.winner, found.take, found.smallest_detectable) == (None, "one", None)
    assert "the only one" in found.verdict


def test_too_few_shared_cases_decide_nothing() -> None:
    few = [
        an_entrant(name, rate, scores=passes(rate, 1, cases=19)) for name, rate in (("a", 0.9), ("b", 0.1))
    ]
    found = chosen(*few)
    assert found.winner is None
    assert found.pairs[0].adjusted_p is None
    assert "too few cases" in found.verdict


def test_only_hard_cases_scored_are_no_lead_on_other_cases() -> None:
    """One that answers the easy half only is compared on that half."""
    easy = passes(0.6, 3)
    order = np.argsort(-easy.mean(axis=1))
    picky = easy.copy()
    picky[order[60:]] = np.nan
    found = chosen(an_entrant("picky", 0.6, scores=picky), an_entrant("whole", 0.6, scores=easy))
    assert found.pairs[0].difference.mean == 0.0
    assert found.winner is None


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_the_entrants_decides_nothing(order: list[str]) -> None:
    rates = {"a": 0.85, "b": 0.6, "c": 0.6, "d": 0.4}
    found = chosen(*(an_entrant(name, rates[name]) for name in order))
    assert (found.winner, found.take) == ("a", "a")
    assert [each.name for each in found.standings] == [
        each.name for each in chosen(*(an_entrant(name, rates[name]) for name in "abcd")).standings
    ]


@pytest.mark.parametrize("many", [2, 4])
def test_the_same_contestant_several_times_is_no_difference_in_95_of_100_bakeoffs(many: int) -> None:
    alike = 0
    for run in range(200):
        same = [
            an_entrant(str(at), 0.7, scores=passes(0.7, 1000 * run + at, likeness=0.3)) for at in range(many)
        ]
        alike += chosen(*same).winner is None
    assert alike >= 190


def test_every_pair_is_adjusted_for_how_many_were_looked_at() -> None:
    found = chosen(*(an_entrant(name, 0.7) for name in "abcd"))
    raw = [pair.difference.p_value for pair in found.pairs]
    assert [pair.adjusted_p for pair in found.pairs] == list(holm([p for p in raw if p is not None]))
    assert len(raw) == 6


def test_names_come_once_and_scores_or_a_reason_are_there() -> None:
    with pytest.raises(DataError, match="every contestant once"):
        chosen(an_entrant("a", 0.5), an_entrant("a", 0.6))
    with pytest.raises(DataError, match="either scores or why"):
        Entrant(name="a", scores=None)


def test_who_was_right_alone_is_told_beside_and_decides_nothing() -> None:
    first = np.array([[1.0]] * 30 + [[0.0]] * 10 + [[1.0]] * 60)
    second = np.array([[0.0]] * 30 + [[1.0]] * 10 + [[1.0]] * 60)
    entrants = [Entrant(name="one", scores=first), Entrant(name="two", scores=second)]
    (pair,) = choose("some", entrants, seed=1).pairs
    assert (pair.split.only_first, pair.split.only_second, pair.split.both) == (30, 10, 60)
    assert pair.split.p_value == pytest.approx(0.00222, abs=1e-4)
