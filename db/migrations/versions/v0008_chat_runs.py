"""Answers as runs with their trace, and when an opinion was given."""

from db.migrations.script import run_script

revision = "v0008"
down_revision = "v0007"


def upgrade() -> None:
    run_script(__file__)
