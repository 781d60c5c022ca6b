"""What is on record, in sentences: whatever a record holds, its texts are dated, named and told apart."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.record_sources import EndedTrade
from fund.cycle import CycleRecord
from fund.market.facts import Headline
from fund.portfolio.proposal import Proposal
from support.records import NOON, a_cycle_record, a_memory, an_event
from tools.heard import ROLES
from tools.record_words import (
    AFTERWARDS,
    text_of_event,
    text_of_trade,
    texts_of_cycle,
    texts_of_headline,
)

ANSWERS = {
    "macro_researcher": {"regime": "risk_off", "exposure": 0.4, "summary": "oil weighs on everything"},
    "quant_researcher": {
        "summary": "two views",
        "views": [
            {"ticker": "AAPL", "conviction": 0.7, "reason": "strong momentum"},
            {"ticker": "XOM", "conviction": -0.2, "reason": ""},
        ],
    },
    "validator": {
        "summary": "one concern",
        "concerns": [{"ticker": "AAPL", "severity": 0.6, "reason": "similar trades lost."}],
    },
}


def a_heard_record(**changes: object) -> CycleRecord:
    record = a_cycle_record()
    assert record.proposal is not None
    evidence = {
        "evidence": {"candidates": [{"ticker": "AAPL"}, {"ticker": "XOM"}]},
        "answers": ANSWERS,
        "speakers": dict.fromkeys(ROLES, "offline rules, no LLM"),
        "revisions": 1,
    }
    proposal = Proposal(weights=record.proposal.weights, reasons={"AAPL": "cheap."}, evidence=evidence)
    return replace(record, proposal=proposal, **changes)  # type: ignore[arg-type]


def named(ticker: str) -> str:
    return {"AAPL": "AAPL (Apple)"}.get(ticker, ticker)


def test_a_cycle_is_told_as_a_whole_by_ticker_and_by_role() -> None:
    told = {each.text_id: each for each in texts_of_cycle(a_heard_record(), named)}
    whole = told.pop("decision-cycle-1")
    assert whole.text.startswith(
        "Decision of 2016-03-07: 2 names were looked at, 1 orders placed (buy 10 AAPL)."
    )
    assert "Limits cut XOM." in whole.text
    assert whole.text.endswith("The validator sent the proposal back.")
    assert told["decision-cycle-1/AAPL"].text.startswith("2016-03-07, AAPL (Apple): ")
    assert told["rationale-cycle-1/quant_researcher/AAPL"].text == (
        "Quant researcher on AAPL (Apple): strong momentum (conviction 0.7)"
    )
    assert told["rationale-cycle-1/macro_researcher"].text == "Macro researcher: oil weighs on everything"
    concern = told["rationale-cycle-1/validator/AAPL"]
    assert (concern.kind, concern.ticker, concern.role) == ("rationale", "AAPL", "validator")
    assert (concern.origin, concern.source_id) == ("offline rules, no LLM", "cycle-1")
    assert "rationale-cycle-1/quant_researcher/XOM" not in told, "a role that gave no reason said nothing"


def test_what_a_decision_left_behind_is_known_only_after_it() -> None:
    record = a_heard_record()
    for each in texts_of_cycle(record):
        assert (each.at, each.known_at) == (record.as_of, record.as_of + AFTERWARDS)
        assert (each.session, each.cycle_id) == (record.session, record.cycle_id)


def test_a_session_without_a_decision_says_why() -> None:
    record = a_cycle_record(
        status="halted", cause="paused by the owner", proposal=None, review=None, orders=()
    )
    (whole,) = texts_of_cycle(record)
    assert whole.text == (
        "Decision of 2016-03-07: nothing was decided (halted), paused by the owner; 0 orders placed "
        "and no target was moved."
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["ticker", "reason"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["evidence", "answers", "speakers", "revisions"]), json_values))
def test_whatever_a_record_holds_it_has_a_text_and_every_id_once(evidence: dict[str, object]) -> None:
    plain = json.loads(json.dumps(evidence))
    record = a_cycle_record()
    assert record.proposal is not None
    record = replace(record, proposal=replace(record.proposal, evidence=plain))
    told = [each.text_id for each in texts_of_cycle(record)]
    assert told[0] == "decision-cycle-1"
    assert len(told) == len(set(told))


def test_an_event_is_told_by_its_kind_without_the_hashes_of_a_summary() -> None:
    event = an_event("e1", kind="daily_summary", text="equity 100 USD; heads: journal 12ab", cycle_id="c1")
    told = text_of_event(event)
    assert told.text == "Daily summary: equity 100 USD"
    assert (told.text_id, told.origin, told.source_id, told.cycle_id) == (
        "event-e1",
        "daily_summary",
        "e1",
        "c1",
    )
    assert (told.at, told.known_at, told.session) == (NOON, NOON + AFTERWARDS, NOON.date())


@pytest.mark.parametrize(
    ("changes", "ticker"),
    [
        ({}, None),
        ({"data": {"ticker": "XOM"}}, "XOM"),
        ({"data": {"ticker": 7}}, None),
        ({"kind": "series_ended", "text": "GAS has had no price"}, "GAS"),
    ],
)
def test_an_event_is_about_the_ticker_it_names(changes: dict[str, object], ticker: str | None) -> None:
    assert text_of_event(an_event(**changes)).ticker == ticker  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tickers", "told"),
    [
        (("^SPX",), [("news-h1", None)]),
        ((), [("news-h1", None)]),
        (("AAPL",), [("news-h1", "AAPL")]),
        (("^SPX", "AAPL", "XOM"), [("news-h1", "AAPL"), ("news-h1/XOM", "XOM")]),
    ],
)
def test_a_headline_is_found_under_every_ticker_it_names(
    tickers: tuple[str, ...], told: list[tuple[str, str | None]]
) -> None:
    headline = Headline(headline_id="h1", tickers=tickers, title="Oil fell", source="wire", known_at=NOON)
    texts = list(texts_of_headline(headline))
    assert [(each.text_id, each.ticker) for each in texts] == told
    assert {(each.text, each.origin, each.known_at) for each in texts} == {("Oil fell", "wire", NOON)}


def test_a_closed_trade_teaches_what_came_of_its_reason_and_of_the_warning() -> None:
    memory = a_memory(text="AAPL held 5 sessions: -2.00% net of costs", outcome={"return_fraction": -0.02})
    ended = EndedTrade(memory=memory, opened_by=a_heard_record(), closed_by=a_heard_record())
    told = text_of_trade(ended, named)
    assert told.text.startswith("Closed trade in AAPL (Apple), a loss: AAPL held 5 sessions: -2.00% net")
    assert "How it ended: " in told.text
    assert "The validator had warned: similar trades lost, which came true." in told.text
    assert told.text.endswith("It was begun because: cheap.")
    assert (told.known_at, told.source_id, told.cycle_id) == (memory.known_at, "trade-1", "cycle-1")
    won = replace(ended, memory=replace(memory, outcome={"return_fraction": 0.01}))
    assert "a gain" in text_of_trade(won).text
    assert "which did not come true" in text_of_trade(won).text


def test_a_trade_without_its_decisions_is_told_all_the_same() -> None:
    memory = a_memory(outcome=None, known_at=NOON + timedelta(days=1))
    told = text_of_trade(EndedTrade(memory=memory, opened_by=None, closed_by=None))
    assert told.text == "Closed trade in AAPL: bought on momentum, sold at a loss."
    assert told.cycle_id is None
