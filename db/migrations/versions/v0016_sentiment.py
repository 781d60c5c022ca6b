"""What headlines scored, by who read them."""

from db.migrations.script import run_script

revision = "v0016"
down_revision = "v0015"


def upgrade() -> None:
    run_script(__file__)
