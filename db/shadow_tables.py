"""What shadows said beside the committee in force, in schema `desk`: calls, decisions, views, results."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
)

from db.column_types import AnyText
from db.tables import SCHEMA, Moment, calls_table, metadata

shadow_calls = calls_table("shadow_calls")
shadow_decisions = Table(
    "shadow_decisions",
    metadata,
    Column("cycle_id", Text, ForeignKey(f"{SCHEMA}.cycles.cycle_id"), primary_key=True),
    Column("shadow", Text, primary_key=True),
    Column("in_force", Boolean, nullable=False),
    Column("speaker", AnyText, nullable=False),
    Column("status", Text, nullable=False),
    Column("cause", AnyText),
    Column("session", Date, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("cost_usd", Numeric, nullable=False),
    Column("milliseconds", Float),
    Column("recorded_at", Moment, nullable=False),
    Index(None, "session"),
    CheckConstraint("status IN ('decided', 'held', 'absent')", name="status_known"),
    CheckConstraint("cost_usd >= 0", name="cost_not_negative"),
)
shadow_views = Table(
    "shadow_views",
    metadata,
    Column("cycle_id", Text, primary_key=True),
    Column("shadow", Text, primary_key=True),
    Column("ticker", Text, primary_key=True),
    Column("conviction", Float),
    Column("wanted", Numeric),
    Column("held", Numeric, nullable=False),
    Column("allowed", Numeric, nullable=False),
    Column("side", Integer, nullable=False),
    ForeignKeyConstraint(
        ["cycle_id", "shadow"],
        [f"{SCHEMA}.shadow_decisions.cycle_id", f"{SCHEMA}.shadow_decisions.shadow"],
    ),
    CheckConstraint("side IN (-1, 0, 1)", name="side_known"),
)
shadow_returns = Table(
    "shadow_returns",
    metadata,
    Column("session", Date, primary_key=True),
    Column("ticker", Text, primary_key=True),
    Column("horizon_sessions", Integer, primary_key=True),
    Column("exit_session", Date, nullable=False),
    Column("gross", Float),
    Column("benchmark", Float),
    Column("cost", Float),
    Column("why", AnyText),
    Column("filled_at", Moment, nullable=False),
    CheckConstraint("horizon_sessions >= 1", name="horizon_ahead"),
    CheckConstraint("exit_session > session", name="exit_after_decision"),
)
APPEND_ONLY_OF_SHADOWS = (shadow_decisions, shadow_views, shadow_returns)
"""Tables the application role can neither update nor delete from."""
