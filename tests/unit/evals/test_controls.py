"""Worlds that were not: what is turned over or moved, what stays, and that the rules change sides."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.blind import blind
from agents.brief import Evidence
from agents.offline import RULES
from agents.offline_brief import Brief
from agents.offline_quant import quant_answer
from agents.roles import ROLES
from evals.controls import YEAR_DAYS, inverted, inverted_fall, inverted_return, reordered, restated
from evals.deeds import deed
from support.datasets import brief_of, dataset, evidence_of
from support.evidence import (
    a_candidate,
    a_full_evidence,
    a_market,
    a_reading,
    a_trade,
    an_evidence,
)

RETURNS = ("return_5", "return_20", "return_60", "return_120")


def conviction(evidence: Evidence) -> float:
    views = quant_answer(Brief.read(ROLES["quant_researcher"].brief(evidence))).views
    return views[0].conviction if views else 0.0


@given(st.floats(min_value=-0.95, max_value=20))
def test_a_return_and_its_opposite_undo_each_other(value: float) -> None:
    opposite = inverted_return(value)
    assert opposite is not None
    assert (1 + value) * (1 + opposite) == pytest.approx(1)
    assert abs(value) < 1e-12 or (opposite > 0) != (value > 0)


@pytest.mark.parametrize("value", [None, -1.0, -3.0])
def test_what_has_no_opposite_is_unknown(value: float | None) -> None:
    assert inverted_return(value) is None


def test_a_name_at_its_high_is_deep_below_it_and_the_other_way_round() -> None:
    assert inverted_fall(0.0, 0.25) == pytest.approx(-0.2)
    assert inverted_fall(-0.3, -0.2) == 0.0
    assert inverted_fall(None, 0.1) is None
    assert inverted_fall(-0.1, None) == -0.1


def test_everything_with_a_direction_is_turned_over() -> None:
    name = a_candidate(similar=(a_trade(0.03), a_trade(-0.01)))
    market = a_market(
        return_20=0.05, readings=(a_reading("VIX"), a_reading("WTI")),
        similar_conditions=({"memory_id": "m", "session": "2015-08-24", "distance": 0.1, "next_20": 0.02},),
    )  # fmt: skip
    before = an_evidence(name, market=market)
    after = inverted(before)
    turned = after.candidates[0]
    assert all((getattr(turned, r) or 0) * (getattr(name, r) or 0) < 0 for r in RETURNS)
    first, was = turned.forecasts[0], name.forecasts[0]
    assert (first.low, first.expected, first.high) == (-was.high, -was.expected, -was.low)
    assert (first.rank, first.probability_up) == (1 - was.rank, 1 - was.probability_up)
    assert [t.return_fraction for t in turned.similar] == [-0.03, 0.01]
    assert (after.market.return_20 or 0) < 0
    assert after.market.breadth == pytest.approx(0.34)
    assert after.market.similar_conditions[0]["next_20"] == -0.02
    vix, oil = after.market.readings
    assert (vix.change_20, vix.z_score) == (-1.3, 0.6)
    assert oil == market.readings[1]


def test_what_has_no_direction_or_is_the_owners_stays() -> None:
    before = a_full_evidence()
    after = inverted(before)
    assert (after.book, after.limits, after.forecasters) == (before.book, before.limits, before.forecasters)
    assert (after.session, after.missing, after.occasion) == (before.session, before.missing, before.occasion)
    assert after.market.headlines == before.market.headlines
    for one, other in zip(before.candidates, after.candidates, strict=True):
        for field in ("ticker", "name", "sector", "price", "weight", "held_sessions", "report"):
            assert getattr(one, field) == getattr(other, field)
        assert one.volatility_20 == other.volatility_20
        assert one.unrealised_fraction == other.unrealised_fraction


def test_turned_over_twice_only_the_falls_differ() -> None:
    before = a_full_evidence()
    twice = inverted(inverted(before))
    for one, other in zip(before.candidates, twice.candidates, strict=True):
        assert [getattr(other, r) for r in RETURNS] == pytest.approx([getattr(one, r) for r in RETURNS])
        assert [f.rank for f in other.forecasts] == pytest.approx([f.rank for f in one.forecasts])
        assert other.similar == one.similar


def test_the_rules_who_remember_nothing_change_sides() -> None:
    pairs = [
        (conviction(e), conviction(inverted(e))) for e in map(evidence_of, dataset("signal_quality").cases)
    ]
    clear = [(one, other) for one, other in pairs if abs(one) >= 0.1]
    assert len(clear) >= 80
    assert sum(one * other < 0 for one, other in clear) >= 0.95 * len(clear)


def test_all_dates_move_alike_and_nothing_else() -> None:
    name = a_candidate(
        similar=(a_trade(),), report={"doc_type": "10-Q", "end_date": "2016-03-31", "revenue": 1.0}
    )
    market = a_market(
        headlines=({"title": "On 2016-04-26", "source": "wire", "known_at": "2016-04-26T05:00:00+00:00"},),
        similar_conditions=({"memory_id": "market-2015-08-24", "session": "2015-08-24", "next_20": 0.01},),
    )
    before = an_evidence(name, market=market, missing={"NEE": "held, but no price since 2016-04-29"})
    after = restated(before, YEAR_DAYS)
    assert after.session == before.session + timedelta(days=364)
    assert after.session.weekday() == before.session.weekday()
    assert after.candidates[0].similar[0].opened == date(2016, 1, 4) + timedelta(days=364)
    assert after.candidates[0].report == {"doc_type": "10-Q", "end_date": "2017-03-30", "revenue": 1.0}
    headline = {"title": "On 2016-04-26", "source": "wire", "known_at": "2017-04-25T05:00:00+00:00"}
    assert after.market.headlines == (headline,)
    assert after.market.similar_conditions[0]["session"] == "2016-08-22"
    assert after.market.similar_conditions[0]["memory_id"] == "market-2015-08-24"
    assert after.missing == {"NEE": "held, but no price since 2017-04-28"}
    assert restated(after, -YEAR_DAYS) == before


@given(st.integers(min_value=-20, max_value=20))
def test_a_move_back_leaves_no_trace(years: int) -> None:
    before = a_full_evidence(names=3)
    assert restated(restated(before, years * YEAR_DAYS), -years * YEAR_DAYS) == before


def test_the_rules_do_not_mind_the_year() -> None:
    for case in dataset("signal_quality").cases[::20]:
        evidence = evidence_of(case)
        assert conviction(restated(evidence, 3 * YEAR_DAYS)) == conviction(evidence)


def test_blind_evidence_has_no_dates_to_move() -> None:
    hidden, _ = blind(a_full_evidence(names=2), 1)
    assert restated(hidden, 2 * YEAR_DAYS) is hidden


def test_what_only_looks_like_a_date_stays() -> None:
    before = replace(an_evidence(), missing={"NEE": "part 2016-99-99 is missing"})
    assert restated(before, YEAR_DAYS).missing == before.missing


def test_another_order_tells_the_same_the_other_way_round_and_twice_is_the_first() -> None:
    brief = ROLES["quant_researcher"].brief(a_full_evidence())
    other = reordered(brief)
    assert reordered(other) == brief
    first, second = Brief.read(brief), Brief.read(other)
    assert list(second.data) == list(reversed(first.data))
    assert list(second.part("forecasts")["columns"]) == list(reversed(first.part("forecasts")["columns"]))
    for table in ("candidates", "forecasts", "forecasters", "similar_trades"):
        assert second.rows(table) == list(reversed(first.rows(table)))
        assert first.rows(table)


@pytest.mark.parametrize("name", ["signal_quality", "risk_management", "validator_patterns"])
def test_the_rules_read_names_and_not_places(name: str) -> None:
    for case in dataset(name).cases[:6]:
        brief = brief_of(case)
        told, retold = (RULES[case.subject](Brief.read(each)) for each in (brief, reordered(brief)))
        assert deed(case, told.model_dump(mode="json")) == deed(case, retold.model_dump(mode="json"))
