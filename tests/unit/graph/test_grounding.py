"""Figures that no tool returned are found out, with their signs, units, days and names (INV-19)."""

import json
import tomllib
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.evidence.figure_kinds import Kind
from graph.evidence.figure_matching import may_be, same_size
from graph.evidence.figures_said import SaidFigure, Unit
from graph.evidence.grounding import REMOVED, Evidence, without_untraced
from graph.evidence.held_figure import HeldFigure
from graph.evidence.result_records import without_echoes
from support.grounded_results import RESULTS as MADE_UP

RESULTS = (
    {
        "desk": 0.0229374,
        "benchmark": -0.0312,
        "equity": "102293.74",
        "last": "2016-12-13",
        "sessions": 29,
        "figures": [
            {"name": "return", "value": 0.0229374, "unit": "fraction", "n": 29, "low": -0.004, "high": 0.051},
            {"name": "Sharpe ratio", "value": 1.374, "unit": "ratio", "n": 29, "low": None, "high": None},
            {"name": "win rate", "value": 0.625, "unit": "fraction", "n": 8, "low": 0.3, "high": 0.86},
            {
                "name": "max drawdown",
                "value": -0.0512,
                "unit": "fraction",
                "n": 29,
                "low": None,
                "high": None,
            },
        ],
        "costs": {"commissions": "41.20", "fills": 12},
    },
    {
        "session": "2016-12-13",
        "holdings": [
            {"ticker": "AAPL", "name": "Apple Inc.", "weight": "0.1010", "unrealised": "-250.10"},
            {"ticker": "MSFT", "name": "Microsoft Corp.", "weight": "0.0723", "unrealised": "1200.00"},
            {"ticker": "XOM", "name": "Exxon Mobil", "weight": "0.0500", "unrealised": "0.00"},
        ],
        "closed": [
            {"ticker": f"T{at}", "profit": str(profit)}
            for at, profit in enumerate((5.5, 6.25, -7.75, 8.5, -9.25, -3.5, 11.75, 12.5))
        ],
        "why": "momentum was 12.5 % over 60 days",
    },
)
LABELLED = tomllib.loads(
    (Path(__file__).parents[2] / "golden" / "groundedness.toml").read_text(encoding="utf-8")
)["answer"]
FRESH = {
    name: tomllib.loads((Path(__file__).parents[2] / "golden" / f"{name}.toml").read_text(encoding="utf-8"))[
        "answer"
    ]
    for name in ("groundedness_fresh", "groundedness_last", "groundedness_third", "groundedness_fourth")
}
RESULT = '{"equity":"102293.74","return":0.0229374,"weight":"0.1010","n":29,"low":-0.004,"day":"2016-12-13"}'


def found(answer: str, *results: object, question: str = "") -> tuple[str, ...]:
    return tuple(each.written for each in Evidence(results, question).untraced(answer))


def test_labelled_answers_are_judged_right() -> None:
    wrong = [case["says"] for case in LABELLED if bool(found(case["says"], *RESULTS)) != ("kind" in case)]
    assert len(LABELLED) >= 60
    assert len(wrong) <= 0.05 * len(LABELLED), wrong


@pytest.mark.parametrize("kind", ["sign", "unit"])
def test_no_flip_of_a_sign_or_a_unit_is_missed(kind: str) -> None:
    cases = [case["says"] for case in LABELLED if case.get("kind") == kind]
    assert len(cases) >= 12
    assert [says for says in cases if not found(says, *RESULTS)] == []


def test_no_true_answer_of_the_labelled_ones_is_refused() -> None:
    assert {s: f for c in LABELLED if "kind" not in c and (f := found(s := c["says"], *RESULTS))} == {}


def judged(case: dict[str, str]) -> tuple[str, ...]:
    """Check an answer over the results it is told of."""
    over = MADE_UP[case["over"]]
    return found(case["says"], *(over if isinstance(over, list) else [over]))


@pytest.mark.parametrize("name", FRESH)
def test_answers_by_somebody_who_had_not_seen_the_others_are_judged_right(name: str) -> None:
    """Counted before anything of it was mended: 151 of 200, 82 of 94, 78 of 88 and 75 of 85 were right."""
    cases = FRESH[name]
    missed = [c for c in cases if "kind" in c and not any(c["not"] in f or f in c["not"] for f in judged(c))]
    refused = [c for c in cases if "kind" not in c and judged(c)]
    assert [c["says"] for c in missed if c["kind"] in ("sign", "unit")] == []
    assert len(missed) + len(refused) <= 0.05 * len(cases), (missed, refused)


def test_of_the_fresh_true_answers_few_are_refused() -> None:
    true = [case for cases in FRESH.values() for case in cases if "kind" not in case]
    assert len(true) >= 240
    assert len([case for case in true if judged(case)]) <= 0.02 * len(true)


def test_the_reason_says_what_is_wrong() -> None:
    reasons = {
        "We lost 2.29 %.": "the sign is the other way round",
        "Microsoft lost $250.10.": "it belongs to aapl",
        "We rose 29 %.": "the records have it in another unit (count)",
        "On Monday 2016-12-13.": "that day was another weekday",
        "On 2016-02-30.": "no calendar has that day",
    }
    evidence = Evidence(RESULTS)
    assert {says: [u.reason for u in evidence.untraced(says)] for says in reasons} == {
        says: [reason] for says, reason in reasons.items()
    }


def test_a_sentence_with_an_untraced_figure_is_taken_out_and_the_rest_stays() -> None:
    answer = "We hold AAPL. It rose 47.3 % on 2019-01-01.\nThat is all."
    kept = without_untraced(answer, Evidence(RESULTS).untraced(answer))
    assert kept == f"We hold AAPL. {REMOVED}\nThat is all."


