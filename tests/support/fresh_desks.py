"""A desk on a database of its own, for tests of its first days."""

from collections.abc import Iterator
from contextlib import contextmanager

from db.engine import connect
from support.database import DatabaseServer
from support.desk_records import PlayedDesk, a_played_desk


@contextmanager
def a_fresh_desk(server: DatabaseServer, sessions: int = 0) -> Iterator[PlayedDesk]:
    """Give a desk that has played so many sessions; its database goes with it."""
    url = server.clone()
    engine = connect(url)
    try:
        yield a_played_desk(engine, sessions)
    finally:
        engine.dispose()
        server.drop(url)
