"""What the offline rules do with evidence, role by role, and how they say why."""

from typing import Any

import pytest

from agents.answers import (
    CandidateView,
    Concern,
    MacroAnswer,
    ManagerAnswer,
    QuantAnswer,
    ValidatorAnswer,
)
from agents.brief import Evidence
from agents.briefs import Earlier
from agents.offline import rule_answer
from agents.roles import MACRO_RESEARCHER, PORTFOLIO_MANAGER, QUANT_RESEARCHER, VALIDATOR
from support.evidence import (
    a_candidate,
    a_forecast,
    a_forecaster,
    a_market,
    a_reading,
    a_trade,
    an_evidence,
)
from support.rule_answers import say, targets


def a_macro(**changes: Any) -> MacroAnswer:
    plain: dict[str, Any] = {
        "regime": "risk_on",
        "exposure": 0.8,
        "confidence": 0.5,
        "drivers": [],
        "sectors_to_avoid": [],
        "summary": "s",
    }
    return MacroAnswer(**{**plain, **changes})


def views(**convictions: float) -> QuantAnswer:
    said = [CandidateView(ticker=t, conviction=c, reason=f"reason for {t}") for t, c in convictions.items()]
    return QuantAnswer(views=said, summary="s")


def decide(evidence: Evidence, quant: QuantAnswer, macro: MacroAnswer | None = None) -> dict[str, float]:
    answer = say(PORTFOLIO_MANAGER, evidence, Earlier(macro=macro or a_macro(), quant=quant))
    return {target.ticker: target.weight for target in answer.targets}


class TestMacroResearcher:
    def test_a_calm_rising_broad_market_is_risk_on(self) -> None:
        answer = say(MACRO_RESEARCHER, an_evidence())
        assert answer.regime == "risk_on"
        assert answer.exposure >= 0.75

    def test_a_falling_wild_narrow_market_is_risk_off_and_quotes_its_numbers(self) -> None:
        crash = a_market(
            return_20=-0.09,
            return_60=-0.11,
            volatility_20=0.34,
            drawdown_120=-0.13,
            breadth=0.12,
            readings=(a_reading(z_score=3.1),),
        )
        answer = say(MACRO_RESEARCHER, an_evidence(market=crash))
        assert answer.regime == "risk_off"
        assert answer.exposure <= 0.35
        said = " ".join(answer.drivers)
        for number in ("-11.0 %", "34.0 %", "12.0 %", "z +3.1", "-13.0 %"):
            assert number in said

    def test_more_fear_never_asks_for_more_exposure(self) -> None:
        asked = [
            say(MACRO_RESEARCHER, an_evidence(market=a_market(readings=(a_reading(z_score=z),)))).exposure
            for z in (-2.0, -1.0, 0.0, 1.0, 2.0)
        ]
        assert asked == sorted(asked, reverse=True)
        assert asked[0] > asked[-1]

    def test_exposure_moves_in_whole_steps(self) -> None:
        for breadth in (0.1, 0.33, 0.5, 0.71, 0.9):
            exposure = say(MACRO_RESEARCHER, an_evidence(market=a_market(breadth=breadth))).exposure
            assert exposure * 20 == pytest.approx(round(exposure * 20))

    def test_credit_spreads_and_the_curve_are_read_when_known(self) -> None:
        readings = (
            a_reading("BAA_SPREAD", name="Baa minus 10-year", z_score=2.5),
            a_reading("UST_10Y_2Y", name="10-year minus 2-year", value=-0.4, z_score=-2.0),
        )
        said = " ".join(say(MACRO_RESEARCHER, an_evidence(market=a_market(readings=readings))).drivers)
        assert "BAA_SPREAD at z +2.5" in said
        assert "yield -0.40 points" in said

    def test_a_handful_of_similar_sessions_is_shrunk(self) -> None:
        def asked(n: int) -> float:
            past = tuple({"session": "2015-08-24", "distance": 0.1, "next_20": -0.08} for _ in range(n))
            only = a_market(
                return_20=None,
                return_60=None,
                volatility_20=None,
                drawdown_120=None,
                breadth=None,
                readings=(),
                similar_conditions=past,
            )
            return say(MACRO_RESEARCHER, an_evidence(market=only)).exposure

        assert asked(8) < asked(1) < 0.65

    def test_knowing_nothing_is_neutral_with_no_confidence(self) -> None:
        dark = a_market(
            return_20=None, return_60=None, volatility_20=None, drawdown_120=None, breadth=None, readings=()
        )
        answer = say(MACRO_RESEARCHER, an_evidence(market=dark))
        assert (answer.regime, answer.exposure, answer.confidence) == ("neutral", 0.5, 0.0)

    def test_only_measured_weakness_of_three_names_makes_a_sector_one_to_avoid(self) -> None:
        weak = [a_candidate(f"E{n}", sector="Energy", return_20=-0.05, return_60=-0.12) for n in range(3)]
        pair = [a_candidate(f"U{n}", sector="Utilities", return_20=-0.05, return_60=-0.12) for n in range(2)]
        assert say(MACRO_RESEARCHER, an_evidence(*weak, *pair)).sectors_to_avoid == ["Energy"]


