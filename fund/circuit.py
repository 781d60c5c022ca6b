"""A circuit per other side: after repeated failures nobody waits for it, until one probe succeeds."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Circuit:
    """Closed lets calls through; open lets none until `rest_seconds` have passed, then one at a time."""

    failures_to_open: int
    rest_seconds: float
    _failures: int = 0
    _open_until: float | None = None
    _asked_for: str = ""
    _refused: str = ""

    def blocked(self, now: float) -> str:
        """Return why no call may go out at `now` (seconds of a steady clock), empty when one may.

        After the rest the first asker goes through as the probe; others wait another rest.
        """
        said = self.standing(now)
        if not said and self._open_until is not None:
            self._open_until = now + self.rest_seconds
        return said

    def standing(self, now: float) -> str:
        """Return what `blocked` would say, without going through as the probe."""
        if self._refused:
            return self._refused
        if self._open_until is None or now >= self._open_until:
            return ""
        why = self._asked_for or f"{self._failures} failures in a row"
        return f"not asked: {why}, next try in {self._open_until - now:.0f} s"

    def succeeded(self) -> None:
        """Close the circuit."""
        self._failures = 0
        self._open_until = None
        self._asked_for = ""

    def failed(self, now: float) -> None:
        """Count a failure; the last one allowed opens the circuit."""
        self._failures += 1
        if self._failures >= self.failures_to_open:
            self._open_until = now + self.rest_seconds
            self._asked_for = ""

    def rest(self, now: float, seconds: float, why: str) -> None:
        """Leave the other side alone for as long as it asked to be; that is no failure."""
        self._open_until = max(self._open_until or now, now + seconds)
        self._asked_for = why

    def refuse(self, detail: str) -> None:
        """Stay open until the desk restarts: a refused key does not heal by waiting."""
        self._refused = detail
