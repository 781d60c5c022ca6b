"""`desk migrate`: the database brought to this program's schema, and nothing else."""

import argparse
from contextlib import ExitStack

from rich.console import Console

from db.migrate import migrate, newest_revision
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.settings import Settings
from desk.stores import open_database

MIGRATE = """Bring the database to the schema of this program. A desk does so when it starts; run it alone to
see whether the login may do it, or before several services start on a server of your own."""


def migrate_database(options: argparse.Namespace, console: Console) -> Outcome:
    """Bring the schema up to date and say where it stands."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    if settings.database_url is not None:
        revision = migrate(settings.database_url.get_secret_value())
    else:
        with ExitStack() as exits, progress_beside(console) as progress:
            open_database(settings, exits, progress)
        revision = newest_revision()
    return Outcome(data={"revision": revision}, shown=(f"The database is at {revision}.",))
