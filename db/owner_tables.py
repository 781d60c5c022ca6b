"""What the owner wants beside money: names to be watched and positions to be closed, in schema `desk`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    Table,
    Text,
)

from db.tables import SCHEMA, Moment, metadata

watchlist_changes = Table(
    "watchlist_changes",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("command_id", Text, nullable=False),
    Column("ticker", Text, nullable=False),
    Column("watched", Boolean, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "ticker", "seq"),
)
exit_requests = Table(
    "exit_requests",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("ticker", Text, nullable=False),
    Column("fraction", Numeric, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("session", Date, nullable=False),
    CheckConstraint("fraction > 0 AND fraction <= 1", name="fraction_of_a_position"),
)
exit_endings = Table(
    "exit_endings",
    metadata,
    Column("request_id", Text, ForeignKey(f"{SCHEMA}.exit_requests.request_id"), primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("ended_by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("cycle_id", Text),
    CheckConstraint("outcome IN ('ordered', 'closed', 'gone', 'withdrawn')", name="outcome_known"),
)

APPEND_ONLY_OF_THE_OWNER = (watchlist_changes, exit_requests, exit_endings)
"""Tables the application role can neither update nor delete from."""
