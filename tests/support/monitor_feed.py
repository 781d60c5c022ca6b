"""A vendor of ticks and a desk in a process of their own, so that a monitor's processor time is its own.

Run as `python -m support.monitor_feed BEGUN SHIFT_SECONDS TICKERS`; prints its port. GET /ticks?tickers=
answers with the newest tick of each; every ticker trades once a second, at its own part of it. POST
/api/cycles is a desk that accepts; GET /received says what came when, in Unix seconds.

Every second after the first five one ticker jumps by six percent and another begins to slide, one percent a
second.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from fund.clock import SystemClock
from support.checkout import ROOT

QUIET_SECONDS = 5
JUMP = 94.0
SLIDE_SECONDS = 6
STRIDE = 37
"""Shares no factor with the number of tickers."""


class Tape:
    """What every ticker trades at, as a pure function of the second."""

    def __init__(self, begun: float, tickers: int) -> None:
        self.begun = begun
        self.names = [f"T{n:03}" for n in range(tickers)]

    def second_of(self, place: int, now: float) -> int:
        """Return how many times a ticker has traded before its newest tick."""
        return int(now - self.begun - place / len(self.names))

    def at(self, place: int, second: int) -> float:
        """Return when a ticker's tick of a second was traded, Unix time."""
        return self.begun + second + place / len(self.names)

    def turn(self, place: int) -> int:
        """Return when its turn is: who moves one after another trades at different parts of the second."""
        return place * STRIDE % len(self.names)

    def is_jump(self, place: int) -> bool:
        """Return whether it jumps; the others slide."""
        return self.turn(place) % 2 == 0

    def price(self, place: int, second: int) -> float:
        """Return the price of a ticker's tick of a second."""
        begins = QUIET_SECONDS + self.turn(place) // 2
        if second < begins:
            return 100.0 + (second % 3) / 100
        return JUMP if self.is_jump(place) else 100.0 - min(second - begins + 1, SLIDE_SECONDS)

    def crossed_at(self, name: str) -> float:
        """Return when a ticker's first price five percent or more down was traded."""
        place = self.names.index(name)
        begins = QUIET_SECONDS + self.turn(place) // 2
        return self.at(place, begins if self.is_jump(place) else begins + 4)

    def row(self, place: int, now: float) -> dict[str, Any]:
        """Return a ticker's newest tick as JSON has it."""
        second = self.second_of(place, now)
        moment = datetime.fromtimestamp(self.at(place, second), UTC).isoformat()
        price, volume = self.price(place, second), 1000.0 * second
        return {"ticker": self.names[place], "at": moment, "price": price, "volume": volume}


class _Answering(BaseHTTPRequestHandler):
    tape: ClassVar[Tape]
    shift: ClassVar[float]
    received: ClassVar[list[tuple[float, list[str]]]] = []
    protocol_version = "HTTP/1.1"

    @property
    def now(self) -> float:
        return SystemClock().now().timestamp() + self.shift

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/received":
            self._answer(200, self.received)
            return
        now = self.now
        asked = set(parse_qs(parts.query)["tickers"][0].split(","))
        rows = [self.tape.row(n, now) for n, name in enumerate(self.tape.names) if name in asked]
        self._answer(200, {"ticks": rows})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.received.append((self.now, body["tickers"]))
        self._answer(202, {"cycle_id": f"event-{len(self.received)}", "status": "accepted"})

    def log_message(self, *arguments: object) -> None:
        return None

    def _answer(self, status: int, told: object) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def monitor_feed(begun: float, shift: float, tickers: int) -> Iterator[str]:
    """Start the process and give its address; it is ended with the context."""
    process = subprocess.Popen(
        [sys.executable, "-m", "support.monitor_feed", str(begun), str(shift), str(tickers)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},  # noqa: TID251
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


def main(begun: str, shift: str, tickers: str) -> None:
    _Answering.tape, _Answering.shift = Tape(float(begun), int(tickers)), float(shift)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    print(server.server_port, flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
