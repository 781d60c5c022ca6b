"""Scorers of the validator and the risk officer: what is caught, what is let pass, and what is left alone."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from evals.case import Case
from evals.rivals import risk_rivals, validator_rivals
from evals.scorers.proposals import (
    DangerShrunk,
    FalseRefusal,
    FlawCaught,
    PlainLeft,
    RefusalRight,
    ShrunkRight,
    VerdictRight,
)
from evals.trial import Output
from support.eval_runs import a_case, an_output


def a_proposal(flaw: str | None = "crowded", tickers: Sequence[str] = ("AAA",)) -> Case:
    label = {"flaw": flaw, "tickers": list(tickers) if flaw else []}
    targets = [{"ticker": ticker, "weight": 0.05, "reason": ""} for ticker in ("AAA", "BBB")]
    given = {"evidence": {}, "earlier": {"portfolio_manager": {"targets": targets}}}
    return a_case(subject="validator", label=label, given=given)


def verdict(said: str, *tickers: str) -> Output:
    concerns = [{"ticker": ticker, "kind": "other", "severity": 1, "reason": ""} for ticker in tickers]
    return Output(answer={"verdict": said, "concerns": concerns, "summary": ""})


@pytest.mark.parametrize(
    ("flaw", "output", "right", "caught", "refused", "precise"),
    [
        ("crowded", verdict("revise", "AAA"), 1, 1, None, 1),
        ("crowded", verdict("revise", "BBB"), 0, 0, None, 1),
        ("crowded", verdict("approve", "AAA"), 0, 0, None, None),
        ("crowded", an_output(None), 0, 0, None, None),
        (None, verdict("approve"), 1, None, 0, None),
        (None, verdict("revise", "AAA"), 0, None, 1, 0),
        (None, an_output(None), 1, None, 0, None),
    ],
)
def test_a_validator_is_scored_on_flaws_and_on_sound_proposals(
    flaw: str | None,
    output: Output,
    right: float,
    caught: float | None,
    refused: float | None,
    precise: float | None,
) -> None:
    case = a_proposal(flaw)
    found = [
        score(case, output).value for score in (VerdictRight(), FlawCaught(), FalseRefusal(), RefusalRight())
    ]
    assert found == [right, caught, refused, precise]


def a_book(shrink: Sequence[str] = ("AAA",), leave: Sequence[str] = ("BBB", "CCC")) -> Case:
    label = {"shrink": list(shrink), "leave": list(leave)}
    return a_case(subject="risk_officer", label=label, given=a_proposal().given)


def factors(**said: float) -> Output:
    found: list[Mapping[str, Any]] = [{"ticker": t, "factor": f, "reason": ""} for t, f in said.items()]
    return Output(answer={"factors": found, "summary": ""})


@pytest.mark.parametrize(
    ("output", "right", "danger", "plain"),
    [
        (factors(AAA=0.5), 1.0, 1.0, 1.0),
        (factors(AAA=0.5, BBB=0.9), 0.75, 1.0, 0.5),
        (factors(BBB=0.0, CCC=0.0), 0.0, 0.0, 0.0),
        (factors(AAA=1.0), 0.5, 0.0, 1.0),
        (an_output(None), 0.5, 0.0, 1.0),
    ],
)
def test_a_risk_officer_is_scored_on_dangers_and_on_plain_targets(
    output: Output, right: float, danger: float, plain: float
) -> None:
    found = [score(a_book(), output).value for score in (ShrunkRight(), DangerShrunk(), PlainLeft())]
    assert found == [right, danger, plain]


def test_where_nothing_is_dangerous_only_what_is_left_counts() -> None:
    case = a_book(shrink=())
    assert ShrunkRight()(case, factors(BBB=0.5)).value == 0.5
    assert DangerShrunk()(case, factors(BBB=0.5)).value is None
    assert PlainLeft()(a_book(leave=()), factors()).value is None


def test_rivals_get_half_or_the_base_rate_and_no_more() -> None:
    never, half = (asyncio.run(rival.answer(a_book(leave=["BBB"]), 0)) for rival in risk_rivals())
    assert ShrunkRight()(a_book(leave=["BBB"]), never).value == 0.5
    assert ShrunkRight()(a_book(leave=["BBB"]), half).value == 0.5
    approve, reject = (asyncio.run(rival.answer(a_proposal(), 0)) for rival in validator_rivals())
    assert [VerdictRight()(a_proposal(), said).value for said in (approve, reject)] == [0, 1]
    assert [VerdictRight()(a_proposal(None), said).value for said in (approve, reject)] == [1, 0]
