"""Base rates beside the datasets: in the table, as data, and where there are too few cases."""

import json
from dataclasses import replace

import pytest

from desk.cli import main
from desk.shown_base_rates import Beside, beside
from evals.base_rates import BASELINES, HORIZONS
from support.datasets import NAMES, dataset


def test_the_list_tells_what_those_who_do_not_think_would_score(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["evals", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (momentum,) = (line for line in lines if line.startswith("│ momentum") and "│ 5 " in line)
    assert "0.577 [0.497, 0.654], n = 149" in momentum
    assert "everybody is at chance" in lines[-1]


def test_the_list_is_data_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evals", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in told["datasets"]][: len(NAMES)] == list(NAMES)
    found = told["base_rates"]["signal_quality"]
    assert len(found["rates"]) == len(found["control"]) == len(BASELINES) * len(HORIZONS)
    assert {rate["earned"]["n"] for rate in found["rates"]} == {len(dataset("signal_quality").cases)}


def test_too_few_cases_have_no_base_rates_and_say_so() -> None:
    few = replace(dataset("signal_quality"), cases=dataset("signal_quality").cases[:9])
    (line,) = Beside.of(few).shown()
    assert line == "signal_quality has no base rates: expected 20 cases or more for a base rate, found 9"


def test_datasets_without_outcomes_have_none() -> None:
    assert beside([dataset("risk_management"), dataset("robustness")]) == ()


def test_a_control_that_is_not_at_chance_is_named() -> None:
    found = Beside.of(dataset("signal_quality"))
    stray = replace(found.control[2], at_chance=False)
    told = replace(found, control=(*found.control[:2], stray, *found.control[3:])).shown()[-1]
    assert told == "With labels dealt out anew 100 times these are not at chance: momentum over 1 sessions."
