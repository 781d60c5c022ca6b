"""What came of a turn of the chat: its words, the tools it asked, the tickets it opened, as plain JSON."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evals.chat_tools import proposed_by, tool_named
from graph.chat_events import (
    Card,
    ChatEvent,
    Failure,
    StepFinished,
    StepStarted,
    Table,
    TextToken,
    Ticket,
)
from graph.evidence.figures_said import said_days, said_figures
from graph.evidence.grounding import Evidence

MOST_ROWS = 60
"""Rows of a table that are kept."""


def answer_of(
    events: Sequence[ChatEvent],
    tickets: Sequence[Ticket],
    carried_out: int,
    results: Sequence[str],
    asked: str,
) -> dict[str, Any]:
    """Return a turn as scorers read it; `tickets` are those it opened, `results` what its tools returned."""
    text = "".join(event.text for event in events if isinstance(event, TextToken))
    steps = tuple(_tool_steps(events))
    actions = [action for name, words, told in steps if told and (action := proposed_by(name, words))]
    said = [words for name, words, told in steps if told and proposed_by(name, words)]
    failures = [event.text for event in events if isinstance(event, Failure)]
    return {
        "text": text,
        "shown": _shown(events),
        "tools": [
            {"tool": tool_named(name), "arguments": words, "told": told}
            for name, words, told in steps
            if proposed_by(name, words) is None
        ],
        "ticket": tickets[0].description if tickets else None,
        "tickets": [
            {"action": action, "arguments": words, "description": ticket.description}
            for action, words, ticket in zip(
                _as_many(actions, tickets), _as_many(said, tickets), tickets, strict=True
            )
        ],
        "carried_out": carried_out,
        "failure": failures[0] if failures else None,
        "grounded": grounded(text, results, asked),
    }


def silence() -> dict[str, Any]:
    """Return the answer that says nothing, asks nothing and opens nothing."""
    return answer_of((), (), 0, (), "")


def grounded(text: str, results: Iterable[str], asked: str) -> dict[str, int]:
    """Return how many figures and days a text tells, and how many of them the results hold (INV-19)."""
    figures = len(said_figures(text)) + len(said_days(text))
    missing = len(Evidence(results, asked).untraced(text)) if figures else 0
    return {"figures": figures, "found": max(figures - missing, 0)}


def _tool_steps(events: Iterable[ChatEvent]) -> Iterable[tuple[str, str, bool]]:
    """Yield every tool that was asked, with its arguments and whether it told something."""
    finished = {event.step_id: not event.failed for event in events if isinstance(event, StepFinished)}
    for event in events:
        if isinstance(event, StepStarted) and event.kind == "tool" and event.parent_id is None:
            yield event.name, event.input, finished.get(event.step_id, False)


def _as_many(texts: Sequence[str], tickets: Sequence[Ticket]) -> list[str]:
    return [*texts[: len(tickets)], *[""] * (len(tickets) - len(texts))]


def _shown(events: Iterable[ChatEvent]) -> list[Mapping[str, Any]]:
    """Return the tables and cards beside the words: their owner sees them, so they tell too."""
    shown: list[Mapping[str, Any]] = []
    for event in events:
        if isinstance(event, Table):
            rows = [[_cell(cell) for cell in row] for row in event.rows[:MOST_ROWS]]
            shown.append({"title": event.title, "columns": list(event.columns), "rows": rows})
        elif isinstance(event, Card):
            shown.append({"title": event.title, "columns": [], "rows": [[event.text]]})
    return shown


def _cell(cell: str | float | None) -> str:
    return "" if cell is None else str(cell)
