"""Control in the chat: tickets that only their owner confirms, once, in time; advances as they happen."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import Engine

from db.ledger import Ledger
from db.trading_state import TradingState
from fund.clock import FixedClock
from fund.errors import DeskError, QueryRefusedError
from graph.chat import DeskConversation
from graph.chat_events import Progress, StepStarted, Table, Ticket
from graph.intent import AT_ONCE
from support.desk_records import NOW, OWNER, PlayedDesk, a_played_desk
from support.talk import THREAD, asked, heard, text_of, ticket_of


@pytest.fixture(scope="module")
def desk(engine: Engine) -> PlayedDesk:
    return a_played_desk(engine, clock=FixedClock(NOW))


@pytest.fixture
def conversation(desk: PlayedDesk) -> DeskConversation:
    return DeskConversation(desk.tools(), InMemorySaver())


async def test_a_control_action_only_opens_a_ticket(engine: Engine, conversation: DeskConversation) -> None:
    ticket = ticket_of(await asked(conversation, "pause trading"))
    assert ticket.expires_at == NOW + timedelta(minutes=5)
    with engine.connect() as connection:
        assert not TradingState(connection).get().is_paused
    assert ticket.command_id in {each.command_id for each in await conversation.open_tickets(THREAD)}
    assert await conversation.open_tickets("another thread") == ()
    await heard(conversation.decline(ticket.command_id, OWNER))


async def test_pause_and_resume_happen_once_each_after_a_click(
    engine: Engine, conversation: DeskConversation
) -> None:
    ticket = ticket_of(await asked(conversation, "pause trading"))
    assert "Trading is paused" in text_of(await heard(conversation.confirm(ticket.command_id, OWNER)))
    assert "already executed" in text_of(await heard(conversation.confirm(ticket.command_id, OWNER)))
    assert "Trading is paused since" in text_of(await asked(conversation, "status"))
    assert "already paused" in text_of(await asked(conversation, "pause"))
    ticket = ticket_of(await asked(conversation, "resume trading"))
    assert "Trading is resumed" in text_of(await asked(conversation, f"confirm {ticket.command_id}"))
    with engine.connect() as connection:
        assert not TradingState(connection).get().is_paused


async def test_money_is_moved_by_a_sentence_a_ticket_and_a_click(
    engine: Engine, conversation: DeskConversation
) -> None:
    ticket = ticket_of(await asked(conversation, "deposit 5000"))
    assert ticket.description.startswith("Deposit 5,000.00 USD: booked into the paper account at the open")
    with engine.connect() as connection:
        before = Ledger(connection).load_book()
    told = text_of(await heard(conversation.confirm(ticket.command_id, OWNER)))
    assert told.startswith("5,000.00 USD are deposited, booked at the open of ")
    assert "already executed" in text_of(await heard(conversation.confirm(ticket.command_id, OWNER)))
    with engine.connect() as connection:
        after = Ledger(connection).load_book()
    assert (after.cash - before.cash, after.net_deposits - before.net_deposits) == (5000, 5000)
    refused = text_of(await asked(conversation, "withdraw 900 million"))
    assert "cannot be taken out" in refused
    assert "USD are free of " in refused
    assert 'such as "deposit 5000"' in text_of(await asked(conversation, "deposit 5000 AAPL"))


async def test_the_kill_switch_and_the_way_back_with_evidence(
    engine: Engine, conversation: DeskConversation
) -> None:
    assert "breaker is closed" in text_of(await asked(conversation, "how is the circuit breaker?"))
    ticket = ticket_of(await asked(conversation, "stop everything"))
    with engine.connect() as connection:
        assert not TradingState(connection).get().is_paused
    assert "The kill switch is thrown" in text_of(await heard(conversation.confirm(ticket.command_id, OWNER)))
    events = await asked(conversation, "why is trading halted?")
    assert "open and latched since" in text_of(events)
    assert "the kill switch" in text_of(events)
    assert [each.title for each in events if isinstance(each, Table)] == ["Levels for a resume"]
    assert "Trading is halted since" in text_of(await asked(conversation, "status"))
    events = await asked(conversation, "resume trading")
    (shown,) = [each for each in events if isinstance(each, Table)]
    assert shown.columns == ("Level", "Value", "Asked for", "Sample", "Met")
    assert [row[0] for row in shown.rows] == [
        "Below the peak",
        "Winning sessions in a row",
        "Sharpe ratio",
    ]
    ticket = ticket_of(events)
    assert "levels of the mandate for a resume is met" in ticket.description
    assert "Trading is resumed" in text_of(await heard(conversation.confirm(ticket.command_id, OWNER)))
    with engine.connect() as connection:
        assert TradingState(connection).get().changed_by == OWNER


async def test_only_the_one_who_asked_can_confirm(engine: Engine, conversation: DeskConversation) -> None:
    ticket = ticket_of(await asked(conversation, "pause trading"))
    text = text_of(await heard(conversation.confirm(ticket.command_id, "somebody else")))
    assert "no action" in text
    with engine.connect() as connection:
        assert not TradingState(connection).get().is_paused
    assert "Withdrawn" in text_of(await heard(conversation.decline(ticket.command_id, OWNER)))
    assert "already declined" in text_of(await heard(conversation.confirm(ticket.command_id, OWNER)))


async def test_a_ticket_expires(desk: PlayedDesk, conversation: DeskConversation) -> None:
    ticket = ticket_of(await asked(conversation, "pause trading"))
    assert isinstance(desk.clock, FixedClock)
    desk.clock.move(NOW + timedelta(minutes=5))
    try:
        assert "expired" in text_of(await heard(conversation.confirm(ticket.command_id, OWNER)))
        assert await conversation.open_tickets(THREAD) == ()
    finally:
        desk.clock.move(NOW)


async def test_of_many_clicks_one_counts(engine: Engine, conversation: DeskConversation) -> None:
    ticket = ticket_of(await asked(conversation, "pause trading"))
    clicks = await asyncio.gather(*(heard(conversation.confirm(ticket.command_id, OWNER)) for _ in range(6)))
    assert sum("Trading is paused" in text_of(events) for events in clicks) == 1
    ticket = ticket_of(await asked(conversation, "resume"))
    await heard(conversation.confirm(ticket.command_id, OWNER))


async def test_a_bare_yes_confirms_nothing_and_names_the_tickets(
    engine: Engine, conversation: DeskConversation
) -> None:
    assert "Nothing is waiting" in text_of(await asked(conversation, "yes", "quiet thread"))
    ticket = ticket_of(await asked(conversation, "pause trading", "busy thread"))
    assert f"confirm {ticket.command_id}" in text_of(await asked(conversation, "yes", "busy thread"))
    with engine.connect() as connection:
        assert not TradingState(connection).get().is_paused


@pytest.mark.parametrize("count", ["0 days", "75 sessions", "-1 sessions", "2.5 sessions"])
async def test_an_impossible_advance_opens_no_ticket(conversation: DeskConversation, count: str) -> None:
    events = await asked(conversation, f"advance {count}")
    assert not any(isinstance(event, Ticket) for event in events)
    assert text_of(events)


async def test_advancing_plays_sessions_with_nested_steps_and_progress(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    before = len(desk.records)
    events = await asked(conversation, "advance 2 sessions")
    cycles = [e for e in events if isinstance(e, StepStarted) and e.kind == "cycle"]
    roles = [e for e in events if isinstance(e, StepStarted) and e.kind == "role"]
    assert len(desk.records) == before + 2
    assert len(cycles) == 2
    assert [role.parent_id for role in roles] == [c.step_id for c in cycles for _ in range(5)]
    assert [(e.done, e.total) for e in events if isinstance(e, Progress)] == [(0, 2), (1, 2)]
    assert not any(isinstance(event, Ticket) for event in events)
    assert "Played 2 sessions" in text_of(events)


async def test_a_long_advance_waits_for_a_click_and_happens_once(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    before = len(desk.records)
    ticket = ticket_of(await asked(conversation, "advance 6 sessions"))
    assert len(desk.records) == before
    assert "Played 6 sessions" in text_of(await heard(conversation.confirm(ticket.command_id, OWNER)))
    assert "already executed" in text_of(await heard(conversation.confirm(ticket.command_id, OWNER)))
    assert len(desk.records) == before + 6


async def test_steps_are_passed_on_while_the_advance_runs_and_closing_stops_it(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    before = len(desk.records)
    async with aclosing(conversation.answer(THREAD, OWNER, "advance 3 sessions")) as events:
        async for event in events:
            if isinstance(event, StepStarted) and event.kind == "role":
                break
    assert len(desk.records) <= before + 1
    assert "Played 1 session" in text_of(await asked(conversation, "run the next session"))


async def test_an_advance_that_cannot_begin_is_a_sentence(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    def refuse() -> None:
        raise DeskError("another process is playing this desk")

    desk.advancing = refuse
    try:
        events = await asked(conversation, "run the next session")
    finally:
        desk.advancing = lambda: None
    assert "Another process is playing this desk." in text_of(events)


async def test_a_hearing_is_a_ticket_then_steps_then_an_answer_and_plays_nothing(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    before = (len(desk.records), len(desk.fills))
    held = sorted(desk.book.positions)[0]
    pending = desk.control().propose("cycle", None, OWNER, THREAD, tickers=[held])
    tickets = await conversation.open_tickets(THREAD)
    ticket = next(each for each in tickets if each.command_id == pending.command_id)
    assert ticket.consequences == (
        "Orders: none. Positions, cash and the desk's clock stay as they are.",
        "Asks no LLM and costs nothing: offline rules answer.",
    )
    events = await heard(conversation.confirm(pending.command_id, OWNER))
    assert [event.name for event in events if isinstance(event, StepStarted)] == ["Hearing"]
    assert "This was a hearing: nothing is ordered." in text_of(events)
    (table,) = (event for event in events if isinstance(event, Table))
    assert held in {row[0] for row in table.rows}
    assert "already executed" in text_of(await heard(conversation.confirm(pending.command_id, OWNER)))
    assert (len(desk.records), len(desk.fills)) == before


async def test_a_watched_name_is_confirmed_in_the_chat_and_offers_the_way_back(
    desk: PlayedDesk, conversation: DeskConversation
) -> None:
    pending = desk.control().propose("watch", None, OWNER, THREAD, tickers=["apple"])
    said = text_of(await asked(conversation, f"confirm {pending.command_id}"))
    assert said == 'AAPL is on the watchlist. Say "unwatch AAPL" to take that back.'
    names = desk.tools().watchlist.watchlist().names
    assert [(each.ticker, each.added_by) for each in names] == [("AAPL", OWNER)]


def test_a_long_advance_is_refused_once_the_desk_has_been_played_on_and_a_short_one_is_the_next(
    desk: PlayedDesk,
) -> None:
    control = desk.control()
    short, long = (control.propose("advance", sessions, OWNER, None) for sessions in (AT_ONCE, AT_ONCE + 1))
    first = long.consequences[0]
    assert first.startswith(f"Plays {desk.history.calendar.next_session(desk.session)} to ")
    desk.play()
    with pytest.raises(QueryRefusedError, match="what you were shown is no longer what would happen"):
        control.confirm(long.command_id, OWNER)
    assert control.confirm(short.command_id, OWNER).sessions == AT_ONCE
