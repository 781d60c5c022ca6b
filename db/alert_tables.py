"""What the owner is to be told of, channel by channel, in schema `desk`: the outbox of the events."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text

from db.column_types import AnyText
from db.tables import SCHEMA, Moment, metadata

alert_channels = Table(
    "alert_channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("held_until", Moment),
    Column("held_for", AnyText),
)
alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("channel", Text, ForeignKey(f"{SCHEMA}.alert_channels.channel"), nullable=False),
    Column("seq", BigInteger, ForeignKey(f"{SCHEMA}.events.seq"), nullable=False),
    Column("topic", Text),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("settled_at", Moment),
    Column("message_id", Text),
    Column("answer", AnyText),
    Index("ix_alerts_waiting", "channel", "due_at", "seq", postgresql_where=text("status = 'waiting'")),
    Index(None, "channel", "topic", "created_at"),
    Index(None, "seq"),
    CheckConstraint("status IN ('waiting', 'sent', 'repeated', 'dead')", name="status_known"),
    CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", name="settled_once"),
)
