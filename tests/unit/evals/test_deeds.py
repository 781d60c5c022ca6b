"""Deeds beside leanings: one measure of which side an answer takes, however it is worded or ordered."""

import json
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.deeds import chat_deed, deed
from evals.scorers.leaning import leaning
from support.eval_runs import a_case, a_signal_case

CASE = a_signal_case()
CONVICTIONS = st.one_of(st.floats(-1, 1), st.sampled_from([0.1, -0.1, 0.0, -0.0, 0.0999999, 1e-300]))


@settings(max_examples=60)
@given(said=CONVICTIONS, as_text=st.booleans())
def test_the_side_of_a_deed_is_the_side_that_is_scored(said: float, as_text: bool) -> None:
    conviction = repr(said) if as_text else said
    answer = {"views": [{"ticker": "AAA", "conviction": conviction, "reason": ""}], "summary": ""}
    assert json.loads(deed(CASE, answer)).get("AAA", 0) == leaning(CASE, answer)


@settings(max_examples=60)
@given(weight=st.decimals(0, 1, places=4))
def test_a_target_moves_a_book_as_the_committee_leans(weight: Decimal) -> None:
    evidence = {"candidates": [{"ticker": "AAA", "weight": 0.1}]}
    case = a_case(subject="committee", given={"evidence": evidence})
    for answer in (
        {"weights": {"AAA": str(weight)}},
        {"targets": [{"ticker": "AAA", "weight": float(weight)}]},
    ):
        side = leaning(case, {"weights": {"AAA": weight}})
        assert json.loads(deed(case, answer)).get("AAA", 0) == side


def test_a_name_that_is_not_mentioned_moves_no_book_and_a_stranger_does() -> None:
    case = a_case(given={"evidence": {"candidates": [{"ticker": "AAA", "weight": 0.1}]}})
    assert deed(case, {"weights": {}}) == deed(case, {"weights": {"AAA": "0.1", "ZZZ": "0"}})
    assert deed(case, {"weights": {"ZZZ": "0.0001"}}) == deed(
        case, {"targets": [{"ticker": "ZZZ", "weight": 1}]}
    )
    assert deed(case, {"weights": {"AAA": "0"}}) != deed(case, {"weights": {}})


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_which_order_names_are_told_is_no_deed(order: tuple[int, ...]) -> None:
    views = [{"ticker": t, "conviction": c} for t, c in (("é", 0.5), ("B", -0.5), ("A", 0.05))]
    factors = [{"ticker": t, "factor": f} for t, f in (("é", 0.5), ("B", 0.0), ("A", 1.0))]
    for part, told in (("views", views), ("factors", factors)):
        assert deed(CASE, {part: [told[n] for n in order]}) == deed(CASE, {part: told})


def test_the_order_of_tools_and_what_they_are_asked_are_deeds_of_the_chat() -> None:
    one, two = ({"tool": "ticker", "arguments": {"name": name}} for name in "AB")
    opened = [{"action": "pause", "arguments": {}}]
    said = [
        {"tools": tools, "tickets": tickets, "text": "words"}
        for tools in ([one, two], [two, one], [one], [one, one], [])
        for tickets in ([], opened)
    ]
    assert len({deed(CASE, each) for each in said}) == len(said)
    assert chat_deed({**said[0], "text": "other words"}) == chat_deed(said[0])
