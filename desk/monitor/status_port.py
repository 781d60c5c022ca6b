"""The monitor's counters for Prometheus and its health, on a port of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

from desk.monitor.courier import Courier
from desk.monitor.patrol import Patrol
from fund.errors import ConfigError
from fund.watching.watch import Watch

PREFIX = "conclave_monitor"
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Status:
    """What can be asked of a running monitor."""

    def __init__(self, patrol: Patrol, watch: Watch, courier: Courier) -> None:
        self._patrol = patrol
        self._watch = watch
        self._courier = courier

    def health(self) -> tuple[bool, str]:
        """Return whether all is in order, and the same as JSON."""
        problems = self._patrol.problems()
        return not problems, json.dumps({"ok": not problems, "problems": problems})

    def metrics(self) -> str:
        """Return the counters in Prometheus' text format."""
        counts, watch = self._patrol.counts, self._watch
        lines = list(_lines("looks_total", "counter", {"": counts.looks}))
        lines += _lines("source_failures_total", "counter", {"": counts.source_failures})
        lines += _lines("ticks_total", "counter", {"": counts.ticks})
        lines += _lines("ticks_believed_total", "counter", {"": watch.believed})
        refused = {f'reason="{reason}"': count for reason, count in sorted(watch.refused.items())}
        lines += _lines("ticks_refused_total", "counter", refused)
        told = {f'kind="{kind}"': count for kind, count in sorted(counts.triggers.items())}
        lines += _lines("triggers_total", "counter", told)
        outcomes = {
            'outcome="accepted"': counts.accepted,
            'outcome="refused"': counts.refused,
            'outcome="lost"': counts.lost,
        }
        lines += _lines("submissions_total", "counter", outcomes)
        lines += _lines("submissions_retried_total", "counter", {"": counts.retried})
        lines += _lines("submissions_waiting", "gauge", {"": self._courier.waiting})
        lines += _lines("tickers_watched", "gauge", {"": len(watch.tickers)})
        lines += _lines("healthy", "gauge", {"": int(self.health()[0])})
        return "\n".join(lines) + "\n"


@contextmanager
def served(status: Status, host: str, port: int | None) -> Iterator[int]:
    """Serve a status while the context lasts, and give the port, 0 for none; 0 asks for any free one."""
    if port is None:
        yield 0
        return
    answering = type("Answering", (_Answering,), {"status": status})
    try:
        server = ThreadingHTTPServer((host, port), answering)
    except OSError as error:
        raise ConfigError(
            f"DESK_HOST {host}, DESK_MONITOR__PORT {port}: the address cannot be used ({error.strerror}); "
            "choose another port"
        ) from None
    server.daemon_threads = True
    thread = Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="monitor-status", daemon=True
    )
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Answering(BaseHTTPRequestHandler):
    status: ClassVar[Status]
    timeout = 5.0

    def do_GET(self) -> None:
        """Answer with the counters, the health, or nothing."""
        if self.path == "/metrics":
            self._answer(200, TEXT, self.status.metrics())
        elif self.path == "/healthz":
            ok, said = self.status.health()
            self._answer(200 if ok else 503, "application/json", said)
        else:
            self._answer(404, "text/plain; charset=utf-8", "There are /metrics and /healthz.\n")

    def log_message(self, *arguments: object) -> None:
        """Say nothing: it is asked every few seconds."""

    def _answer(self, code: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def _lines(name: str, kind: str, values: dict[str, int]) -> Iterator[str]:
    """Yield a metric with its labels, written as `name="value"`."""
    yield f"# TYPE {PREFIX}_{name} {kind}"
    for labels, value in values.items():
        yield f"{PREFIX}_{name}{{{labels}}} {value}" if labels else f"{PREFIX}_{name} {value}"
