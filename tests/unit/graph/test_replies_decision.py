"""How a decision is told: verdict, evidence, words, cuts, orders; long words whole, nobody's markup alive."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.cycle import CycleRecord
from fund.forecasting.forecast import Interval
from fund.portfolio.proposal import Proposal
from fund.risk.limits import Clamp, RiskReview
from graph.chat_events import ChatEvent, Table
from graph.replies.decision import decision_reply, why_reply
from graph.replies.phrases import SHORT_CHARACTERS
from support.books import TUESDAY, a_fill
from support.instruments import an_instrument
from support.records import a_cycle_record
from support.talk import tables_of, text_of
from support.tool_results import a_seen_forecast, a_seen_ticker, a_word
from support.views import a_view
from tools.heard import SeenRecord, SeenTrade
from tools.told import OrderSeen, TickerDecision, explain, summarise

LONG = "the forecast is strong and the trend has held for sixty sessions " * 4


def a_decision(record: CycleRecord | None = None, **changes: object) -> TickerDecision:
    told = explain(record or a_cycle_record(), an_instrument(), a_view(AAPL=100))
    return replace(told, **changes)  # type: ignore[arg-type]


def said_of(decision: TickerDecision) -> str:
    return text_of(why_reply(decision))


def tables(events: Iterable[ChatEvent]) -> dict[str, Table]:
    return tables_of(events)


def an_order(**changes: object) -> OrderSeen:
    order = OrderSeen(
        side="buy",
        quantity=Decimal(1200),
        reference_price=Decimal("100.5"),
        status="filled",
        reason=None,
        fills=(),
    )
    return replace(order, **changes)  # type: ignore[arg-type]


def a_cut(ticker: str = "AAPL", limit: str = "max_position") -> Clamp:
    return Clamp(limit=limit, ticker=ticker, before=Decimal("0.2"), after=Decimal("0.1"), reason="too large")


def test_a_decision_without_evidence_shows_no_table_of_it() -> None:
    shown = tables(why_reply(a_decision()))
    assert shown.keys() == set()


def test_a_decision_without_its_own_words_quotes_none() -> None:
    assert "> " not in said_of(a_decision(reason=""))
    assert "\n\n> cheap" in said_of(a_decision(reason="cheap"))


def test_a_forecast_is_a_row_of_figures_under_their_names() -> None:
    record = SeenRecord(forecaster="gbm", rank_ic=None, sessions=0, hit_rate=None)
    seen = a_seen_ticker(forecasts=(a_seen_forecast(),), track_records=(record,))
    table = tables(why_reply(a_decision(seen=seen)))["Forecasts for AAPL, 2016-03-07"]
    assert dict(zip(table.columns, table.rows[0], strict=True)) == {
        "Forecaster": "gbm, 5 sessions",
        "Expected excess": "+0.40%",
        "10% to 90%": "-3.00% to +4.00%",
        "P(beats average)": "54%",
        "Rank": "0.90",
        "Rank IC so far (95%, sessions)": "not known yet",
    }


def test_a_track_record_belongs_to_its_own_forecaster() -> None:
    record = SeenRecord(
        forecaster="momentum",
        rank_ic=Interval(value=0.02, low=0.01, high=0.03, n=99),
        sessions=99,
        hit_rate=0.5,
    )
    seen = a_seen_ticker(
        forecasts=(a_seen_forecast(), a_seen_forecast(forecaster="momentum")), track_records=(record,)
    )
    rows = tables(why_reply(a_decision(seen=seen)))["Forecasts for AAPL, 2016-03-07"].rows
    assert [row[-1] for row in rows] == ["not known yet", "+0.020 (+0.010 to +0.030, n = 99)"]


@pytest.mark.parametrize(
    ("returns", "words"),
    [
        ((0.03,), "1 similar past trade returned +3.00% on average, 1 of 1 at a profit"),
        ((0.03, -0.01), "2 similar past trades returned +1.00% on average, 1 of 2 at a profit"),
        ((0.0, None), "1 similar past trade returned 0.00% on average, 0 of 1 at a profit"),
        ((None,), "Memory held no similar past trade yet."),
        ((), "Memory held no similar past trade yet."),
    ],
)
def test_similar_trades_are_averaged_where_their_end_is_known(
    returns: tuple[float | None, ...], words: str
) -> None:
    similar = tuple(
        SeenTrade(ticker="KO", opened=None, held_sessions=None, return_fraction=value, distance=None)
        for value in returns
    )
    assert words in said_of(a_decision(seen=a_seen_ticker(similar=similar)))


def test_a_similar_trade_shows_what_is_known_of_it() -> None:
    whole = SeenTrade(
        ticker="KO",
        opened=date(2016, 1, 4),
        held_sessions=9,
        return_fraction=-0.02,
        distance=0.0314,
    )
    bare = SeenTrade(ticker="GE", opened=None, held_sessions=None, return_fraction=None, distance=None)
    seen = a_seen_ticker(similar=(whole, bare))
    assert tables(why_reply(a_decision(seen=seen)))["Similar past trades"].rows == (
        ("KO", "2016-01-04", 9, "-2.00%", "0.031"),
        ("GE", None, None, "n/a", "n/a"),
    )


def test_the_place_of_a_forecast_is_told_where_it_has_one() -> None:
    seen = a_seen_ticker(forecasts=(a_seen_forecast(),))
    assert "Its forecast ranked number 3 of 480." in said_of(a_decision(seen=seen, forecast_place=(3, 480)))
    assert "ranked" not in said_of(a_decision(seen=seen))


def test_what_the_committee_saw_is_told_with_its_returns() -> None:
    seen = a_seen_ticker(price=1234.5, return_20=-0.01, return_60=0.25, volatility_20=0.31)
    assert (
        "It saw AAPL at $1,234.50, -1.00% over 20 sessions and +25.00% over 60, with a volatility of 31.00% "
        "a year." in said_of(a_decision(seen=seen))
    )


def test_a_role_is_told_with_its_name_its_figure_and_who_spoke() -> None:
    words = (
        a_word("macro_researcher", "risk_on: calm", figure="exposure", value=0.8),
        a_word("validator", "crowded", figure="severity", value=None, speaker="anthropic claude"),
        a_word("scout", "found it", value=1.0),
    )
    table = tables(why_reply(a_decision(words=words)))["What each role said"]
    assert table.columns == ("Role", "Figure", "Said", "By")
    assert table.rows == (
        ("Macro researcher", "exposure 0.80", "risk_on: calm", "offline rules, no LLM"),
        ("Validator", "", "crowded", "anthropic claude"),
        ("Scout", "conviction 1.00", "found it", "offline rules, no LLM"),
    )


def test_a_long_word_is_short_in_its_cell_and_follows_in_full() -> None:
    events = list(why_reply(a_decision(words=(a_word(said=LONG), a_word("validator", "crowded")))))
    cells = [str(row[2]) for row in tables(events)["What each role said"].rows]
    assert max(map(len, cells)) <= SHORT_CHARACTERS
    text = text_of(events)
    assert f"In full:\n- **Quant researcher**: {LONG.strip()}" in text
    assert "- **Validator**" not in text


def test_words_that_fit_are_not_said_twice() -> None:
    assert "In full" not in said_of(a_decision(words=(a_word(), a_word("validator", "x" * SHORT_CHARACTERS))))


def test_only_the_cuts_of_this_name_are_shown() -> None:
    record = a_cycle_record(
        review=RiskReview(weights={"AAPL": Decimal("0.1")}, clamps=(a_cut(), a_cut("XOM"), a_cut()))
    )
    table = tables(why_reply(a_decision(record)))["Limits that cut it"]
    assert table.rows == (("max_position", "20.00%", "10.00%", "too large"),) * 2


@pytest.mark.parametrize(
    ("proposed", "after", "words"),
    [
        ("0.2", "0.1", "Weight: 3.00% held, 20.00% proposed, 10.00% after the limits."),
        (None, "0.1", "Weight: 3.00% held, no target proposed, 10.00% after the limits."),
        ("0.2", None, "Weight: 3.00% held, 20.00% proposed, n/a after the limits."),
        ("0", "0", "Weight: 3.00% held, 0.00% proposed, 0.00% after the limits."),
    ],
)
def test_the_way_of_the_weight_is_told(proposed: str | None, after: str | None, words: str) -> None:
    decision = a_decision(
        weight_before=Decimal("0.03"),
        proposed=Decimal(proposed) if proposed else None,
        weight_after=Decimal(after) if after else None,
    )
    assert words in said_of(decision)


def test_a_name_nobody_spoke_of_has_no_way_of_weights() -> None:
    assert "Weight:" not in said_of(a_decision(proposed=None, weight_after=None))


def test_an_order_is_told_with_its_mark_and_each_of_its_fills() -> None:
    fills = (
        a_fill(quantity=1000, price="100.6123", commission=Decimal("5"), session=TUESDAY),
        a_fill(quantity=200, price="100.7", commission=Decimal("1"), session=TUESDAY),
    )
    text = said_of(a_decision(orders=(an_order(fills=fills),)))
    assert (
        "Order: buy 1,200 at the next open (mark $100.50): 1,000 filled on 2016-03-08 at $100.6123, "
        "commission $5.00; 200 filled on 2016-03-08 at $100.7000, commission $1.00." in text
    )


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (
            an_order(status="pending"),
            "Order: buy 1,200 at the next open (mark $100.50): waiting for that open.",
        ),
        (an_order(status="expired", reason="no_open"), ": expired, no_open."),
        (an_order(status="rejected"), ": rejected, no reason on record."),
    ],
)
def test_an_order_without_fills_is_told_by_its_state(order: OrderSeen, words: str) -> None:
    assert words in said_of(a_decision(orders=(order,)))


@given(st.text(max_size=200), st.text(max_size=200))
def test_nobodys_words_can_draw_link_or_speak_html(reason: str, said: str) -> None:
    hostile = "<script>![x](https://evil.example)|`" + reason
    events = list(why_reply(a_decision(reason=hostile, words=(a_word(said=hostile + said),))))
    text = text_of(events)
    assert "<script>" not in text.replace("\\<script", "")
    assert "](" not in text.replace("\\](", "")
    for table in tables(events).values():
        for row in table.rows:
            assert not set("<>|[]`!") & set("".join(str(cell) for cell in row))


def a_summary_record(*clamps: Clamp) -> CycleRecord:
    return a_cycle_record(review=RiskReview(weights={"AAPL": Decimal("0.01")}, clamps=clamps))


@pytest.mark.parametrize(
    ("clamps", "words"),
    [
        ((), "placed 1 order (buy 10 AAPL)."),
        ((a_cut(),), "1 target was cut by a limit."),
        ((a_cut(), a_cut(limit="max_sector"), a_cut(limit="max_gross")), "1 target was cut by a limit."),
        ((a_cut(), a_cut("XOM")), "2 targets were cut by a limit."),
    ],
)
def test_a_target_is_counted_once_however_often_it_was_cut(clamps: tuple[Clamp, ...], words: str) -> None:
    assert words in text_of(decision_reply(summarise(a_summary_record(*clamps))))


def test_a_session_is_told_by_its_names_and_orders() -> None:
    record = a_cycle_record(
        tickers=("AAPL", "MSFT"),
        proposal=Proposal(
            weights={"AAPL": Decimal("0.01"), "MSFT": Decimal("0.02")},
            reasons={"AAPL": LONG},
            evidence={"evidence": {"candidates": [{"ticker": "AAPL"}, {"ticker": "MSFT"}, {"ticker": "GE"}]}},
        ),
    )
    events = list(decision_reply(summarise(record, "The nearest is Monday.")))
    text = text_of(events)
    assert text.startswith(
        "On 2016-03-07 the committee looked at 3 names and placed 2 orders (buy 10 AAPL, buy 10 MSFT);"
    )
    assert "The nearest is Monday." in text
    table = tables(events)["Targets of 2016-03-07"]
    assert table.columns == ("Ticker", "Before", "Proposed", "After limits", "Order", "Reason")
    assert table.rows[1] == ("MSFT", "0.00%", "2.00%", "1.00%", "buy 10", "")
    assert len(str(table.rows[0][-1])) <= SHORT_CHARACTERS


def test_a_session_without_revision_speaks_of_none() -> None:
    assert "sent the proposal back" not in text_of(decision_reply(summarise(a_cycle_record())))


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("AnswerError: no <b>answer</b>", "(held): no \\<b\\>answer"),
        (None, "no cause is on record"),
    ],
)
def test_a_session_that_held_says_why(cause: str | None, words: str) -> None:
    record = a_cycle_record(status="held", cause=cause, proposal=None, review=None, orders=())
    assert words in text_of(decision_reply(summarise(record)))


def test_a_decision_begins_with_its_verdict() -> None:
    text = said_of(a_decision(note="The nearest is Monday."))
    assert text.startswith("The committee decided to buy 10 shares of AAPL")
    assert "(Apple Inc., decision of 2016-03-07.) The nearest is Monday." in text


def test_evidence_that_is_missing_is_told_as_missing() -> None:
    text = said_of(a_decision(seen=a_seen_ticker(price=None, return_20=None)))
    assert "at an unknown price, n/a over 20 sessions" in text
    assert "There was no forecast for it." in text


def test_a_partial_fill_is_told_with_its_rest() -> None:
    order = an_order(status="partially_filled", reason="volume_cap", fills=(a_fill(quantity=4, price=100),))
    assert "4 filled on 2016-03-08 at $100.0000" in said_of(a_decision(orders=(order,)))
    assert "(partially_filled: volume_cap)" in said_of(a_decision(orders=(order,)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "pending"}, "at the next open (mark $100.50): waiting for that open."),
        (
            {"status": "accepted", "kind": "limit", "limit_price": Decimal(90)},
            "at $90.00 or better (mark $100.50): working, nothing filled yet.",
        ),
        ({"status": "unknown"}, "its outcome is unknown until the broker has been asked again."),
        ({"status": "rejected", "reason": "insufficient_cash"}, "rejected, insufficient_cash."),
        ({"status": "expired", "reason": "not_reached"}, "expired, not_reached."),
        ({"status": "cancelled", "reason": "asked"}, "cancelled, asked."),
        (
            {"status": "partially_filled", "reason": None, "fills": (a_fill(quantity=4),)},
            "(the rest is still working).",
        ),
    ],
)
def test_where_an_order_stands_is_told_in_words(changes: dict[str, Any], words: str) -> None:
    order = an_order(**({"fills": (), "reason": None} | changes))
    assert words in said_of(a_decision(orders=(order,)))


def test_a_revision_is_told_with_the_validators_words() -> None:
    recorded = {"revisions": 1, "answers": {"validator": {"summary": "too bold"}}}
    record = a_cycle_record(proposal=Proposal(weights={}, evidence=recorded))
    events = list(decision_reply(summarise(record)))
    assert "The validator sent the proposal back 1 time." in text_of(events)
    assert tables(events)["What each role concluded"].rows[0][:3] == ("Validator", "", "too bold")
