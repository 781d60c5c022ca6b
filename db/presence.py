"""Who is alive: a lock that the server drops the moment its owner's connection ends."""

from hashlib import sha256
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import DBAPIError

from db.engine import again_when_lost, is_lost

_CLAIM = text("SELECT pg_try_advisory_lock(:key)")
_RELEASE = text("SELECT pg_advisory_unlock(:key)")


class Presence:
    """Claims of one process, held over a connection of its own; a killed process loses them at once.

    Threads may claim different names; of one name they cannot keep each other off.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._asking = Lock()

    def claim(self, name: str) -> bool:
        """Claim a name; False while another process that is alive has it."""
        return bool(again_when_lost(lambda: self._ask(_CLAIM, name)))

    def release(self, name: str) -> None:
        """Let a claimed name go; with a lost connection it has gone already."""
        try:
            self._ask(_RELEASE, name)
        except DBAPIError as error:
            if not is_lost(error):
                raise

    def close(self) -> None:
        """Let every name go; closing twice is allowed."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _ask(self, statement: TextClause, name: str) -> Any:
        key = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
        with self._asking:
            try:
                return self._live().execute(statement, {"key": key}).scalar()
            except DBAPIError as error:
                if is_lost(error):
                    self.close()
                raise

    def _live(self) -> Connection:
        """Return the connection; claims of one that was lost are lost with it."""
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection
