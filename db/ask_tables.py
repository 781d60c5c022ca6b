"""What SQL questions rest on: decisions ticker by ticker as rows, and the audit of the questions."""

from sqlalchemy import Boolean, CheckConstraint, Column, Float, ForeignKey, Integer, Numeric, Table, Text

from db.column_types import AnyText
from db.tables import Moment, metadata

ASK_ROLE = "desk_ask"
"""May read the views of schema `ask`, and nothing else."""
ASK_SCHEMA = "ask"


def _cycle() -> Column[str]:
    return Column("cycle_id", Text, ForeignKey("desk.cycles.cycle_id"), primary_key=True)


def _line() -> Column[int]:
    return Column("line", Integer, primary_key=True, autoincrement=False)


cycle_signals = Table(
    "cycle_signals",
    metadata,
    _cycle(),
    _line(),
    Column("role", Text, nullable=False),
    Column("ticker", Text, index=True),
    Column("figure", Text, nullable=False),
    Column("value", Float),
    Column("concern", AnyText),
    Column("reason", AnyText, nullable=False),
    Column("speaker", AnyText, nullable=False),
)
cycle_forecasts = Table(
    "cycle_forecasts",
    metadata,
    _cycle(),
    _line(),
    Column("ticker", Text, nullable=False, index=True),
    Column("forecaster", Text, nullable=False),
    Column("horizon_sessions", Integer),
    Column("expected", Float),
    Column("low", Float),
    Column("high", Float),
    Column("probability_up", Float),
    Column("rank", Float),
)
cycle_clamps = Table(
    "cycle_clamps",
    metadata,
    _cycle(),
    _line(),
    Column("ticker", Text, nullable=False, index=True),
    Column("limit_name", Text, nullable=False),
    Column("before", Numeric, nullable=False),
    Column("after", Numeric, nullable=False),
    Column("reason", AnyText, nullable=False),
)
sql_questions = Table(
    "sql_questions",
    metadata,
    Column("question_id", Text, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("user_id", AnyText, nullable=False),
    Column("question", AnyText, nullable=False),
    Column("sql", AnyText, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", AnyText),
    Column("rows", Integer),
    Column("truncated", Boolean),
    Column("milliseconds", Float, nullable=False),
    CheckConstraint("status IN ('answered', 'refused', 'failed')", name="status_known"),
)
ASK_APPEND_ONLY = (cycle_signals, cycle_forecasts, cycle_clamps, sql_questions)
"""Tables of this file that the application role can neither update nor delete from."""
