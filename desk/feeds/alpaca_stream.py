"""Alpaca's stream of trades as a source of ticks: the newest of each name, over a socket kept open."""

import json
import logging
import socket
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from agents.redaction import redact
from desk.alerts.destination import Destination, Resolve, resolved
from desk.feeds.alpaca import NAME
from desk.feeds.alpaca_ticks import tick_day
from desk.feeds.failure import Reason, VendorError
from desk.feeds.frames import moment, number
from desk.feeds.keys import Key
from fund.errors import ConfigError
from fund.market.ticks import Tick

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

log = logging.getLogger("conclave.feeds")
frames = logging.getLogger("conclave.feeds.frames")
frames.setLevel(logging.WARNING)
"""What the library would log of each frame holds the key of the first one."""
WAITS_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Before each further attempt; a connection that told something begins with the first again."""
OPEN_SECONDS, ANSWER_SECONDS, ALIVE_SECONDS = 10.0, 10.0, 20.0
"""To connect; to be let in; and how often the other end is asked whether it is still there."""
MESSAGES_TO_LOG_IN = 10
LARGEST_MESSAGE = 1_000_000
REASONS: Mapping[int, Reason] = {
    401: "key_refused",
    402: "key_refused",
    404: "away",
    405: "not_allowed",
    406: "limit",
    407: "away",
    409: "not_allowed",
    410: "refused",
    500: "away",
}
"""The codes of the stream's errors: not authenticated, authentication failed, timed out, too many symbols,
a second connection, too slow, outside the plan, a subscription that cannot be, an error of its own."""


@dataclass(slots=True)
class _Newest:
    """The last trade of a name, and the day's volume as last told."""

    tick: Tick | None = None
    trade: object = None
    before: Tick | None = None
    volume: float | None = None
    volume_day: date | None = None


