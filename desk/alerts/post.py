"""Posts JSON to a checked address: no redirect, no proxy, no more of the answer than is needed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from desk.alerts.destination import Destination, Resolve, resolved
from desk.retry_after import asked_wait, seconds_of
from fund.errors import ConfigError

if TYPE_CHECKING:
    import httpx

SECONDS = 10.0
LARGEST_ANSWER = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; a status of 0 when nothing did."""

    status: int
    said: str
    """A few words for the record, without the address: it may hold a secret."""
    wait_seconds: float = 0.0
    """How long the other side wants to be left alone."""


class Poster:
    """Posts to one destination over a connection made anew each time, to the address that was checked."""

    def __init__(
        self, destination: Destination, now: Callable[[], datetime], resolve: Resolve = resolved
    ) -> None:
        self._destination = destination
        self._now = now
        self._resolve = resolve

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post a body of JSON; what fails on the way is an answer, too."""
        import httpx

        there = self._destination
        try:
            address = there.addresses(self._resolve)[0]
        except ConfigError as error:
            return Answer(status=0, said=str(error))
        except OSError:
            return Answer(status=0, said=f"{there.host} was not found")
        literal = f"[{address}]" if ":" in address else address
        named = there.host if there.port == 443 else f"{there.host}:{there.port}"
        try:
            with (
                httpx.Client(timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
                client.stream(
                    "POST",
                    f"{there.scheme}://{literal}:{there.port}{there.target}",
                    content=body,
                    headers={"content-type": "application/json", "host": named, **headers},
                    extensions={"sni_hostname": there.host},
                ) as response,
            ):
                return self._read(response)
        except httpx.HTTPError as error:
            return Answer(status=0, said=f"{there.host}: {type(error).__name__}")

    def _read(self, response: "httpx.Response") -> Answer:
        taken = b""
        for part in response.iter_raw(LARGEST_ANSWER):
            taken = (taken + part)[:LARGEST_ANSWER]
            if len(taken) == LARGEST_ANSWER:
                break
        wait = max(asked_wait(response.headers, self._now()), _told_in(taken))
        said = f"HTTP {response.status_code}"
        return Answer(status=response.status_code, said=said, wait_seconds=wait)


def _told_in(body: bytes) -> float:
    """Return the `retry_after` of a JSON answer, as Discord's 429 has it, in seconds."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return 0.0
    return seconds_of(told.get("retry_after")) or 0.0 if isinstance(told, dict) else 0.0
