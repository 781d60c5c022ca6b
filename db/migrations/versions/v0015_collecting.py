"""Who said what was refused: the vendor of a row in quarantine."""

from db.migrations.script import run_script

revision = "v0015"
down_revision = "v0014"


def upgrade() -> None:
    run_script(__file__)
