"""What of the records can be asked in SQL: the views, or the columns of the one that is asked about."""

from collections.abc import Iterator

from db.ask import AskView
from graph.chat_events import ChatEvent
from graph.replies.phrases import cell, plural, say, table
from tools.sql_questions import RecordsSchema


def schema_reply(found: RecordsSchema, asked: str = "") -> Iterator[ChatEvent]:
    """Say which views there are, or which columns the view named in the question has."""
    view = _view_named(found, asked)
    if view is not None:
        yield from say(f"The view {view.name} has {plural(len(view.columns), 'column')}: {view.comment}")
        yield from table(
            f"Columns of {view.name}",
            ("Column", "Type", "What it means"),
            [(column.name, column.type, cell(column.comment)) for column in view.columns],
        )
        return
    yield from say(
        f"SQL can read {plural(len(found.views), 'view')} of the records: begin a question with `sql:`, "
        "or ask for the columns of one of them."
    )
    yield from table(
        "Views of the records",
        ("View", "What it holds", "Columns"),
        [
            (each.name, cell(each.comment), cell(", ".join(column.name for column in each.columns)))
            for each in found.views
        ],
    )


def _view_named(found: RecordsSchema, asked: str) -> AskView | None:
    said = f" {asked.casefold().replace('_', ' ').strip(' ?.!')} "
    named = (view for view in found.views if f" {view.name.replace('_', ' ')} " in said)
    return max(named, key=lambda view: len(view.name), default=None)
