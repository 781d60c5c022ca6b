"""The one door to a vendor's HTTP: its exact host, a deadline, a bounded answer, no key in any message."""

import json
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from agents.redaction import redact
from desk.alerts.destination import Destination, Resolve, resolved
from desk.feeds.failure import Reason, VendorError
from desk.feeds.feed import Kind
from desk.feeds.keys import Key, Keys
from desk.retry_after import asked_wait
from fund.clock import Clock
from fund.errors import ConfigError

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 15.0, 60.0
LARGEST_ANSWER = 64_000_000
"""Bytes once unpacked: twenty years of one name are below 3 million, a page of bars below 2."""
LONGEST_SAID = 200
LIMIT_SECONDS, REFUSED_KEY_SECONDS = 60.0, 600.0
"""How long a key rests after a limit whose end the vendor does not state, and after it was refused."""
OF_THE_KEY: frozenset[Reason] = frozenset({"limit", "key_refused"})
AGENT = "Mozilla/5.0 (compatible; Conclave)"

Sign = Callable[[str], tuple[Mapping[str, str], Mapping[str, str]]]
"""Returns the headers and the query that carry a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a vendor answered."""

    status: int
    body: bytes
    is_json: bool
    """Whether it says so of itself, or looks it; a page of HTML does neither."""
    wait_seconds: float

    def parsed(self) -> Any:
        """Return the body as JSON, None where it is none."""
        try:
            return json.loads(self.body, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a vendor's own words mean, where its status does not say it."""

    reason: Reason
    said: str
    wait_seconds: float = 0.0
    until_midnight: bool = False
    """Whether the key is spent until the vendor's next day."""


Judge = Callable[[Reply, Any], Verdict | None]
"""Reads a vendor's own way to say no off an answer and its JSON; None where it says nothing of the kind."""


class Door:
    """Asks one vendor, at one host, for JSON; safe to use from several threads."""

    def __init__(
        self,
        vendor: str,
        there: Destination,
        keys: Keys,
        clock: Clock,
        *,
        sign: Sign,
        judge: Judge,
        resolve: Resolve = resolved,
    ) -> None:
        self._vendor = vendor
        self._there = there
        self._clock = clock
        self._sign = sign
        self._judge = judge
        self._resolve = resolve
        self._lock = threading.Lock()
        self._transport: httpx.HTTPTransport | None = None
        self.keys = keys

    def ask(self, kind: Kind, path: str, query: Mapping[str, str]) -> Any:
        """Return the JSON of a vendor's answer; raises `VendorError` saying why there is none.

        A key that is spent or refused rests, and the next one is asked with.
        """
        failed: VendorError | None = None
        for _ in range(max(1, len(self.keys.secrets))):
            try:
                key = self.keys.take(kind)
            except VendorError as error:
                raise failed or error from None
            headers, signed = self._sign(key.secret)
            reply = self._get(f"{path}?{urlencode({**query, **signed})}", headers)
            parsed = reply.parsed()
            verdict = self._judge(reply, parsed) or by_status(reply, parsed)
            if verdict is None:
                return parsed
            failed = self._failure(verdict, key)
            if failed.reason not in OF_THE_KEY:
                break
        raise failed if failed is not None else self.failure("resting", "without a key")

    def failure(self, reason: Reason, said: str) -> VendorError:
        """Return the error of an answer that says something else than what was asked."""
        return VendorError(self._vendor, reason, self._clean(said))

    def close(self) -> None:
        """Let the connections go."""
        with self._lock:
            if self._transport is not None:
                self._transport.close()
                self._transport = None

    def _failure(self, verdict: Verdict, key: Key) -> VendorError:
        """Return the error, and let a key that is spent or refused rest."""
        said, wait = self._clean(verdict.said), verdict.wait_seconds
        if verdict.reason in OF_THE_KEY:
            usual = LIMIT_SECONDS if verdict.reason == "limit" else REFUSED_KEY_SECONDS
            seconds = None if verdict.until_midnight else wait or usual
            wait = self.keys.hold(key, verdict.reason, said, seconds=seconds)
        return VendorError(self._vendor, verdict.reason, said, wait_seconds=wait)

    def _get(self, target: str, headers: Mapping[str, str]) -> Reply:
        import httpx

        there = self._there
        try:
            address = there.addresses(self._resolve)[0]
        except ConfigError as error:
            raise VendorError(self._vendor, "away", str(error)) from None
        except OSError:
            raise VendorError(self._vendor, "away", f"{there.host} was not found") from None
        literal = f"[{address}]" if ":" in address else address
        standard = there.port == (443 if there.scheme == "https" else 80)
        seconds = dict.fromkeys(("read", "write", "pool"), READ_SECONDS)
        request = httpx.Request(
            "GET",
            f"{there.scheme}://{literal}:{there.port}{target}",
            headers={
                "host": there.host if standard else f"{there.host}:{there.port}",
                "accept": "application/json",
                "accept-encoding": "gzip",
                "user-agent": AGENT,
                **headers,
            },
            extensions={
                "sni_hostname": there.host,
                "timeout": {"connect": CONNECT_SECONDS, **seconds},
            },
        )
        ends = monotonic() + WHOLE_SECONDS
        try:
            response = self._opened().handle_request(request)
            try:
                return self._read(response, ends)
            finally:
                response.close()
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise VendorError(self._vendor, "away", type(error).__name__) from None

    def _opened(self) -> "httpx.HTTPTransport":
        """Return the connections: below httpx's client, which would log every URL with its key."""
        import httpx

        with self._lock:
            if self._transport is None:
                self._transport = httpx.HTTPTransport(trust_env=False, retries=0)
            return self._transport

    def _read(self, response: "httpx.Response", ends: float) -> Reply:
        packed = response.headers.get("content-encoding", "identity").lower()
        if packed not in ("identity", "gzip"):
            raise VendorError(self._vendor, "not_an_answer", f"packed as {packed[:20]!r}")
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if packed == "gzip" else None
        taken = bytearray()
        try:
            for part in response.iter_raw():
                room = LARGEST_ANSWER + 1 - len(taken)
                taken += part if unpacker is None else unpacker.decompress(part, room)
                if len(taken) > LARGEST_ANSWER:
                    raise VendorError(self._vendor, "not_an_answer", f"more than {LARGEST_ANSWER} bytes")
                if monotonic() > ends:
                    raise VendorError(self._vendor, "away", f"not done after {WHOLE_SECONDS:.0f} s")
        except zlib.error:
            raise VendorError(self._vendor, "not_an_answer", "damaged while packed") from None
        kind = response.headers.get("content-type", "")
        body = bytes(taken)
        return Reply(
            status=response.status_code,
            body=body,
            is_json="json" in kind.lower() or body.lstrip()[:1] in (b"{", b"["),
            wait_seconds=asked_wait(response.headers, self._clock.now()),
        )

    def _clean(self, said: str) -> str:
        return redact(" ".join(said.split()), self.keys.secrets)[:LONGEST_SAID]


def by_status(reply: Reply, parsed: Any) -> Verdict | None:
    """Read a status as HTTP has it (RFC 9110); None for an answer."""
    status, said = reply.status, f"HTTP {reply.status}"
    reasons: dict[int, Reason] = {401: "key_refused", 403: "not_allowed", 404: "unknown_name", 429: "limit"}
    if status in reasons:
        return Verdict(reason=reasons[status], said=said, wait_seconds=reply.wait_seconds)
    if status >= 500 or status in (408, 425):
        return Verdict(reason="away", said=said, wait_seconds=reply.wait_seconds)
    if 300 <= status < 400:
        return Verdict(reason="not_an_answer", said=f"{said}, it leads elsewhere")
    if status >= 400:
        return Verdict(reason="refused", said=said)
    if not reply.is_json:
        return Verdict(reason="not_an_answer", said="a page where JSON was expected")
    if parsed is None:
        return Verdict(reason="not_an_answer", said="JSON that ends early or is damaged")
    return None


def in_batches(names: Sequence[str], size: int) -> tuple[tuple[str, ...], ...]:
    """Return names in groups of so many, in their order."""
    return tuple(tuple(names[start : start + size]) for start in range(0, len(names), size))
