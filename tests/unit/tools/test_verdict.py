"""The one honest reason behind what a cycle did with a ticker."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from fund.cycle import CycleRecord
from fund.portfolio.proposal import Proposal
from fund.risk.limits import Clamp, RiskReview
from support.books import an_order
from support.records import a_cycle_record
from tools.heard import Heard
from tools.verdict import verdict_on

SEEN: Mapping[str, object] = {
    "evidence": {
        "candidates": [
            {
                "ticker": ticker,
                "price": 100.5,
                "return_20": 0.03,
                "forecasts": [{"forecaster": "gbm", "horizon_sessions": 5, "expected": 0.004, "rank": 0.9}],
                "similar": [
                    {"ticker": "CVX", "opened": "2016-01-04", "held_sessions": 9, "return_fraction": -0.02}
                ],
            }
            for ticker in ("AAPL", "GE", "KO", "NVDA", "JNJ", "PFE")
        ],
        "forecasters": [
            {"forecaster": "gbm", "rank_ic": 0.01, "rank_ic_low": -0.01, "rank_ic_high": 0.03, "sessions": 90}
        ],
        "missing": {"WMT": "no forecast: too little history"},
    },
    "answers": {
        "macro_researcher": {"regime": "neutral", "exposure": 0.6, "summary": "quiet"},
        "quant_researcher": {
            "views": [
                {"ticker": "GE", "conviction": 0.05, "reason": "flat"},
                {"ticker": "JNJ", "conviction": 0.5, "reason": "steady"},
                {"ticker": "KO", "conviction": 0.5, "reason": "cheap"},
                {"ticker": "NVDA", "conviction": 0.6, "reason": "strong"},
            ],
            "summary": "four views",
        },
        "portfolio_manager": {"targets": [{"ticker": "NVDA", "weight": 0.05, "reason": "strong"}]},
        "validator": {"concerns": [{"ticker": "KO", "severity": 0.8, "reason": "similar trades lost"}]},
        "risk_officer": {"factors": [{"ticker": "NVDA", "factor": 0.0, "reason": "too volatile"}]},
    },
    "speakers": {"quant_researcher": "offline rules, no LLM"},
    "revisions": 1,
}


def a_record(weights: Mapping[str, str] | None = None, **changes: object) -> CycleRecord:
    """Return a cycle with the evidence above and these proposed weights, nothing ordered."""
    proposed = {ticker: Decimal(weight) for ticker, weight in (weights or {}).items()}
    defaults: dict[str, object] = {
        "proposal": Proposal(weights=proposed, evidence=SEEN),
        "review": RiskReview(weights=proposed, clamps=()),
        "orders": (),
    }
    return a_cycle_record(**{**defaults, **changes})  # type: ignore[arg-type]


def a_cut(ticker: str, limit: str, after: str = "0") -> Clamp:
    return Clamp(
        limit=limit, ticker=ticker, before=Decimal("0.05"), after=Decimal(after), reason="the reason"
    )


@pytest.mark.parametrize(
    ("ticker", "cause", "words"),
    [
        ("GE", "no_conviction", "conviction was only +0.05"),
        ("PFE", "no_conviction", "had no view"),
        ("KO", "validator", "validator objected"),
        ("JNJ", "no_target", "other names came first"),
        ("WMT", "no_evidence", "too little history"),
        ("IBM", "not_a_candidate", "not among the 6 names"),
    ],
)
def test_a_name_that_was_not_bought_has_one_reason(ticker: str, cause: str, words: str) -> None:
    verdict = verdict_on(a_record(), ticker)
    assert (verdict.outcome, verdict.cause) == ("not_bought", cause)
    assert words in verdict.sentence


def test_a_target_that_the_risk_officer_zeroed_is_his() -> None:
    verdict = verdict_on(a_record({"NVDA": "0"}), "NVDA")
    assert (verdict.outcome, verdict.cause) == ("not_bought", "risk_officer")


def test_a_target_cut_to_zero_by_a_limit_names_the_limit() -> None:
    record = a_record({"AAPL": "0.05"}, review=RiskReview(weights={}, clamps=(a_cut("AAPL", "max_names"),)))
    verdict = verdict_on(record, "AAPL")
    assert verdict.cause == "limit"
    assert "max_names (the reason)" in verdict.sentence


def test_a_name_outside_the_universe_could_not_be_traded() -> None:
    record = a_record({"SPY": "0.05"}, review=RiskReview(weights={}, clamps=(a_cut("SPY", "universe"),)))
    assert verdict_on(record, "SPY").cause == "not_tradable"


def test_a_held_name_nobody_spoke_of_was_kept() -> None:
    record = a_record(weights_before={"AAPL": Decimal("0.07")})
    verdict = verdict_on(record, "AAPL")
    assert (verdict.outcome, verdict.cause) == ("kept", "kept")
    assert "7.00%" in verdict.sentence


def test_a_target_next_to_what_is_held_is_too_small_to_trade() -> None:
    verdict = verdict_on(a_record({"AAPL": "0.07"}, weights_before={"AAPL": Decimal("0.0698")}), "AAPL")
    assert verdict.cause == "too_small"


def test_an_order_is_told_with_its_weights() -> None:
    verdict = verdict_on(a_record({"AAPL": "0.05"}, orders=(an_order(quantity=1),)), "AAPL")
    assert (verdict.outcome, verdict.cause) == ("bought", "ordered")
    assert "buy 1 share of AAPL, taking its target from 0.00% to 5.00%" in verdict.sentence


def test_an_order_that_a_limit_shrank_says_so() -> None:
    record = a_record(
        {"AAPL": "0.05"},
        orders=(an_order(),),
        review=RiskReview(weights={"AAPL": Decimal("0.03")}, clamps=(a_cut("AAPL", "max_position", "0.03"),)),
    )
    assert "max_position had cut the target from 5.00% to 3.00%" in verdict_on(record, "AAPL").sentence


def test_a_sale_that_only_a_limit_asked_for_is_not_the_committees() -> None:
    record = a_record(
        weights_before={"AAPL": Decimal("0.11")},
        orders=(an_order(side="sell", quantity=2),),
        review=RiskReview(weights={"AAPL": Decimal("0.1")}, clamps=(a_cut("AAPL", "max_position", "0.1"),)),
    )
    verdict = verdict_on(record, "AAPL")
    assert verdict.outcome == "sold"
    assert verdict.sentence.startswith("The limits, not the committee, decided to sell 2 shares")


def test_a_strategy_without_evidence_is_named_as_silent_on_the_name() -> None:
    record = a_record(proposal=Proposal(weights={}), strategy="momentum_12_1")
    assert verdict_on(record, "AAPL").sentence == "The strategy momentum_12_1 said nothing of AAPL."


def test_a_halted_cycle_decided_nothing_about_anything() -> None:
    record = a_record(status="halted", cause="paused by the owner", proposal=None, review=None)
    assert verdict_on(record, "AAPL").cause == "halted"


def test_a_silent_committee_held_the_book_and_the_error_has_no_class_name() -> None:
    record = a_record(
        status="held", cause="AnswerError: the quant researcher was silent", proposal=None, review=None
    )
    verdict = verdict_on(record, "AAPL")
    assert verdict.cause == "no_answer"
    assert "AnswerError" not in verdict.sentence


def test_the_evidence_is_read_back_with_what_is_missing_as_missing() -> None:
    seen = Heard(a_record()).seen("AAPL")
    assert seen is not None
    assert (seen.price, seen.return_20, seen.volatility_20) == (100.5, 0.03, None)
    assert seen.forecasts[0].rank == 0.9
    assert seen.forecasts[0].low is None
    assert seen.track_records[0].rank_ic is not None
    assert seen.track_records[0].rank_ic.n == 90
    assert seen.similar[0].return_fraction == -0.02


def test_every_role_that_spoke_of_a_name_is_heard_in_order() -> None:
    words = Heard(a_record()).words("NVDA")
    assert [w.role for w in words] == [
        "macro_researcher",
        "quant_researcher",
        "portfolio_manager",
        "risk_officer",
    ]
    assert words[1].speaker == "offline rules, no LLM"
    assert (words[3].figure, words[3].value) == ("factor", 0.0)


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        {"evidence": None, "answers": []},
        {"evidence": {"candidates": "AAPL"}, "answers": {"quant_researcher": {"views": [1, None]}}},
        {"evidence": {"candidates": [{"ticker": "AAPL", "price": "high"}]}, "revisions": "two"},
    ],
)
def test_a_record_of_another_kind_is_read_as_knowing_nothing(evidence: Mapping[str, object]) -> None:
    record = a_record(proposal=Proposal(weights={}, evidence=evidence))
    heard = Heard(record)
    assert heard.words("AAPL") == ()
    seen = heard.seen("AAPL")
    assert seen is None or seen.price is None
    assert verdict_on(record, "AAPL").sentence
