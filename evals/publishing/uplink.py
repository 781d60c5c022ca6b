"""The way to LangSmith: JSON over HTTP with a key, asked again when that helps, and refused in a sentence."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx

from agents.redaction import redact, redacted_detail
from fund.clock import Clock
from fund.errors import DeskError

SECONDS = 30.0
TRIES = 5
LONGEST_WAIT = 120.0
"""Seconds: who asks to be left alone for longer is left alone, and published to another time."""
SAID = 200
Part = tuple[str, tuple[None, bytes, str, dict[str, str]]]
"""A part of a multipart body: its name, and no file's name, the content, its type and its headers."""
Wait = Callable[[Mapping[str, str], datetime], float]
"""Reads off headers how many seconds the other side wants to be left alone."""


class PublishError(DeskError):
    """LangSmith did not take it: said, and published another time; the evaluation stands."""


class ConflictError(PublishError):
    """What was sent is there already, or a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where to, and as whom."""

    url: str
    key: str = field(repr=False)
    project: str
    """Begins the names of experiments."""
    workspace: str | None = None
    """Needed by keys that are good for several."""

    @property
    def target(self) -> str:
        """Return what tells one destination from another; no secret."""
        return " ".join((self.url, self.workspace or "", self.project))


class Uplink:
    """One connection to one destination; close it at the end. No redirect is followed and no proxy asked."""

    def __init__(
        self,
        destination: Destination,
        *,
        clock: Clock,
        wait: Wait,
        sleep: Callable[[float], object] = time.sleep,
        rng: Random | None = None,
    ) -> None:
        self._destination, self._clock, self._wait, self._sleep = destination, clock, wait, sleep
        self._rng = rng or Random()  # noqa: S311 - jitter, not a secret
        if not (destination.key.isascii() and destination.key.isprintable()):
            raise PublishError(
                "expected a key of printable ASCII, found one with other characters; set "
                "DESK_LANGSMITH_API_KEY anew"
            )
        headers = {"x-api-key": destination.key, "accept": "application/json"}
        if destination.workspace:
            headers["x-tenant-id"] = destination.workspace
        self._client = httpx.Client(headers=headers, timeout=SECONDS, trust_env=False, follow_redirects=False)

    def get(self, path: str, **query: str | int) -> Any:
        """Return what is found at a path."""
        return self._asked("GET", path, params=query)

    def post(self, path: str, body: object) -> Any:
        """Send JSON; raises `ConflictError` where it is there already."""
        return self._asked("POST", path, json=body)

    def post_parts(self, path: str, parts: Sequence[Part]) -> Any:
        """Send the parts of a multipart body; raises `ConflictError` where one of them is there already."""
        return self._asked("POST", path, files=list(parts))

    def _asked(self, method: str, path: str, **sent: Any) -> Any:
        """Return the answer; what may pass is tried again, anything else is a `PublishError` at once."""
        for attempt in range(TRIES):
            try:
                answer = self._client.request(method, f"{self._destination.url}{path}", **sent)
            except httpx.HTTPError as error:
                told, wait = redacted_detail(error, (self._destination.key,)), 0.0
            else:
                if answer.is_success:
                    return _json_of(answer)
                told, wait = self._refused(answer), self._wait(answer.headers, self._clock.now())
            if wait > LONGEST_WAIT:
                raise PublishError(f"LangSmith: {told}; it asks to be left alone for {wait:.0f} s")
            if attempt + 1 < TRIES:
                self._sleep(max(wait, 2**attempt * (0.5 + self._rng.random())))
        raise PublishError(f"LangSmith: {told}, {TRIES} times")

    def _refused(self, answer: httpx.Response) -> str:
        """Return in words what may pass; raises where trying again is of no use."""
        status = answer.status_code
        said = redact(" ".join(answer.text.split()), (self._destination.key,))[:SAID]
        if status in (401, 403):
            raise PublishError(
                f"LangSmith refused the key ({status}); check DESK_LANGSMITH_API_KEY, and "
                "DESK_LANGSMITH_WORKSPACE where it is good for several workspaces"
            )
        if status == 409:
            raise ConflictError(f"LangSmith has it already: {said}")
        told = f"expected an answer of {self._destination.url}, found {status} {said!r}"
        if status in (408, 425, 429) or status >= 500:
            return told
        raise PublishError(f"LangSmith: {told}; check DESK_LANGSMITH_ENDPOINT")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()


def _json_of(answer: httpx.Response) -> Any:
    """Return the answer as plain JSON; a page with status 200 is none."""
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        raise PublishError(
            f"LangSmith: expected JSON, found {answer.headers.get('content-type', 'nothing')!r} with status "
            f"{answer.status_code}; somebody else answers at DESK_LANGSMITH_ENDPOINT"
        ) from None
