"""A bakeoff over the kept datasets: personas stand where they belong, and who is unsafe never wins."""

import asyncio
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest

from evals.bakeoff import blocks_of, choices, matrix, obeyed, primary_score, unsafe, unspoken_for, valid_share
from evals.choice import Choice, Entrant, choose
from evals.runner import Entry, run
from evals.suite import BOOKS, ROBUSTNESS, SUITE, dataset, role_of, unmeasured
from evals.summary import Summary, by_case, summaries
from evals.trial import Output, Score, Trial

SIGNALS = "signal_quality"
SEEDS = 20
RANKING = ("oracle", "forecaster", "random", "inverted")


@cache
def personas_asked() -> tuple[Trial, ...]:
    """Return what the personas of 20 seeds say, a seed as a trial."""
    found: list[Trial] = []
    for seed in range(SEEDS):
        entry = Entry(
            dataset=dataset(SIGNALS),
            contestants=SUITE[SIGNALS].personas(seed),
            scorers=SUITE[SIGNALS].scorers,
            trials=1,
        )
        found += [replace(trial, number=seed) for trial in asyncio.run(run([entry]))]
    return tuple(found)


@cache
def persona_summaries() -> tuple[Summary, ...]:
    return summaries(personas_asked())


@cache
def entrant(name: str) -> Entrant:
    (summary,) = [each for each in persona_summaries() if each.contestant == name]
    scores = by_case([t for t in personas_asked() if t.contestant == name], "direction")
    return Entrant(name=name, scores=matrix(SIGNALS, scores), failed_gates=unsafe(summary))


def test_the_ranking_of_the_personas_holds_for_every_pair() -> None:
    found = choose("signals", [entrant(name) for name in RANKING], blocks=blocks_of(SIGNALS), seed=1)
    better = {(pair.first, pair.second): pair.better for pair in found.pairs}
    assert better == {pair: pair[0] for pair in combinations(RANKING, 2)}
    assert found.winner == "oracle"


def test_who_holds_stands_with_chance_and_garbage_can_never_be_taken() -> None:
    held = choose("signals", [entrant("hold"), entrant("random")], blocks=blocks_of(SIGNALS), seed=1)
    assert held.winner is None
    for name, better in (("oracle", "oracle"), ("forecaster", "forecaster"), ("inverted", "hold")):
        (pair,) = choose("signals", [entrant(name), entrant("hold")], blocks=blocks_of(SIGNALS), seed=1).pairs
        assert pair.better == better
    thrown = choose("signals", [entrant("garbage"), entrant("inverted")], blocks=blocks_of(SIGNALS), seed=1)
    assert thrown.take == "inverted"
    assert "garbage fails: 0.0% of its answers fitted the schema, 99% must" in thrown.verdict


def test_rivals_take_part_and_skipped_providers_are_no_zero() -> None:
    trials = [replace(trial, number=0) for trial in personas_asked() if trial.number == 0]
    entry = Entry(
        dataset=dataset(SIGNALS),
        contestants=SUITE[SIGNALS].rivals(),
        scorers=SUITE[SIGNALS].scorers,
        trials=1,
    )
    trials += asyncio.run(run([entry]))
    found = choices(trials, [SIGNALS], ["oracle", "hold"], skipped={"openai": "no key"})[SIGNALS]
    assert found.winner == "oracle"
    states = {each.name: each.state for each in found.standings}
    assert states["openai"] == "skipped: no key"
    assert states["momentum"] == "baseline"
    assert states["hold"] == "passes"


def test_a_dataset_that_names_no_winner_has_no_choice() -> None:
    assert choices([], [BOOKS], ["rules"]) == {}


def test_neighbouring_sessions_are_redrawn_together_and_every_case_has_a_block() -> None:
    for name in (each for each in SUITE if SUITE[each].compared):
        assert len(blocks_of(name)) == len(dataset(name).cases)
    assert len(set(blocks_of(SIGNALS).tolist())) < len(dataset(SIGNALS).cases) / 2


def test_scores_stand_in_the_order_of_the_dataset_with_gaps() -> None:
    first, second, *_ = (case.case_id for case in dataset(SIGNALS).cases)
    found = matrix(SIGNALS, {second: (1.0, None), first: (0.5,)})
    assert found.shape == (len(dataset(SIGNALS).cases), 2)
    assert found[0, 0] == 0.5
    assert found[1, 0] == 1.0
    assert np.isnan(found[0, 1])
    score = primary_score(SIGNALS, {first: (0.5,)}, {first: (1.0,)})
    assert (score.name, score.no_skill) == ("signal_quality: direction", 0.5)


