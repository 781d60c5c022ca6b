"""Schema chat: users, threads, steps, elements, feedback."""

from db.migrations.script import run_script

revision = "v0002"
down_revision = "v0001"


def upgrade() -> None:
    run_script(__file__)
