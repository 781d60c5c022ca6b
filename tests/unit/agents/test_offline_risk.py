"""What the offline risk officer shrinks, by how much, and that nothing is ever enlarged."""

from typing import Any

import pytest

from agents.answers import Concern, ManagerAnswer, RiskAnswer, ValidatorAnswer
from agents.brief import Evidence
from agents.briefs import Earlier
from agents.roles import RISK_OFFICER
from support.evidence import a_book, a_candidate, an_evidence
from support.rule_answers import say, targets


class TestRiskOfficer:
    def shrink(self, evidence: Evidence, proposal: ManagerAnswer, **earlier: Any) -> dict[str, float]:
        answer: RiskAnswer = say(RISK_OFFICER, evidence, Earlier(manager=proposal, **earlier))
        return {factor.ticker: factor.factor for factor in answer.factors}

    def test_nothing_is_said_of_cuts_where_nothing_was_asked_for(self) -> None:
        answer: RiskAnswer = say(RISK_OFFICER, an_evidence(), Earlier(manager=targets()))
        assert answer.summary.startswith("The book stands")

    def test_an_ordinary_purchase_stands(self) -> None:
        assert self.shrink(an_evidence(), targets(AAPL=0.06)) == {}

    def test_volatility_above_45_percent_shrinks_in_proportion(self) -> None:
        assert self.shrink(an_evidence(a_candidate(volatility_20=0.9)), targets(AAPL=0.06)) == {"AAPL": 0.5}

    def test_unknown_volatility_is_a_risk_not_a_zero(self) -> None:
        assert self.shrink(an_evidence(a_candidate(volatility_20=None)), targets(AAPL=0.06)) == {"AAPL": 0.5}

    @pytest.mark.parametrize(("drawdown", "factor"), [(-0.05, None), (-0.1, 0.5), (-0.2, 0.2)])
    def test_a_book_in_drawdown_adds_less(self, drawdown: float, factor: float | None) -> None:
        evidence = an_evidence(book=a_book(drawdown=drawdown))
        assert self.shrink(evidence, targets(AAPL=0.06)).get("AAPL") == factor

    def test_only_what_is_added_is_shrunk(self) -> None:
        held = a_candidate(weight=0.04, held_sessions=9, volatility_20=0.9)
        assert self.shrink(an_evidence(held), targets(AAPL=0.08)) == {"AAPL": 0.75}
        assert self.shrink(an_evidence(held), targets(AAPL=0.03)) == {}
        assert self.shrink(an_evidence(held), targets(AAPL=0.0)) == {}

    def test_a_position_larger_than_a_percent_of_volume_is_cut_to_it(self) -> None:
        thin = a_candidate(average_dollar_volume=3_000_000.0)
        evidence = an_evidence(thin, book=a_book(equity=1_000_000.0))
        assert self.shrink(evidence, targets(AAPL=0.06)) == {"AAPL": 0.5}

    def test_a_strong_concern_that_remains_halves_the_target(self) -> None:
        concern = Concern(ticker="AAPL", kind="other", severity=0.7, reason="thin")
        verdict = ValidatorAnswer(verdict="approve", concerns=[concern], summary="s")
        assert self.shrink(an_evidence(), targets(AAPL=0.06), validator=verdict) == {"AAPL": 0.5}

    def test_additions_to_a_crowded_sector_are_cut(self) -> None:
        held = [a_candidate(f"H{n}", weight=0.09, held_sessions=9) for n in range(4)]
        factors = self.shrink(an_evidence(*held, a_candidate("NEW")), targets(NEW=0.06))
        assert factors == {"NEW": round(0.30 / 0.42, 3)}

    def test_no_factor_ever_enlarges(self) -> None:
        for volatility in (0.1, 0.46, 0.7, 3.0):
            for drawdown in (0.0, -0.09, -0.5):
                evidence = an_evidence(a_candidate(volatility_20=volatility), book=a_book(drawdown=drawdown))
                assert all(0 <= f <= 1 for f in self.shrink(evidence, targets(AAPL=0.06)).values())
