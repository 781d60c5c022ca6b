"""What the owner is told of, channel by channel: the outbox of the events."""

from db.migrations.script import run_script

revision = "v0010"
down_revision = "v0009"


def upgrade() -> None:
    run_script(__file__)
