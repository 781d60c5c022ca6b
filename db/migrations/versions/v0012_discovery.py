"""What was discovered, by whom, what it returned, and the discovered half of the watchlist."""

from db.migrations.script import run_script

revision = "v0012"
down_revision = "v0011"


def upgrade() -> None:
    run_script(__file__)
