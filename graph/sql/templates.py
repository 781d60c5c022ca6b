"""Plain questions over the records, answered by rules: exactly what was asked, or not at all."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from graph.replies.sql import told
from graph.sql.reading import read_asked
from graph.sql.writing import sql_of, tell
from graph.words.wording import plain
from tools.directory import Directory
from tools.sql_questions import SqlAnswer

EXAMPLES = (
    "how many orders were rejected in May?",
    "list the fills of AAPL",
    "which ticker had the most trades?",
    "average commission per fill",
    "largest daily loss",
    "how many decisions were held?",
    "what did the LLM cost per role?",
    "orders by status",
    "days with drawdown over 3 %",
    "clamps by limit",
    "win rate of closed trades in 2016",
    "total commission by month",
    "the 5 largest fills",
    "concerns by kind",
    "forecasts by forecaster",
    "profit by month",
    "job runs by status",
    "suggestions by picker",
    "alerts by channel",
    "hearings by job",
    "average eval score by dataset",
)
"""What can be asked so; offered when something could not."""
_RAW = re.compile(r"\s*(?:/sql\b|sql:)\s*(?P<sql>.*)", re.IGNORECASE | re.DOTALL)
_SELECT = re.compile(
    r"\s*(?:(?:select|with)\b.*\b(?:from|select)\b|select\s+(?:\d|\*|\w+\s*\()|(?:drop|alter"
    r"|create|truncate)\s+\w+\s|delete\s+from\s"
    r"|insert\s+into\s|update\s+\w+\s+set\s|grant\s).*",
    re.IGNORECASE | re.DOTALL,
)
_SQL_WORD = re.compile(r"\s*(?:select|with|values|table|explain|show|set|\(|--|/\*)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlQuestion:
    """A question with its SQL, and how the answer is told."""

    title: str
    sql: str
    tell: Callable[[SqlAnswer], str]


def read_sql_question(
    text: str, directory: Directory, today: date, wall: date | None = None
) -> SqlQuestion | None:
    """Return the question of a text, None when the rules do not understand every word of it.

    A text that is SQL is taken as it is, and the guard judges it; so is what follows `sql:` or `/sql`, where
    the rules do not understand it as a question.
    `today` is the desk's session, `wall` the real date, where what is asked about lives by it.

    Raises:
        QueryRefusedError: A day is named that no calendar has.
    """
    raw = _RAW.fullmatch(text)
    if raw is not None and _SQL_WORD.match(raw["sql"]) is None:
        return _in_words(raw["sql"], directory, today, wall) or SqlQuestion(
            title="Records", sql=raw["sql"].strip(), tell=told
        )
    if raw is not None or _SELECT.fullmatch(text):
        sql = raw["sql"].strip() if raw is not None else text.strip()
        return SqlQuestion(title="Records", sql=sql, tell=told)
    return _in_words(text, directory, today, wall)


def _in_words(text: str, directory: Directory, today: date, wall: date | None) -> SqlQuestion | None:
    """Return the question that plain words put, None when one of them is not understood."""
    asked = read_asked(text, directory, today, wall)
    if asked is None:
        return None
    return SqlQuestion(title=plain(text)[:80], sql=sql_of(asked), tell=lambda found: tell(asked, found))


def not_understood(text: str) -> str:
    """Return what to say of a question over the records that the rules cannot read, with near examples."""
    words = set(plain(text).casefold().split())
    ranked = sorted(EXAMPLES, key=lambda example: -len(words & set(example.casefold().split())))
    offered = "; ".join(f"“{example}”" for example in ranked[:3])
    return (
        "I answer questions over the records by rules, and do not understand every word of this one. "
        f"Near to it I can answer: {offered}. Or write the SELECT yourself after `sql:`."
    )
