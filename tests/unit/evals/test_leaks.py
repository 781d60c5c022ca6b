"""The future is looked for in datasets: none in those that are kept, and every planted one is found."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evals.base_rates import BASELINES, HORIZONS, SIDES, agreement
from evals.books.moments import moments_of
from evals.case import Case, Dataset
from evals.leaks import (
    dated_later,
    figures_of_label,
    leaks_in,
    rank_correlation,
    refuse_leaks,
    shuffled,
    too_good,
)
from evals.suite import BOOKS
from fund.errors import DataError
from support.datasets import NAMES, dataset, rules_answer

SHUFFLES = 100


Plant = Callable[[dict[str, Any], Mapping[str, Any]], None]


def planted(name: str, plant: Plant, most: int | None = None) -> Dataset:
    """Return a dataset, or its first cases, each with something of its label put into its evidence."""
    cases = []
    for case in dataset(name).cases[:most]:
        given = deepcopy(dict(case.given))
        plant(given["evidence"], case.label)
        cases.append(replace(case, given=given))
    return replace(dataset(name), cases=tuple(cases))


@pytest.mark.parametrize("name", [*NAMES, BOOKS])
def test_the_kept_datasets_know_nothing_of_the_future(name: str) -> None:
    assert leaks_in(dataset(name)) == ()


def test_the_next_days_return_in_the_evidence_is_found() -> None:
    """As raw as it can be: before costs and the benchmark, so that no figure of the label is there."""

    def plant(evidence: dict[str, Any], label: Mapping[str, Any]) -> None:
        gross = label["horizons"]["1"]["gross"]
        evidence["candidates"][0]["return_5"] = round(gross * 1.01 + 0.0003, 6)

    found = leaks_in(planted("signal_quality", plant))
    assert {leak.where for leak in found if not leak.case_id} == {"evidence/candidates/0/return_5"}


def test_the_next_days_return_in_the_evidence_of_a_book_is_found() -> None:
    (case,) = dataset(BOOKS).cases
    early, late = (deepcopy(case.given["decisions"][place]) for place in (3, -1))
    given = {**case.given, "decisions": [early, late]}
    *_, first, second = moments_of(replace(case, given=given))
    for candidate, moment in zip(late["candidates"][-2:], (first, second), strict=True):
        candidate["return_5"] = float(f"{moment.label['1 ahead']:.6g}")
    early["market"]["headlines"] = [{"title": "x", "source": "", "known_at": "2017-01-30"}]
    found = leaks_in(replace(dataset(BOOKS), cases=(replace(case, given=given),)))
    assert [leak.where for leak in found] == [
        "evidence/market/headlines/0/known_at",
        *["evidence/candidates/0/return_5"] * 2,
    ]


def test_a_noisy_hint_of_the_outcome_is_found() -> None:
    noise = iter(np.random.default_rng(3).standard_normal(len(dataset("signal_quality").cases)))

    def plant(evidence: dict[str, Any], label: Mapping[str, Any]) -> None:
        forecast = evidence["candidates"][0]["forecasts"][0]
        forecast["expected"] = float(np.tanh(label["horizons"]["5"]["z"]) + next(noise))

    places = {leak.where for leak in too_good(planted("signal_quality", plant).cases)}
    assert "evidence/candidates/0/forecasts/0/expected" in places


def test_a_copied_figure_of_the_label_is_found_in_each_case() -> None:
    def plant(evidence: dict[str, Any], label: Mapping[str, Any]) -> None:
        evidence["market"]["return_60"] = float(f"{label['horizons']['20']['gross']:.6g}")

    found = [leak for case in planted("signal_quality", plant).cases for leak in figures_of_label(case)]
    assert len({leak.case_id for leak in found}) >= 0.95 * len(dataset("signal_quality").cases)
    assert {leak.where for leak in found} == {"evidence/market/return_60"}


def test_a_figure_that_is_alike_in_one_case_is_chance_and_in_two_a_leak() -> None:
    def first(count: int) -> Dataset:
        cases = list(dataset("signal_quality").cases[:20])
        for place, case in enumerate(cases[:count]):
            given = deepcopy(dict(case.given))
            given["evidence"]["market"]["return_60"] = float(f"{case.label['horizons']['20']['gross']:.6g}")
            cases[place] = replace(case, given=given)
        return replace(dataset("signal_quality"), cases=tuple(cases))

    assert leaks_in(first(1)) == ()
    assert {leak.where for leak in leaks_in(first(2))} == {"evidence/market/return_60"}


def test_what_fits_a_few_outcomes_by_chance_is_no_leak() -> None:
    """Of 30 cases some figure among hundreds fits better than 0.5; of 199 none may."""

    def fitting(count: int, noise: float) -> tuple[Case, ...]:
        chance = np.random.default_rng(5)
        cases = []
        for case in dataset("signal_quality").cases[:count]:
            hint = float(np.tanh(case.label["horizons"]["5"]["z"]) + noise * chance.standard_normal())
            cases.append(replace(case, given={"hint": hint}))
        return tuple(cases)

    assert not tuple(too_good(fitting(30, 1.0)))
    assert tuple(too_good(fitting(199, 1.0)))
    assert tuple(too_good(fitting(30, 0.05)))


def test_every_dataset_with_a_leak_is_refused_by_name_with_what_was_found() -> None:
    def plant(evidence: dict[str, Any], label: Mapping[str, Any]) -> None:
        evidence["occasion"] = f"Prices of {label['next_open']} are in."

    leaky = [planted(name, plant, most=5) for name in ("signal_quality", "risk_management")]
    sound = replace(dataset("validator_patterns"), cases=dataset("validator_patterns").cases[:5])
    with pytest.raises(DataError) as told:
        refuse_leaks([leaky[0], sound, leaky[1]])
    case, words = leaky[1].cases[0], str(told.value)
    tomorrow = f"{case.label['next_open']} is after {case.given['evidence']['session']}"
    assert f"risk_management: 5 ({case.case_id}, evidence/occasion: {tomorrow}; " in words
    assert "signal_quality: 5 (" in words
    assert "validator_patterns" not in words


@pytest.mark.parametrize("name", NAMES)
def test_a_date_of_tomorrow_is_found_wherever_it_stands(name: str) -> None:
    def plant(evidence: dict[str, Any], label: Mapping[str, Any]) -> None:
        evidence["occasion"] = f"Prices of {label['next_open']} are in."

    assert all(tuple(dated_later(case)) for case in planted(name, plant).cases)


def test_a_moment_of_tomorrow_is_found_too() -> None:
    case = dataset("signal_quality").cases[0]
    given = deepcopy(dict(case.given))
    assert not tuple(dated_later(case))
    given["evidence"]["market"]["headlines"][0]["known_at"] = f"{case.label['next_open']}T13:00:00+00:00"
    assert [leak.where for leak in dated_later(replace(case, given=given))] == [
        "evidence/market/headlines/0/known_at"
    ]


def words(case: Case) -> dict[str, int]:
    """Return what the baselines and the rules say of a case."""
    views = rules_answer(case).model_dump()["views"]
    conviction = views[0]["conviction"] if views else 0.0
    return {**case.label["baselines"], "rules": (conviction > 0) - (conviction < 0)}


def test_against_shuffled_labels_nobody_is_better_than_chance() -> None:
    made = dataset("signal_quality")
    said = [words(case) for case in made.cases]
    dealt = [shuffled(made, seed) for seed in range(SHUFFLES)]
    for horizon in HORIZONS:
        rows = [[SIDES[c.label["horizons"][horizon]["side"]] for c in each.cases] for each in dealt]
        for who in (*BASELINES, "rules"):
            scores = [agreement([each[who] for each in said], sides) for sides in rows]
            error = 1 / np.sqrt(len(said))
            assert abs(np.mean(scores)) < 3 * error / np.sqrt(SHUFFLES), (who, horizon)
            assert max(map(abs, scores)) < 4 * error, (who, horizon)


def test_whoever_has_seen_the_labels_is_told_from_chance() -> None:
    made = dataset("signal_quality")
    sides = [SIDES[case.label["horizons"]["5"]["side"]] for case in made.cases]
    assert agreement(sides, sides) > 0.6
    dealt = shuffled(made, 1)
    assert abs(agreement(sides, [SIDES[c.label["horizons"]["5"]["side"]] for c in dealt.cases])) < 0.25


def test_a_shuffle_moves_labels_and_nothing_else() -> None:
    made = dataset("signal_quality")
    dealt = shuffled(made, 7)
    assert dealt == shuffled(made, 7) != shuffled(made, 8)
    assert [c.given for c in dealt.cases] == [c.given for c in made.cases]
    both = [sorted(str(c.label) for c in each.cases) for each in (made, dealt)]
    assert both[0] == both[1]


def test_rank_correlation_shares_ranks_among_ties() -> None:
    assert rank_correlation([1, 2, 3], [10, 20, 90]) == pytest.approx(1)
    assert rank_correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert rank_correlation([1, 1, 1], [3, 2, 1]) == 0
    assert rank_correlation([1, 1, 2, 3], [1, 2, 3, 4]) == pytest.approx(0.9487, abs=1e-4)
