"""SQL questions over the desk's records: guarded, run as a role that can only read, and kept."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from math import isfinite
from time import perf_counter

from sqlalchemy import Engine

from db.ask import AskDatabase, AskedRows, AskView
from db.asked import AskedQuestion, AskedQuestions, Outcome
from db.engine import in_transaction
from fund.clock import Clock
from fund.errors import QueryRefusedError
from tools.sql_guard import SqlGuard, Understood

Cell = str | int | float | Decimal | bool | date | None
KEPT_CHARACTERS = 10_000
"""Of a question and of its SQL in the audit; a longer one is refused and kept from its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlAnswer:
    """The rows of a question with the SQL that gave them; cells are data, whoever wrote them."""

    question: str
    sql: str
    """What ran: written anew from what was understood."""
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    """boolean, integer, float, numeric, date, time or text, one a column."""
    rows: tuple[tuple[Cell, ...], ...]
    row_count: int
    truncated: bool
    """Whether there is more than is shown: an answer has 200 rows and 256 kB at most."""
    milliseconds: float
    made_up: tuple[str, ...] = ()
    """Columns that hold only what the SQL itself says: no figure of the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsSchema:
    """The views that a question may read, documented."""

    views: tuple[AskView, ...]
    text: str
    """The same for a prompt: a line a view and a line a column."""


class SqlQuestions:
    """Answers SQL over the views of the desk's records; every question is kept, answered or not."""

    def __init__(self, database: AskDatabase, engine: Engine, clock: Clock) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock
        self._guard: SqlGuard | None = None

    @property
    def today(self) -> date:
        """Return the real date."""
        return self._clock.now().date()

    def ask(self, sql: str, question: str = "", user: str = "owner") -> SqlAnswer:
        """Answer a question about the desk's records by one SELECT over their views.

        Args:
            sql: One PostgreSQL SELECT over the views that the records schema lists. Plain functions,
                joins, WITH, LATERAL, window functions, lists, JSON, patterns in quotes; no parameters.
            question: What is asked, in words; kept with the SQL.
            user: Who asks.

        Raises:
            QueryRefusedError: The SQL is not allowed, cannot be read, costs too much or takes too long.
        """
        started = perf_counter()
        ran = sql
        outcome: tuple[Outcome, str | None, AskedRows | None] = ("failed", "it broke on the way", None)
        try:
            understood = self._understood(sql)
            ran = understood.sql
            found = self._database.run(ran)
            outcome = ("answered", None, found)
        except QueryRefusedError as refusal:
            outcome = ("refused", str(refusal), None)
            raise
        finally:
            spent = (perf_counter() - started) * 1_000
            self._keep(question, ran, user, outcome, spent)
        return SqlAnswer(
            question=question,
            sql=ran,
            columns=found.columns,
            kinds=found.kinds,
            rows=tuple(
                tuple(_cell(cell, kind) for cell, kind in zip(row, found.kinds, strict=True))
                for row in found.rows
            ),
            row_count=len(found.rows),
            truncated=found.truncated,
            milliseconds=round(spent, 1),
            made_up=tuple(name for name in found.columns if name in understood.made_up),
        )

    def schema(self) -> RecordsSchema:
        """Return the views of the desk's records that SQL may read, with what each column means."""
        views = self._database.views()
        return RecordsSchema(views=views, text="\n".join(_documented(view) for view in views))

    def _understood(self, sql: str) -> Understood:
        if self._guard is None:
            self._guard = SqlGuard(self._database.views())
        return self._guard.understood(sql)

    def _keep(
        self,
        question: str,
        sql: str,
        user: str,
        outcome: tuple[Outcome, str | None, AskedRows | None],
        milliseconds: float,
    ) -> None:
        status, reason, found = outcome
        asked = AskedQuestion(
            question_id=secrets.token_hex(12),
            at=self._clock.now(),
            user_id=user,
            question=question[:KEPT_CHARACTERS],
            sql=sql[:KEPT_CHARACTERS],
            status=status,
            milliseconds=milliseconds,
            reason=reason,
            rows=None if found is None else len(found.rows),
            truncated=None if found is None else found.truncated,
        )
        in_transaction(self._engine, lambda connection: AskedQuestions(connection).append(asked))


def _documented(view: AskView) -> str:
    columns = "\n".join(f"  {column.name} {column.type}: {column.comment}" for column in view.columns)
    return f"{view.name}: {view.comment}\n{columns}"


def _cell(text: str | None, kind: str) -> Cell:
    """Return a cell as what its column is; what cannot be that stays text."""
    if text is None:
        return None
    with suppress(ValueError, InvalidOperation):
        match kind:
            case "integer":
                return int(text)
            case "float":
                return float(text) if isfinite(float(text)) else text
            case "numeric":
                number = Decimal(text)
                return number if number.is_finite() else text
            case "boolean":
                return text == "true"
            case "date":
                return date.fromisoformat(text)
    return text
