"""The chat page's handlers: what the owner does goes to the conversation, its events come back."""
# mypy: untyped_calls_exclude=chainlit

import asyncio
from collections.abc import AsyncIterator, Callable

import chainlit as cl
from chainlit.data.base import BaseDataLayer
from chainlit.server import sio
from chainlit.session import WebsocketSession
from chainlit.types import ThreadDict

from desk.chat.commands import question_of, starter_icon
from desk.chat.conversation import MAX_QUESTION_CHARACTERS, ChatEvent
from desk.chat.export import asks_for_export
from desk.chat.page import export_thread, keep_wishes, offer_commands_and_settings, wishes_at_hand
from desk.chat.rating_form import RATE_ACTION
from desk.chat.resume import bring_back, thread_held_back
from desk.chat.runs import STOP_ACTION, give_time
from desk.chat.seat import connected
from desk.chat.tickets import is_viewer, looks_on, post_ticket, ticket_actions
from desk.chat.trouble import answering_for_itself
from desk.owner import OWNER
from desk.web.pace import too_fast

STOP_WORDS = frozenset({"stop", "stop it", "stop that", "stop this", "stop please", "please stop", "/stop"})
"""Typed while an answer is under way, they end it; at any other time they are a question like all."""


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
async def starters(user: cl.User | None, _language: object) -> list[cl.Starter]:
    """Offer the desk's questions on an empty page; to somebody who looks on, none that changes anything."""
    offered = await asyncio.to_thread(connected().conversation.starters)
    if await looks_on(user):
        offered = tuple(one for one in offered if not one.message.lower().startswith("run "))
    return [cl.Starter(label=one.label, message=one.message, icon=starter_icon(one)) for one in offered]


@cl.on_chat_start
@answering_for_itself
async def greet() -> None:
    """Say the mode plainly, as a step, so that the empty page keeps its starters.

    What a script of the user's asked for waits for a click here: no conversation has its ticket.
    """
    if thread := await thread_held_back():
        await resume(thread)
        await cl.context.emitter.resume_thread(thread)
        return
    session, desk = cl.context.session, connected().conversation
    line = await asyncio.to_thread(desk.greeting)
    if await is_viewer():
        line = f"{line} You look on: ask whatever you like; only the owner changes anything."
    if not session.has_first_interaction:
        await cl.Step(name=line, type="undefined", icon="clock").send()
    await offer_commands_and_settings()
    for ticket in await desk.open_tickets(session.thread_id, user_name()):
        await post_ticket(ticket)


@cl.on_settings_update
@answering_for_itself
async def settings_changed(values: dict[str, object]) -> None:
    """Keep how the user wants answers, for this conversation and the next."""
    await keep_wishes(values)


@cl.on_message
@answering_for_itself
async def answer(message: cl.Message) -> None:
    """Answer one question, beside what is under way; an empty or endless one is not passed on."""
    session, text = cl.context.session, question_of(message.content.strip(), message.command)
    await cl.send_window_message({"conclaveThread": session.thread_id})
    session.thread_id_to_resume = session.thread_id
    if not text:
        await cl.Message(content="Ask a question, such as: what do we hold and why?").send()
    elif len(text) > MAX_QUESTION_CHARACTERS:
        await cl.Message(
            content=f"The question has {len(text):,} characters; the desk reads at most "
            f"{MAX_QUESTION_CHARACTERS:,}. Ask it in fewer words."
        ).send()
    elif text.lower().rstrip(".! ") in STOP_WORDS and await connected().runs.stop(session.thread_id):
        return
    elif asks_for_export(text):
        await export_thread(session.thread_id)
    elif wait := connected().pace.take(user_name()):
        await cl.Message(content=too_fast(wait)).send()
    else:
        wishes = await wishes_at_hand()
        events = connected().conversation.answer(
            session.thread_id, user_name(), text, profile=wishes.profile, brief=wishes.brief
        )
        asked, step = message.to_dict(), cl.context.current_run
        await give_time(connected().runs.start(events, step=step, question=text, asked=asked, wishes=wishes))


@sio.on("stop")  # type: ignore[untyped-decorator]
async def stop(sid: str) -> None:
    """End every answer of the page's thread, in place of what Chainlit does and says."""
    if (session := WebsocketSession.get(sid)) is not None:
        await connected().runs.stop(session.thread_id)


@cl.action_callback(STOP_ACTION)
@answering_for_itself
async def stop_run(action: cl.Action) -> None:
    """End the answer whose button was pressed."""
    run_id = str(action.payload.get("run_id", ""))
    await connected().runs.stop(cl.context.session.thread_id, run_id)


@cl.on_chat_end
async def leave() -> None:
    """Forget a closed page; what it watched goes on."""
    connected().runs.leave(cl.context.session)


@cl.on_chat_resume
@answering_for_itself
async def resume(thread: ThreadDict) -> None:
    """Bring back what the stored thread lacks: answers under way, and the buttons of commands that wait."""
    await bring_back(thread)
    await offer_commands_and_settings()


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


@cl.action_callback(RATE_ACTION)
@answering_for_itself
async def rate(action: cl.Action) -> None:
    """Keep what the user says of the decision whose button was pressed."""
    row, rating = (str(action.payload.get(key, "")) for key in ("row", "rating"))
    async with cl.Step(name="on_message", type="run") as step:
        run = connected().runs.start(
            connected().conversation.rate(row, rating, user_name()),
            step=step,
            question=f"rate {row} {rating}",
            wishes=await wishes_at_hand(),
        )
        await give_time(run)


async def _decide(action: cl.Action, decision: Callable[[str, str], AsyncIterator[ChatEvent]]) -> None:
    command_id = str(action.payload.get("command_id", ""))
    async with cl.Step(name="on_message", type="run") as step:
        run = connected().runs.start(
            decision(command_id, user_name()),
            step=step,
            question=f"{action.name} {command_id}",
            settled=ticket_actions(command_id),
            wishes=await wishes_at_hand(),
        )
        await give_time(run)
