"""Decisions ticker by ticker as rows, and schema `ask`: the read-only views that SQL questions see."""

import json

from alembic import op
from sqlalchemy import insert, text

from db.ask_tables import cycle_clamps, cycle_forecasts, cycle_signals
from db.migrations.script import run_script
from db.projection import clamp_rows, forecast_rows, signal_rows

revision = "v0007"
down_revision = "v0006"


def upgrade() -> None:
    run_script(__file__)
    _project_past()


def _project_past() -> None:
    """Write the rows of every decision that was recorded before there were such rows."""
    connection = op.get_bind()
    for cycle_id, record in connection.execute(text("SELECT cycle_id, record FROM desk.cycles ORDER BY seq")):
        plain = json.loads(record)
        proposal, review = plain.get("proposal") or {}, plain.get("review") or {}
        heard = proposal.get("evidence")
        for table, rows in (
            (cycle_signals, signal_rows(cycle_id, heard)),
            (cycle_forecasts, forecast_rows(cycle_id, heard)),
            (cycle_clamps, clamp_rows(cycle_id, review.get("clamps"))),
        ):
            if rows:
                connection.execute(insert(table), rows)
