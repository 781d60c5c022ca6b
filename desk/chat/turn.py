"""One answer on the chat page: its events become text, nested steps, charts, tables and tickets."""
# mypy: untyped_calls_exclude=chainlit

import json
import logging
import re

import chainlit as cl
import polars as pl
from chainlit.element import Element
from chainlit.utils import utc_now
from plotly import graph_objects

from desk.chat.conversation import (
    BlindDecision,
    Card,
    Chart,
    ChatEvent,
    DecisionRated,
    Failure,
    Progress,
    Sources,
    StepFinished,
    StepStarted,
    Table,
    TextToken,
    Ticket,
)
from desk.chat.display import (
    MAX_MARKDOWN_ROWS,
    Prose,
    csv_bytes,
    csv_name,
    markdown_table,
    paged_columns,
    plain,
    styled,
)
from desk.chat.rating_form import post_decision, settle_decision
from desk.chat.rows import ELEMENTS_PATH
from desk.chat.seat import connected
from desk.chat.tickets import post_ticket
from desk.chat.tool_titles import tool_title
from desk.chat.trouble import tell_failure
from desk.chat.wishes import Wishes
from graph.evidence.checked_speech import plain_markdown
from graph.replies.phrases import role_title

log = logging.getLogger(__name__)

_DATE = re.compile(r"\d{4}-\d\d-\d\d")

WORKING = " · working"
"""Ends the name of a step that is under way."""
INPUT_CHARACTERS = 1_500
"""More of a brief than this is for its file."""
CHART_CONTROLS = {"displayModeBar": False, "responsive": True}

AVATAR = {"avatarName": "Conclave"}
"""A step would otherwise ask for a picture under its own name."""


class Turn:
    """Shows one answer's events as they come: text in one message, steps nested, elements under the text."""

    def __init__(self, run_id: str | None, wishes: Wishes | None = None) -> None:
        self._run_id = run_id
        self._wishes = wishes or Wishes()
        self._text: cl.Message | None = None
        self._prose = Prose()
        self._steps: dict[str, cl.Step] = {}
        self._progress: dict[str, cl.Step] = {}
        self._session: cl.Step | None = None

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
            case Chart() | Table() | Card() | Sources():
                await self._draw(event)
            case Ticket() | BlindDecision():
                await self.close()
                await (post_ticket(event) if isinstance(event, Ticket) else post_decision(event))
            case DecisionRated():
                await settle_decision(event)
            case Failure():
                await self.close()
                await tell_failure(event.text, event.log_id)

    async def _draw(self, event: Chart | Table | Card | Sources) -> None:
        match event:
            case Chart():
                if not self._wishes.brief:
                    await self._attach(event.title, chart_element(event, self._wishes.palette))
            case Table():
                await self._tabulate(event)
            case Card():
                await self._attach(event.title, card_element(event))
            case Sources():
                await self._cite(event)

    async def close(self, *, interrupted: bool = False) -> None:
        """End the text message, and whatever step is still open."""
        await self._end_text()
        if interrupted:
            for step in (*self._steps.values(), *self._progress.values()):
                if step.end is None:
                    step.end, step.output = utc_now(), step.output or "Stopped."
                    step.name = step.name.removesuffix(WORKING)
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
            name=f"{step_title(event)}{WORKING}",
            type="tool",
            parent_id=above.id if above else self._run_id,
            show_input="text",
            default_open=event.kind == "cycle",
            metadata={"kind": event.kind, **AVATAR},
        )
        step.start, step.input = utc_now(), unfenced(shortened(event.input))
        self._steps[event.step_id] = step
        if event.kind == "cycle":
            await self._fold_away(self._session)
            self._session = step
        await step.send()
        if len(event.input) > INPUT_CHARACTERS:
            await show_element(brief_element(step_title(event), event.input), step)

    async def _fold_away(self, session: cl.Step | None) -> None:
        """Close the session before the one that begins: a page draws everything open again at each event."""
        if session is not None:
            session.auto_collapse = True
            await session.update()

    async def _finish(self, event: StepFinished) -> None:
        step = self._steps.get(event.step_id)
        if step is None:
            log.warning("a step ended that never started: %r", event.step_id)
            return
        step.end, step.is_error = utc_now(), event.failed
        if (step.metadata or {}).get("kind") == "tool":
            step.output, step.language = unfenced(event.output), "text" if event.failed else "json"
        else:
            step.output = plain_markdown(event.output)
        tokens = "" if event.tokens is None else f" · {event.tokens:,} tokens"
        step.name = f"{step.name.removesuffix(WORKING)} · {event.seconds:.1f} s{tokens}"
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
            await self._say(f"{self._gap()}**{plain(table.title)}**\n\n{markdown_table(table)}")
            await self._attach(table.title, file)
        else:
            frame = pl.DataFrame(paged_columns(table), strict=False)
            paged = cl.Dataframe(name=table.title, data=frame, mime="text/plain")
            await self._attach(table.title, file, paged)

    async def _cite(self, event: Sources) -> None:
        """Say where the figures come from, as a step that opens."""
        if self._wishes.brief or not event.sources:
            return
        await self._end_text()
        step = cl.Step(
            name=f"Sources · {len(event.sources)}",
            type="tool",
            parent_id=self._run_id,
            metadata={"kind": "sources", **AVATAR},
        )
        step.start = step.end = utc_now()
        step.output = markdown_table(sources_table(event))
        await step.send()

    def _gap(self) -> str:
        return "\n\n" if self._text else ""

    async def _attach(self, title: str, *elements: Element) -> None:
        message = await self._end_text() or await cl.Message(content=f"**{plain(title)}**").send()
        for element in elements:
            await show_element(element, message)


