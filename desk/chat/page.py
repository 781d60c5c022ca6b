"""What belongs to a page and to no answer: its commands, its settings, its thread as files."""
# mypy: untyped_calls_exclude=chainlit

import asyncio
from collections.abc import Mapping

import chainlit as cl

from desk.chat.commands import command_dicts
from desk.chat.export import as_json, as_markdown
from desk.chat.seat import connected
from desk.chat.turn import show_element
from desk.chat.wishes import Wishes, values_of, widgets, wishes_of
from fund.errors import QueryRefusedError


async def offer_commands_and_settings() -> None:
    """Give the page its slash commands and its settings, as the thread or else the user last had them."""
    await cl.context.emitter.set_commands(command_dicts())
    wishes = await wishes_at_hand()
    profiles = await _profiles()
    await cl.ChatSettings(widgets(wishes, profiles)).send()
    cl.context.session.chat_settings = values_of(wishes)


async def wishes_at_hand() -> Wishes:
    """Return how the user of the page wants answers in its thread."""
    session = cl.context.session
    values: Mapping[str, object] = session.chat_settings
    if not values and session.user is not None:
        values = await connected().history.settings_of(session.user.identifier)
    return wishes_of(values, await _profiles())


async def keep_wishes(values: Mapping[str, object]) -> None:
    """Keep what the page's settings now say, with the thread once it has begun, and with the user."""
    session, history = cl.context.session, connected().history
    kept = values_of(wishes_of(values, await _profiles()))
    session.chat_settings = kept
    if session.user is not None:
        await history.keep_settings(session.user.identifier, kept)
    if session.has_first_interaction:
        await history.update_thread(session.thread_id, metadata={"chat_settings": kept})


async def export_thread(thread_id: str) -> None:
    """Offer the thread up to here as two files."""
    thread = await connected().history.get_thread(thread_id)
    if thread is None:
        raise QueryRefusedError(
            "expected a conversation with something in it, found none; ask something first"
        )
    secrets = (connected().gate.secret,)
    message = await cl.Message(
        content=f"This conversation up to here, {len(thread['steps']):,} entries, as Markdown and as JSON. "
        "Keys and entry tickets are masked."
    ).send()
    for name, text, mime in (
        ("conversation.md", as_markdown(thread, secrets), "text/markdown"),
        ("conversation.json", as_json(thread, secrets), "application/octet-stream"),
    ):
        element = cl.File(name=name, content=text.encode(errors="replace"), mime=mime)
        await show_element(element, message)


async def _profiles() -> tuple[str, ...]:
    return await asyncio.to_thread(connected().conversation.profiles)
