"""How results are told: the first sentence answers, figures are plain, others' words are harmless."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.execution.lifecycle import OrderState
from fund.portfolio.book import Book
from fund.portfolio.postings import post_deposit, post_fill
from fund.portfolio.proposal import Proposal
from graph.chat_events import Table, TextToken
from graph.desk_answers import ForecastAnswer, SimilarAnswer, TradingNow
from graph.desk_control import AdvanceSummary, DeskStatus, PlayedSession
from graph.replies.book import holdings_reply
from graph.replies.desk import advanced_reply, greeting_of, status_reply, unknown_reply, which_ticket_reply
from graph.replies.limits import limits_reply
from graph.replies.outlook import forecast_reply, similar_reply
from graph.replies.phrases import cell, number, percent, plural, quote, say, shares, usd
from support.books import MONDAY, a_fill, an_order, at_open
from support.mandates import a_mandate, some_limits
from support.records import a_cycle_record
from support.talk import text_of
from support.views import FakeView
from tools.exposure import limits_of
from tools.holdings import portfolio_of

VIEW = FakeView(prices={"AAPL": Decimal(110)}, sectors={"AAPL": "Technology"})
REPLAY = DeskStatus(
    mode="replay",
    session=date(2016, 12, 13),
    next_session=date(2016, 12, 14),
    unplayed=1,
    provider="offline rules, no LLM",
)


def funded() -> Book:
    return Book().apply(post_deposit(Decimal(100_000), MONDAY, at_open(MONDAY), "initial"))


def invested() -> Book:
    book = funded()
    return book.apply(post_fill(book, a_fill("AAPL", quantity=200, price=100)))


def test_an_empty_book_is_said_to_be_empty() -> None:
    events = list(holdings_reply(portfolio_of(funded(), VIEW, {})))
    assert text_of(events).startswith("We hold nothing: all of $100,000.00 is in cash")
    assert not any(isinstance(event, Table) for event in events)


def test_the_first_sentence_says_what_is_held() -> None:
    text = text_of(holdings_reply(portfolio_of(invested(), VIEW, {})))
    assert text.startswith("We hold 1 name, with 21.57% of $102,000.00 equity invested and $80,000.00")
    assert "+$2,000.00 against their cost" in text


def test_a_stale_price_and_a_waiting_order_are_said() -> None:
    stale = replace(VIEW, stale_since={"AAPL": date(2016, 3, 1)})
    text = text_of(
        holdings_reply(portfolio_of(invested(), stale, {}, [OrderState(order=an_order("XOM", quantity=5))]))
    )
    assert "Carried at a stale price: AAPL (last price 2016-03-01)." in text
    assert "1 order to be filled at the next open: buy 5 XOM." in text


def test_a_reason_written_by_an_llm_cannot_draw_or_link() -> None:
    hostile = "buy ![x](https://evil.example) <script>alert(1)</script>\u202e | now"
    record = a_cycle_record(proposal=Proposal(weights={}, reasons={"AAPL": hostile}))
    events = list(holdings_reply(portfolio_of(invested(), VIEW, {"AAPL": record})))
    table = next(event for event in events if isinstance(event, Table))
    assert "![" not in text_of(events)
    assert not set("<>|![]") & set(str(table.rows[0][table.columns.index("Why")]))
    assert "\u202e" not in text_of(events)


def test_a_limit_that_prices_have_passed_is_said_first() -> None:
    mandate = a_mandate(limits=some_limits(max_position=Decimal("0.2")))
    text = text_of(limits_reply(limits_of(invested(), VIEW, mandate)))
    assert "prices have moved 1 figure past a limit" in text
    assert "cannot be changed from the chat" in text


def test_limits_that_are_kept_are_said_to_be() -> None:
    assert "every limit is kept" in text_of(limits_reply(limits_of(invested(), VIEW, a_mandate())))


def test_no_forecast_is_said_and_not_made_up() -> None:
    answer = ForecastAnswer(
        ticker="SPY", name="SPDR", session=MONDAY, forecasts=(), place=None, track_records=()
    )
    events = list(forecast_reply(answer))
    assert "There is no forecast for SPY" in text_of(events)
    assert len(events) == len([e for e in events if isinstance(e, TextToken)])


def test_no_similar_trade_is_said() -> None:
    answer = SimilarAnswer(ticker="AAPL", name="Apple", session=MONDAY, trades=())
    assert "Memory holds no closed trade" in text_of(similar_reply(answer))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (REPLAY, "Replay mode: the desk's clock stands at the close of 2016-12-13, with 1 session left"),
        (replace(REPLAY, mode="live", unplayed=None), "The desk runs on the real clock"),
    ],
)
def test_the_greeting_says_the_mode_plainly(status: DeskStatus, words: str) -> None:
    assert words in greeting_of(status, offline=True)
    assert "offline rules, no LLM" in greeting_of(status, offline=True)


def test_a_replay_at_its_end_says_so() -> None:
    now = TradingNow(
        desk=replace(REPLAY, next_session=None, unplayed=0), trading="running", since="", reason=""
    )
    assert "the end of its data" in text_of(status_reply(now))


def test_a_pause_is_told_with_its_reason() -> None:
    now = TradingNow(desk=REPLAY, trading="paused", since="2026-11-20T12:00", reason="confirmed in the chat")
    assert "Trading is paused since 2026-11-20T12:00 UTC (confirmed in the chat)." in text_of(
        status_reply(now)
    )


def test_an_advance_that_was_cut_short_says_why() -> None:
    played = PlayedSession(
        session=date(2016, 12, 14),
        status="decided",
        equity=Decimal("100100.5"),
        return_fraction=0.001,
        benchmark_return=None,
        fills=2,
        orders=1,
    )
    text = text_of(advanced_reply(AdvanceSummary(played=(played,), unplayed=73, stopped="it was stopped"), 5))
    assert text.startswith("Played 1 session instead of 5 (it was stopped)")
    assert "equity $100,100.50. 2 fills, 1 new order; 73 sessions left to play." in text


def test_an_advance_of_nothing_says_so() -> None:
    text = text_of(advanced_reply(AdvanceSummary(played=(), unplayed=0, stopped=""), 5))
    assert text == "No session was played: none was left."


def test_a_refusal_begins_with_a_capital_and_nothing_asked_is_help() -> None:
    assert text_of(unknown_reply("which ticker?", "replay")) == "Which ticker?"
    assert "What do we hold" in text_of(unknown_reply(None, "replay"))


def test_a_bare_yes_without_a_ticket_does_nothing() -> None:
    assert "nothing was done" in text_of(which_ticket_reply((), "confirm"))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1234, "12.34%"), (Decimal("-0.005"), "-0.50%"), (None, "n/a"), (0, "0.00%")],
)
def test_a_fraction_is_written_as_a_percentage(value: float | Decimal | None, text: str) -> None:
    assert percent(value) == text


def test_amounts_numbers_and_counts_are_written_plainly() -> None:
    assert usd(Decimal("-1234.5")) == "-$1,234.50"
    assert usd(Decimal("1234.5"), signed=True) == "+$1,234.50"
    assert (number(None), number(0.5)) == ("n/a", "0.50")
    assert (shares(Decimal("1200")), shares(Decimal("0.50"))) == ("1,200", "0.5")
    assert (plural(1, "name"), plural(0, "name")) == ("1 name", "0 names")


@given(st.text(max_size=300))
def test_spoken_pieces_make_up_the_text(text: str) -> None:
    assert text_of(say(text)) == text


@given(st.text(max_size=300))
def test_a_quotation_has_no_live_markup(text: str) -> None:
    plain = quote(text)
    for sign in "<>[]`*|":
        assert all(plain[at - 1 : at] == "\\" for at, char in enumerate(plain) if char == sign)
    assert "\n" not in plain


@given(st.text(max_size=300))
def test_a_cell_is_one_line_without_markup(text: str) -> None:
    assert not set("<>`|![]\n\r") & set(cell(text))
