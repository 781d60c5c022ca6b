"""Lots, orders of every kind, quarantine, mandates, the breaker; events become a chain."""

from alembic import op
from sqlalchemy import text

from db.chain import GENESIS, link
from db.migrations.script import run_script

revision = "v0003"
down_revision = "v0002"

CHAINED = ("seq", "event_id", "at", "kind", "severity", "text", "data", "cycle_id")
"""What an event's hash covered when the chain began."""


def upgrade() -> None:
    run_script(__file__)
    _chain_events()


def _chain_events() -> None:
    """Number the events without gaps and link each to the one before it."""
    connection = op.get_bind()
    connection.execute(text("ALTER TABLE desk.events DISABLE TRIGGER append_only"))
    previous = GENESIS
    listed = connection.execute(text("SELECT * FROM desk.events ORDER BY seq")).mappings().all()
    for number, row in enumerate(listed, start=1):
        content = {name: row[name] for name in CHAINED} | {"seq": number}
        digest = link(previous, content)
        connection.execute(
            text(
                "UPDATE desk.events SET seq = :number, previous_hash = :previous, hash = :digest "
                "WHERE event_id = :event_id"
            ),
            {"number": number, "previous": previous, "digest": digest, "event_id": row["event_id"]},
        )
        previous = digest
    connection.execute(
        text(
            "ALTER TABLE desk.events ALTER COLUMN previous_hash SET NOT NULL, "
            "ALTER COLUMN hash SET NOT NULL, ADD CONSTRAINT uq_events_hash UNIQUE (hash), "
            "ENABLE TRIGGER append_only"
        )
    )
