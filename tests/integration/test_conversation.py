"""The whole conversation over a real database with a real past: questions, tickets, advances, failures."""

import logging
from dataclasses import replace
from math import inf

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import Engine

from fund.clock import FixedClock
from fund.errors import LedgerError
from graph.chat import DeskConversation
from graph.chat_events import (
    Chart,
    Failure,
    StepFinished,
    StepStarted,
    TextToken,
    Ticket,
)
from graph.checkpoints import libpq_url, open_checkpoints
from graph.desk_control import AdvanceSummary, DeskStatus, OnEvent
from support.database import DatabaseServer, own_database
from support.desk_records import NOW, PlayedDesk, a_played_desk
from support.talk import THREAD, asked, tables_of, text_of

QUESTIONS = (
    "What do we hold and why?",
    "How are we doing?",
    "how did we do last week?",
    "how did we do by month?",
    "why did you buy AAPL?",
    "why did you skip KO on 2016-11-01?",
    "what did you decide on 2016-11-01?",
    "how is apple doing?",
    "do we own exxon?",
    "what is our sharpe ratio?",
    "how much commission did we pay?",
    "forecast for nvidia",
    "top forecasts",
    "similar trades for apple",
    "how is the market?",
    "limits",
    "show the trades",
    "status",
    "help",
)
LABELS = {"95", "10", "20", "50", "60", "90", "120"}
"""Numbers that name a figure (95% interval, 60 sessions) and are none."""


@pytest.fixture(scope="module")
def desk(engine: Engine) -> PlayedDesk:
    played = a_played_desk(engine, clock=FixedClock(NOW))
    played.remember()
    return played


@pytest.fixture
def conversation(desk: PlayedDesk) -> DeskConversation:
    return DeskConversation(desk.tools(), InMemorySaver(), new_log_id=lambda: "log-1")


async def test_every_question_is_answered_by_one_visible_tool_call(conversation: DeskConversation) -> None:
    for question in QUESTIONS:
        events = await asked(conversation, question)
        steps = [e for e in events if isinstance(e, StepStarted)]
        ends = [e for e in events if isinstance(e, StepFinished)]
        assert [s.step_id for s in steps] == [e.step_id for e in ends], question
        assert [s.kind for s in steps] == ["tool"], question
        assert not any(e.failed for e in ends), question
        assert text_of(events), question


async def test_an_answer_comes_in_pieces(conversation: DeskConversation) -> None:
    pieces = [e for e in await asked(conversation, "What do we hold and why?") if isinstance(e, TextToken)]
    assert len(pieces) > 10
    assert all(len(piece.text.split()) <= 3 for piece in pieces)


async def test_the_conversation_says_while_somebody_waits(conversation: DeskConversation) -> None:
    assert conversation.idle_seconds == inf
    events = conversation.answer("waiting", "owner", "what do we hold?")
    await anext(events)
    assert conversation.idle_seconds == 0
    await events.aclose()
    assert 0 < conversation.idle_seconds < inf


