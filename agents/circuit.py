"""A circuit per provider: after repeated failures nobody waits for it, until one probe succeeds."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Circuit:
    """Closed lets calls through; open lets none until `rest_seconds` have passed, then one at a time."""

    failures_to_open: int
    rest_seconds: float
    _failures: int = 0
    _open_until: float | None = None
    _refused: str = ""

    def blocked(self, now: float) -> str:
        """Return why no call may go out at `now` (seconds of a steady clock), empty when one may.

        After the rest the first asker goes through as the probe; others wait another rest.
        """
        if self._refused:
            return self._refused
        if self._open_until is None:
            return ""
        if now < self._open_until:
            return (
                f"not asked: {self._failures} failures in a row, next try in {self._open_until - now:.0f} s"
            )
        self._open_until = now + self.rest_seconds
        return ""

    def succeeded(self) -> None:
        """Close the circuit."""
        self._failures = 0
        self._open_until = None

    def failed(self, now: float) -> None:
        """Count a failure; the last one allowed opens the circuit."""
        self._failures += 1
        if self._failures >= self.failures_to_open:
            self._open_until = now + self.rest_seconds

    def refuse(self, detail: str) -> None:
        """Stay open until the desk restarts: a refused key does not heal by waiting."""
        self._refused = detail
