"""Death and cut connections at random moments of a player's work on its database."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import psycopg
from sqlalchemy import Connection, Engine, event

MOMENTS = ("statement", "answer", "commit", "committed", "thought")
"""Before and after a statement, before and after a commit, and while the strategy thinks."""
REACH = 40
"""How many moments a strike may be away; a session has about half as many."""


class Death(BaseException):
    """The process is gone; nothing in it may catch this."""


class Fate:
    """Strikes once, a random number of moments from now: by death, or by cutting the connection."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self.struck: Counter[str] = Counter()
        self.rearm()

    def rearm(self) -> None:
        self._left = int(self._rng.integers(1, REACH))
        self._deadly = bool(self._rng.random() < 0.7)

    def __call__(self, moment: str, connection: Connection | None = None) -> None:
        self._left -= 1
        if self._left:
            return
        self.struck[f"{moment}, {'death' if self._deadly else 'cut'}"] += 1
        driver = connection.connection.driver_connection if connection is not None else None
        if driver is not None:
            assert isinstance(driver, psycopg.Connection)
            if moment == "committed":
                driver.commit()
            driver.close()
        if self._deadly:
            raise Death


@contextmanager
def disturbed(engine: Engine, fate: Fate) -> Iterator[None]:
    """Let a fate watch every statement and every commit of an engine."""
    hooks: list[tuple[str, Callable[..., None]]] = [
        ("before_cursor_execute", lambda connection, *_: fate("statement", connection)),
        ("after_cursor_execute", lambda connection, *_: fate("answer", connection)),
        ("commit", lambda connection: fate("commit", connection)),
        ("commit", lambda connection: fate("committed", connection)),
    ]
    for name, hook in hooks:
        event.listen(engine, name, hook)
    try:
        yield
    finally:
        for name, hook in hooks:
            event.remove(engine, name, hook)
