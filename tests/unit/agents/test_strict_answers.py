"""Text becomes an answer exactly, or is refused with a reason the LLM can act on."""

import contextlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.answers import MacroAnswer, ManagerAnswer, QuantAnswer, ValidatorAnswer
from agents.strict import LONGEST_ANSWER, keep_allowed, parse_answer
from db.column_types import storable
from fund.errors import AnswerError
from support.llms import (
    a_door,
    a_manager_request,
    a_request,
    a_script,
    a_seat,
    macro_json,
    manager_json,
    run,
)

GOOD = macro_json()


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"\n  {GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"Here is my reading:\n```\n{GOOD}\n```\nThank you.",
        f"I looked at:\n```python\nbreadth > 0.6\n```\nso:\n```JSON \r\n{GOOD}\n```",
        f"<think>breadth {{66}} is fine</think>\n{GOOD}",
    ],
)
def test_a_bare_object_or_one_fenced_block_is_read(text: str) -> None:
    assert parse_answer(text, MacroAnswer).regime == "risk_on"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected one JSON object"),
        ("Risk on, I think.", "expected one JSON object"),
        (f"Sure! {GOOD}", "expected one JSON object and nothing else"),
        (f"{GOOD}{GOOD}", "exactly one JSON object"),
        (f"{GOOD} and so on", "exactly one JSON object"),
        (f"```json\n{GOOD}\n```\n```json\n{GOOD}\n```", "found 2 fenced blocks"),
        (GOOD[:-20], "exactly one JSON object"),
        ('{"regime": "risk_on", "regime": "risk_off"}', "found 'regime' more than once"),
        (GOOD.replace("0.8", "NaN"), "found 'NaN'"),
        (GOOD.replace("0.8", "-Infinity"), "found '-Infinity'"),
        (GOOD.replace("0.8", "1e999"), "exposure"),
        (GOOD.replace("0.8", "1.01"), "less than or equal to 1, found 1.01"),
        (GOOD.replace("0.8", '"0.8"'), "exposure: Input should be a valid number"),
        (GOOD.replace("0.8", "true"), "exposure: Input should be a valid number"),
        (GOOD.replace("0.8", "null"), "exposure"),
        (GOOD.replace("risk_on", "bullish"), "regime"),
        (macro_json(order="buy everything"), "order: Extra inputs are not permitted"),
        (macro_json(summary="x" * 601), "summary"),
        (macro_json(drivers=["d"] * 7), "drivers"),
        (macro_json(sectors_to_avoid=["x" * 601]), "sectors_to_avoid.0"),
        (GOOD.replace("0.8", "9" * 4200), "exposure"),
        (macro_json(summary="\ud800"), "summary"),
        (macro_json(**{"\ud800": 1}), "answer: Input should be a valid string"),
        ("\ufeff" + GOOD, "expected one JSON object"),
        ("[" + GOOD + "]", "expected one JSON object"),
        ("```json\n[1]\n```", "found list"),
        ("{" * 100_000, "JSON"),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, "nested too deeply"),
        ('{"exposure": ' + "9" * 5000 + "}", "JSON numbers"),
        ("{" + " " * LONGEST_ANSWER, "answer shorter"),
        ("<html><body>Please log in</body></html>", "expected one JSON object"),
        ("I cannot help with financial advice.", "expected one JSON object"),
    ],
)
def test_everything_else_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(AnswerError, match=re.escape(reason)):
        parse_answer(text, MacroAnswer)


@pytest.mark.parametrize("depth", range(100, 1100, 20))
def test_nesting_near_the_interpreters_limit_is_refused_too(depth: int) -> None:
    with pytest.raises(AnswerError):
        parse_answer('{"a":' * depth + "1" + "}" * depth, MacroAnswer)


def test_one_ticker_with_two_targets_is_refused() -> None:
    twice = {"ticker": "AAPL", "weight": 0.05, "reason": "r"}
    text = json.dumps({"targets": [twice, {**twice, "weight": 0.0}], "summary": "s"})
    with pytest.raises(AnswerError, match="'AAPL' 2 times"):
        parse_answer(text, ManagerAnswer)


def test_one_ticker_may_have_several_concerns() -> None:
    kinds = ("crowded", "overtrading")
    concerns = [{"ticker": "AAPL", "kind": kind, "severity": 0.4, "reason": "r"} for kind in kinds]
    text = json.dumps({"verdict": "approve", "concerns": concerns, "summary": "s"})
    assert len(parse_answer(text, ValidatorAnswer).concerns) == 2


def test_many_mistakes_are_quoted_in_a_message_of_bounded_length() -> None:
    views = [{"ticker": f"T{n}", "conviction": 5, "reason": "x" * 500} for n in range(60)]
    with pytest.raises(AnswerError) as refused:
        parse_answer(json.dumps({"views": views, "summary": "s"}), QuantAnswer)
    assert "and 52 more" in str(refused.value)
    assert len(str(refused.value)) < 2000


@pytest.mark.parametrize(
    "text",
    [
        macro_json(**{"k" * 150_000: 1}),
        "{" + ",".join([f'"{"k" * 90_000}": 1'] * 2) + "}",
        macro_json(regime="x" * 150_000),
        macro_json(**{f"line\n\x1b[2J{n}": n for n in range(5000)}),
    ],
)
def test_whatever_is_wrong_is_quoted_in_one_short_clean_line(text: str) -> None:
    with pytest.raises(AnswerError) as refused:
        parse_answer(text, MacroAnswer)
    assert len(str(refused.value)) < 2000
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("opening", ["```", "```json", "<think>", "x"])
@pytest.mark.parametrize("filler", [" ", "``` ", "<think>", " \n"])
def test_a_long_answer_is_read_in_one_pass(opening: str, filler: str) -> None:
    """A pattern that tries every split of 200,000 blanks stands still for minutes, and its event loop too."""
    text = (opening + filler * LONGEST_ANSWER)[: LONGEST_ANSWER - 1] + "x"
    with pytest.raises(AnswerError):
        parse_answer(text, MacroAnswer)


LOOKALIKES = (
    "\u0410APL",
    "AAPL\u200b",
    "\uff21\uff21\uff30\uff2c",
    " AAPL",
    "aapl",
    "AAPL\x00",
    "\u202eLPAA",
    "",
)


@pytest.mark.parametrize("ticker", LOOKALIKES)
def test_what_only_looks_like_a_candidate_is_none(ticker: str) -> None:
    texts = [manager_json(**{ticker: 1.0}), manager_json(**{ticker: 1.0})]
    reply = run(a_door(a_seat(a_script(*texts))).ask(a_manager_request()))
    assert reply.answer is None or reply.answer.targets == []


def test_strangers_are_dropped_and_named_and_the_rest_is_kept() -> None:
    answer = parse_answer(manager_json(AAPL=0.05, FAKE=0.1, GHOST=0.0), ManagerAnswer)
    kept, dropped = keep_allowed(answer, frozenset({"AAPL", "MSFT"}))
    assert [target.ticker for target in kept.targets] == ["AAPL"]
    assert dropped == ("FAKE", "GHOST")


def test_an_answer_without_strangers_is_the_same_object() -> None:
    answer = parse_answer(manager_json(AAPL=0.05), ManagerAnswer)
    assert keep_allowed(answer, frozenset({"AAPL"})) == (answer, ())


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.text() | JSON_VALUES.map(json.dumps) | st.text().map(lambda t: f"```json\n{t}\n```"))
def test_any_text_is_an_answer_or_an_answer_error(text: str) -> None:
    with contextlib.suppress(AnswerError):
        assert isinstance(parse_answer(text, MacroAnswer), MacroAnswer)


@given(st.fixed_dictionaries({key: JSON_VALUES for key in ("regime", "exposure", "confidence", "summary")}))
def test_any_values_in_the_right_fields_are_an_answer_or_an_answer_error(fields: dict[str, Any]) -> None:
    try:
        answer = parse_answer(json.dumps({**fields, "drivers": []}), MacroAnswer)
    except AnswerError:
        return
    assert 0 <= answer.exposure <= 1


@given(st.lists(st.text(), min_size=2, max_size=2))
def test_no_pair_of_texts_raises_through_the_door(texts: list[str]) -> None:
    reply = run(a_door(a_seat(a_script(*texts))).ask(a_request()))
    assert (reply.answer is None) == (reply.silence is not None)
    assert [call.answer for call in reply.calls] == [storable(text) for text in texts[: len(reply.calls)]]
