"""What the desk recorded, as texts that are found by their words and by their meaning."""

from db.migrations.script import run_script

revision = "v0006"
down_revision = "v0005"


def upgrade() -> None:
    run_script(__file__)
