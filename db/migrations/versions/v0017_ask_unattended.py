"""Views of schema `ask` over what runs by itself: jobs, hearings, suggestions, alerts, readings."""

from db.migrations.script import run_script

revision = "v0017"
down_revision = "v0016"


def upgrade() -> None:
    run_script(__file__)
