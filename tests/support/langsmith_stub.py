"""A loopback server in the shapes of LangSmith's API: what it was sent, and refusals on demand.

Shapes as the LangSmith SDK (0.14) sends and reads them, and as its API reference tells them: GET and POST
/datasets and /sessions, POST /examples/bulk, POST /runs/multipart.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from support.wire_stub import WireReply

KEY = "the-key-of-the-langsmith-stub"
Body = dict[str, Any]


def told(body: object, status: int = 200, **headers: str) -> WireReply:
    """Return a reply in JSON."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return WireReply(status=status, body=json.dumps(body).encode(), headers=named)


@dataclass
class LangSmithStub:
    """What has arrived, by its id; `refusals` are given out first, one a request."""

    datasets: dict[str, Body] = field(default_factory=dict)
    sessions: dict[str, Body] = field(default_factory=dict)
    examples: dict[str, Body] = field(default_factory=dict)
    runs: dict[str, Body] = field(default_factory=dict)
    feedback: dict[str, Body] = field(default_factory=dict)
    refusals: list[WireReply] = field(default_factory=list)
    refuses: str = ""
    """The path whose requests are refused; empty for any."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request."""
    sent: list[bytes] = field(default_factory=list)
    """The body of every request."""
    url: str = ""

    def everything(self) -> str:
        """Return all that was ever sent, as one text."""
        return b"\n".join(self.sent).decode()

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> WireReply:
        parts = urlsplit(target)
        self.asked.append((method, parts.path))
        self.sent.append(body)
        if self.refusals and self.refuses in ("", parts.path):
            return self.refusals.pop(0)
        if headers.get("x-api-key") != KEY:
            return told({"error": "Unauthorized"}, 401)
        if method == "GET":
            return self._found(parts.path, dict(parse_qsl(parts.query))["name"])
        taken = {
            "/datasets": self._new_dataset,
            "/sessions": self._new_session,
            "/examples/bulk": self._new_examples,
        }
        if parts.path == "/runs/multipart":
            return self._ingested(headers["content-type"], body)
        return (
            taken[parts.path](json.loads(body)) if parts.path in taken else told({"detail": "Not Found"}, 404)
        )

    def _found(self, path: str, name: str) -> WireReply:
        kept = {"/datasets": self.datasets, "/sessions": self.sessions}[path]
        counts = {dataset_id: 0 for dataset_id in self.datasets}
        for each in self.examples.values():
            counts[each["dataset_id"]] += 1
        return told(
            [
                {**each, "example_count": counts.get(each["id"], 0)}
                for each in kept.values()
                if each["name"] == name
            ]
        )

    def _new_dataset(self, body: Body) -> WireReply:
        if any(each["name"] == body["name"] for each in self.datasets.values()):
            return told({"detail": "Dataset with this name already exists."}, 409)
        made = {**body, "id": str(uuid4())}
        self.datasets[made["id"]] = made
        return told(made)

    def _new_session(self, body: Body) -> WireReply:
        if any(each["name"] == body["name"] for each in self.sessions.values()):
            return told({"detail": "Session already exists."}, 409)
        assert body["reference_dataset_id"] in self.datasets
        self.sessions[body["id"]] = body
        return told(body)

    def _new_examples(self, bodies: list[Body]) -> WireReply:
        if any(body["id"] in self.examples for body in bodies):
            return told({"detail": "Example already exists."}, 409)
        self.examples.update({body["id"]: body for body in bodies})
        return told(bodies)

    def _ingested(self, content_type: str, body: bytes) -> WireReply:
        """Take runs and feedback, all or none; a run that came before is a conflict, as it is there."""
        runs: dict[str, Body] = {}
        feedback: dict[str, Body] = {}
        for name, value in _parts(content_type, body):
            event, own_id, *rest = name.split(".")
            if event == "feedback":
                feedback[own_id] = value
            elif rest:
                runs[own_id][rest[0]] = value
            else:
                runs[own_id] = value
        if runs.keys() & self.runs.keys():
            return told({"error": "Conflict: payload already received: payloads already received"}, 409)
        for run in runs.values():
            assert run["dotted_order"].endswith(run["id"])
            assert run["session_id"] in self.sessions
        self.runs.update(runs)
        self.feedback.update(feedback)
        return told({"message": "Runs batch ingested"}, 202)


def _parts(content_type: str, body: bytes) -> Iterator[tuple[str, Any]]:
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    )
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert part["content-type"] == "application/json"
        assert int(part["content-length"]) == len(content)
        yield str(part.get_param("name", header="content-disposition")), json.loads(content)


@contextmanager
def langsmith() -> Iterator[LangSmithStub]:
    """Serve a stub on a free loopback port; closes every thread and socket at the end."""
    stub = LangSmithStub()
    handler = type("Handler", (_Handler,), {"stub": stub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    stub: ClassVar[LangSmithStub]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {key.lower(): value for key, value in self.headers.items()}
        reply = self.stub.answer(self.command, self.path, headers, body)
        self.send_response(reply.status)
        for key, value in {"content-type": reply.content_type, **reply.headers}.items():
            self.send_header(key, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *args: object) -> None:
        return None
