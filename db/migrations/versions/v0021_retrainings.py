"""The trainings that a cause called for, and promotions that pin what they put to use."""

from db.migrations.script import run_script

revision = "v0021"
down_revision = "v0020"


def upgrade() -> None:
    run_script(__file__)
