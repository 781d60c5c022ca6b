"""Summaries: a case counts once, what is not scorable is not zero, and every figure has its size."""

from dataclasses import replace
from decimal import Decimal

import pytest

from evals.summary import by_case, summaries
from evals.trial import Output, Score, Trial
from support.eval_runs import an_output


def a_trial(case_id: str, number: int, value: float | None, **output: object) -> Trial:
    said: Output = an_output(value, **output)
    return Trial(
        dataset="made",
        case_id=case_id,
        contestant="first",
        number=number,
        output=said,
        scores=(Score(scorer="value", value=value, why=""),),
    )


def test_a_case_counts_once_by_the_mean_over_its_trials() -> None:
    trials = [a_trial("a", 0, 1.0), a_trial("a", 1, 0.0), a_trial("a", 2, 0.0), a_trial("b", 0, 1.0)]
    (summary,) = summaries(trials)
    score = summary.score("value")
    assert score is not None
    assert score.value == pytest.approx((1 / 3 + 1) / 2)
    assert (summary.cases, summary.trials, score.scored, score.not_scorable) == (2, 4, 2, 0)
    assert score.interval is None


def test_what_is_not_scorable_is_left_out_and_counted() -> None:
    trials = [a_trial("a", 0, None), a_trial("b", 0, 1.0), a_trial("c", 0, None), a_trial("c", 1, 0.5)]
    (summary,) = summaries(trials)
    score = summary.score("value")
    assert score is not None
    assert (score.value, score.scored, score.not_scorable) == (0.75, 2, 1)
    assert summary.silent == 2


def test_a_contestant_that_never_spoke_has_no_score_and_costs_what_it_cost() -> None:
    (summary,) = summaries([a_trial("a", 0, None, cost_usd=Decimal("0.01"))])
    score = summary.score("value")
    assert score is not None
    assert score.value is None
    assert summary.cost_per_correct("value") is None
    assert summary.cost_per_decision == Decimal("0.01")


def test_twenty_cases_have_an_interval_around_their_mean() -> None:
    (summary,) = summaries([a_trial(str(n), 0, float(n % 2)) for n in range(20)])
    score = summary.score("value")
    assert score is not None
    assert score.interval is not None
    assert score.interval.low < 0.5 < score.interval.high
    assert score.interval.n == 20


def test_costs_tokens_and_times_are_those_of_the_calls() -> None:
    trials = [
        a_trial("a", 0, 1.0, ms=100, input_tokens=10, output_tokens=2, cost_usd=Decimal("0.1")),
        a_trial("a", 1, 0.0, ms=300, input_tokens=20, output_tokens=4, cost_usd=Decimal("0.3")),
        a_trial("b", 0, 0.0, valid_first=False),
    ]
    (summary,) = summaries(trials)
    assert (summary.ms_p50, summary.tokens, summary.cost_usd) == (200, 12, Decimal("0.4"))
    assert summary.cost_per_correct("value") == Decimal("0.4") / 3 / Decimal("0.25")
    assert summary.schema_valid is not None
    assert summary.schema_valid.value == pytest.approx(2 / 3)


def test_contestants_and_datasets_are_kept_apart() -> None:
    first = a_trial("a", 0, 1.0)
    found = summaries([first, replace(first, contestant="second"), replace(first, dataset="other")])
    assert [(s.dataset, s.contestant) for s in found] == [
        ("made", "first"),
        ("made", "second"),
        ("other", "first"),
    ]


def test_values_by_case_stand_in_the_order_of_the_trials() -> None:
    assert by_case([a_trial("b", 1, 0.1), a_trial("b", 0, 0.2), a_trial("a", 0, None)], "value") == {
        "b": [0.2, 0.1],
        "a": [None],
    }


def test_all_right_is_no_certainty() -> None:
    (summary,) = summaries([a_trial(str(n), 0, 1.0) for n in range(40)])
    score = summary.score("value")
    assert score is not None
    assert score.interval is not None
    assert score.interval.low == pytest.approx(0.912, abs=0.001)


def test_outputs_that_nobody_gave_are_neither_silent_nor_invalid() -> None:
    (summary,) = summaries([a_trial("a", 0, 1.0), a_trial("b", 0, None, absent=True, valid_first=False)])
    assert (summary.silent, summary.absent, summary.trials) == (0, 1, 2)
    assert summary.schema_valid is not None
    assert (summary.schema_valid.value, summary.schema_valid.n) == (1.0, 1)
