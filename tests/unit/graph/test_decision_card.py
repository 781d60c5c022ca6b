"""A decision as a card: everything it rests on, nothing made up, and nobody's markup alive."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from db.record_codec import to_json
from fund.portfolio.arranging import Resized
from fund.risk.limits import Clamp
from graph.chat_events import Card, Table, TextToken
from graph.replies.decision import why_reply
from graph.replies.decision_card import MOST, decision_card
from support import any_results as any_
from support.cards import HOSTILE, a_card, a_rich_decision
from support.explanations import a_nets_explanation
from support.sourcing import unsourced
from support.tool_results import a_seen_ticker, a_word
from tools.heard import SeenTrade
from tools.told import TickerDecision

LABELS = {"10", "90", "95"}


def content(**changes: object) -> dict[str, Any]:
    return a_card(**changes).content


def words_of(value: object) -> list[str]:
    """Return every text in a card's content; where bars begin and end is drawn, not told."""
    if isinstance(value, dict):
        told = (each for key, each in value.items() if key not in ("places", "length"))
        return [word for each in told for word in words_of(each)]
    if isinstance(value, list):
        return [word for each in value for word in words_of(each)]
    return [value] if isinstance(value, str) else []


def test_an_answer_to_why_shows_the_card_of_its_decision_before_the_tables() -> None:
    events = list(why_reply(a_rich_decision()))
    assert isinstance(events[0], TextToken)
    (card,) = (event for event in events if isinstance(event, Card))
    assert (card.kind, card.title) == ("decision", "AAPL, decision of 2016-03-07")
    assert not any(isinstance(event, Table) for event in events[: events.index(card)])


def test_the_weights_are_told_in_order_and_drawn_on_one_scale() -> None:
    assert [(w["label"], w["value"], w["length"]) for w in content()["weights"]] == [
        ("Before", "2.00%", 25.0),
        ("Proposed", "8.00%", 100.0),
        ("After limits", "4.00%", 50.0),
    ]


def test_a_target_that_was_not_given_is_no_zero() -> None:
    weights = content(weight_before=Decimal(0), proposed=None, weight_after=None)["weights"]
    assert [(w["value"], w["length"]) for w in weights] == [
        ("0.00%", 0.0),
        ("no target", 0.0),
        ("no target", 0.0),
    ]


def test_forecasts_carry_their_interval_their_record_and_their_places_on_a_common_scale() -> None:
    gbm, momentum = content()["forecasts"]
    assert (gbm["expected"], gbm["between"]) == ("+0.40%", "-3.00% to +4.00%")
    assert gbm["record"].startswith("rank IC +0.012 (-0.004 to +0.028, n = 140 sessions, not to be told")
    assert gbm["places"] == {"low": 12.5, "middle": 55.0, "high": 100.0}
    assert (momentum["record"], momentum["places"]["low"]) == ("no record yet", None)


def behind(**changes: object) -> dict[str, Any]:
    reasons = replace(a_rich_decision().behind, **changes)  # type: ignore[type-var,arg-type]
    told: dict[str, Any] = content(behind=reasons)["behind"]
    return told


def test_the_reasons_of_the_version_that_spoke_are_told_in_words_with_what_they_add_up_to() -> None:
    told = content()["behind"]
    assert told["title"] == "Why gbm ranked it there"
    assert [(line["said"], line["up"]) for line in told["lines"]] == [
        ("5-day return is in the highest quarter of members: +0.020", True),
        ("20-day volatility is in the highest quarter of members: -0.012", False),
        ("overnight gap is in the highest quarter of members: +0.004", True),
    ]
    assert told["sum"].startswith("Start +0.001, the 3 largest +0.012, 2 other features -0.002: score +0.011")
    assert told["source"].startswith("By gbm-0123456789ab, told again from what was known then")
    assert told["missing"] == ""
    text = a_card().text.replace("\\", "")
    assert text.index("rank IC") < text.index("Why gbm ranked it there:") < text.index("ended at a profit")
    assert all(line["said"] in text for line in (*told["lines"], {"said": told["sum"]}))


def test_a_net_tells_which_sessions_mattered() -> None:
    told = behind(explanation=a_nets_explanation())
    assert "these moved the score most: 2016-03-07 (+0.011)" in told["sum"]
    assert "It looked most at 2016-03-07 (60.0%)" in told["sum"]


