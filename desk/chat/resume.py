"""A thread opened again: what is under way in it, what was cut off, and the commands that still wait."""
# mypy: untyped_calls_exclude=chainlit

import asyncio

import chainlit as cl
from chainlit.session import WebsocketSession
from chainlit.socket import resume_thread
from chainlit.step import StepDict
from chainlit.types import ThreadDict

from desk.chat.display import plain
from desk.chat.rating_form import bring_decision_back
from desk.chat.runs import Run, standing
from desk.chat.seat import connected
from desk.chat.tickets import is_viewer, post_ticket, ticket_actions, ticket_message_id
from desk.chat.trouble import without_trouble

RESUME_SECONDS = 0.5
"""The page replaces its list of messages after a resume; what was sent earlier would be lost."""
QUOTED = 160

_coming: set[asyncio.Task[bool]] = set()


async def thread_held_back() -> ThreadDict | None:
    """Return the stored conversation of a page that connected twice before it was greeted.

    Chainlit takes the second time for a page that goes on, begins a conversation and gives it nothing.
    """
    session = cl.context.session
    if not isinstance(session, WebsocketSession):
        return None
    thread: ThreadDict | None = await resume_thread(session)
    if thread is None:
        return None
    session.has_first_interaction = True
    begun = {"interaction": "resume", "thread_id": thread["id"]}
    await cl.context.emitter.emit("first_interaction", begun)
    return thread


async def bring_back(thread: ThreadDict) -> None:
    """Make a stored thread what the page at hand is to draw, with answers under way and what was cut off.

    What waits for a click follows once the page has drawn it.
    """
    runs = connected().runs.of(thread["id"])
    await _close_what_was_cut_off(thread)
    runs += tuple(run for run in connected().runs.of(thread["id"]) if run not in runs)
    stored = {step["id"]: step for step in thread["steps"]}
    for run in runs:
        run.pages.open_on(thread, cl.context.session, after=RESUME_SECONDS)
    task = asyncio.create_task(without_trouble(_follow_up(thread["id"], stored, runs)))
    _coming.add(task)
    task.add_done_callback(_coming.discard)


async def _follow_up(thread_id: str, stored: dict[str, StepDict], runs: tuple[Run, ...]) -> None:
    session = cl.context.session
    await asyncio.sleep(RESUME_SECONDS)
    later = [run for run in connected().runs.of(thread_id) if run not in runs]
    connected().runs.watch(session, *later)
    user = session.user.identifier if session.user else None
    await _watch_what_goes_on(thread_id, (*runs, *later))
    await bring_decision_back(user or "", stored)
    for ticket in await connected().conversation.open_tickets(thread_id, user):
        message_id = ticket_message_id(ticket.command_id)
        if any(run.pages.shows(message_id) for run in (*runs, *later)):
            continue
        if message_id in stored:
            for action in () if await is_viewer() else ticket_actions(ticket.command_id):
                # A page that stayed open over a restart of the desk has them already.
                await action.remove()
                await action.send(for_id=message_id)
            connected().tickets.put_up(stored[message_id])
        else:
            await post_ticket(ticket)


async def _watch_what_goes_on(thread_id: str, runs: tuple[Run, ...]) -> None:
    """Let the thread show what was begun in it and goes on after a restart, unless an answer does already."""
    events = None if runs else connected().conversation.going_on(thread_id)
    if events is not None:
        async with cl.Step(name="on_message", type="run") as step:
            connected().runs.start(events, step=step, question="what was going on when the desk ended")


async def _close_what_was_cut_off(thread: ThreadDict) -> None:
    """Say in the thread which of its answers an earlier process left unfinished, before it is shown."""
    history = connected().history
    alive = [run.run_id for run in connected().runs.of(thread["id"])]
    for run in await history.cut_off(thread["id"], alive):
        asked = plain(str(run["question"])[:QUOTED])
        await cl.Message(
            content=f"The desk was ended while it was answering “{asked}”, so that answer stops there. "
            f"{await standing()} Ask again for what is missing.",
            parent_id=run["step_id"],
        ).send()
    await history.drain()
    now = await history.get_thread(thread["id"])
    if now is not None:
        thread["steps"][:] = now["steps"]
        thread["elements"] = now["elements"]
    await connected().tickets.settle_stored(thread)
