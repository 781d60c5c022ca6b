"""A loopback server that speaks the wire formats of both providers, one scripted reply a request."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, TypeVar

INPUT_TOKENS, OUTPUT_TOKENS = 321, 45


@dataclass(frozen=True, slots=True, kw_only=True)
class WireReply:
    """What goes back: a status, headers and a body; a stalled one is held until the server closes."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    stalled: bool = False


@dataclass(frozen=True, slots=True)
class WireRequest:
    """What came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class WireStub:
    """The server's script and what it heard."""

    def __init__(self, *replies: WireReply) -> None:
        self.replies = list(replies)
        self.heard: list[WireRequest] = []
        self.closing = threading.Event()
        self.url = ""

    def answer(self, request: WireRequest) -> WireReply:
        self.heard.append(request)
        turn = len(self.heard) - 1
        return self.replies[turn] if turn < len(self.replies) else error(500, "the script has run out")


Stub = TypeVar("Stub", bound=WireStub)


@contextmanager
def wire(*replies: WireReply) -> Iterator[WireStub]:
    """Serve a script on a free loopback port; closes every thread and socket at the end."""
    with serving(WireStub(*replies)) as stub:
        yield stub


@contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    """Serve a stub that answers in its own way."""
    handler = type("Handler", (_Handler,), {"stub": stub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stub
    finally:
        stub.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    stub: ClassVar[WireStub]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        body = json.loads(self.rfile.read(length) or b"{}")
        headers = {key.lower(): value for key, value in self.headers.items()}
        reply = self.stub.answer(WireRequest(self.path, headers, body))
        if reply.stalled:
            self.stub.closing.wait()
            self.close_connection = True
            return
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


def said(provider: str, text: str) -> WireReply:
    """Return a written answer in a provider's format."""
    if provider == "anthropic":
        return _anthropic([{"type": "text", "text": text}], "end_turn")
    return _openai({"role": "assistant", "content": text, "refusal": None}, "stop")


def called(provider: str, *arguments: str) -> WireReply:
    """Return calls of the answer tool; OpenAI's arguments travel as written, Anthropic's as objects."""
    if provider == "anthropic":
        blocks = [
            {"type": "tool_use", "id": f"toolu_{n}", "name": "answer", "input": json.loads(text)}
            for n, text in enumerate(arguments)
        ]
        return _anthropic(blocks, "tool_use")
    calls = [
        {"id": f"call_{n}", "type": "function", "function": {"name": "answer", "arguments": text}}
        for n, text in enumerate(arguments)
    ]
    return _openai({"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls")


def cut_off(provider: str, text: str) -> WireReply:
    """Return an answer that ran into its token limit."""
    if provider == "anthropic":
        return _anthropic([{"type": "text", "text": text}], "max_tokens")
    return _openai({"role": "assistant", "content": text, "refusal": None}, "length")


def error(status: int, message: str = "refused", **headers: str) -> WireReply:
    """Return an error in the shape both providers share."""
    body = {"type": "error", "error": {"type": "api_error", "message": message}}
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return WireReply(status=status, body=json.dumps(body).encode(), headers=named)


def page(status: int = 200) -> WireReply:
    """Return an HTML page where an answer was expected, as a captive portal would."""
    return WireReply(status=status, body=b"<html><body>Please log in</body></html>", content_type="text/html")


def stalled() -> WireReply:
    """Return a reply that never comes."""
    return WireReply(stalled=True)


def _anthropic(content: list[dict[str, Any]], stop_reason: str) -> WireReply:
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS},
    }
    return WireReply(body=json.dumps(body).encode())


def _openai(message: dict[str, Any], finish_reason: str) -> WireReply:
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-5.1",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": message}],
        "usage": {
            "prompt_tokens": INPUT_TOKENS,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
        },
    }
    return WireReply(body=json.dumps(body).encode())
