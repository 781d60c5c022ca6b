"""The life of forecasters after training, in schema `desk`: promotions, trials, live scores, drift."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from db.column_types import AnyText, PlainJSON
from db.tables import SCHEMA, Moment, metadata

_VERSION = f"{SCHEMA}.forecasters.version"

forecaster_promotions = Table(
    "forecaster_promotions",
    metadata,
    Column("seq", BigInteger, primary_key=True),
    Column("version", Text, ForeignKey(_VERSION), nullable=False),
    Column("name", Text, nullable=False),
    Column("horizon_sessions", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("previous", Text, ForeignKey(_VERSION)),
    Column("by", AnyText, nullable=False),
    Column("why", AnyText, nullable=False),
    Column("explanation", AnyText, nullable=False),
    Column("command_id", Text),
    Column("at", Moment, nullable=False),
    Index(None, "horizon_sessions", "seq"),
    CheckConstraint("kind IN ('trained', 'promoted', 'rolled_back')", name="kind_known"),
    CheckConstraint("role IN ('champion', 'challenger')", name="role_known"),
    CheckConstraint("horizon_sessions >= 1", name="horizon_ahead"),
)
forecaster_trials = Table(
    "forecaster_trials",
    metadata,
    Column("seq", BigInteger, primary_key=True),
    Column("trial_id", Text, nullable=False, unique=True),
    Column("family", Text, nullable=False),
    Column("data_version", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index(None, "family", "data_version"),
    CheckConstraint("content IS JSON OBJECT", name="content_is_json"),
)
live_scores = Table(
    "live_scores",
    metadata,
    Column("version", Text, ForeignKey(_VERSION), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("horizon_sessions", Integer, nullable=False),
    Column("known_session", Date, nullable=False),
    Column("names", Integer, nullable=False),
    Column("ic", Float),
    Column("rank_ic", Float),
    Column("hit_rate", Float),
    Column("coverage", Float),
    Column("log_loss", Float),
    Column("residual", Float),
    Column("why", AnyText),
    Column("filled_at", Moment, nullable=False),
    Index(None, "session"),
    CheckConstraint("horizon_sessions >= 1", name="horizon_ahead"),
    CheckConstraint("known_session > session", name="known_after_forecast"),
    CheckConstraint("names >= 0", name="names_counted"),
    CheckConstraint("(rank_ic IS NULL) = (why IS NOT NULL)", name="absence_has_a_reason"),
    CheckConstraint("hit_rate BETWEEN 0 AND 1 AND coverage BETWEEN 0 AND 1", name="shares"),
)
forecaster_drifts = Table(
    "forecaster_drifts",
    metadata,
    Column("version", Text, ForeignKey(_VERSION), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reasons", PlainJSON, nullable=False),
    Column("figures", PlainJSON, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("state IN ('steady', 'watch', 'drifting', 'unknown')", name="state_known"),
)
APPEND_ONLY_OF_FORECASTERS = (forecaster_promotions, forecaster_trials, live_scores, forecaster_drifts)
"""Tables that the application role can neither update nor delete from."""
