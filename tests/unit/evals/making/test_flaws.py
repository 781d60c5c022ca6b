"""Flaws by hand: each is found where it is planted, with its tickers, and nowhere else."""

from dataclasses import replace

import pytest

from agents.answers import CandidateView, MacroAnswer, ManagerAnswer, QuantAnswer, TargetWeight
from agents.brief import CandidateEvidence
from agents.briefs import Earlier
from evals.making.flaws import CHECKS, FAINT, KINDS, PLAIN, flaws_in
from support.evidence import a_candidate, a_forecast, a_trade, an_evidence

CALM = MacroAnswer(
    regime="neutral", exposure=0.7, confidence=0.5, drivers=[], sectors_to_avoid=[], summary=""
)
WITHOUT_ENERGY = CALM.model_copy(update={"sectors_to_avoid": ["Energy"]})
WELL = (a_forecast(rank=0.8), a_forecast("momentum", rank=0.9))


def proposal(*targets: tuple[str, float], macro: MacroAnswer = CALM, **convictions: float) -> Earlier:
    views = [CandidateView(ticker=t, conviction=c, reason="") for t, c in convictions.items()]
    wanted = [TargetWeight(ticker=t, weight=w, reason="") for t, w in targets]
    return Earlier(
        macro=macro,
        quant=QuantAnswer(views=views, summary=""),
        manager=ManagerAnswer(targets=wanted, summary=""),
    )


def name(ticker: str = "AAA", sector: str = "Energy", **changes: object) -> CandidateEvidence:
    return a_candidate(ticker, sector=sector, **{"forecasts": WELL, **changes})


@pytest.mark.parametrize(
    ("candidates", "earlier", "expected"),
    [
        ([name()], proposal(("AAA", 0.05)), {}),
        ([name(similar=(a_trade(-0.08),) * 4)], proposal(("AAA", 0.05)), {"similar_lost": ("AAA",)}),
        ([name(similar=(a_trade(-0.08),) * 2)], proposal(("AAA", 0.05)), {}),
        ([name(weight=0.09, similar=(a_trade(-0.08),) * 4)], proposal(("AAA", 0.05)), {}),
        ([name(forecasts=(a_forecast(rank=0.05),))], proposal(("AAA", 0.05)), {"all_against": ("AAA",)}),
        ([name(forecasts=())], proposal(("AAA", 0.05)), {}),
        (
            [name(forecasts=(a_forecast(rank=0.05), a_forecast(rank=0.95)))],
            proposal(("AAA", 0.05)),
            {"far_apart": ("AAA",)},
        ),
        (
            [name(), name("BBB", "Utilities")],
            proposal(("AAA", 0.09), ("BBB", 0.09), macro=CALM.model_copy(update={"regime": "risk_off"})),
            {"risk_off": ("AAA", "BBB")},
        ),
        (
            [name(), name("BBB", "Utilities")],
            proposal(("AAA", 0.05), ("BBB", 0.05), macro=WITHOUT_ENERGY),
            {"avoided_sector": ("AAA",)},
        ),
        (
            [name(), name("BBB", weight=0.45), name("CCC", "Utilities", weight=0.4)],
            proposal(("AAA", 0.09)),
            {"crowded": ("AAA",)},
        ),
        (
            [name(weight=0.5, held_sessions=20), name("BBB", "Utilities")],
            proposal(("AAA", 0.0), ("BBB", 0.4)),
            {"turned_over": ("AAA", "BBB")},
        ),
        (
            [name(weight=0.05, held_sessions=1)],
            proposal(("AAA", 0.0), AAA=0.3),
            {"closed_at_once": ("AAA",)},
        ),
        ([name(weight=0.05, held_sessions=1)], proposal(("AAA", 0.0), AAA=-0.5), {}),
        ([name(weight=0.05, held_sessions=30)], proposal(("AAA", 0.0), AAA=0.3), {}),
        ([name()], proposal(("AAA", 0.05), AAA=-0.7), {"against_own_view": ("AAA",)}),
        ([name()], proposal(("NOPE", 0.5)), {}),
        ([name()], Earlier(), {}),
    ],
)
def test_a_plain_flaw_is_found_with_its_tickers(
    candidates: list[CandidateEvidence], earlier: Earlier, expected: dict[str, tuple[str, ...]]
) -> None:
    assert flaws_in(an_evidence(*candidates), earlier, PLAIN) == expected


def test_between_plain_and_faint_lies_what_people_differ_on() -> None:
    taste = an_evidence(name(), name("BBB", weight=0.35))
    earlier = proposal(("AAA", 0.05))
    assert flaws_in(taste, earlier, PLAIN) == {}
    assert flaws_in(taste, earlier, FAINT) == {"crowded": ("AAA",)}


def test_what_is_plain_is_faint_as_well() -> None:
    bad = an_evidence(name(similar=(a_trade(-0.08),) * 5, forecasts=(a_forecast(rank=0.02),)))
    earlier = replace(proposal(("AAA", 0.2), AAA=-0.8))
    assert flaws_in(bad, earlier, PLAIN).keys() <= flaws_in(bad, earlier, FAINT).keys()
    assert flaws_in(bad, earlier, PLAIN).keys() == {"similar_lost", "all_against", "against_own_view"}


def test_every_flaw_is_a_kind_of_concern() -> None:
    assert CHECKS.keys() == KINDS.keys()
    assert set(KINDS.values()) == {
        "weak_evidence", "similar_trades_lost", "against_regime", "crowded", "overtrading", "other"
    }  # fmt: skip
