"""Every SQL question that was asked: by whom, in which words, what ran, and what came of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select

from db.ask_tables import sql_questions
from db.ledger_rows import aware

Outcome = Literal["answered", "refused", "failed"]
"""Refused: with a reason that was told. Failed: something broke on the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """One question as it is kept; the SQL is what ran, or what was asked where nothing did."""

    question_id: str
    at: datetime
    user_id: str
    question: str
    sql: str
    status: Outcome
    milliseconds: float
    reason: str | None = None
    rows: int | None = None
    truncated: bool | None = None


class AskedQuestions:
    """Appends and reads the audit over one connection; nothing in it can be changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, question: AskedQuestion) -> None:
        """Keep one question."""
        self._connection.execute(insert(sql_questions), asdict(question) | {"at": aware(question.at)})

    def latest(self, count: int) -> Sequence[AskedQuestion]:
        """Return the last questions, newest first."""
        chosen = select(sql_questions).order_by(sql_questions.c.at.desc(), sql_questions.c.question_id)
        found = self._connection.execute(chosen.limit(count)).mappings()
        return [AskedQuestion(**row) for row in found]
