"""Rows of an SQL question: a sentence, the SQL that gave them, and the rows as a table."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from graph.chat_events import ChatEvent, Table
from graph.replies import phrases
from graph.replies.phrases import plural, quote, say
from tools.sql_questions import Cell, SqlAnswer

Tell = Callable[[SqlAnswer], str]


def sql_reply(found: SqlAnswer, tell: Tell | None = None, title: str = "") -> Iterator[ChatEvent]:
    """Say in a sentence what was found, then show the SQL and every row; cells are data, never markup."""
    yield from say(f"{(tell or told)(found)}\n\n")
    yield from say(f"The SQL that ran ({found.milliseconds:.1f} ms):\n\n{_fenced(found.sql)}\n")
    if found.rows:
        yield Table(
            title=phrases.cell(title or found.question, 80) or "Records",
            columns=tuple(phrases.cell(name, 60) for name in found.columns),
            rows=tuple(tuple(shown_cell(cell) for cell in row) for row in found.rows),
        )


def told(found: SqlAnswer) -> str:
    """Return what can be said of rows whose meaning is not known."""
    if not found.rows:
        return "No record fits that question."
    if len(found.rows) == 1 and len(found.columns) == 1:
        return f"{quote(found.columns[0].replace('_', ' ').capitalize(), 60)}: {value(found.rows[0][0])}."
    if found.truncated:
        return f"These are the first {plural(found.row_count, 'row')}; there are more."
    return f"{plural(found.row_count, 'row')} of the desk's records."


def value(cell: Cell) -> str:
    """Return one cell as it is said in a sentence, somebody else's words escaped."""
    match cell:
        case None:
            return "nothing"
        case bool():
            return "yes" if cell else "no"
        case int():
            return f"{cell:,}"
        case float() | Decimal():
            return f"{cell:,.4f}".rstrip("0").rstrip(".")
        case date():
            return cell.isoformat()
    return quote(cell, 120)


def shown_cell(cell: Cell) -> phrases.Cell:
    """Return one cell as a table shows it."""
    match cell:
        case bool():
            return "yes" if cell else "no"
        case Decimal():
            return float(cell)
        case date():
            return cell.isoformat()
        case str():
            return phrases.cell(cell)
    return cell


def _fenced(sql: str) -> str:
    """Return the SQL as a code block that no backtick inside can close."""
    longest = max((len(run) for run in re.findall(r"`+", sql)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sql\n{sql}\n{fence}\n"
