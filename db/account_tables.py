"""Who may enter, and the keys that scripts enter with; part of schema `desk`."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from db.tables import metadata

Moment = DateTime(timezone=True)

accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("password_hash", Text),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    Column("epoch", BigInteger, nullable=False, server_default=text("1")),
    CheckConstraint("role IN ('owner', 'viewer')", name="role_known"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("account", Text, ForeignKey("desk.accounts.name"), nullable=False, index=True),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("scopes", ARRAY(Text)),
    Column("followed_by", Text, ForeignKey("desk.api_keys.key_id")),
    CheckConstraint(
        "scopes <@ ARRAY['read', 'commands', 'cycles', 'metrics'] AND cardinality(scopes) > 0",
        name="scopes_known",
    ),
)