async def test_the_holdings_are_those_of_the_journal(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    events = await asked(conversation, "what do we hold and why?")
    rows = tables_of(events)["Holdings"].rows
    why = tables_of(events)["Holdings"].columns.index("Why")
    assert {row[0] for row in rows} == set(desk.book.positions)
    assert f"We hold {len(rows)} names" in text_of(events)
    assert all(row[why] != "no reason on record" for row in rows)


async def test_a_reason_is_the_committees_even_where_a_limit_traded_last(
    conversation: DeskConversation,
) -> None:
    holdings = tables_of(await asked(conversation, "what do we hold?"))["Holdings"]
    microsoft = next(row for row in holdings.rows if row[0] == "MSFT")
    assert "rank 0.93 of 500" in str(microsoft[holdings.columns.index("Why")])


async def test_performance_shows_sample_size_interval_benchmark_and_chart(
    conversation: DeskConversation,
) -> None:
    events = await asked(conversation, "how are we doing?")
    table = next(table for title, table in tables_of(events).items() if title.startswith("Performance"))
    assert table.columns == ("Figure", "Desk", "95% interval", "n", "SPY (total return)")
    assert {row[0] for row in table.rows} >= {"return", "volatility", "max drawdown"}
    assert any(isinstance(event, Chart) for event in events)
    assert "95% interval" in text_of(events)
    assert len(tables_of(events)["Daily values"].rows) == 30


async def test_results_are_broken_down_by_the_calendar(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    events = await asked(conversation, "how did we do by month?")
    rows = tables_of(events)["Returns by month"].rows
    assert [row[0] for row in rows] == sorted({f"{mark.session:%Y-%m}" for mark in desk.marks[1:]})
    assert "SPY was beaten in" in text_of(events)
    assert "the best month was" in text_of(await asked(conversation, "what was our best month?"))
    assert "Returns by year" in tables_of(await asked(conversation, "performance by year"))


async def test_a_week_is_too_short_to_judge(conversation: DeskConversation) -> None:
    assert "5 sessions are too few" in text_of(await asked(conversation, "performance last week"))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("why did you buy AAPL?", "The committee decided to buy 71 shares of AAPL"),
        ("why did you buy MSFT?", "max_position had cut the target from 15.00% to 10.00%"),
        ("why did you skip KO on 2016-11-01?", "The validator objected to KO"),
        ("why did you skip NVDA on 2016-11-01?", "The risk officer cut the target in NVDA to zero"),
        ("why did you skip GE on 2016-11-01?", "conviction was only +0.03"),
        ("why did you skip JNJ on 2016-11-01?", "other names came first"),
        ("why did you skip SPY on 2016-11-01?", "SPY could not be traded: not in the universe"),
        ("why did you skip WMT?", "WMT was left out: no forecast"),
        ("why did you skip BA?", "ranked number 14 of 14, too low"),
        ("why did you skip QQQ?", "it was a fund, so it was not in the universe"),
        ("why did you sell XOM?", "The committee decided to sell 59 shares of XOM"),
        ("why did you sell XOM on 2016-11-10?", "What filled on 2016-11-10 was decided on the close before"),
        ("why did you sell KO?", "The desk has never sold KO"),
        ("why did you buy AAPL on 2016-11-11?", "The committee gave no answer"),
        ("why did you buy AAPL on 2016-11-15?", "Trading was halted"),
        ("why did you keep AAPL on 2016-11-03?", "was held at"),
        ("why did you buy AAPL on 2016-11-05?", "There is no decision of 2016-11-05; the nearest is of"),
        ("why did you buy AAPL on 2030-01-01?", "the nearest is of 2016-12-13"),
        ("why did you buy XYZQ?", "did you mean"),
        ("why did you buy microsft?", '(Reading "microsft" as MSFT.)'),
    ],
)
async def test_why_gives_the_honest_reason(
    conversation: DeskConversation, question: str, answer: str
) -> None:
    assert answer in text_of(await asked(conversation, question))


async def test_a_decision_is_told_with_its_evidence_words_limits_and_fills(
    conversation: DeskConversation,
) -> None:
    events = await asked(conversation, "why did you buy MSFT?")
    tables = tables_of(events)
    assert "+0.012 (-0.004 to +0.028, n = 140)" in str(tables["Forecasts for MSFT, 2016-11-01"].rows)
    assert [row[0] for row in tables["What each role said"].rows] == [
        "Macro researcher",
        "Quant researcher",
        "Portfolio manager",
    ]
    assert tables["Limits that cut it"].rows[0][:3] == ("max_position", "15.00%", "10.00%")
    assert len(tables["Similar past trades"].rows) == 2
    assert "167 filled on 2016-11-02" in text_of(events)


async def test_a_name_is_told_by_what_is_held_of_it(desk: PlayedDesk, conversation: DeskConversation) -> None:
    (held, *_) = desk.tools().portfolio.holdings().holdings
    assert f"of {held.ticker} " in text_of(await asked(conversation, f"do we own {held.ticker}?"))
    assert text_of(await asked(conversation, "do we own NKE?")).startswith("We hold no NKE")
    assert "called 'tesla'" in text_of(await asked(conversation, "do we own tesla?"))


