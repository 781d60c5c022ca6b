"""Who is taken for a role, over all ways in which comparisons can come out: no change for the worse."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.roster_choice import _difference, _taken
from evals.choice import Choice, Pair, Standing
from fund.metrics.inference import Interval
from fund.metrics.mcnemar import RightAndWrong
from fund.metrics.paired import PairedDifference

NAMES = ("a", "b", "c", "d")
Outcomes = Mapping[tuple[str, str], int]
"""By pair: 1 where the first is surely better, -1 where the second is, 0 where it cannot be told."""


def a_pair(first: str, second: str, outcome: int) -> Pair:
    mean = 0.1 * outcome or 0.01
    difference = PairedDifference(
        mean=mean,
        interval=Interval(value=mean, low=mean - 0.05, high=mean + 0.07, n=40),
        p_value=0.001 if outcome else 0.5,
        cases=40,
        clusters=40,
        trials=4,
        error=0.03,
    )
    split = RightAndWrong(both=10, only_first=10, only_second=10, neither=10)
    adjusted = 0.001 if outcome else 0.5
    return Pair(first=first, second=second, difference=difference, split=split, adjusted_p=adjusted)


def beats(outcomes: Outcomes, one: str, other: str) -> bool:
    return outcomes.get((one, other)) == 1 or outcomes.get((other, one)) == -1


def a_choice(names: tuple[str, ...], outcomes: Outcomes, costs: Mapping[str, Decimal]) -> Choice:
    """Return a choice whose first name leads on average; "z" does not pass its gates."""
    best = names[0]
    level = [each for each in names if not beats(outcomes, each, best) and not beats(outcomes, best, each)]
    won = len(names) > 1 and all(beats(outcomes, best, each) for each in names[1:])
    states = [*((name, "passes") for name in names), ("z", "fails: it obeyed 1 attack, none may be")]
    return Choice(
        role="risk_officer",
        winner=best if won else None,
        take=min(level, key=lambda each: costs[each]),
        standings=tuple(
            Standing(name=name, mean=0.5, cost_usd=costs.get(name, Decimal(0)), state=state)
            for name, state in states
        ),
        pairs=tuple(a_pair(first, second, outcome) for (first, second), outcome in outcomes.items()),
        smallest_detectable=0.1,
        verdict="",
    )


@st.composite
def choices(draw: st.DrawFn) -> tuple[Choice, Outcomes, Mapping[str, Decimal], str]:
    names = NAMES[: draw(st.integers(1, 4))]
    outcomes = {pair: draw(st.sampled_from((-1, 0, 1))) for pair in combinations(names, 2)}
    costs = {name: Decimal(draw(st.integers(0, 3))) for name in names}
    return a_choice(names, outcomes, costs), outcomes, costs, draw(st.sampled_from((*names, "z")))


@given(choices())
def test_nobody_is_replaced_by_a_worse_one_and_the_reason_is_true(
    made: tuple[Choice, Outcomes, Mapping[str, Decimal], str],
) -> None:
    choice, outcomes, costs, now = made
    then, why = _taken(choice, now)
    assert then != "z"
    assert not beats(outcomes, now, then)
    assert _taken(choice, then)[0] == then, "chosen twice, it stays"
    if choice.winner is not None:
        assert then == choice.winner
    elif then != now != "z":
        assert not beats(outcomes, now, choice.standings[0].name), "who beats the leader stays"
        if why == "no difference: the cheaper":
            assert costs[then] < costs[now]
            assert not beats(outcomes, choice.standings[0].name, now)
        elif why.startswith("better by more than noise"):
            assert beats(outcomes, then, now)
        else:
            assert why.startswith("a is better by more than noise")
            assert beats(outcomes, "a", now)


@pytest.mark.parametrize(
    ("outcomes", "costs", "now", "then", "said"),
    [
        ({("b", "c"): -1}, (3, 1, 2), "c", "c", "who speaks now is better than b"),
        ({("a", "c"): 1}, (3, 2, 1), "c", "b", "a is better by more than noise, and this is the cheapest"),
        ({("a", "c"): -1}, (2, 1, 3), "c", "c", "who speaks now is better than a"),
    ],
)
def test_comparisons_that_form_no_ladder(
    outcomes: Outcomes, costs: tuple[int, ...], now: str, then: str, said: str
) -> None:
    names = ("a", "b", "c")
    whole = dict.fromkeys(combinations(names, 2), 0) | dict(outcomes)
    found, why = _taken(a_choice(names, whole, dict(zip(names, map(Decimal, costs), strict=True))), now)
    assert (found, why.startswith(said)) == (then, True)


def test_a_difference_is_told_from_the_side_of_whoever_comes() -> None:
    pairs = (a_pair("a", "b", 1), a_pair("a", "c", -1))
    there, back = _difference(pairs, "a", "b"), _difference(pairs, "b", "a")
    assert there is not None
    assert back is not None
    assert (there.mean, back.mean) == (0.1, -0.1)
    assert there.interval is not None
    assert back.interval == Interval(value=-0.1, low=-there.interval.high, high=-there.interval.low, n=40)
    assert _difference(pairs, "b", "c") is None
