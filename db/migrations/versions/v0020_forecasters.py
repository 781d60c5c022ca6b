"""The life of forecasters: roles by horizon, promotions, trials as a chain, live scores, drift."""

from db.migrations.script import run_script

revision = "v0020"
down_revision = "v0019"


def upgrade() -> None:
    run_script(__file__)
