"""What runs by itself: jobs, one row for each of their slots, and hearings that were asked for."""

from db.migrations.script import run_script

revision = "v0011"
down_revision = "v0010"


def upgrade() -> None:
    run_script(__file__)
