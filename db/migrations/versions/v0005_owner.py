"""Names the owner watches, and positions the owner wants closed."""

from db.migrations.script import run_script

revision = "v0005"
down_revision = "v0004"


def upgrade() -> None:
    run_script(__file__)
