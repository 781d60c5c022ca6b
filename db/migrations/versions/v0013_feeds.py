"""What feeds may still be asked, and when each was heard last."""

from db.migrations.script import run_script

revision = "v0013"
down_revision = "v0012"


def upgrade() -> None:
    run_script(__file__)
