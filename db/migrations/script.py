"""Runs the SQL beside a migration."""

from pathlib import Path

from alembic import op
from psycopg import Connection


def run_script(migration: str) -> None:
    """Run the SQL file that carries the name of the migration, whole, in its transaction."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, Connection)
    driver.execute(Path(migration).with_suffix(".sql").read_bytes())
