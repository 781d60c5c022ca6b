"""Accounts with their roles, and the keys that scripts enter with."""

from db.migrations.script import run_script

revision = "v0004"
down_revision = "v0003"


def upgrade() -> None:
    run_script(__file__)
