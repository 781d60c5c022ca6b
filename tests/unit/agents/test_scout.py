"""The scout: told of market, memory and names, answered by rules or an LLM, and no part of a decision."""

import json
from typing import Any

import pytest

from agents.answers import ScoutAnswer
from agents.blind import blind
from agents.brief import Evidence
from agents.offline import rule_answer
from agents.roles import ASKED, ROLES, SCOUT, longest_question, prompt_hashes
from agents.schema import schema_text
from agents.strict import parse_answer
from fund.errors import AnswerError
from support.call_log import InMemoryCallLog
from support.evidence import a_candidate, a_forecast, a_full_evidence, a_market, a_trade, an_evidence
from support.llms import a_door, a_script, a_seat, run

MOST = 30


def a_pick(ticker: str = "AAPL", conviction: float = 0.7, reason: str = "gbm rank 0.93") -> dict[str, Any]:
    return {"ticker": ticker, "conviction": conviction, "reason": reason}


def said(*picks: dict[str, Any]) -> str:
    return json.dumps({"picks": list(picks), "summary": "Names that rise calmly."})


def by_rules(evidence: Evidence) -> ScoutAnswer:
    return parse_answer(rule_answer(SCOUT.brief(evidence)), ScoutAnswer)


def past_markets(*next_20: float) -> dict[str, Any]:
    return {
        "similar_conditions": tuple(
            {"memory_id": f"m{n}", "session": "2015-08-24", "distance": 0.1, "next_20": value}
            for n, value in enumerate(next_20)
        )
    }


def test_the_scout_can_be_asked_and_has_no_part_in_a_decision() -> None:
    assert ASKED["scout"] is SCOUT
    assert "scout" not in ROLES
    assert "scout" not in prompt_hashes()
    assert prompt_hashes().keys() == ROLES.keys()


def test_its_brief_holds_market_memory_names_and_book() -> None:
    brief = json.loads(SCOUT.brief(a_full_evidence(4, memories=2, headlines=2, history=3)))
    assert list(brief)[:4] == ["role", "session", "horizon_sessions", "names"]
    assert brief["role"] == "scout"
    for part in ("market", "macro_series", "similar_conditions", "candidates", "forecasts", "similar_trades"):
        assert brief[part], part
    assert brief["book"]["cash_fraction"] == 0.4
    assert "untrusted_headlines" in brief
    assert len(brief["similar_trades"]["rows"]) == 8


def test_the_longest_brief_costs_no_more_than_a_researchers_may() -> None:
    evidence = a_full_evidence(MOST, memories=40, headlines=99, history=99)
    whole = SCOUT.prompt + SCOUT.brief(evidence) + schema_text(ScoutAnswer)
    assert len(whole) <= longest_question(MOST)


def test_blind_it_is_told_no_name_and_no_date() -> None:
    shown, names = blind(a_full_evidence(4), 7)
    brief = SCOUT.brief(shown)
    assert "TK0" not in brief
    assert "2016" not in brief
    restored = names.restore(parse_answer(said(a_pick(names.by_ticker["TK02"])), ScoutAnswer))
    assert restored.picks[0].ticker == "TK02"


def test_a_rising_name_that_is_ranked_high_is_picked_before_one_that_falls() -> None:
    good = a_candidate("GOOD", return_60=0.2, return_120=0.3)
    bad = a_candidate("BAD", return_60=-0.3, return_120=-0.4, forecasts=(a_forecast(rank=0.02),))
    answer = by_rules(an_evidence(good, bad))
    assert [pick.ticker for pick in answer.picks] == ["GOOD"]
    assert "gbm rank 0.93" in answer.picks[0].reason
    assert "+20.0 % over 60 sessions" in answer.picks[0].reason
    assert answer.summary.startswith("1 of 2 names are worth a look")


def test_trades_that_ended_badly_speak_against_a_name() -> None:
    plain = by_rules(an_evidence(a_candidate())).picks[0].conviction
    burnt = by_rules(an_evidence(a_candidate(similar=(a_trade(-0.1),) * 6))).picks[0]
    assert burnt.conviction < plain
    assert "4 similar trades averaged -10.0 %" in burnt.reason


def test_when_markets_like_this_fell_calm_names_come_first() -> None:
    calm = a_candidate("CALM", volatility_20=0.12, return_60=0.06, return_120=0.08)
    wild = a_candidate("WILD", volatility_20=0.45, return_60=0.24, return_120=0.33)
    usual = by_rules(an_evidence(calm, wild))
    afraid = by_rules(an_evidence(calm, wild, market=a_market(**past_markets(*[-0.06] * 8))))
    hopeful = by_rules(an_evidence(calm, wild, market=a_market(**past_markets(*[0.06] * 8))))
    gap = {
        name: answer.picks[0].conviction if len(answer.picks) == 1 else _gap(answer)
        for name, answer in (("usual", usual), ("afraid", afraid), ("hopeful", hopeful))
    }
    assert gap["afraid"] > gap["usual"] == gap["hopeful"]
    assert "8 similar markets lost on average, so calm names come first" in afraid.summary


def _gap(answer: ScoutAnswer) -> float:
    by_ticker = {pick.ticker: pick.conviction for pick in answer.picks}
    return by_ticker["CALM"] - by_ticker["WILD"]


def test_names_that_say_nothing_and_no_names_at_all_are_no_picks() -> None:
    blank = a_candidate(
        "NIL",
        forecasts=(),
        return_5=None,
        return_20=None,
        return_60=None,
        return_120=None,
        volatility_20=None,
    )
    assert by_rules(an_evidence(blank)).picks == []
    none = an_evidence()
    answer = parse_answer(rule_answer(SCOUT.brief(none)), ScoutAnswer)
    assert len(answer.picks) <= 1


def test_equal_names_are_picked_in_the_order_of_their_tickers() -> None:
    answer = by_rules(an_evidence(a_candidate("B"), a_candidate("A"), a_candidate("C")))
    assert [pick.ticker for pick in answer.picks] == ["A", "B", "C"]


@pytest.mark.parametrize(
    "text",
    [
        said(a_pick(conviction=1.2)),
        said(a_pick(), a_pick()),
        json.dumps({"picks": []}),
        json.dumps({"picks": [a_pick() | {"weight": 0.1}], "summary": "s"}),
        said(a_pick(reason="x" * 601)),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(AnswerError):
        parse_answer(text, ScoutAnswer)


def test_through_the_door_strangers_are_dropped_and_one_repair_is_allowed() -> None:
    request = SCOUT.request(cycle_id="run-1", evidence=an_evidence(a_candidate("AAPL")))
    chat = a_script("no JSON", said(a_pick("AAPL"), a_pick("EVIL")))
    reply = run(a_door(a_seat(chat), log=InMemoryCallLog()).ask(request))
    assert reply.answer is not None
    assert [pick.ticker for pick in reply.answer.picks] == ["AAPL"]
    assert any("dropped 'EVIL'" in note for note in reply.notes)
    assert len(reply.calls) == 2


def test_two_answers_that_do_not_fit_are_a_silence() -> None:
    request = SCOUT.request(cycle_id="run-1", evidence=an_evidence())
    reply = run(a_door(a_seat(a_script("no JSON", "again none")), log=InMemoryCallLog()).ask(request))
    assert reply.answer is None
    assert reply.silence is not None
    assert reply.silence.cause == "answer"
