"""The benchmark page says what was measured, of how many, and what was missed."""

import json
from datetime import date

import pytest
from langchain_core.messages import HumanMessage
from pydantic import ValidationError

from agents.roles import ROLES
from support.bench_talker import Heard, Talker
from support.benchmark import Figure, counted, machine, median, page, percentile_95, single, timed
from support.checkout import ROOT


def a_figure(*, value: float = 1.0, bound: float | None = 2.0) -> Figure:
    return Figure(what="a decision", value=value, unit="s", statistic="median of 7", bound=bound)


def test_a_figure_is_good_up_to_its_bound() -> None:
    assert a_figure(value=2.0).good
    assert not a_figure(value=2.001).good
    assert a_figure(value=1e9, bound=None).good


def test_a_rate_is_good_from_its_least_on_and_the_page_says_so() -> None:
    enough, short = (median("rows", "rows/s", [rate], least=50) for rate in (50.0, 49.9))
    assert enough.good
    assert not short.good
    written = page([("Data", [enough, short])], where="here", day=date(2026, 1, 5))
    assert "| rows | 50 rows/s | ≥ 50 rows/s |" in written
    assert "| rows | 49.9 rows/s | ≥ 50 rows/s **missed** |" in written


def test_the_median_is_the_middle_and_says_of_how_many_and_how_far_apart() -> None:
    figure = median("x", "ms", [9.0, 1.0, 2.0], bound=3)
    assert (figure.value, figure.statistic, figure.good) == (2.0, "median of 3, 1 to 9", True)


def test_a_sample_without_spread_says_so() -> None:
    assert median("x", "ms", [20.0, 20.0]).statistic == "median of 2, all 20"


def test_what_was_measured_once_or_counted_is_not_called_a_median() -> None:
    once, number = single("a start", "s", 61.0, bound=60), counted("calls", "", 6, bound=20)
    assert (once.value, once.statistic, once.good) == (61.0, "one run", False)
    assert (number.value, number.statistic, number.good) == (6, "counted", True)


def test_the_95th_percentile_lets_one_of_twenty_above() -> None:
    figure = percentile_95("x", "s", [*[0.1] * 20, 9.0])
    assert figure.value == pytest.approx(0.1)
    assert figure.statistic == "p95 of 21, 0.1 to 9"


def test_a_percentile_of_a_handful_is_refused() -> None:
    with pytest.raises(ValueError, match="found 19"):
        percentile_95("x", "s", [0.1] * 19)


@pytest.mark.parametrize("cpu", [False, True])
def test_the_first_run_does_not_count(cpu: bool) -> None:
    runs: list[int] = []
    seconds = timed(lambda: runs.append(1), repeats=3, cpu=cpu)
    assert len(runs) == 4
    assert len(seconds) == 3
    assert min(seconds) >= 0


def test_the_page_marks_what_was_missed() -> None:
    text = page(
        [("Committee", [a_figure(), a_figure(value=3.5), a_figure(bound=None)])],
        where="2 x some processor",
        day=date(2026, 11, 20),
    )
    assert "on 2026-11-20: 2 x some processor." in text
    assert "## Committee\n" in text
    assert "| a decision | 1 s | ≤ 2 s | median of 7 |" in text
    assert "| a decision | 3.5 s | ≤ 2 s **missed** | median of 7 |" in text
    assert "| a decision | 1 s |  | median of 7 |" in text


def test_a_large_figure_is_written_in_full_and_a_count_without_a_unit() -> None:
    figures = [counted("characters", "", 77_371, bound=250_000), counted("ratio", "", 0.99981)]
    text = page([("Committee", figures)], where="here", day=date(2026, 11, 20))
    assert "| characters | 77,371 | ≤ 250,000 | counted |" in text
    assert "| ratio | 0.9998 |  | counted |" in text


def test_the_machine_is_described_without_its_name() -> None:
    described = machine()
    assert "Python 3." in described
    assert "GiB" in described


def test_calls_side_by_side_are_one_serial_step_and_calls_in_a_row_are_many() -> None:
    heard = Heard()
    pair = [heard.begin([HumanMessage("macro")]), heard.begin([HumanMessage("quant")])]
    assert heard.serial == 1
    pair[0].set()
    heard.begin([HumanMessage("manager")]).set()
    heard.begin([HumanMessage("validator")])
    assert (heard.calls, heard.serial) == (4, 3)
    assert heard.characters == len("macroquantmanagervalidator")


@pytest.mark.parametrize("role", ROLES)
def test_the_talkative_llm_says_as_much_as_every_role_may(role: str) -> None:
    brief = {"role": role, "candidates": {"columns": ["ticker"], "rows": [["A"], ["B"]]}}
    said = Talker()([HumanMessage(json.dumps(brief))])
    answer = ROLES[role].answer_type.model_validate_json(said.text)
    assert len(answer.summary) == 600
    longer = said.text.replace(answer.summary, answer.summary + "x")
    with pytest.raises(ValidationError, match="at most 600"):
        ROLES[role].answer_type.model_validate_json(longer)


def test_every_benchmark_says_what_it_measures() -> None:
    benchmarks = sorted((ROOT / "tests" / "bench").glob("bench_*.py"))
    assert benchmarks
    for path in benchmarks:
        text = path.read_text(encoding="utf-8")
        assert text.startswith('"""'), path.name
        assert "\ndef measure() -> " in text, path.name
