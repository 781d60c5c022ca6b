"""What headlines scored, by who read them."""

from db.migrations.script import run_script

revision = "v0017"
down_revision = "v0010"


def upgrade() -> None:
    run_script(__file__)
