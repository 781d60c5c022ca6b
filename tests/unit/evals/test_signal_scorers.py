"""Scorers of signals, the personas that try them, and the rivals that need no thought."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from evals.case import Case
from evals.personas import SKILL, personas
from evals.rivals import signal_rivals
from evals.runner import Entry, run
from evals.scorers.leaning import leaning
from evals.scorers.signal import Brier, Direction, NetReturn
from evals.scorers.validity import SchemaValid, Spoken
from evals.summary import Summary, summaries
from evals.trial import Output
from support.eval_runs import a_dataset, a_signal_case, an_output


def says(conviction: float) -> Output:
    view = {"ticker": "AAA", "conviction": conviction, "reason": ""}
    return Output(answer={"views": [view], "summary": ""})


@pytest.mark.parametrize(
    ("side", "conviction", "value"),
    [
        ("good", 0.5, 1.0),
        ("good", -0.5, 0.0),
        ("good", 0.05, 0.5),
        ("bad", -0.5, 1.0),
        ("bad", 0.5, 0.0),
        ("neutral", 0.5, None),
    ],
)
def test_a_view_is_right_wrong_or_none(side: str, conviction: float, value: float | None) -> None:
    assert Direction()(a_signal_case(side=side), says(conviction)).value == value


def test_silence_holds_and_is_no_wrong_answer() -> None:
    assert Direction()(a_signal_case(), an_output(None)).value == 0.5
    assert NetReturn()(a_signal_case(), an_output(None)).value == 0
    assert Brier()(a_signal_case(), an_output(None)).value is None


def test_a_return_pays_its_costs_whichever_way_it_goes() -> None:
    assert NetReturn()(a_signal_case(), says(1)).value == pytest.approx(0.0195)
    assert NetReturn()(a_signal_case(), says(-1)).value == pytest.approx(-0.0205)
    assert NetReturn()(a_signal_case(), says(0)).value == 0


def test_a_conviction_is_judged_as_a_probability() -> None:
    assert Brier()(a_signal_case(), says(1)).value == 0
    assert Brier()(a_signal_case(), says(-1)).value == 1
    assert Brier()(a_signal_case(), says(0)).value == 0.25


def test_a_name_that_the_answer_leaves_out_has_no_view() -> None:
    assert leaning(a_signal_case(), {"views": [], "summary": ""}) == 0


@pytest.mark.parametrize(("wanted", "leans"), [("0.05", 1), ("0", -1), ("0.03", 0), (None, 0)])
def test_a_committee_leans_by_what_it_would_change(wanted: str | None, leans: int) -> None:
    case = a_signal_case(subject="committee")
    case.given["evidence"]["candidates"][0]["weight"] = 0.03
    weights: Mapping[str, Any] = {} if wanted is None else {"AAA": wanted}
    assert leaning(case, {"weights": weights}) == leans


def test_repaired_and_silent_outputs_are_not_valid() -> None:
    assert SchemaValid()(a_signal_case(), says(1)).value == 1
    assert SchemaValid()(a_signal_case(), an_output(1.0, valid_first=False)).value == 0
    assert SchemaValid()(a_signal_case(), an_output(None)).value == 0
    assert Spoken()(a_signal_case(), an_output(None)).value == 0


def cases(count: int) -> tuple[Case, ...]:
    sides = np.random.default_rng(3).choice(["good", "bad", "neutral"], size=count, p=[0.4, 0.4, 0.2])
    return tuple(a_signal_case(f"case-{n}", str(side)) for n, side in enumerate(sides))


def ran(seed: int, count: int = 160, trials: int = 1) -> dict[str, Summary]:
    entry = Entry(
        dataset=a_dataset(*cases(count)),
        contestants=(*personas(seed), *signal_rivals()),
        scorers=(Direction(), NetReturn(), SchemaValid()),
        trials=trials,
    )
    return {each.contestant: each for each in summaries(asyncio.run(run([entry])))}


def test_personas_score_what_they_are_made_to() -> None:
    found = ran(seed=1)
    value = {name: summary.score("direction").value for name, summary in found.items()}  # type: ignore[union-attr]
    assert value["oracle"] == 1
    assert value["inverted"] == 0
    assert value["hold"] == value["garbage"] == value["always hold"] == 0.5
    assert value["forecaster"] == pytest.approx(SKILL, abs=0.12)
    assert value["random"] == pytest.approx(0.5, abs=0.13)


def test_garbage_is_never_valid_and_everybody_else_always() -> None:
    shares = {name: summary.schema_valid.value for name, summary in ran(seed=1).items()}  # type: ignore[union-attr]
    assert Counter(shares.values()) == Counter({1.0: len(shares) - 1, 0.0: 1})
    assert shares["garbage"] == 0


def test_a_persona_answers_alike_for_the_same_seed_and_case_and_otherwise_for_another() -> None:
    assert ran(seed=2, trials=2) == ran(seed=2, trials=2)
    assert ran(seed=2)["random"] != ran(seed=3)["random"]


def test_rivals_follow_the_figure_they_are_named_after() -> None:
    hold, buy, momentum, forecaster = signal_rivals()
    leans = [
        leaning(a_signal_case(), asyncio.run(rival.answer(a_signal_case(), 0)).answer or {})
        for rival in (hold, buy, momentum, forecaster)
    ]
    assert leans == [0, 1, 1, -1]
