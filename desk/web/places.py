"""Places at the desk's streams: each user has so many, and gets them back."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Places:
    """Counts what is open; dashboards, event streams and sockets share the places of their user."""

    def __init__(self, per_user: int) -> None:
        self._per_user = per_user
        self._open: Counter[str] = Counter()
        self.ending: Callable[[], bool] = lambda: False
        """Tells whether the server is ending: a stream would keep it waiting."""

    def has_room(self, user: str) -> bool:
        """Tell whether this user may open one more."""
        return self._open[user] < self._per_user

    @property
    def taken(self) -> int:
        """Return how many are open."""
        return self._open.total()

    @contextmanager
    def taken_by(self, user: str) -> Iterator[None]:
        """Hold one place for as long as the context lasts."""
        self._open[user] += 1
        try:
            yield
        finally:
            self._open[user] -= 1
            if not self._open[user]:
                del self._open[user]