class TestQuantResearcher:
    def view(self, *forecasters: Any, **changes: Any) -> CandidateView:
        evidence = an_evidence(a_candidate(**changes), forecasters=forecasters or (a_forecaster(),))
        return say(QUANT_RESEARCHER, evidence).views[0]

    def test_words_name_rank_momentum_and_past_trades_with_their_number(self) -> None:
        trades = tuple(a_trade(r) for r in (-0.03, 0.01, -0.02, -0.01, -0.01, -0.012))
        said = self.view(similar=trades).reason
        assert "gbm rank 0.93" in said
        assert "momentum +12.0 % over 60 sessions" in said
        assert "6 similar trades averaged -1.2 %" in said

    def test_a_better_rank_is_worth_more(self) -> None:
        ranks = [self.view(forecasts=(a_forecast(rank=r),)).conviction for r in (0.05, 0.3, 0.6, 0.95)]
        assert ranks == sorted(ranks)
        assert ranks[0] < ranks[-1]

    def test_a_forecaster_whose_record_lies_below_zero_is_given_no_weight(self) -> None:
        wrong = a_forecaster(rank_ic=-0.04, rank_ic_low=-0.07, rank_ic_high=-0.01, worth="no edge")
        views = [self.view(wrong, forecasts=(a_forecast(rank=r),)) for r in (0.0, 1.0)]
        assert views[0].conviction == views[1].conviction
        assert "no forecaster's record earns it trust" in views[0].reason

    def test_an_unmeasured_forecaster_is_given_no_weight(self) -> None:
        new = a_forecaster(rank_ic=None)
        high, low = (self.view(new, forecasts=(a_forecast(rank=r),)).conviction for r in (1.0, 0.0))
        assert high == low

    def test_without_an_edge_a_forecaster_moves_the_view_less_and_the_summary_says_so(self) -> None:
        doubtful = a_forecaster(rank_ic=0.01, rank_ic_low=-0.05, rank_ic_high=0.07, worth="no edge")

        def moved(forecaster: Any) -> float:
            high, low = (
                self.view(forecaster, forecasts=(a_forecast(rank=r),)).conviction for r in (1.0, 0.0)
            )
            return high - low

        assert 0 < moved(doubtful) < moved(a_forecaster())
        answer = say(QUANT_RESEARCHER, an_evidence(a_candidate(), forecasters=(doubtful,)))
        assert answer.summary.endswith("weighted by gbm (0.50). No forecaster has a proven edge.")
        assert "proven" not in say(QUANT_RESEARCHER, an_evidence(a_candidate())).summary

    def test_losses_in_similar_trades_lower_conviction_the_more_of_them_the_more(self) -> None:
        convictions = [self.view(similar=(a_trade(-0.04),) * n).conviction for n in (0, 1, 3, 6)]
        assert convictions == sorted(convictions, reverse=True)
        assert len(set(convictions)) == 4

    def test_the_same_move_says_less_when_volatility_is_high(self) -> None:
        calm, wild = (self.view(volatility_20=v, forecasts=(), return_5=None).conviction for v in (0.15, 0.6))
        assert calm > wild > 0

    def test_a_candidate_nothing_is_known_of_gets_no_view(self) -> None:
        unknown = a_candidate(
            forecasts=(), similar=(), volatility_20=None, return_5=None, return_60=None, return_120=None
        )
        assert say(QUANT_RESEARCHER, an_evidence(unknown)).views == []