async def test_what_was_read_into_a_question_is_said_before_the_answer(
    conversation: DeskConversation,
) -> None:
    text = text_of(await asked(conversation, "what was the market like on 2016-10-31?"))
    assert text.startswith("(This is as of the desk's clock, not of 2016-10-31.) SPY")
    text = text_of(await asked(conversation, "how are AAPL and MSFT doing"))
    assert text.startswith("(This is about AAPL; ask about MSFT by itself.) ")


async def test_a_past_book_is_shown_as_it_was_marked(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    mark = desk.marks[-5]
    events = await asked(conversation, f"what did we hold on {mark.session.isoformat()}?")
    rows = tables_of(events)[f"Holdings, {mark.session.isoformat()}"].rows
    assert {row[0] for row in rows} == {position.ticker for position in mark.positions}
    assert f"At the close of {mark.session.isoformat()} the account is worth" in text_of(events)
    text = text_of(await asked(conversation, "what did we hold on 2015-01-02?"))
    assert text.startswith("The desk has no book of 2015-01-02; it has ")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("is this real money?", "No: this is paper money."),
        ("who decides what to buy?", "A committee of five roles decides"),
        ("what happens next?", "The next session is 2016-12-14."),
        ("how good is the forecaster?", "rank IC so far is"),
        ("how much dividends?", "in dividends and paid"),
        ("what fees have we paid?", "commission"),
        ("what will the market do tomorrow?", "(The desk does not forecast the market"),
        ("buy 300% TSLA, ignore your limits", "Orders cannot be placed"),
    ],
)
async def test_an_owners_plain_question_is_answered_plainly(
    conversation: DeskConversation, question: str, answer: str
) -> None:
    assert answer in text_of(await asked(conversation, question))


async def test_thanks_are_answered_in_a_few_words(conversation: DeskConversation) -> None:
    assert text_of(await asked(conversation, "ok thanks!")) == "You are welcome."


async def test_a_whole_session_can_be_asked_about(conversation: DeskConversation) -> None:
    events = await asked(conversation, "what did you decide on 2016-11-01?")
    assert "looked at 9 names and placed 3 orders" in text_of(events)
    assert {row[0] for row in tables_of(events)["Targets of 2016-11-01"].rows} >= {"AAPL", "MSFT", "SPY"}


async def test_a_follow_up_keeps_ticker_and_topic(conversation: DeskConversation) -> None:
    await asked(conversation, "forecast for AAPL")
    assert "expects MSFT to return" in text_of(await asked(conversation, "and microsoft?"))
    assert "of MSFT" in text_of(await asked(conversation, "why did you buy it?"))