class AlpacaStream:
    """Listens on a thread of its own from the first question to `close`; no question waits for it."""

    name = NAME

    def __init__(
        self,
        there: Destination,
        key_id: str,
        key: Key,
        *,
        resolve: Resolve = resolved,
        waits: Sequence[float] = WAITS_SECONDS,
    ) -> None:
        self._there = there
        self._key_id = key_id
        self._key = key
        self._resolve = resolve
        self._waits = tuple(waits)
        self._lock = threading.Lock()
        self._newest: dict[str, _Newest] = {}
        self._wanted: frozenset[str] = frozenset()
        self._failed: VendorError | None = None
        self._connection: ClientConnection | None = None
        self._closing = threading.Event()
        self.changed = threading.Event()
        """Set whenever a tick came or the connection opened or fell; whoever waits for one clears it."""
        self._thread = threading.Thread(target=self._keep, name="alpaca-stream", daemon=True)

    def latest(self, tickers: Sequence[str]) -> Sequence[Tick]:
        """Return the newest tick of each ticker that one came of; a new ticker is listened for from now on.

        Raises `VendorError` while the stream is broken: what came before may be old.
        """
        with self._lock:
            new = frozenset(tickers) - self._wanted
            self._wanted |= new
            if not self._thread.is_alive() and not self._closing.is_set():
                self._thread.start()
            failed, connection = self._failed, self._connection
            found = [
                each.tick for name in tickers if (each := self._newest.get(name)) and each.tick is not None
            ]
        if new and connection is not None:
            self._subscribe(connection, new)
        if failed is not None:
            raise VendorError(failed.vendor, failed.reason, failed.said, wait_seconds=failed.wait_seconds)
        return tuple(found)

    @property
    def is_listening(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the thread and the connection."""
        self._closing.set()
        with self._lock:
            connection = self._connection
        if connection is not None:
            connection.close()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        tries = 0
        while not self._closing.is_set():
            try:
                for _ in self._messages():
                    tries = 0
            except VendorError as error:
                self._fall(error)
            if self._closing.wait(self._waits[min(tries, len(self._waits) - 1)]):
                return
            tries += 1

    def _fall(self, error: VendorError) -> None:
        if self._closing.is_set():
            return
        log.warning("the stream is broken: %s", error)
        with self._lock:
            self._failed, self._connection = error, None
        self.changed.set()

    def _messages(self) -> Iterator[None]:
        """Connect, log in, subscribe, and take in what comes until it ends: always with `VendorError`."""
        from websockets.exceptions import WebSocketException

        try:
            with closing(self._reached()) as plain, self._opened(plain) as connection:
                self._log_in(connection)
                with self._lock:
                    self._connection, wanted = connection, self._wanted
                self._subscribe(connection, wanted)
                while True:
                    self._take_in(self._heard(connection, None))
                    yield
        except TimeoutError:
            raise VendorError(NAME, "away", "the stream did not let us in") from None
        except (WebSocketException, OSError, EOFError, ValueError) as error:
            raise VendorError(NAME, "away", type(error).__name__) from None

    def _reached(self) -> socket.socket:
        """Connect to an address that was checked."""
        try:
            address = self._there.addresses(self._resolve)[0]
        except ConfigError as error:
            raise VendorError(NAME, "away", str(error)) from None
        return socket.create_connection((address, self._there.port), timeout=OPEN_SECONDS)

    def _opened(self, plain: socket.socket) -> "AbstractContextManager[ClientConnection]":
        """Shake hands under the name that the address was checked for."""
        from websockets.sync.client import connect

        there = self._there
        secure = there.scheme == "https"
        return connect(
            f"{'wss' if secure else 'ws'}://{there.host}:{there.port}{there.target}",
            sock=plain,
            server_hostname=there.host if secure else None,
            open_timeout=OPEN_SECONDS,
            close_timeout=1.0,
            ping_interval=ALIVE_SECONDS,
            ping_timeout=ALIVE_SECONDS,
            max_size=LARGEST_MESSAGE,
            proxy=None,
            logger=frames,
        )

    def _log_in(self, connection: "ClientConnection") -> None:
        connection.send(json.dumps({"action": "auth", "key": self._key_id, "secret": self._key.secret}))
        for _ in range(MESSAGES_TO_LOG_IN):
            for message in self._heard(connection, ANSWER_SECONDS):
                self._refuse_error(message)
                if message.get("T") == "success" and message.get("msg") == "authenticated":
                    return
        raise VendorError(NAME, "not_an_answer", "no word on whether the key is taken")

    def _subscribe(self, connection: "ClientConnection", names: Collection[str]) -> None:
        from websockets.exceptions import WebSocketException

        wanted = sorted(names)
        try:
            connection.send(json.dumps({"action": "subscribe", "trades": wanted, "dailyBars": wanted}))
        except (WebSocketException, OSError):
            log.info("a subscription met a closed stream; it is made again with the next")

    def _heard(self, connection: "ClientConnection", seconds: float | None) -> list[Mapping[str, Any]]:
        received = connection.recv(timeout=seconds)
        try:
            told = json.loads(received)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
            raise VendorError(NAME, "not_an_answer", "a message that is no list of objects")
        return told

    def _refuse_error(self, message: Mapping[str, Any]) -> None:
        if message.get("T") != "error":
            return
        code, said = message.get("code"), str(message.get("msg", ""))
        reason = REASONS.get(code, "refused") if isinstance(code, int) else "refused"
        raise VendorError(NAME, reason, redact(said, (self._key.secret, self._key_id))[:200])

    def _take_in(self, messages: Sequence[Mapping[str, Any]]) -> None:
        for message in messages:
            self._refuse_error(message)
        with self._lock:
            for message in messages:
                self._keep_newest(message)
        self.changed.set()

    def _keep_newest(self, message: Mapping[str, Any]) -> None:
        kind, name = message.get("T"), message.get("S")
        if kind == "subscription":
            self._failed = None
        if not isinstance(name, str) or name not in self._wanted:
            return
        newest = self._newest.setdefault(name, _Newest())
        if kind == "t":
            _trade(newest, name, message)
        elif kind == "d":
            at, volume = moment(message.get("t")), number(message.get("v"))
            if at is not None and volume is not None:
                newest.volume, newest.volume_day = volume, tick_day(at)
        elif kind == "x" and message.get("i") == newest.trade and newest.tick is not None:
            newest.tick, newest.trade = newest.before, None


def _trade(newest: _Newest, name: str, message: Mapping[str, Any]) -> None:
    """Keep a trade unless one is there that is later: they may come out of order."""
    at, price = moment(message.get("t")), number(message.get("p"))
    if at is None or price is None or (newest.tick is not None and at < newest.tick.at):
        return
    volume = newest.volume if newest.volume_day == tick_day(at) else None
    tick = Tick(ticker=name, at=at, price=price, volume=volume)
    if tick.is_sound:
        newest.before, newest.tick, newest.trade = newest.tick, tick, message.get("i")
