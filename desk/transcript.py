"""One question and its answer, for a terminal."""

from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType
from rich.markdown import Markdown
from rich.table import Table as RichTable

from desk.bootstrap import Desk
from desk.talk import converse
from desk.worker import DeskWorker
from graph.chat_events import ChatEvent, Failure, Table, TextToken, Ticket
from graph.checkpoints import libpq_url, open_checkpoints
from graph.plain import plain_json

USER, THREAD = "owner", "terminal"
MOST_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was said."""

    data: dict[str, Any]
    shown: tuple[RenderableType, ...]
    failed: bool


async def ask_once(desk: Desk, worker: DeskWorker, question: str) -> Transcript:
    """Ask the desk's conversation and gather its answer; follow-ups of the terminal share one thread."""
    saver, pool = await open_checkpoints(libpq_url(desk.stores.url))
    try:
        conversation = converse(desk, worker, saver)
        events = [event async for event in conversation.answer(THREAD, USER, question)]
    finally:
        await pool.close()
    return transcript_of(events)


def transcript_of(events: list[ChatEvent]) -> Transcript:
    """Return an answer's text, tables and tickets; charts are for the chat page."""
    text = "".join(event.text for event in events if isinstance(event, TextToken))
    tables = [event for event in events if isinstance(event, Table)]
    tickets = [event for event in events if isinstance(event, Ticket)]
    failures = [event for event in events if isinstance(event, Failure)]
    data = {
        "answer": text,
        "tables": [
            {"title": t.title, "columns": list(t.columns), "rows": [list(row) for row in t.rows]}
            for t in tables
        ],
        "tickets": [
            plain_json({"id": t.command_id, "description": t.description, "expires_at": t.expires_at})
            for t in tickets
        ],
        "failures": [{"text": f.text, "log_id": f.log_id} for f in failures],
    }
    shown: list[RenderableType] = [Markdown(text)] if text else []
    shown += [_rich(table) for table in tables]
    shown += [
        f"{t.description}\nNothing happens until you confirm, before {t.expires_at:%H:%M:%S} UTC: "
        f'python -m desk ask "confirm {t.command_id}"'
        for t in tickets
    ]
    shown += [f"{f.text} (log id {f.log_id})" for f in failures]
    return Transcript(data=data, shown=tuple(shown), failed=bool(failures))


def _rich(table: Table) -> RichTable:
    """Draw a table; of a long one both ends, because some begin and some end with what matters most."""
    drawn = RichTable(*table.columns, title=table.title)
    rows = table.rows
    if len(rows) > MOST_ROWS:
        ends = MOST_ROWS // 2
        left_out = len(rows) - 2 * ends
        drawn.caption = f"{left_out} of {len(rows)} rows are left out; --json has them all"
        rows = (*rows[:ends], ("…",) * len(table.columns), *rows[-ends:])
    for row in rows:
        drawn.add_row(*("" if cell is None else str(cell) for cell in row))
    return drawn
