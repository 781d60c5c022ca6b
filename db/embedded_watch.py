"""Looks after an embedded server while somebody uses it: found dead, it is started again."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from db.embedded import EmbeddedPostgres
from fund.errors import ConfigError

log = logging.getLogger("conclave.database")
LOOK_SECONDS = 0.25


@contextmanager
def watched(server: EmbeddedPostgres) -> Iterator[None]:
    """Bring the server back whenever it has died, for as long as the context lasts."""
    over = threading.Event()

    def look_after() -> None:
        while not over.wait(LOOK_SECONDS):
            if not server.is_running:
                log.warning("the database server has ended; it is started again")
                try:
                    server.start()
                except ConfigError as error:
                    log.warning("it could not be started: %s", error)

    looking = threading.Thread(target=look_after, name="database-watch", daemon=True)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()