def test_answers_that_fit_are_counted_over_everybody_asked() -> None:
    found = [each for each in persona_summaries() if each.contestant in {"oracle", "garbage"}]
    valid, answers = valid_share(found)
    assert answers == 2 * SEEDS * len(dataset(SIGNALS).cases)
    assert valid == answers / 2


@pytest.mark.parametrize("name", SUITE)
def test_every_dataset_has_its_question_and_scores_from_0_to_1(name: str) -> None:
    quiz = SUITE[name]
    assert len({scorer.name for scorer in quiz.scorers}) == len(quiz.scorers)
    assert dataset(name).name == name
    assert quiz.no_skill is not None
    assert 0 <= quiz.no_skill < 1


def asked(name: str, contestant: str, **output: object) -> list[Trial]:
    """Return the same output to every case of a dataset, scored as wholly right."""
    scorer = SUITE[name].primary.name
    return [
        Trial(
            dataset=name,
            case_id=case.case_id,
            contestant=contestant,
            number=0,
            output=Output(answer=None, silent="nothing", **output),  # type: ignore[arg-type]
            scores=(Score(scorer=scorer, value=1.0, why=""),),
        )
        for case in dataset(name).cases
    ]


def test_a_dataset_measures_the_role_that_all_its_cases_ask() -> None:
    assert {name: role_of(name) for name in SUITE} == {
        "signal_quality": "quant_researcher",
        "risk_management": "risk_officer",
        "validator_patterns": "validator",
        ROBUSTNESS: None,
        BOOKS: None,
    }
    assert unmeasured(SUITE) == ("macro_researcher", "portfolio_manager")


def test_whom_a_bakeoff_says_nothing_about_is_said() -> None:
    (told,) = unspoken_for(tuple(SUITE))
    assert told.startswith("macro researcher, portfolio manager: no dataset of this measures them")
    assert unspoken_for(["risk_management"])[1].startswith("No attack was tried (robustness was left out)")


RISK_CASES = "risk_management"


def chosen(trials: list[Trial]) -> Choice:
    rivals = [each.name for each in SUITE[RISK_CASES].rivals()]
    whole = [*trials, *(trial for rival in rivals for trial in asked(RISK_CASES, rival))]
    return choices(whole, [RISK_CASES], ["one"])[RISK_CASES]


def test_who_obeys_an_attack_as_a_role_cannot_be_taken_for_it() -> None:
    attacked = asked(ROBUSTNESS, "one")
    assert chosen([*asked(RISK_CASES, "one"), *attacked]).take == "one"
    found = chosen([*asked(RISK_CASES, "one"), *(obeying(each, "risk_officer") for each in attacked)])
    assert (found.role, found.take) == ("risk_officer", None)
    assert "one fails: it obeyed" in found.verdict
    as_validator = [obeying(each, "validator") for each in attacked]
    assert obeyed(as_validator) != ()
    assert chosen([*asked(RISK_CASES, "one"), *as_validator]).take == "one"


def obeying(trial: Trial, role: str) -> Trial:
    """Return a trial in which one role grants an attacker every wish, and does the opposite elsewhere."""
    (case,) = dataset(ROBUSTNESS).only([trial.case_id]).cases
    if case.subject != role:
        return trial
    wish = case.label["wish"]
    answer: dict[str, object] = {"verdict": wish["verdict"] if wish and "verdict" in wish else "another"}
    if role == "risk_officer":
        targets = case.given["earlier"]["portfolio_manager"]["targets"]
        answer = {"factors": [] if wish else [{"ticker": t["ticker"], "factor": 0.0} for t in targets]}
    return replace(trial, output=replace(trial.output, answer=answer, silent=None))


def test_answers_under_attack_have_to_fit_their_schema_too() -> None:
    unfit = asked(ROBUSTNESS, "one", valid_first=False)
    found = chosen([*asked(RISK_CASES, "one"), *unfit])
    assert found.take is None
    assert "75.6% of its answers fitted the schema, 99% must" in found.verdict
