"""What runs by itself and what became of it, in schema `desk`: jobs, their slots, and hearings."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from db.column_types import AnyText
from db.tables import Moment, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("job", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    Column("changed_by", Text),
    Column("changed_at", Moment),
)
job_runs = Table(
    "job_runs",
    metadata,
    Column("job", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("said", AnyText, nullable=False, server_default=""),
    Index(None, "job", "due_at"),
    CheckConstraint(
        "status IN ('running', 'done', 'failed', 'skipped', 'missed')",
        name="status_known",
    ),
    CheckConstraint("(status = 'running') = (finished_at IS NULL)", name="finished_once"),
)
hearings = Table(
    "hearings",
    metadata,
    Column("hearing_id", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("tickers", ARRAY(Text), nullable=False),
    Column("occasion", AnyText, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("status", Text, nullable=False),
    Column("settled_at", Moment),
    Column("session", Date),
    Column("as_of", Moment),
    Column("said", AnyText, nullable=False, server_default=""),
    Column("record", Text),
    Index("uq_hearings_job_slot", "job", "slot", unique=True),
    Index("ix_hearings_waiting", "asked_at", postgresql_where=text("status = 'waiting'")),
    CheckConstraint("status IN ('waiting', 'heard', 'failed', 'skipped')", name="status_known"),
    CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", name="settled_once"),
)
