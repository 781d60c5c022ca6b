"""What feeds may still be asked, and when each was heard last, in schema `desk`."""

from sqlalchemy import CheckConstraint, Column, Date, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from db.column_types import AnyText
from db.tables import Moment, metadata

feed_budgets = Table(
    "feed_budgets",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("key_hash", Text, primary_key=True),
    Column("day", Date, nullable=False),
    Column("day_spent", Integer, nullable=False, server_default=text("0")),
    Column("spent_at", ARRAY(Moment), nullable=False, server_default=text("'{}'")),
    Column("held_until", Moment),
    Column("held_for", AnyText),
    CheckConstraint("day_spent >= 0", name="day_spent_counted"),
)
feed_states = Table(
    "feed_states",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("answered_at", Moment),
    Column("failed_at", Moment),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("reason", Text),
    Column("said", AnyText),
)
