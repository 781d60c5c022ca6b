"""Steadiness worked out by pairs, in whichever order trials come back, and promises of nobody else."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.promises import promises
from evals.steadiness import steadiness
from evals.trial import Output, Score, Trial
from support.eval_runs import a_dataset, a_signal_case, an_experiment

TIMES = 3
Said = tuple[float | None, float | None]
"""The primary score of a trial, and its conviction: None where there was no answer."""
CASES = st.lists(
    st.lists(
        st.tuples(st.sampled_from([None, 0.0, 0.5, 1.0]), st.sampled_from([None, -0.5, 0.0, 0.5])),
        min_size=1,
        max_size=TIMES,
    ),
    min_size=1,
    max_size=6,
)


def trials_of(cases: Sequence[Sequence[Said]]) -> list[Trial]:
    return [
        Trial(
            dataset="made",
            case_id=f"case-{place}",
            contestant="llm",
            number=number,
            output=Output(
                answer=None if said is None else {"views": [{"ticker": "AAA", "conviction": said}]},
                silent="away" if said is None else None,
            ),
            scores=(Score(scorer="direction", value=value, why=""),),
        )
        for place, told in enumerate(cases)
        for number, (value, said) in enumerate(told)
    ]


@settings(max_examples=60, deadline=None)
@given(cases=CASES, seed=st.integers(0, 99))
def test_all_right_and_agreement_are_what_counting_gives_in_any_order(
    cases: list[list[Said]], seed: int
) -> None:
    trials = trials_of(cases)
    Random(seed).shuffle(trials)
    known = a_dataset(*(a_signal_case(f"case-{n}") for n in range(len(cases))))
    experiment = an_experiment(contestants={"llm": "who"}, trials=TIMES)
    (found,) = steadiness(experiment, {"made": "direction"}, [known], trials)
    right, alike = [], []
    for told in cases:
        values = [value for value, _ in told if value is not None]
        if len(values) == TIMES:
            right.append(all(value == 1.0 for value in values))
        pairs = list(combinations([said for _, said in told if said is not None], 2))
        if pairs:
            alike.append(sum(one == other for one, other in pairs) / len(pairs))
    for summary, wanted in ((found.all_right, right), (found.agreement, alike)):
        assert summary is not None
        assert (summary.scored, summary.not_scorable) == (len(wanted), len(cases) - len(wanted))
        assert summary.value == (pytest.approx(sum(wanted) / len(wanted)) if wanted else None)
        assert summary.interval is None, "six cases are too few for one"


def test_a_promise_is_of_its_own_dataset_contestant_and_clear_cases_alone() -> None:
    """Each of the trials beside the forty would move the figure: they promise everything, and are wrong."""
    made = [a_signal_case(f"case-{n}", "good" if n % 2 else "bad") for n in range(40)]
    unclear = a_signal_case("unclear", "neutral")
    for place, case in enumerate([*made, unclear]):
        case.label["session"] = place  # type: ignore[index]
    bare = replace(a_signal_case("bare"), label={})
    own = trials_of([[(1.0, 0.0)] for _ in made])
    wrong = trials_of([[(0.0, -1.0)] for _ in made])
    others = [replace(each, dataset="another") for each in wrong]
    others += [replace(each, contestant="llm (real)") for each in wrong]
    strange = ("unclear", "bare", "gone")
    others += [replace(each, case_id=name) for each, name in zip(wrong, strange, strict=False)]
    experiment = an_experiment(contestants={"llm": "who"})
    known = a_dataset(*made, unclear, bare)
    (alone,) = promises(experiment, known, own)
    assert promises(experiment, known, [*others, *own]) == (alone,)
    assert (alone.cases, alone.calibration.n) == (40, 40)
    assert promises(experiment, known, others) == ()
