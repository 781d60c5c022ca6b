"""What the validator's rules say to buying against the desk's own views, and only to buying."""

import pytest

from agents.answers import CandidateView, ManagerAnswer, QuantAnswer, TargetWeight, ValidatorAnswer
from agents.brief import Evidence
from agents.briefs import Earlier
from agents.offline import rule_answer
from agents.roles import VALIDATOR
from agents.strict import parse_answer
from support.evidence import a_candidate, a_forecast, an_evidence


def judge(evidence: Evidence, weight: float, conviction: float = 0.4) -> ValidatorAnswer:
    """Return the verdict on a target for the one candidate, of whom the quant researcher thinks so much."""
    quant = QuantAnswer(views=[CandidateView(ticker="AAPL", conviction=conviction, reason="r")], summary="s")
    proposal = ManagerAnswer(targets=[TargetWeight(ticker="AAPL", weight=weight, reason="r")], summary="s")
    brief = VALIDATOR.brief(evidence, Earlier(quant=quant, manager=proposal))
    return parse_answer(rule_answer(brief), ValidatorAnswer)


@pytest.mark.parametrize(
    ("conviction", "verdict"), [(0.0, None), (-0.05, "approve"), (-0.1, "revise"), (-0.6, "revise")]
)
def test_buying_what_the_rules_would_sell_is_sent_back(conviction: float, verdict: str | None) -> None:
    answer = judge(an_evidence(), 0.06, conviction)
    told = f"right only if the quant researcher is wrong, whose view of it is {conviction:+.2f}"
    assert [(c.kind, c.reason) for c in answer.concerns] == ([("other", told)] if verdict else [])
    assert answer.verdict == (verdict or "approve")


@pytest.mark.parametrize(
    ("kindest", "verdict"), [(0.4, None), (0.3, "approve"), (0.25, "revise"), (0.04, "revise")]
)
def test_buying_what_every_forecaster_puts_near_the_bottom_is_sent_back(
    kindest: float, verdict: str | None
) -> None:
    low = a_candidate(forecasts=(a_forecast(rank=0.01), a_forecast("momentum", rank=kindest)))
    answer = judge(an_evidence(low), 0.06, 0.4)
    told = f"right only if every forecaster is wrong: none ranks it above {kindest:.2f}"
    assert [(c.kind, c.reason) for c in answer.concerns] == ([("weak_evidence", told)] if verdict else [])
    assert answer.verdict == (verdict or "approve")


def test_one_forecaster_is_not_every_forecaster_and_none_says_nothing() -> None:
    for forecasts in ((a_forecast(rank=0.01),), ()):
        evidence = an_evidence(a_candidate(forecasts=forecasts))
        assert judge(evidence, 0.06).concerns == []


def test_selling_or_keeping_what_everybody_is_against_is_no_concern() -> None:
    ranks = (a_forecast(rank=0.01), a_forecast("momentum", rank=0.04))
    held = an_evidence(a_candidate(weight=0.06, held_sessions=20, forecasts=ranks))
    for weight in (0.0, 0.03, 0.06):
        assert judge(held, weight, -0.6).concerns == []


def test_covering_a_short_adds_no_risk_to_object_to() -> None:
    ranks = (a_forecast(rank=0.01), a_forecast("momentum", rank=0.04))
    short = an_evidence(a_candidate(weight=-0.06, held_sessions=20, forecasts=ranks))
    for weight in (-0.02, 0.0):
        assert judge(short, weight, -0.6).concerns == []
    turned = judge(short, 0.05, -0.6)
    assert [c.kind for c in turned.concerns] == ["other", "weak_evidence"]
