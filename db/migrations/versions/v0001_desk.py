"""Schema desk: journal, decisions, memory, commands; the application role that cannot rewrite history."""

from db.migrations.script import run_script

revision = "v0001"
down_revision = None


def upgrade() -> None:
    run_script(__file__)
