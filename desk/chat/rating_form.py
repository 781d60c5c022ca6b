"""A decision to be rated blind, on the page: what was known, what was decided, and a button for each word."""
# mypy: untyped_calls_exclude=chainlit

from collections.abc import Iterator, Mapping
from typing import cast
from uuid import NAMESPACE_URL, uuid5

import chainlit as cl
from chainlit.step import StepDict

from desk.chat.conversation import BlindDecision, DecisionRated
from desk.chat.display import plain
from desk.chat.seat import connected
from graph.replies.decision_lines import decision_lines

RATE_ACTION = "rate"
ICONS = {"sound": "check", "doubtful": "circle-help", "wrong": "x"}
"""No thumbs: the page has its own, for what one thinks of an answer."""


async def post_decision(shown: BlindDecision) -> None:
    """Show a decision that waits to be rated, with its buttons."""
    await cl.Message(
        id=_message_id(shown.row),
        content="\n\n".join((*_words(shown), _asked(shown))),
        actions=list(_buttons(shown.row, shown.ratings)),
        metadata={"blind": shown.row},
    ).send()


async def settle_decision(rated: DecisionRated) -> None:
    """Take the buttons of a decision on every page and say there what was said of it."""
    thread_id = cl.context.session.thread_id
    runs, history = connected().runs, connected().history
    for button in _buttons(rated.row, rated.ratings):
        await runs.tell(thread_id, "remove_action", {"id": button.id})
    thread = await history.get_thread(thread_id)
    steps = [] if thread is None else [s for s in thread["steps"] if s["id"] == _message_id(rated.row)]
    for step in steps:
        shown, _, _ = str(step["output"]).rpartition("\n\n")
        settled = cast("StepDict", {**step, "output": f"{shown}\n\nYou rated it **{plain(rated.rating)}**."})
        await history.update_step(settled)
        await runs.tell(thread_id, "update_message", settled)


async def bring_decision_back(user: str, stored: Mapping[str, StepDict]) -> None:
    """Put the buttons back under the decision that a user's sheet is at, where this thread shows it."""
    waiting = await connected().conversation.open_decision(user)
    if waiting is None or (message_id := _message_id(waiting.row)) not in stored:
        return
    for button in _buttons(waiting.row, waiting.ratings):
        await button.remove()
        await button.send(for_id=message_id)


def _words(shown: BlindDecision) -> Iterator[str]:
    head, *lines = decision_lines(shown)
    yield f"**{head}**"
    for line in lines:
        name, _, said = line.partition(": ")
        yield f"**{name}**: {plain(said)}"


def _asked(shown: BlindDecision) -> str:
    return f"Is it {', '.join(shown.ratings[:-1])} or {shown.ratings[-1]}? (Or type `rate {shown.row} …`.)"


def _buttons(row: str, ratings: tuple[str, ...]) -> Iterator[cl.Action]:
    """Yield a button for each word; their ids follow from the row's."""
    for word in ratings:
        payload = {"row": row, "rating": word}
        label, icon = word.capitalize(), ICONS.get(word, "circle")
        yield cl.Action(name=RATE_ACTION, payload=payload, label=label, icon=icon, id=f"{row}:rate-{word}")


def _message_id(row: str) -> str:
    """Return the id of the message that shows a decision in the thread at hand."""
    return str(uuid5(NAMESPACE_URL, f"conclave:{cl.context.session.thread_id}:blind:{row}"))
