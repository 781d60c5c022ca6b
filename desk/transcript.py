"""One question and its answer, for a terminal."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.table import Table as RichTable

from desk.bootstrap import Desk
from desk.talk import converse
from desk.worker import DeskWorker
from graph.chat_events import BlindDecision, ChatEvent, Failure, Table, TextToken, Ticket
from graph.checkpoints import libpq_url, open_checkpoints
from graph.plain import plain_json
from graph.replies.decision_lines import decision_lines, how_to_rate

_MARKUP = re.compile(r"\\([\\`*\[\]<>|~_#+-])")
"""A sign that an answer escapes for Markdown."""
USER, THREAD = "owner", "terminal"
MOST_ROWS = 20
WRAPPED = 26
"""Characters from which on a column is wrapped."""
BORDER = 3
"""Characters between two columns."""


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
    decisions = [event for event in events if isinstance(event, BlindDecision)]
    failures = [event for event in events if isinstance(event, Failure)]
    data = {
        "answer": _MARKUP.sub(r"\1", text),
        "tables": [
            {"title": t.title, "columns": list(t.columns), "rows": [list(row) for row in t.rows]}
            for t in tables
        ],
        "tickets": [
            plain_json({"id": t.command_id, "description": t.description, "expires_at": t.expires_at})
            for t in tickets
        ],
        "decisions": [plain_json(each) for each in decisions],
        "failures": [{"text": f.text, "log_id": f.log_id} for f in failures],
    }
    shown: list[RenderableType] = [Markdown(text)] if text else []
    shown += [_Drawn(table) for table in tables]
    shown += [
        f"{t.description}\nNothing happens until you confirm, before {t.expires_at:%H:%M:%S} UTC: "
        f'python -m desk ask "confirm {t.command_id}"'
        for t in tickets
    ]
    shown += ["\n".join((*decision_lines(each), how_to_rate(each))) for each in decisions]
    shown += [f"{f.text} (log id {f.log_id})" for f in failures]
    return Transcript(data=data, shown=tuple(shown), failed=bool(failures))


class _Drawn:
    """A table as wide as the terminal allows: columns that do not fit are left out by name.

    Of a long one both ends are shown, because some begin and some end with what matters most.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = self._table
        cells = [tuple("" if cell is None else str(cell) for cell in row) for row in table.rows]
        chosen = _fitting(table.columns, cells, options.max_width)
        drawn = RichTable(title=table.title)
        for place in chosen:
            drawn.add_column(table.columns[place], no_wrap=_width(place, table.columns, cells) <= WRAPPED)
        left_out = [name for place, name in enumerate(table.columns) if place not in chosen]
        notes = [f"no room for {', '.join(left_out)}"] if left_out else []
        if len(cells) > MOST_ROWS:
            ends = MOST_ROWS // 2
            notes.append(f"{len(cells) - 2 * ends} of {len(cells)} rows are left out")
            cells = [*cells[:ends], ("…",) * len(table.columns), *cells[-ends:]]
        if notes:
            drawn.caption = f"{'; '.join(notes)}; --json has all"
        for row in cells:
            drawn.add_row(*(row[place] for place in chosen))
        yield drawn


def _fitting(columns: Sequence[str], cells: Sequence[tuple[str, ...]], room: int) -> tuple[int, ...]:
    """Return the places of the columns that fit beside one another, in order; the first always does."""
    chosen = [0]
    taken = BORDER + min(_width(0, columns, cells), WRAPPED) + BORDER
    for place in range(1, len(columns)):
        wide = min(_width(place, columns, cells), WRAPPED) + BORDER
        if taken + wide <= room:
            chosen.append(place)
            taken += wide
    return tuple(chosen)


def _width(place: int, columns: Sequence[str], cells: Sequence[tuple[str, ...]]) -> int:
    return max(cell_len(text) for text in (columns[place], *(row[place] for row in cells)))