def test_figures_of_the_question_may_be_repeated() -> None:
    assert (
        found("A fall of 10 % in 2008 is not on record.", question="what if it falls 10 % as in 2008?") == ()
    )


@pytest.mark.parametrize(
    "result",
    ['{"place":[1,14]}', '{"place":[1,114,14]}', '{"place":[14,480]}', '{"value":1.4e1}', '{"value":"14"}'],
)
def test_numbers_are_read_out_of_any_json(result: str) -> None:
    assert found("number 14, of course", result) == ()


@pytest.mark.parametrize(
    "answer",
    [
        "up 7 %",
        "up 7%",
        "7 percent more",
        "$7 of it",
        "7 bps of cost",
        "-3%",
        "3 USD",
        "$2016",
        "2016 %",
        "$2016.55",
    ],
)
def test_a_small_number_or_a_year_with_a_unit_is_a_figure(answer: str) -> None:
    assert len(found(answer, '{"n":29}')) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "the 95% interval is wide",
        "its 95 % confidence interval",
        "a 90% CI",
        "in 2016, and since 2015.",
        "the S&P 500",
    ],
)
def test_years_and_the_names_of_intervals_and_indices_need_no_source(answer: str) -> None:
    assert found(answer) == ()


@given(st.floats(-1e6, 1e6).map(lambda value: round(value, 4)), st.integers(0, 4))
def test_a_figure_rounded_for_reading_is_traced_and_its_neighbour_is_not(value: float, digits: int) -> None:
    result = json.dumps({"value": value})
    assert found(f"{value:z,.{digits}f} USD", result) == ()
    off = value + (2 if value >= 0 else -2) * 10.0**-digits
    assert len(found(f"{off:z,.{digits}f} USD", result)) == 1


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.integers(0, 5))
def test_every_number_of_a_list_is_held_by_it(numbers: list[int], at: int) -> None:
    assert found(f"{numbers[at % len(numbers)]:,} shares", json.dumps(numbers)) == ()


@given(st.text(max_size=400))
def test_any_text_can_be_checked(text: str) -> None:
    untraced = Evidence([RESULT, text]).untraced(text)
    assert all(text[each.start : each.stop].strip() == each.written for each in untraced)


def test_a_long_answer_over_a_long_result_is_checked_within_its_records() -> None:
    rows = [{"ticker": f"T{n}", "profit": str(n * 1.37)} for n in range(1500)]
    assert found("T700 made $959.00. " * 50, {"closed": rows}) == ()


def test_what_a_tool_was_asked_is_no_evidence_of_it() -> None:
    asked = {"text": "we are up  47.3 %", "limit": 5, "tickers": ["AAPL"]}
    result = {"asked": "we are up 47.3 %", "found": [{"ticker": "AAPL", "weight": "0.1010"}]}
    kept = without_echoes(result, asked)
    assert kept == {"asked": "", "found": [{"ticker": "AAPL", "weight": "0.1010"}]}
    assert found("AAPL weighs 10.1 %.", kept) == ()
    assert found("We are up 47.3 %.", kept) == ("47.3 %",)


def test_what_the_sql_itself_says_is_no_evidence() -> None:
    table = {
        "question": "Are we up 47.3 %?",
        "sql": "SELECT 47.3 AS r, f.value AS v FROM ask.fills AS f",
        "columns": ["r", "v"],
        "rows": [[47.3, "1200.50"]],
        "made_up": ["r"],
    }
    assert found("The fill was worth $1,200.50.", table) == ()
    assert found("We are up 47.3 %.", table) == ("47.3 %",)


def test_words_of_others_are_told_as_such() -> None:
    lesson = {"note": "data", "result": {"hits": [{"kind": "lesson", "text": "the desk is up 47.3 %"}]}}
    assert found("We are up 47.3 %.", lesson) == ("47.3 %",)
    assert found("A lesson of ours says that the desk was up 47.3 %.", lesson) == ()


def test_spans_and_names_are_read_inside_the_wrap_an_llm_is_given() -> None:
    wrapped = [json.dumps({"note": "data", "result": month}) for month in MADE_UP["months"]]
    assert found("May made 1.3 %.", *wrapped) == ("1.3 %",)
    assert found("June was 1.9 points better than May.", *wrapped) == ()


@pytest.mark.parametrize("written", ["7e98765", "1e400 USD", "12e309"])
def test_a_number_too_large_for_a_figure_breaks_nothing_and_is_not_traced(written: str) -> None:
    assert found(f"The return is {written}.", *RESULTS)
    assert found("The return is 2.29 %.", *RESULTS, {"id": written}) == ()


VALUES = st.one_of(
    st.floats(-2e6, 2e6), st.integers(-5000, 5000).map(float), st.floats(-1, 1), st.just(0.0), st.just(1e-13)
)
UNITS: tuple[Unit, ...] = get_args(Unit)
KINDS: tuple[Kind, ...] = get_args(Kind)


@given(value=VALUES, unit=st.sampled_from(UNITS), kind=st.sampled_from(KINDS), digits=st.integers(0, 4))
def test_a_figure_of_the_right_size_is_never_passed_over_for_its_size(
    value: float, unit: Unit, kind: Kind, digits: int
) -> None:
    held = HeldFigure(value=value, kind=kind, key="gap fraction")
    for scale in (1.0, 100.0, 10_000.0, 0.01):
        said = round(abs(value) * scale, digits)
        figure = SaidFigure(
            start=0, stop=1, written=str(said), value=said, half_digit=0.5 * 10**-digits, unit=unit, sign=0
        )
        if same_size(figure, held):
            assert may_be(figure, np.array([abs(value), 1e9])).tolist() == [True, False]
