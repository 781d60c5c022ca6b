"""Asks a desk for a cycle over its API, once, and says what came of it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from desk.monitor.submission import Submission
from fund.clock import Clock

if TYPE_CHECKING:
    import httpx

SECONDS = 10.0
LONGEST_WAIT = 600.0
"""Seconds: who asks to be left alone for longer is asked again after this."""
PATH = "/api/cycles"
BUSY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Accepted:
    """The desk has it; `known` when it had it already."""

    cycle_id: str
    known: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """The desk does not want it: asking again would change nothing."""

    said: str


@dataclass(frozen=True, slots=True)
class Later:
    """The desk is away or busy; in so many seconds, where it says."""

    said: str
    seconds: float = 0.0


Answer = Accepted | Refused | Later


class DeskDoor:
    """Posts to one desk: no redirect, no proxy, and only JSON with a cycle's id is taken for a yes."""

    def __init__(self, address: str, api_key: str, clock: Clock) -> None:
        self._url = f"{address}{PATH}"
        self._api_key = api_key
        self._clock = clock
        self._client: httpx.Client | None = None

    def ask(self, submission: Submission) -> Answer:
        """Ask for one cycle; what fails on the way is an answer, too."""
        import httpx

        if self._client is None:
            self._client = httpx.Client(timeout=SECONDS, trust_env=False, follow_redirects=False)
        try:
            response = self._client.post(
                self._url,
                json={"tickers": list(submission.tickers), "reason": submission.reason},
                headers={"x-api-key": self._api_key, "idempotency-key": submission.key},
            )
        except httpx.HTTPError as error:
            return Later(f"the desk was not reached ({type(error).__name__})")
        return self._read(response)

    def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _read(self, response: "httpx.Response") -> Answer:
        status = response.status_code
        if status in (200, 202, 409):
            cycle_id = _cycle_id(response.content)
            if cycle_id or status == 409:
                return Accepted(cycle_id, known=status != 202)
            return Later(f"HTTP {status} without a cycle_id: is this a desk?")
        if status in BUSY or status >= 500:
            return Later(f"HTTP {status}", _wait(response.headers.get("retry-after", ""), self._clock.now()))
        return Refused(f"HTTP {status}")


def _cycle_id(body: bytes) -> str:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    found = told.get("cycle_id") if isinstance(told, dict) else None
    return found if isinstance(found, str) else ""


def _wait(stated: str, now: datetime) -> float:
    """Return what Retry-After asks for, seconds or a date (RFC 9110), in seconds; 0 for what is neither."""
    try:
        seconds = float(stated) if stated else 0.0
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(stated).astimezone(UTC) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return 0.0
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else 0.0