def step_title(event: StepStarted) -> str:
    """Return what people call a piece of work."""
    if event.kind == "cycle" and _DATE.fullmatch(event.name):
        return f"Session {event.name}"
    return role_title(event.name) if event.kind == "role" else tool_title(event.name)


def shortened(text: str) -> str:
    """Return the beginning of a brief, with how much follows; the whole of it is a file below the step."""
    if len(text) <= INPUT_CHARACTERS:
        return text
    return f"{text[:INPUT_CHARACTERS]}…\n\n({len(text):,} characters in all; the file below has them.)"


def unfenced(text: str) -> str:
    """Return a text that stays inside the block of code it is set in: no fence of its own ends that."""
    return re.sub(r"[`~]{3,}", lambda fence: "'" * len(fence[0]), text)


def brief_element(title: str, text: str) -> Element:
    """Make a file of a brief, as it was sent."""
    name = f"{title.lower().replace(' ', '-')}-brief.txt"
    return cl.File(name=name, content=text.encode(errors="replace"), mime="text/plain")


def sources_table(event: Sources) -> Table:
    """Return the tool calls of an answer, in the order they were made."""
    rows = tuple(
        (
            tool_title(source.tool),
            source.arguments or "–",
            f"{source.asked_at:%H:%M:%S} UTC",
            "–" if source.as_of is None else f"{source.as_of:%Y-%m-%d %H:%M} UTC",
        )
        for source in event.sources
    )
    return Table(title="Sources", columns=("Tool", "Asked for", "Asked at", "As of"), rows=rows)


def chart_element(chart: Chart, palette: str = "desk") -> Element:
    """Make a chart from its figure; a figure Plotly does not know is refused."""
    element = cl.Plotly(name=chart.title, figure=graph_objects.Figure(styled(chart, palette)), size="large")
    element.content = json.dumps({**json.loads(element.content), "config": CHART_CONTROLS})
    return element


def card_element(card: Card) -> Element:
    """Make a card; the page draws it with the file of its name under `public/elements`."""
    return cl.CustomElement(name=f"{card.kind.capitalize()}Card", props=card.content)


async def show_element(element: Element, message: cl.Message | cl.Step) -> None:
    """Keep an element's bytes first, then show it from the address only the owner can read."""
    element.for_id = message.id
    element.url = f"{ELEMENTS_PATH}/{element.id}"
    await connected().history.keep_element(element)
    await element.send(for_id=message.id, persist=False)
