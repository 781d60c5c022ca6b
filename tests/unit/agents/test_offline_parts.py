"""The small pure pieces the offline rules are made of, one sentence each."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage, SystemMessage

from agents import offline_macro, offline_manager, offline_quant
from agents.answers import MacroAnswer
from agents.offline import RULES, OfflineChatModel
from agents.offline_brief import Brief, clip, grouped, percent, rows_of, share, shrunk, squash
from agents.offline_manager import Candidate
from agents.offline_quant import forecast_part
from agents.reports import report_figures, report_ratios
from agents.role import read_prompt
from agents.roles import ASKED, MACRO_RESEARCHER, PORTFOLIO_MANAGER
from agents.strict import parse_answer
from fund.errors import AnswerError, ConfigError
from fund.forecasting.calibration import PRIOR_IC
from fund.metrics.inference import Z_95
from support.evidence import a_candidate, an_evidence

FINITE = st.floats(-1e6, 1e6)


def a_brief(**parts: Any) -> Brief:
    return Brief({"role": "macro_researcher", "horizon_sessions": 5, **parts})


def a_table(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"columns": list(rows[0]), "rows": [list(row.values()) for row in rows]}


def a_holding(**changes: Any) -> Candidate:
    plain: dict[str, Any] = {
        "ticker": "AAPL",
        "sector": "Energy",
        "weight": 0.06,
        "held_sessions": 9,
        "conviction": 0.3,
        "volatility": 0.25,
        "view": "a view",
    }
    return Candidate(**{**plain, **changes})


class TestReadingABrief:
    def test_the_first_object_of_a_prompt_is_the_brief_whatever_follows(self) -> None:
        text = '{"role": "validator", "names": "real"}\n\nYour previous answer was refused: {"x": 1}'
        brief = Brief.read(text)
        assert (brief.role, brief.data["names"]) == ("validator", "real")

    @pytest.mark.parametrize("text", ["", "no brief", "{", "[]", '{"role": 1}', '{"a": 1}', "{" * 5000])
    def test_what_is_no_brief_is_refused(self, text: str) -> None:
        with pytest.raises(AnswerError, match="expected a brief"):
            Brief.read(text)

    def test_parts_that_are_missing_or_null_read_as_empty(self) -> None:
        brief = a_brief(macro=None)
        assert (brief.part("macro"), brief.part("nowhere"), brief.rows("nowhere")) == ({}, {}, [])

    def test_tables_read_as_rows(self) -> None:
        table = {"columns": ["a", "b"], "rows": [[1, 2], [3, 4]]}
        assert list(rows_of(table)) == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
        assert list(rows_of(None)) == []

    def test_rows_are_grouped_in_order(self) -> None:
        rows = [{"ticker": t, "n": n} for n, t in enumerate("ABA")]
        assert {ticker: [row["n"] for row in group] for ticker, group in grouped(rows).items()} == {
            "A": [0, 2],
            "B": [1],
        }

    def test_a_brief_without_a_horizon_means_a_week(self) -> None:
        assert Brief({"role": "x"}).horizon == 5


class TestArithmetic:
    @given(FINITE)
    def test_squashing_keeps_sign_and_stays_within_one(self, value: float) -> None:
        assert -1 <= squash(value) <= 1
        assert squash(value) * value >= 0

    @given(FINITE, st.integers(0, 1000))
    def test_shrinking_never_grows_a_mean_or_turns_it(self, mean: float, n: int) -> None:
        assert abs(shrunk(mean, n)) <= abs(mean)
        assert shrunk(mean, n) * mean >= 0

    def test_ten_observations_are_worth_half(self) -> None:
        assert shrunk(0.04, 10) == 0.02
        assert shrunk(0.04, 0) == 0

    def test_clipping_keeps_within_bounds(self) -> None:
        assert [clip(v, 0, 1) for v in (-1, 0.5, 2)] == [0, 0.5, 1]

    def test_percent_and_share_read_as_people_write_them(self) -> None:
        assert (percent(0.1234), percent(-0.012), share(0.045)) == ("+12.3 %", "-1.2 %", "4.5 %")

    @pytest.mark.parametrize("value", [0.0, -0.0, 0.0004, -0.0004])
    def test_what_rounds_to_nothing_has_no_sign(self, value: float) -> None:
        assert percent(value) == "0.0 %"

    @pytest.mark.parametrize(
        ("expected", "words"), [(0.0004, "no expected move"), (-0.0006, "expected -0.1 %")]
    )
    def test_a_forecast_that_rounds_to_nothing_expects_no_move(self, expected: float, words: str) -> None:
        row = {"forecaster": "gbm", "rank": 0.5, "expected": expected}
        assert (
            forecast_part([row], {}).words
            == f"gbm rank 0.50, {words}, but no forecaster's record earns it trust"
        )


class TestMacroReadings:
    @pytest.mark.parametrize(("breadth", "score"), [(0.0, -1.0), (0.5, 0.0), (1.0, 1.0)])
    def test_breadth_is_neutral_at_half(self, breadth: float, score: float) -> None:
        reading = offline_macro.breadth(a_brief(market={"breadth": breadth}))
        assert reading is not None
        assert reading.score == score

    @pytest.mark.parametrize(("level", "sign"), [(0.08, 1), (0.16, 0), (0.4, -1)])
    def test_volatility_is_judged_against_its_long_run(self, level: float, sign: int) -> None:
        reading = offline_macro.volatility(a_brief(market={"volatility_20": level}))
        assert reading is not None
        assert (reading.score > 0) - (reading.score < 0) == sign

    def test_a_drawdown_of_six_percent_is_neither_good_nor_bad(self) -> None:
        reading = offline_macro.drawdown(a_brief(market={"drawdown_120": -0.06}))
        assert reading is not None
        assert reading.score == 0

    def test_the_curve_falls_back_on_its_z_score_where_its_level_is_withheld(self) -> None:
        row = {"series": "UST_10Y_2Y", "name": "slope", "value": None, "z_score": -1.5}
        reading = offline_macro.term_structure(a_brief(macro_series=a_table(row)))
        assert reading is not None
        assert reading.score == -0.5
        assert "z -1.5" in reading.words

    @pytest.mark.parametrize(
        "rule",
        [
            offline_macro.trend,
            offline_macro.volatility,
            offline_macro.breadth,
            offline_macro.fear,
            offline_macro.drawdown,
            offline_macro.term_structure,
            offline_macro.credit,
            offline_macro.similar_conditions,
        ],
    )
    def test_a_reading_without_its_number_says_nothing(self, rule: Any) -> None:
        assert rule(a_brief()) is None

    @pytest.mark.parametrize(
        ("score", "regime"), [(0.21, "risk_on"), (0.2, "neutral"), (-0.2, "neutral"), (-0.21, "risk_off")]
    )
    def test_regimes_have_their_bounds(self, score: float, regime: str) -> None:
        assert offline_macro.regime_of(score) == regime


class TestTrust:
    def row(self, **changes: Any) -> dict[str, Any]:
        plain = {"rank_ic": 0.02, "rank_ic_low": 0.0, "rank_ic_high": 0.04, "sessions": 240}
        return {**plain, **changes}

    def test_it_is_the_confidence_in_the_record(self) -> None:
        """(0.01 + 0.793 * (0.02 - 0.01)) / (that + 0.01), by an error of 0.0102 against a prior of 0.02."""
        assert offline_quant.trust(self.row()) == pytest.approx(0.642, abs=0.001)

    def test_an_interval_of_any_width_around_the_prior_is_worth_a_half(self) -> None:
        for reach in (0.001, 0.02, 0.4):
            row = self.row(rank_ic=PRIOR_IC, rank_ic_low=PRIOR_IC - reach, rank_ic_high=PRIOR_IC + reach)
            assert offline_quant.trust(row) == pytest.approx(0.5)

    def test_little_evidence_is_worth_about_a_half_whichever_way_it_points(self) -> None:
        for ic in (-0.03, 0.0, 0.05):
            row = self.row(rank_ic=ic, rank_ic_low=ic - 0.2, rank_ic_high=ic + 0.2)
            assert 0.4 < offline_quant.trust(row) < 0.6

    @given(st.floats(0.001, 0.06), st.floats(1.0, 3.0))
    def test_an_ic_that_is_negative_beyond_doubt_earns_none(self, error: float, times: float) -> None:
        ic = -Z_95 * error * times
        row = self.row(rank_ic=ic, rank_ic_low=ic - Z_95 * error, rank_ic_high=ic + Z_95 * error)
        assert offline_quant.trust(row) == 0

    @given(st.floats(-0.1, 0.1), st.floats(0, 0.05), st.floats(0, 0.2))
    def test_a_better_record_of_the_same_width_is_never_trusted_less(
        self, ic: float, more: float, reach: float
    ) -> None:
        worse, better = (
            self.row(rank_ic=each, rank_ic_low=each - reach, rank_ic_high=each + reach)
            for each in (ic, ic + more)
        )
        assert offline_quant.trust(worse) <= offline_quant.trust(better)

    @given(st.floats(-0.1, 0.1), st.floats(0, 0.1), st.integers(0, 2000))
    def test_trust_has_no_threshold(self, ic: float, reach: float, sessions: int) -> None:
        """A rank IC that differs by a thousandth moves trust by a few hundredths at most."""
        near = [
            self.row(rank_ic=each, rank_ic_low=each - reach, rank_ic_high=each + reach, sessions=sessions)
            for each in (ic, ic + 0.001)
        ]
        first, second = (offline_quant.trust(row) for row in near)
        assert 0 <= first <= second <= 1
        assert second - first < 0.1

    @pytest.mark.parametrize("missing", ["rank_ic", "rank_ic_low", "rank_ic_high"])
    def test_without_a_record_there_is_no_trust(self, missing: str) -> None:
        assert offline_quant.trust(self.row(**{missing: None})) == 0

    def test_a_wider_interval_above_the_prior_earns_less(self) -> None:
        narrow, wide = self.row(), self.row(rank_ic_low=-0.02, rank_ic_high=0.06)
        assert 0.5 < offline_quant.trust(wide) < offline_quant.trust(narrow)


class TestSizesAndCloses:
    def test_usual_volatility_and_conviction_give_an_even_share(self) -> None:
        assert offline_manager.size(a_holding(conviction=0.25), 0.25, 0.84) == 0.07

    @given(st.floats(0.01, 3.0), st.floats(-1, 1), st.floats(0, 1))
    def test_sizes_are_three_to_ten_percent_in_half_percent_steps(
        self, volatility: float, conviction: float, exposure: float
    ) -> None:
        weight = offline_manager.size(a_holding(volatility=volatility, conviction=conviction), 0.25, exposure)
        assert 0.03 <= weight <= 0.10
        assert weight * 200 == pytest.approx(round(weight * 200))

    def test_a_name_without_a_view_is_never_closed(self) -> None:
        assert offline_manager.closing(a_holding(conviction=None, held_sessions=500), 5) is None

    def test_unknown_volatility_in_a_brief_counts_as_the_usual_one(self) -> None:
        row = {
            "ticker": "A",
            "sector": None,
            "weight": None,
            "held_sessions": None,
            "conviction": 0.2,
            "volatility_20": None,
            "view": None,
        }
        candidate = Candidate.of(row)
        assert (candidate.volatility, candidate.weight, candidate.view) == (0.25, 0.0, "no view")

    def test_the_mandates_cash_and_gross_cap_the_exposure(self) -> None:
        asked = a_brief(macro={"exposure": 0.95}, limits={"max_gross": 1.0, "min_cash": 0.2})
        assert offline_manager.wanted_exposure(asked) == 0.8
        assert offline_manager.wanted_exposure(a_brief(limits={"max_gross": 0.3})) == 0.3


class TestTheOfflineLLM:
    def test_it_is_a_chat_llm_that_answers_the_last_message(self) -> None:
        messages = [
            SystemMessage(MACRO_RESEARCHER.prompt),
            HumanMessage(MACRO_RESEARCHER.brief(an_evidence())),
        ]
        said = OfflineChatModel().invoke(messages)
        assert parse_answer(str(said.text), MacroAnswer).regime == "risk_on"
        assert said.usage_metadata == {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}

    def test_it_says_the_same_awaited_or_not(self) -> None:
        brief = MACRO_RESEARCHER.brief(an_evidence())
        assert asyncio.run(OfflineChatModel().ainvoke(brief)).text == OfflineChatModel().invoke(brief).text

    def test_there_are_rules_for_every_role(self) -> None:
        assert set(RULES) == set(ASKED)


class TestReports:
    def test_ratios_need_both_parts_and_a_positive_base(self) -> None:
        assert report_ratios({"net_income": 10.0, "revenue": 50.0}) == {"net_margin": 0.2}
        assert report_ratios({"net_income": 10.0, "revenue": 0.0}) == {}
        assert report_ratios({"net_income": 10.0, "equity": -5.0}) == {}

    def test_words_and_what_is_not_finite_are_left_out(self) -> None:
        report = {"doc_type": "10-Q", "revenue": float("nan"), "assets": 7.0}
        assert report_figures(report) == {"assets": 7.0}


class TestRoles:
    def test_a_request_carries_prompt_brief_schema_and_the_candidates(self) -> None:
        evidence = an_evidence(a_candidate("AAPL"), a_candidate("MSFT"))
        request = PORTFOLIO_MANAGER.request(cycle_id="c", evidence=evidence)
        assert request.system == PORTFOLIO_MANAGER.prompt
        assert request.answer_type is PORTFOLIO_MANAGER.answer_type
        assert request.allowed_tickers == {"AAPL", "MSFT"}
        assert json.loads(request.brief)["role"] == "portfolio_manager"

    def test_a_role_without_a_prompt_names_the_missing_file(self) -> None:
        with pytest.raises(ConfigError, match=r"prompts/archivist\.md"):
            read_prompt("archivist")