def test_a_decision_whose_reasons_cannot_be_told_says_why_and_one_nobody_asked_for_has_no_place() -> None:
    why = "its record does not name the version of the forecaster that spoke"
    told = behind(explanation=None, version="", missing=f"{why} {HOSTILE}")
    assert (told["lines"], told["sum"], told["source"]) == ([], "", "")
    assert told["missing"].startswith(f"No reasons can be told: {why}")
    assert not set("<>[]!`|") & set(told["missing"])
    assert content(behind=None)["behind"] is None
    assert "Why gbm" not in a_card(behind=None).text


def test_similar_trades_are_told_with_how_they_ended() -> None:
    told = content()
    assert [(t["ticker"], t["returned"], t["won"]) for t in told["similar"]] == [
        ("CVX", "-1.20%", False),
        ("PG", "+2.00%", True),
    ]
    assert told["similar_said"] == "1 of 2 ended at a profit: too few to prove anything."
    assert content(seen=None)["similar_said"] == "Memory held no similar past trade."


def test_cuts_sizing_orders_and_roles_are_there() -> None:
    told = content(
        clamps=(
            Clamp(
                limit="max_sector",
                ticker="AAPL",
                before=Decimal("0.08"),
                after=Decimal("0.04"),
                reason="full",
            ),
        ),
        resized=(
            Resized(ticker="AAPL", rule="kelly", before=Decimal("0.1"), after=Decimal("0.08"), why="odds"),
        ),
    )
    assert [(c["limit"], c["change"]) for c in told["clamps"]] == [
        ("sizing: kelly", "10.00% to 8.00%"),
        ("max_sector", "8.00% to 4.00%"),
    ]
    assert told["orders"] == [
        "Order: buy 10 at the next open (mark $100.00): "
        "10 filled on 2016-03-08 at $100.0000, commission $0.00."
    ]
    assert [role["role"] for role in told["roles"]] == ["Quant researcher", "Validator"]
    assert [role["figure"] for role in told["roles"]] == ["conviction 0.70", "severity 0.30"]
    assert told["speaker"] == "offline rules, no LLM"


def test_a_weight_is_told_in_per_cent_as_beside_it() -> None:
    (role,) = content(words=(a_word("portfolio_manager", figure="weight", value=0.055),))["roles"]
    assert role["figure"] == "weight 5.50%"


def test_what_does_not_fit_is_said_to_be_missing() -> None:
    trade = SeenTrade(ticker="KO", opened=None, held_sessions=3, return_fraction=0.01, distance=0.1)
    told = content(seen=a_seen_ticker(similar=(trade,) * (MOST + 2)))
    assert len(told["similar"]) == MOST
    assert told["more"] == "Not shown: 2 similar trades."
    assert content()["more"] == ""


def test_words_of_others_are_plain_text_on_the_card_and_escaped_beside_it() -> None:
    card = a_card(reason=HOSTILE)
    told = " ".join(words_of(card.content))
    assert not set("<>[]!`|") & set(told)
    for live in ("<img", "[click](", "![x]("):
        assert live not in card.text


@pytest.mark.parametrize("outcome", ["bought", "sold", "kept", "not_bought"])
def test_every_outcome_has_a_word(outcome: str) -> None:
    decision = a_rich_decision()
    verdict = replace(decision.verdict, outcome=outcome)
    assert decision_card(replace(decision, verdict=verdict)).content["outcome"]


def test_the_text_says_what_the_card_shows() -> None:
    card = a_card()
    for part in ("Bought", "8.00%", "+0.40%", "-1.20%", "1 of 2 ended at a profit", "strong momentum"):
        assert part in card.text


@given(any_.decisions)
def test_every_number_on_the_card_is_in_the_decision(decision: TickerDecision) -> None:
    card = decision_card(decision)
    told = " ; ".join((*words_of(card.content), card.text, card.title))
    assert set(unsourced(told, [to_json(decision)])) - LABELS == set()


@given(any_.decisions)
def test_a_card_is_plain_json_with_every_place_on_its_scale(decision: TickerDecision) -> None:
    told = json.loads(json.dumps(decision_card(decision).content, allow_nan=False))
    places = [place for each in told["forecasts"] for place in each["places"].values() if place is not None]
    lengths = [each["length"] for each in told["weights"]]
    assert all(0 <= value <= 100 for value in (*places, *lengths))
