"""The chat page's handlers: what the owner does goes to the conversation, its events come back."""
# mypy: untyped_calls_exclude=chainlit

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, cast
from uuid import uuid4

import chainlit as cl
from chainlit.data.base import BaseDataLayer
from chainlit.types import ThreadDict

from desk.chat_seat import connected
from desk.chat_turn import Turn, post_ticket, tell_failure, ticket_actions, ticket_message_id
from desk.conversation import MAX_QUESTION_CHARACTERS, ChatEvent, DeskError
from desk.display import plain
from desk.owner import OWNER

log = logging.getLogger("desk.chat_page")

RESUME_SECONDS = 0.5
"""The page replaces its list of messages after a resume; actions sent earlier would be lost."""

_resumed: set[asyncio.Task[None]] = set()
_under_way: dict[str, asyncio.Event] = {}
"""The answer being given in a thread, whichever page asked for it; the event comes with its end."""


async def tell_trouble(error: Exception) -> None:
    """Log an error no one expected and tell the owner; the desk's own errors speak for themselves."""
    log_id = uuid4().hex[:8]
    log.error("chat %s: %s", log_id, type(error).__name__, exc_info=error)
    text = plain(str(error)) if isinstance(error, DeskError) else "Something went wrong on the desk's side."
    await tell_failure(text, log_id)


Handler = Callable[..., Coroutine[Any, Any, Any]]


def answering_for_itself(handler: Handler) -> Handler:
    """Turn any error of a handler into a sentence; Chainlit would show the user nothing."""

    @functools.wraps(handler)
    async def guarded(*arguments: Any, **named: Any) -> Any:
        try:
            return await handler(*arguments, **named)
        except Exception as error:  # noqa: BLE001 - the chat turn is an edge of the process
            await tell_trouble(error)

    return guarded


async def play(events: AsyncIterator[ChatEvent]) -> None:
    """Show a stream of events to its end; when the owner stops it, close it and what it left open."""
    run, thread_id = cl.context.current_run, cl.context.session.thread_id
    turn = Turn(run.id if run else None)
    over = _under_way[thread_id] = asyncio.Event()
    stopped = True
    try:
        async with aclosing(cast("Any", events)) as stream:
            async for event in stream:
                await turn.show(event)
        stopped = False
    finally:
        await turn.close(interrupted=stopped)
        over.set()
        if _under_way.get(thread_id) is over:
            del _under_way[thread_id]


def user_name() -> str:
    """Return the name of the user of this session."""
    user = cl.context.session.user
    return user.identifier if user else OWNER


@cl.data_layer
def history() -> BaseDataLayer:
    """Return the desk's own history."""
    return connected().history


@cl.password_auth_callback
async def log_in(_name: str, _password: str) -> cl.User | None:
    """Let nobody in here: the desk's own route checks passwords, this makes the page ask for one."""
    return None


@cl.set_starters
async def starters(_user: object, _language: object) -> list[cl.Starter]:
    """Offer the desk's questions on an empty page."""
    return [cl.Starter(label=one.label, message=one.message) for one in connected().conversation.starters()]


@cl.on_chat_start
@answering_for_itself
async def greet() -> None:
    """Say the mode plainly, as a step, so that the empty page keeps its starters."""
    line = await asyncio.to_thread(connected().conversation.greeting)
    await cl.Step(name=line, type="undefined", icon="clock").send()


@cl.on_message
@answering_for_itself
async def answer(message: cl.Message) -> None:
    """Answer one question; an empty or endless one is not passed on."""
    await cl.send_window_message({"conclaveThread": cl.context.session.thread_id})
    text = message.content.strip()
    if not text:
        await cl.Message(content="Ask a question, such as: what do we hold and why?").send()
    elif len(text) > MAX_QUESTION_CHARACTERS:
        await cl.Message(
            content=f"The question has {len(text):,} characters; the desk reads at most "
            f"{MAX_QUESTION_CHARACTERS:,}. Ask it in fewer words."
        ).send()
    else:
        await play(connected().conversation.answer(cl.context.session.thread_id, user_name(), text))


@cl.on_chat_resume
@answering_for_itself
async def resume(thread: ThreadDict) -> None:
    """Bring back what the stored thread lacks: the rest of an answer, the buttons of commands that wait."""
    task: asyncio.Task[None] = asyncio.create_task(_bring_back(thread, _under_way.get(thread["id"])))
    _resumed.add(task)
    task.add_done_callback(_resumed.discard)


@answering_for_itself
async def _bring_back(thread: ThreadDict, over: asyncio.Event | None) -> None:
    await asyncio.sleep(RESUME_SECONDS)
    if over is not None:
        await over.wait()
        thread = await _shown_anew(thread)
    kept = {step["id"] for step in thread["steps"]}
    for ticket in await connected().conversation.open_tickets(thread["id"]):
        message_id = ticket_message_id(ticket.command_id)
        if message_id in kept:
            for action in ticket_actions(ticket.command_id):
                await action.send(for_id=message_id)
        else:
            await post_ticket(ticket)


async def _shown_anew(thread: ThreadDict) -> ThreadDict:
    """Show a thread as it is now kept, in place of what the page shows."""
    await connected().history.drain()
    now = await connected().history.get_thread(thread["id"]) or thread
    await cl.context.emitter.resume_thread(now)
    await asyncio.sleep(RESUME_SECONDS)
    return now


@cl.action_callback("confirm")
@answering_for_itself
async def confirm(action: cl.Action) -> None:
    """Carry out the command of the clicked ticket."""
    await _decide(action, connected().conversation.confirm)


@cl.action_callback("decline")
@answering_for_itself
async def decline(action: cl.Action) -> None:
    """Withdraw the command of the clicked ticket."""
    await _decide(action, connected().conversation.decline)


async def _decide(action: cl.Action, decision: Callable[[str, str], AsyncIterator[ChatEvent]]) -> None:
    command_id = str(action.payload.get("command_id", ""))
    for button in ticket_actions(command_id):
        await button.remove()
    work = asyncio.create_task(_carry_out(decision(command_id, user_name())))
    cl.context.session.current_task = work
    await asyncio.wait([work])
    if not work.cancelled():
        work.result()


async def _carry_out(events: AsyncIterator[ChatEvent]) -> None:
    await cl.context.emitter.task_start()
    try:
        async with cl.Step(name="on_message", type="run"):
            await play(events)
    finally:
        await cl.context.emitter.task_end()
