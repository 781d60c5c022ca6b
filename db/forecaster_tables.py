"""The life of forecasters after training, in schema `desk`: promotions, trials, scores, drift, trainings."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
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
    Column("pinned", Boolean, nullable=False, server_default=text("FALSE")),
    Index(None, "horizon_sessions", "seq"),
    CheckConstraint("kind IN ('trained', 'promoted', 'rolled_back', 'unpinned')", name="kind_known"),
    CheckConstraint(
        "NOT pinned OR (kind IN ('promoted', 'rolled_back') AND role = 'champion')", name="persons_pin"
    ),
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
forecaster_retrainings = Table(
    "forecaster_retrainings",
    metadata,
    Column("seq", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("horizon_sessions", Integer, nullable=False),
    Column("session", Date, nullable=False),
    Column("cause", Text, nullable=False),
    Column("because_of", Text, ForeignKey(_VERSION), nullable=False),
    Column("why", AnyText, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", Text, ForeignKey(_VERSION)),
    Column("trial_id", Text, ForeignKey(f"{SCHEMA}.forecaster_trials.trial_id")),
    Column("train_first", Date),
    Column("train_last", Date),
    Column("said", AnyText, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "session"),
    Index(
        "uq_forecaster_retrainings_made",
        "name",
        "horizon_sessions",
        "session",
        unique=True,
        postgresql_where=text("status = 'made'"),
    ),
    CheckConstraint("horizon_sessions >= 1", name="horizon_ahead"),
    CheckConstraint("cause IN ('drift', 'decay', 'age')", name="cause_known"),
    CheckConstraint("status IN ('begun', 'made', 'failed', 'stopped')", name="status_known"),
    CheckConstraint(
        "(status = 'made') = (version IS NOT NULL) AND (version IS NULL) = (trial_id IS NULL) "
        "AND (version IS NULL) = (train_first IS NULL) AND (version IS NULL) = (train_last IS NULL)",
        name="made_is_whole",
    ),
)
APPEND_ONLY_OF_FORECASTERS = (
    forecaster_promotions,
    forecaster_trials,
    live_scores,
    forecaster_drifts,
    forecaster_retrainings,
)
"""Tables that the application role can neither update nor delete from."""
