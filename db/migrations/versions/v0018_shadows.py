"""What shadows said beside the committee in force, what it cost, and what came of it."""

from db.migrations.script import run_script

revision = "v0018"
down_revision = "v0017"


def upgrade() -> None:
    run_script(__file__)
