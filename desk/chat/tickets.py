"""A command that waits for a click: what it would do, its buttons, and who sees them."""
# mypy: untyped_calls_exclude=chainlit

import asyncio
from collections.abc import Iterator
from uuid import NAMESPACE_URL, uuid5

import chainlit as cl

from desk.chat.conversation import Ticket
from desk.chat.display import plain
from desk.chat.seat import connected
from desk.chat.ticket_watch import ticket_note

VIEWER = "viewer"
"""The role that looks and does not act."""


def ticket_actions(command_id: str) -> tuple[cl.Action, cl.Action]:
    """Make the two buttons of a command; their ids follow from the command's."""
    payload = {"command_id": command_id}
    return (
        cl.Action(name="confirm", payload=payload, label="Confirm", icon="check", id=f"{command_id}:confirm"),
        cl.Action(name="decline", payload=payload, label="Decline", icon="x", id=f"{command_id}:decline"),
    )


def ticket_message_id(command_id: str) -> str:
    """Return the id of the message that carries a command's buttons in the thread at hand."""
    return str(uuid5(NAMESPACE_URL, f"conclave:{cl.context.session.thread_id}:{command_id}"))


async def post_ticket(ticket: Ticket) -> None:
    """Show a command that waits for a click, with its two buttons."""
    viewer = await is_viewer()
    message = await cl.Message(
        id=ticket_message_id(ticket.command_id),
        content="\n\n".join(ticket_words(ticket, viewer=viewer)),
        actions=[] if viewer else list(ticket_actions(ticket.command_id)),
        metadata=ticket_note(ticket),
    ).send()
    connected().tickets.put_up(message.to_dict())


def ticket_words(ticket: Ticket, *, viewer: bool = False) -> Iterator[str]:
    """Say what would happen, line by line, and how it is confirmed."""
    yield plain(ticket.description)
    if ticket.consequences:
        yield "\n".join(f"- {plain(line)}" for line in ticket.consequences)
    until = plain(f"{ticket.expires_at:%H:%M:%S} UTC")
    if viewer:
        yield f"Nothing happens until the desk's owner confirms it, before {until}."
    else:
        yield (
            "Nothing happens until you confirm: press the button, or type "
            f"`confirm {ticket.command_id}`, before {until}."
        )


async def is_viewer() -> bool:
    """Tell whether the user at hand may only look; what a viewer tries is refused by the desk itself."""
    return await looks_on(cl.context.session.user)


async def looks_on(user: cl.User | None) -> bool:
    """Tell whether a user may only look."""
    if user is None:
        return False
    return await asyncio.to_thread(connected().role, user.identifier) == VIEWER
