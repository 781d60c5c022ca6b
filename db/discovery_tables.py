"""What was discovered, in schema `desk`: runs, who picked what, what it returned, and the discovered list."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
)

from db.column_types import AnyText, PlainJSON
from db.tables import SCHEMA, Moment, metadata

discovery_runs = Table(
    "discovery_runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("session", Date, nullable=False),
    Column("as_of", Moment, nullable=False),
    Column("entry_session", Date, nullable=False),
    Column("ran_at", Moment, nullable=False),
    Column("universe", Integer, nullable=False),
    Column("overlap", Float),
    Column("pickers", PlainJSON, nullable=False),
    Column("mandate_hash", Text, nullable=False),
    Index(None, "as_of", "run_id"),
    Index(None, "entry_session"),
)
discovery_picks = Table(
    "discovery_picks",
    metadata,
    Column("run_id", Text, ForeignKey(f"{SCHEMA}.discovery_runs.run_id"), primary_key=True),
    Column("picker", Text, primary_key=True),
    Column("ticker", Text, primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("reasons", PlainJSON, nullable=False),
    Column("listed", Text),
    CheckConstraint("rank >= 1", name="rank_from_one"),
    CheckConstraint("listed IN ('manual', 'discovered')", name="listed_known"),
)
discovery_returns = Table(
    "discovery_returns",
    metadata,
    Column("entry_session", Date, primary_key=True),
    Column("ticker", Text, primary_key=True),
    Column("horizon_sessions", Integer, primary_key=True),
    Column("exit_session", Date, nullable=False),
    Column("value", Float),
    Column("cost", Float),
    Column("universe_mean", Float),
    Column("universe_names", Integer, nullable=False),
    Column("why", AnyText),
    Column("filled_at", Moment, nullable=False),
    CheckConstraint("horizon_sessions >= 1", name="horizon_ahead"),
    CheckConstraint("exit_session >= entry_session", name="exit_after_entry"),
)
discovered_changes = Table(
    "discovered_changes",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", Text, ForeignKey(f"{SCHEMA}.discovery_runs.run_id"), nullable=False),
    Column("ticker", Text, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "ticker", "seq"),
)

APPEND_ONLY_OF_DISCOVERY = (discovery_runs, discovery_picks, discovery_returns, discovered_changes)
"""Tables the application role can neither update nor delete from: a return is filled once."""