class TestPortfolioManager:
    def test_conviction_opens_a_position_between_three_and_ten_percent(self) -> None:
        opened = decide(an_evidence(a_candidate("AAPL"), a_candidate("MSFT")), views(AAPL=0.5, MSFT=0.1))
        assert set(opened) == {"AAPL"}
        assert 0.03 <= opened["AAPL"] <= 0.10

    def test_wilder_names_get_smaller_weights(self) -> None:
        names = [a_candidate("CALM", volatility_20=0.15), a_candidate("WILD", volatility_20=0.45)]
        opened = decide(an_evidence(*names), views(CALM=0.4, WILD=0.4))
        assert opened["CALM"] > opened["WILD"]

    def test_a_held_name_is_kept_through_a_small_change_of_mind(self) -> None:
        held = a_candidate("AAPL", weight=0.06, held_sessions=9)
        assert decide(an_evidence(held), views(AAPL=0.02)) == {}

    def test_a_name_that_turned_is_closed_after_the_horizon_and_not_before(self) -> None:
        fresh = a_candidate("AAPL", weight=0.06, held_sessions=4)
        assert decide(an_evidence(fresh), views(AAPL=-0.2)) == {}
        ripe = a_candidate("AAPL", weight=0.06, held_sessions=5)
        assert decide(an_evidence(ripe), views(AAPL=-0.2)) == {"AAPL": 0.0}

    def test_a_collapse_of_conviction_is_acted_on_at_once(self) -> None:
        fresh = a_candidate("AAPL", weight=0.06, held_sessions=1)
        assert decide(an_evidence(fresh), views(AAPL=-0.6)) == {"AAPL": 0.0}

    def test_a_position_without_conviction_does_not_stay_for_ever(self) -> None:
        old = a_candidate("AAPL", weight=0.06, held_sessions=30)
        assert decide(an_evidence(old), views(AAPL=0.05)) == {"AAPL": 0.0}

    def test_a_close_says_why_and_quotes_the_view(self) -> None:
        held = a_candidate("AAPL", weight=0.06, held_sessions=9)
        earlier = Earlier(macro=a_macro(), quant=views(AAPL=-0.2))
        (target,) = say(PORTFOLIO_MANAGER, an_evidence(held), earlier).targets
        assert target.reason == "Close: conviction -0.20 after 9 sessions. reason for AAPL"

    def test_silence_of_the_quant_researcher_sells_nothing(self) -> None:
        held = a_candidate("AAPL", weight=0.06, held_sessions=30)
        assert say(PORTFOLIO_MANAGER, an_evidence(held), Earlier(macro=a_macro())).targets == []

    def test_silence_of_the_macro_researcher_opens_nothing(self) -> None:
        answer = say(PORTFOLIO_MANAGER, an_evidence(a_candidate("AAPL")), Earlier(quant=views(AAPL=0.9)))
        assert answer.targets == []

    def test_the_book_stays_within_exposure_names_sectors_and_pace(self) -> None:
        names = [a_candidate(f"T{n:02d}", sector=f"Sector {n % 3}") for n in range(20)]
        opened = decide(an_evidence(*names), views(**{c.ticker: 0.5 for c in names}))
        assert len(opened) == 3
        held = [a_candidate(f"H{n}", weight=0.06, held_sessions=2, sector="Energy") for n in range(3)]
        more = decide(
            an_evidence(*held, a_candidate("NEW", sector="Energy")),
            views(NEW=0.9, **{c.ticker: 0.3 for c in held}),
        )
        assert more == {}

    def test_no_position_is_opened_beyond_the_exposure_asked_for(self) -> None:
        held = [a_candidate(f"H{n}", weight=0.08, held_sessions=2, sector=f"S{n}") for n in range(6)]
        quant = views(NEW=0.9, **{c.ticker: 0.3 for c in held})
        assert decide(an_evidence(*held, a_candidate("NEW")), quant, a_macro(exposure=0.5)) == {}
        assert "NEW" in decide(an_evidence(*held, a_candidate("NEW")), quant, a_macro(exposure=0.7))

    def test_a_sector_to_avoid_gets_no_new_names(self) -> None:
        macro = a_macro(sectors_to_avoid=["Information Technology"])
        assert decide(an_evidence(a_candidate("AAPL")), views(AAPL=0.9), macro) == {}

    def test_much_less_exposure_sells_the_weakest_first(self) -> None:
        held = [a_candidate(f"H{n}", weight=0.1, held_sessions=9, sector=f"S{n}") for n in range(8)]
        quant = views(**{f"H{n}": 0.05 + n / 10 for n in range(8)})
        assert decide(an_evidence(*held), quant, a_macro(exposure=0.5)) == {"H0": 0.0, "H1": 0.0, "H2": 0.0}
        assert decide(an_evidence(*held), quant, a_macro(exposure=0.7)) == {}

    def test_a_winner_that_outgrew_the_book_is_trimmed(self) -> None:
        grown = a_candidate("AAPL", weight=0.19, held_sessions=9)
        assert decide(an_evidence(grown), views(AAPL=0.4)) == {"AAPL": 0.10}

    def test_the_second_round_drops_what_is_strongly_objected_to_and_halves_the_rest(self) -> None:
        verdict = ValidatorAnswer(
            verdict="revise",
            concerns=[
                Concern(ticker="AAPL", kind="similar_trades_lost", severity=0.8, reason="r"),
                Concern(ticker="MSFT", kind="crowded", severity=0.4, reason="r"),
                Concern(ticker="INTC", kind="other", severity=0.1, reason="r"),
            ],
            summary="s",
        )
        evidence = an_evidence(*[a_candidate(t) for t in ("AAPL", "MSFT", "INTC")])
        first = targets(AAPL=0.06, MSFT=0.06, INTC=0.06)
        revised = say(PORTFOLIO_MANAGER, evidence, Earlier(manager=first, validator=verdict))
        assert {t.ticker: t.weight for t in revised.targets} == {"MSFT": 0.03, "INTC": 0.06}
        assert "dropped AAPL" in revised.summary


