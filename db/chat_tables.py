"""What the chat remembers: its users, threads, steps, shown elements and feedback, in schema `chat`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "chat"

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    },
)


def _moment(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _thread_key(*, nullable: bool = False) -> Column[object]:
    return Column(
        "thread_id", Text, ForeignKey("chat.threads.id", ondelete="CASCADE"), nullable=nullable, index=True
    )


def _order() -> Column[object]:
    return Column("position", BigInteger, Identity(always=True), nullable=False)


def _json(name: str) -> Column[object]:
    return Column(name, JSONB, nullable=False, server_default=text("'{}'::jsonb"))


users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("identifier", Text, nullable=False, unique=True),
    _moment("created_at", nullable=False),
    _json("metadata"),
)

threads = Table(
    "threads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("chat.users.id", ondelete="CASCADE"), nullable=True),
    Column("name", Text),
    _moment("created_at", nullable=False),
    _order(),
    _json("metadata"),
    Index(None, "user_id", "position"),
)

steps = Table(
    "steps",
    metadata,
    Column("id", Text, primary_key=True),
    _thread_key(),
    Column("parent_id", Text),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("input", Text, nullable=False, server_default=""),
    Column("output", Text, nullable=False, server_default=""),
    Column("is_error", Boolean, nullable=False, server_default=text("false")),
    _moment("created_at"),
    _moment("started_at"),
    _moment("ended_at"),
    _order(),
    _json("details"),
)

elements = Table(
    "elements",
    metadata,
    Column("id", Text, primary_key=True),
    _thread_key(),
    Column("step_id", Text),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("display", Text, nullable=False),
    Column("mime", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    _order(),
    _json("details"),
)

feedbacks = Table(
    "feedbacks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("step_id", Text, ForeignKey("chat.steps.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("value", SmallInteger, nullable=False),
    Column("comment", Text),
    _moment("given_at"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    _thread_key(),
    Column("step_id", Text, nullable=False, index=True),
    Column("user_name", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("profile", Text),
    _moment("started_at", nullable=False),
    _moment("ended_at"),
    Column("outcome", Text),
    Column("tools", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("tokens", BigInteger),
    CheckConstraint("outcome IN ('done', 'failed', 'stopped', 'cut_off')", name="outcome_known"),
)
