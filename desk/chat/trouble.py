"""An error nobody expected, told on the page as a sentence with the id under which the log has it."""
# mypy: untyped_calls_exclude=chainlit

import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import uuid4

import chainlit as cl
from sqlalchemy.exc import SQLAlchemyError

from desk.chat.display import plain
from fund.errors import DeskError

log = logging.getLogger("conclave.chat_page")

Handler = Callable[..., Coroutine[Any, Any, Any]]


async def tell_trouble(error: Exception) -> None:
    """Log an error no one expected and tell the owner; the desk's own errors speak for themselves."""
    log_id = uuid4().hex[:8]
    log.error("chat %s: %s", log_id, type(error).__name__, exc_info=error)
    await tell_failure(sentence_for(error), log_id)


def sentence_for(error: Exception) -> str:
    """Return what a user may be told of an error: never more than the kind of thing that happened."""
    if isinstance(error, DeskError):
        return plain(str(error))
    if isinstance(error, SQLAlchemyError):
        return "The desk's database cannot be reached just now; nothing was changed. Try again in a moment."
    return "Something went wrong on the desk's side."


async def tell_failure(text: str, log_id: str) -> None:
    """Say what went wrong and under which id the log has the details."""
    await cl.ErrorMessage(content=f"{text}\n\nThe log has the details under `{log_id}`.").send()


async def without_trouble(work: Awaitable[object]) -> bool:
    """Do something to its end; what goes wrong becomes a sentence. Tell whether nothing did."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - the chat turn is an edge of the process
        await tell_trouble(error)
        return False
    return True


def answering_for_itself(handler: Handler) -> Handler:
    """Turn any error of a handler into a sentence; Chainlit would show the user nothing."""

    @functools.wraps(handler)
    async def guarded(*arguments: Any, **named: Any) -> None:
        await without_trouble(handler(*arguments, **named))

    return guarded
