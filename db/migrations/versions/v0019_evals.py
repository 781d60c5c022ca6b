"""Nights of the evaluation and their scores, and the view of schema `ask` over them."""

from db.migrations.script import run_script

revision = "v0019"
down_revision = "v0018"


def upgrade() -> None:
    run_script(__file__)
