"""The offline answer: an intent becomes one tool call, and its result an answer."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from time import perf_counter
from typing import TypeVar

from db.record_codec import to_json
from fund.errors import DeskError
from graph.chat_events import ChatEvent, StepFinished, StepStarted
from graph.choosing import asked_back
from graph.desk_tools import DeskTools
from graph.intent import Intent
from graph.overheard import overheard
from graph.plans.plan import Plan, Said
from graph.plans.plan_of import plan_for
from graph.replies import desk
from graph.replies.phrases import quote, say

T = TypeVar("T")
OUTPUT_CHARACTERS = 2000


async def answer_offline(
    intent: Intent, tools: DeskTools, *, user: str, thread_id: str
) -> AsyncIterator[Said]:
    """Answer an intent from one tool's result; what the desk cannot do is said in a sentence."""
    if intent.choices:
        for piece in say(quote(asked_back(intent.choices))):
            yield piece
        return
    if intent.problem is not None or intent.name in ("unknown", "thanks"):
        mode = (await asyncio.to_thread(tools.desk.status)).mode
        for event in (
            desk.thanks_reply() if intent.name == "thanks" else desk.unknown_reply(intent.problem, mode)
        ):
            yield event
        return
    if intent.note:
        for event in say(f"({quote(intent.note)}) "):
            yield event
    async for said in carried_out(plan_for(intent, tools, user=user, thread_id=thread_id)):
        yield said


async def carried_out(plan: Plan[T]) -> AsyncIterator[Said]:
    """Run a tool as a step and tell its result; a refusal becomes its sentence."""
    step_id, started = f"tool-{secrets.token_hex(6)}", perf_counter()
    yield StepStarted(step_id=step_id, parent_id=None, name=plan.tool, kind="tool", input=plan.input)
    try:
        result = await asyncio.to_thread(plan.call)
    except DeskError as refusal:
        seconds = perf_counter() - started
        yield StepFinished(step_id=step_id, output=str(refusal), seconds=seconds, failed=True)
        for event in refused(refusal):
            yield event
        return
    overheard(lambda: to_json(first_of(result)))
    yield StepFinished(step_id=step_id, output=shown(result), seconds=perf_counter() - started)
    for said in plan.told(result):
        yield said


def refused(error: DeskError) -> Iterator[ChatEvent]:
    """Say what the desk knows went wrong, as the sentence it is."""
    text = str(error).strip() or type(error).__name__
    end = "" if text.endswith((".", "?", "!")) else "."
    yield from say(quote(text[:1].upper() + text[1:] + end, 1000))


def shown(result: object) -> str:
    """Return the beginning of a result's JSON, for whoever opens the step."""
    text = to_json(first_of(result))
    return text if len(text) <= OUTPUT_CHARACTERS else text[: OUTPUT_CHARACTERS - 1] + "…"


def first_of(result: object) -> object:
    """Return what of a result is data; what follows it is there to be shown."""
    return result[0] if isinstance(result, tuple) and result else result
