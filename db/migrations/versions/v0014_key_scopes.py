"""What a key may do of what its account may, and which key follows it."""

from db.migrations.script import run_script

revision = "v0014"
down_revision = "v0013"


def upgrade() -> None:
    run_script(__file__)
