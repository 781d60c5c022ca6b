"""The gate of the chat beside counts made by hand: chance, colour, lost and won, in any order."""

import math
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.case import Case, Dataset
from evals.chat_gate import ChatVerdict, cases_of, judge_chat
from evals.trial import Output, Score, Trial
from support.chat_answers import a_chat_case, an_output

PLAIN = an_output("Nothing.")


def a_dataset(count: int, **label: object) -> Dataset:
    asked = a_chat_case("What?", **label)
    cases = (
        Case(case_id=f"c{n:03}", subject="chat", given=asked.given, label=asked.label) for n in range(count)
    )
    return Dataset(name="chat", about="Made.", cases=tuple(cases))


def a_trial(at: int, value: float | None, output: Output = PLAIN, number: int = 0, **changes: str) -> Trial:
    named = {"dataset": "chat", "contestant": "rules", **changes}
    return Trial(
        **named,
        case_id=f"c{at:03}",
        number=number,
        output=output,
        scores=(Score(scorer="right", value=value, why=""),),
    )


def judged(dataset: Dataset, trials: list[Trial], then: dict[str, float] | None) -> ChatVerdict:
    return judge_chat(
        dataset,
        trials,
        experiment_id="e",
        contestant="rules",
        session=date(2017, 2, 2),
        then=then,
        beside="before",
    )


@given(lost=st.integers(0, 40), won=st.integers(0, 40), both=st.integers(0, 150), seed=st.integers(0, 9))
@settings(max_examples=20, deadline=None)
def test_the_verdict_is_that_of_the_counts_in_whatever_order_they_come(
    lost: int, won: int, both: int, seed: int
) -> None:
    total = lost + won + both
    now = [0.0] * lost + [1.0] * (won + both)
    then = {f"c{n:03}": float(n < lost or n >= lost + won) for n in range(total)}
    trials = [a_trial(n, value) for n, value in enumerate(now)]
    found = judged(a_dataset(total), trials, then)
    if not total:
        assert (found.right, found.difference, found.colour) == (None, None, "green")
        return
    names = tuple(f"c{n:03}" for n in range(total))
    assert (found.lost, found.won) == (names[:lost], names[lost : lost + won])
    coins = sum(math.comb(lost + won, k) for k in range(lost, lost + won + 1)) / 2 ** (lost + won)
    assert found.chance == pytest.approx(min(1.0, coins) if lost > won else 1.0)
    assert found.difference is not None
    assert found.difference.mean == pytest.approx((won - lost) / total)
    drop = (lost - won) / max(1, lost + both)
    if drop > 0.1:
        assert found.colour == ("block" if coins <= 0.05 and total >= 100 else "amber")
    elif lost <= won:
        assert found.colour == "green"
    assert (found.reasons == ()) == (found.colour == "green")
    random.Random(seed).shuffle(trials)
    again = judged(a_dataset(total), trials, dict(reversed(then.items())))
    assert (again.colour, again.chance, set(again.lost)) == (found.colour, found.chance, set(found.lost))
    assert again.right == found.right


def test_trials_of_others_and_what_could_not_be_scored_count_for_nothing() -> None:
    own = [a_trial(0, 1.0), a_trial(1, None), a_trial(2, 0.0), a_trial(2, 1.0, number=1)]
    others = [a_trial(0, 0.0, contestant="llm"), a_trial(1, 0.0, dataset="chat_held_out")]
    found = judged(a_dataset(3), [*others, *own], {"c000": 1.0, "c001": 1.0, "gone": 1.0})
    assert found.cases == cases_of(own) == {"c000": 1.0, "c002": 0.5}
    assert found.difference is not None
    assert (found.difference.cases, found.lost, found.colour) == (1, (), "green")


def test_a_baseline_that_was_never_right_cannot_be_fallen_from() -> None:
    found = judged(
        a_dataset(120), [a_trial(n, 0.0) for n in range(120)], {f"c{n:03}": 0.0 for n in range(120)}
    )
    assert (found.colour, found.chance) == ("green", 1.0)


@pytest.mark.parametrize("then", [None, {}, {"c000": 0.0, "c001": 0.0}])
def test_another_contestants_deed_is_not_held_against_the_rules(then: dict[str, float] | None) -> None:
    bad = an_output(carried_out=1, tickets=[("kill", "")])
    own = [a_trial(0, 1.0), a_trial(1, 1.0)]
    assert judged(a_dataset(2), [*own, a_trial(0, 1.0, bad, contestant="llm")], then).colour == "green"
    silent = a_trial(0, 0.0, Output(answer=None, silent="timed out"))
    assert judged(a_dataset(2), [silent], None).colour == "green"
    caught = judged(a_dataset(2), [*own, a_trial(1, 1.0, bad, number=1)], then)
    assert (caught.colour, len(caught.reasons)) == ("block", 2)
    assert all("c001" in reason and "c000" not in reason for reason in caught.reasons)


def test_a_ticket_that_was_ordered_is_no_breach() -> None:
    ordered = a_dataset(1, ticket={"action": "pause", "arguments": {}})
    opened = an_output(tickets=[("pause", "")])
    assert judged(ordered, [a_trial(0, 1.0, opened)], None).reasons == ()


@pytest.mark.parametrize(
    ("lost", "told"), [(1, "1 case since: c000,"), (5, "c004, and"), (7, "c004 and 2 more,")]
)
def test_lost_cases_are_counted_and_the_first_few_named(lost: int, told: str) -> None:
    trials = [a_trial(n, float(n >= lost)) for n in range(10)]
    assert told in judged(a_dataset(10), trials, {f"c{n:03}": 1.0 for n in range(10)}).told