class TestValidator:
    def judge(self, evidence: Evidence, proposal: ManagerAnswer, **earlier: Any) -> ValidatorAnswer:
        return say(VALIDATOR, evidence, Earlier(manager=proposal, macro=a_macro(), **earlier))

    def test_a_sound_proposal_is_approved_without_invented_objections(self) -> None:
        answer = self.judge(an_evidence(), targets(AAPL=0.06))
        assert (answer.verdict, answer.concerns) == ("approve", [])

    def test_similar_trades_that_lost_send_a_purchase_back_with_their_count(self) -> None:
        loser = a_candidate(similar=tuple(a_trade(r) for r in (-0.06, -0.05, -0.04, 0.01, -0.05, -0.04)))
        answer = self.judge(an_evidence(loser), targets(AAPL=0.06))
        assert answer.verdict == "revise"
        (concern,) = answer.concerns
        assert concern.kind == "similar_trades_lost"
        assert concern.reason == "5 of 6 similar trades lost, -3.8 % on average, -6.0 % at worst"

    def test_two_trades_are_an_anecdote(self) -> None:
        unlucky = a_candidate(similar=(a_trade(-0.2), a_trade(-0.2)))
        assert self.judge(an_evidence(unlucky), targets(AAPL=0.06)).concerns == []

    def test_selling_what_lost_before_is_no_concern(self) -> None:
        held = a_candidate(weight=0.06, held_sessions=20, similar=(a_trade(-0.06),) * 6)
        assert self.judge(an_evidence(held), targets(AAPL=0.0)).concerns == []

    def test_forecasters_at_opposite_ends_are_weak_evidence_but_no_reason_for_a_round(self) -> None:
        torn = a_candidate(forecasts=(a_forecast(rank=0.95), a_forecast("momentum", rank=0.1)))
        answer = self.judge(an_evidence(torn), targets(AAPL=0.06))
        assert [c.kind for c in answer.concerns] == ["weak_evidence"]
        assert answer.verdict == "approve"

    def test_buying_into_a_confident_risk_off_market_is_sent_back(self) -> None:
        macro = a_macro(regime="risk_off", confidence=0.9, exposure=0.3)
        answer = say(VALIDATOR, an_evidence(), Earlier(manager=targets(AAPL=0.06), macro=macro))
        assert answer.verdict == "revise"
        assert [c.kind for c in answer.concerns] == ["against_regime"]

    def test_closing_what_was_just_opened_is_overtrading_unless_conviction_collapsed(self) -> None:
        fresh = an_evidence(a_candidate(weight=0.06, held_sessions=2))
        assert [c.kind for c in self.judge(fresh, targets(AAPL=0.0)).concerns] == ["overtrading"]
        assert self.judge(fresh, targets(AAPL=0.0), quant=views(AAPL=-0.6)).concerns == []

    def test_a_crowded_sector_is_named_with_its_weight(self) -> None:
        held = [a_candidate(f"H{n}", weight=0.09, held_sessions=9) for n in range(4)]
        answer = self.judge(an_evidence(*held, a_candidate("NEW")), targets(NEW=0.06))
        assert [(c.ticker, c.kind) for c in answer.concerns] == [("NEW", "crowded")]
        assert "Information Technology would be 42.0 %" in answer.concerns[0].reason

    def test_many_changes_at_once_are_overtrading(self) -> None:
        names = [a_candidate(f"T{n}", sector=f"S{n}") for n in range(9)]
        answer = self.judge(an_evidence(*names), targets(**{c.ticker: 0.05 for c in names}))
        assert "9 changes turn over 45.0 %" in answer.concerns[0].reason


@pytest.mark.parametrize("text", ["", "What do we hold?", "{", '{"a": 1}', '{"role": 5}', "[1, 2]"])
def test_what_is_no_brief_gets_an_honest_sentence(text: str) -> None:
    assert "offline rules, no LLM" in rule_answer(text)


def test_a_role_without_rules_is_named() -> None:
    assert "no rules for 'archivist'" in rule_answer('{"role": "archivist"}')
