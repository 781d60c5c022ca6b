"""One answer on the chat page: its events become text, nested steps, charts, tables and tickets."""
# mypy: untyped_calls_exclude=chainlit

import json
import logging
from uuid import NAMESPACE_URL, uuid5

import chainlit as cl
import polars as pl
from chainlit.element import Element
from chainlit.utils import utc_now
from plotly import graph_objects

from desk.chat_rows import ELEMENTS_PATH
from desk.chat_seat import connected
from desk.conversation import (
    Card,
    Chart,
    ChatEvent,
    Failure,
    Progress,
    StepFinished,
    StepStarted,
    Table,
    TextToken,
    Ticket,
)
from desk.display import (
    MAX_MARKDOWN_ROWS,
    Prose,
    csv_bytes,
    csv_name,
    markdown_table,
    paged_columns,
    plain,
    styled,
)
from graph.replies.phrases import role_title

log = logging.getLogger(__name__)

CHART_CONTROLS = {"displayModeBar": False, "responsive": True}

AVATAR = {"avatarName": "Conclave"}
"""A step would otherwise ask for a picture under its own name."""


class Turn:
    """Shows one answer's events as they come: text in one message, steps nested, elements under the text."""

    def __init__(self, run_id: str | None) -> None:
        self._run_id = run_id
        self._text: cl.Message | None = None
        self._prose = Prose()
        self._steps: dict[str, cl.Step] = {}
        self._progress: dict[str, cl.Step] = {}

    async def show(self, event: ChatEvent) -> None:
        """Show one event."""
        match event:
            case TextToken():
                await self._say(self._prose.feed(event.text))
            case StepStarted():
                await self._start(event)
            case StepFinished():
                await self._finish(event)
            case Progress():
                await self._advance(event)
            case Chart():
                await self._attach(event.title, chart_element(event))
            case Table():
                await self._tabulate(event)
            case Card():
                await self._attach(event.title, card_element(event))
            case Ticket():
                await self.close()
                await post_ticket(event)
            case Failure():
                await self.close()
                await tell_failure(event.text, event.log_id)

    async def close(self, *, interrupted: bool = False) -> None:
        """End the text message, and whatever step is still open."""
        await self._end_text()
        if interrupted:
            for step in (*self._steps.values(), *self._progress.values()):
                if step.end is None:
                    step.end, step.output = utc_now(), step.output or "Stopped."
                    await step.update()

    async def _say(self, text: str) -> None:
        if not text:
            return
        if self._text is None:
            self._text = cl.Message(content="")
        await self._text.stream_token(text)

    async def _end_text(self) -> cl.Message | None:
        await self._say(self._prose.rest())
        ended, self._text, self._prose = self._text, None, Prose()
        if ended is not None:
            await ended.send()
        return ended

    async def _start(self, event: StepStarted) -> None:
        await self._end_text()
        above = self._steps.get(event.parent_id or "")
        step = cl.Step(
            name=role_title(event.name) if event.kind == "role" else event.name,
            type="tool",
            parent_id=above.id if above else self._run_id,
            show_input="text",
            default_open=event.kind == "cycle",
            metadata={"kind": event.kind, **AVATAR},
        )
        step.start, step.input = utc_now(), event.input
        self._steps[event.step_id] = step
        await step.send()

    async def _finish(self, event: StepFinished) -> None:
        step = self._steps.get(event.step_id)
        if step is None:
            log.warning("a step ended that never started: %r", event.step_id)
            return
        step.end, step.output, step.is_error = utc_now(), event.output, event.failed
        step.name = f"{step.name} · {event.seconds:.1f} s"
        await step.update()

    async def _advance(self, event: Progress) -> None:
        step = self._progress.get(event.label)
        name = f"{event.label} · {event.done} of {event.total}"
        if step is None:
            step = cl.Step(name=name, type="tool", parent_id=self._run_id, metadata=AVATAR)
            step.start = utc_now()
            self._progress[event.label] = step
            await step.send()
        step.name = name
        step.end = utc_now() if event.done >= event.total else None
        await step.update()

    async def _tabulate(self, table: Table) -> None:
        file = cl.File(name=csv_name(table), content=csv_bytes(table), mime="text/csv")
        if len(table.rows) <= MAX_MARKDOWN_ROWS:
            separator = "\n\n" if self._text else ""
            await self._say(f"{separator}**{plain(table.title)}**\n\n{markdown_table(table)}")
            await self._attach(table.title, file)
        else:
            frame = pl.DataFrame(paged_columns(table), strict=False)
            paged = cl.Dataframe(name=table.title, data=frame, mime="text/plain")
            await self._attach(table.title, file, paged)

    async def _attach(self, title: str, *elements: Element) -> None:
        message = await self._end_text() or await cl.Message(content=f"**{plain(title)}**").send()
        for element in elements:
            await show_element(element, message)


def chart_element(chart: Chart) -> Element:
    """Make a chart from its figure; a figure Plotly does not know is refused."""
    element = cl.Plotly(name=chart.title, figure=graph_objects.Figure(styled(chart)), size="large")
    element.content = json.dumps({**json.loads(element.content), "config": CHART_CONTROLS})
    return element


def card_element(card: Card) -> Element:
    """Make a card; the page draws it with the file of its name under `public/elements`."""
    return cl.CustomElement(name=f"{card.kind.capitalize()}Card", props=card.content)


async def show_element(element: Element, message: cl.Message) -> None:
    """Keep an element's bytes first, then show it from the address only the owner can read."""
    element.for_id = message.id
    element.url = f"{ELEMENTS_PATH}/{element.id}"
    await connected().history.keep_element(element)
    await element.send(for_id=message.id, persist=False)


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
    expires = f"{ticket.expires_at:%H:%M:%S} UTC"
    await cl.Message(
        id=ticket_message_id(ticket.command_id),
        content=f"{plain(ticket.description)}\n\n"
        f"Nothing happens until you confirm: press the button, or type `confirm {ticket.command_id}`, "
        f"before {plain(expires)}.",
        actions=list(ticket_actions(ticket.command_id)),
    ).send()


async def tell_failure(text: str, log_id: str) -> None:
    """Say what went wrong and under which id the log has the details."""
    await cl.ErrorMessage(content=f"{text}\n\nThe log has the details under `{log_id}`.").send()