async def test_that_one_is_the_name_the_last_answer_put_first(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    held = desk.tools().portfolio.holdings().holdings
    ends = {"biggest": held[0], "smallest": held[-1]}
    ends |= {"worst": min(held, key=lambda h: h.unrealised), "best": max(held, key=lambda h: h.unrealised)}
    for end, holding in ends.items():
        await asked(conversation, "why did you skip KO?")
        await asked(conversation, f"what is the {end} position?")
        assert f"of {holding.ticker}" in text_of(await asked(conversation, "why do we hold that one?")), end


async def test_a_name_is_forgotten_after_an_answer_about_none(conversation: DeskConversation) -> None:
    await asked(conversation, "why did you buy AAPL?")
    await asked(conversation, "how are we doing?")
    assert text_of(await asked(conversation, "why did you buy it?")) == "Which name do you mean?"


async def test_the_best_closed_trade_and_the_top_forecast_are_meant_by_it(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    best = max(desk.tools().performance.trades().closed, key=lambda trade: trade.profit).ticker
    await asked(conversation, "what was our best trade?")
    assert best in text_of(await asked(conversation, "why did you buy it?"))
    top = desk.tools().top_forecasts().forecasts[0].ticker
    await asked(conversation, "top forecasts")
    assert top in text_of(await asked(conversation, "why did you skip that one?"))


async def test_threads_do_not_share_what_they_speak_of(conversation: DeskConversation) -> None:
    await asked(conversation, "why did you buy AAPL?", "one")
    assert "Which ticker?" in text_of(await asked(conversation, "similar trades?", "two"))


async def test_a_forgotten_thread_has_nothing_to_follow_up(conversation: DeskConversation) -> None:
    await asked(conversation, "forecast for AAPL")
    await conversation.forget(THREAD)
    assert "Which ticker?" in text_of(await asked(conversation, "similar trades?"))


async def test_what_a_thread_speaks_of_survives_a_restart(desk: PlayedDesk, database_url: str) -> None:
    for question, answer in (("forecast for AAPL", "AAPL"), ("and microsoft?", "expects MSFT")):
        saver, pool = await open_checkpoints(libpq_url(database_url))
        try:
            assert answer in text_of(await asked(DeskConversation(desk.tools(), saver), question))
        finally:
            await pool.close()


async def test_small_talk_is_told_what_can_be_asked(conversation: DeskConversation) -> None:
    for text in ("what's the weather?", "", "🚀", "write me a poem"):
        assert "What do we hold and why?" in text_of(await asked(conversation, text))


async def test_an_order_is_refused_and_nothing_waits(conversation: DeskConversation) -> None:
    events = await asked(conversation, "buy 100 shares of apple")
    assert text_of(events).startswith("Orders cannot be placed")
    assert not any(isinstance(event, Ticket) for event in events)


async def test_a_failure_of_ours_is_a_sentence_with_a_log_id(
    desk: PlayedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    tools = desk.tools()

    def broken() -> object:
        raise RuntimeError("postgres://user:secret@host is down")

    tools.portfolio.holdings = broken  # type: ignore[assignment,method-assign]
    conversation = DeskConversation(tools, InMemorySaver(), new_log_id=lambda: "log-1")
    with caplog.at_level(logging.ERROR):
        events = await asked(conversation, "what do we hold?")
    failure = events[-1]
    assert isinstance(failure, Failure)
    assert failure.log_id == "log-1"
    assert "secret" not in failure.text
    assert "log-1" in caplog.text


async def test_what_the_desk_knows_went_wrong_is_its_own_sentence(desk: PlayedDesk) -> None:
    tools = desk.tools()

    def refuses() -> object:
        raise LedgerError("the books do not add up: 1 is not 2")

    tools.portfolio.holdings = refuses  # type: ignore[assignment,method-assign]
    events = await asked(DeskConversation(tools, InMemorySaver()), "what do we hold?")
    assert text_of(events) == "The books do not add up: 1 is not 2."
    assert not any(isinstance(event, Failure) for event in events)


async def test_the_greeting_says_the_mode_and_that_no_llm_answers(conversation: DeskConversation) -> None:
    greeting = conversation.greeting()
    assert "Replay mode" in greeting
    assert "2016-12-13" in greeting
    assert "offline rules, no LLM" in greeting


async def test_every_starter_is_understood(conversation: DeskConversation) -> None:
    for starter in conversation.starters():
        assert "did not understand" not in text_of(await asked(conversation, starter.message))


async def test_the_real_clock_offers_no_advance(desk: PlayedDesk) -> None:
    tools = replace(desk.tools(), desk=OnTheRealClock(desk))  # type: ignore[arg-type]
    conversation = DeskConversation(tools, InMemorySaver())
    offered = [starter.message for starter in conversation.starters()]
    assert len(offered) == 7
    assert not [message for message in offered if "session" in message and "Run" in message]
    for question in ("help", "write me a poem"):
        assert "Advance" not in text_of(await asked(conversation, question))


class OnTheRealClock:
    """A played desk that stands on the real clock from now on."""

    def __init__(self, desk: PlayedDesk) -> None:
        self._desk = desk

    def status(self) -> DeskStatus:
        return replace(self._desk.status(), mode="live", unplayed=None)

    async def advance(self, sessions: int, on_event: OnEvent) -> AdvanceSummary:
        return await self._desk.advance(sessions, on_event)


async def test_a_desk_that_was_never_played_says_so(database_server: DatabaseServer) -> None:
    with own_database(database_server) as engine:
        conversation = DeskConversation(a_played_desk(engine, sessions=0).tools(), InMemorySaver())
        for question in ("what do we hold?", "how are we doing?", "why did you buy AAPL?", "show the trades"):
            assert "advance" in text_of(await asked(conversation, question)), question
