"""The guard in front of every route: which hosts and origins come in, and what every answer carries."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.web.guard import LOOPBACK_HOSTS, Message, Receive, Scope, Send, WebGuard, chat_policy

STRICT = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
SCRIPT = "'sha256-abc'"
Pairs = Iterable[tuple[str, str]]


class House:
    """An app behind the guard that notes who reached it and answers with given headers."""

    def __init__(self, *, hosts: Iterable[str] = LOOPBACK_HOSTS, headers: Pairs = ()) -> None:
        self.visits = 0
        self.heard = 0
        self._headers = [(name.encode(), value.encode()) for name, value in headers]
        self._guard = WebGuard(self._app, hosts=hosts, chat_path="/chat", chat_scripts=[SCRIPT])

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.visits += 1
        if scope["type"] == "http":
            start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": self._headers}
            if not self._headers:
                del start["headers"]
            await send(start)
            await send({"type": "http.response.body", "body": b"inside"})
        elif scope["type"] == "websocket":
            await send({"type": "websocket.accept"})

    def visit(
        self, path: str = "/", *, kind: str = "http", method: str = "GET", **headers: str
    ) -> list[Message]:
        """Send one request, from this machine's own name unless told otherwise; return what was sent back."""
        given = {"host": "127.0.0.1:8000"} | headers
        scope = {
            "type": kind,
            "method": method,
            "path": path,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            self.heard += 1
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            sent.append(message)

        asyncio.run(self._guard(scope, receive, send))
        return sent


def headers_of(sent: list[Message]) -> Mapping[str, str]:
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def came_in(**request: Any) -> bool:
    house = House()
    house.visit(**request)
    return house.visits == 1


OWN = ["127.0.0.1", "127.0.0.1:8000", "localhost", "LOCALHOST:80", "LocalHost", "[::1]", "[::1]:8000"]
FOREIGN = [
    "",
    ":8000",
    "evil.example",
    "localhost.evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "127.0.0.2",
    "0.0.0.0",
    "2130706433",
    "0x7f.1",
    "[::1",
    "::1",
    "[::ffff:127.0.0.1]",
    "localhost.",
    "localhost,evil.example",
    "evil.example/localhost",
    "evil.example#localhost",
]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("host", OWN)
def test_this_machines_own_names_come_in(kind: str, host: str) -> None:
    assert came_in(kind=kind, host=host)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("host", FOREIGN)
def test_no_other_name_comes_in(kind: str, host: str) -> None:
    assert not came_in(kind=kind, host=host)


@given(st.text(st.characters(codec="latin-1", exclude_characters="\x00")))
def test_no_host_header_breaks_the_guard(host: str) -> None:
    house = House()
    (start, *_) = house.visit(host=host)
    assert start["status"] == (200 if house.visits else 421)


@pytest.mark.parametrize(
    ("host", "path", "reached"),
    [
        ("Desk.Example", "/", 1),
        ("desk.example:443", "/", 1),
        ("www.desk.example", "/", 0),
        ("localhost", "/", 0),
    ],
)
def test_only_the_names_it_was_given_are_its_own(host: str, path: str, reached: int) -> None:
    house = House(hosts=["DESK.example"])
    house.visit(path, host=host)
    assert house.visits == reached


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        ("http://127.0.0.1:8000", True),
        ("https://127.0.0.1:8000", True),
        ("HTTP://127.0.0.1:8000", True),
        ("http://127.0.0.1", False),
        ("http://127.0.0.1:8001", False),
        ("http://localhost:8000", False),
        ("http://evil.example", False),
        ("http://127.0.0.1:8000.evil.example", False),
        ("http://127.0.0.1:8000@evil.example", False),
        ("http://evil.example@127.0.0.1:8000", False),
        ("http://[", False),
        ("null", False),
        ("", False),
        ("file://", False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "websocket"])
def test_what_changes_something_comes_from_the_desks_own_page(
    method: str, origin: str, welcome: bool
) -> None:
    request = {"kind": "websocket"} if method == "websocket" else {"method": method}
    assert came_in(**request, origin=origin) == welcome


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_program_that_states_no_origin_comes_in(method: str) -> None:
    assert came_in(method=method)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_from_another_page_changes_nothing_and_is_let_in(method: str) -> None:
    assert came_in(method=method, origin="http://evil.example")


def test_the_own_page_is_known_whatever_the_case_of_its_name() -> None:
    assert came_in(method="POST", host="LocalHost:8000", origin="http://localhost:8000")
    assert came_in(method="POST", host="localhost:8000", origin="http://LOCALHOST:8000")


def test_a_refused_request_is_told_in_one_sentence_with_the_same_headers() -> None:
    for status, request in ((421, {"host": "evil.example"}), (403, {"method": "POST", "origin": "null"})):
        start, body = House().visit(**request)  # type: ignore[arg-type]
        assert start["status"] == status
        assert body["body"].decode().endswith(".\n")
        assert headers_of([start]).items() >= STRICT.items()
        assert "evil" not in body["body"].decode()


def test_a_refused_socket_is_closed_before_it_was_opened() -> None:
    house = House()
    assert house.visit(kind="websocket", origin="http://evil.example") == [
        {"type": "websocket.close", "code": 1008}
    ]
    assert house.heard == 1, "a close may only answer the request to open"


def test_a_welcome_socket_is_passed_on_untouched() -> None:
    assert House().visit(kind="websocket") == [{"type": "websocket.accept"}]


def test_the_start_and_the_end_of_the_server_are_passed_on() -> None:
    assert came_in(kind="lifespan", host="evil.example")


PATHS = ["/", "/enter", "/healthz", "/elements/x", "/nowhere", "/chat", "/chat/", "/chat/ws/socket.io/"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_strict(path: str) -> None:
    found = headers_of(House().visit(path))
    assert found.items() >= STRICT.items()
    assert all(f"{name}=()" in found["permissions-policy"] for name in ("camera", "microphone", "payment"))
    assert found["content-security-policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in found["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "is_chat"),
    [
        ("/chat", True),
        ("/chat/", True),
        ("/chat/login", True),
        ("/chatter", False),
        ("/", False),
        ("/a/chat/", False),
    ],
)
def test_scripts_run_on_the_chat_page_only(path: str, is_chat: bool) -> None:
    policy = headers_of(House().visit(path))["content-security-policy"]
    assert (f"script-src 'self' {SCRIPT}" in policy) == is_chat
    assert ("script-src" in policy) == is_chat


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "text/html"])
def test_pages_and_data_are_not_stored_by_the_browser(kind: str) -> None:
    assert headers_of(House(headers=[("content-type", kind)]).visit())["cache-control"] == "no-store"


@pytest.mark.parametrize("kind", ["text/css", "image/svg+xml", "text/plain"])
def test_files_may_be_stored(kind: str) -> None:
    assert "cache-control" not in headers_of(House(headers=[("content-type", kind)]).visit())


def test_the_pages_own_scripts_are_fetched_once_because_their_names_change_with_their_contents() -> None:
    script = House(headers=[("content-type", "text/javascript")])
    assert "immutable" in headers_of(script.visit("/chat/assets/index-B2u6.js"))["cache-control"]
    assert "cache-control" not in headers_of(script.visit("/public/page.js"))


def test_what_a_route_has_said_itself_is_not_said_twice() -> None:
    own = [
        ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ("content-type", "application/json"),
        ("cache-control", "private"),
    ]
    start, _ = House(headers=own).visit()
    names = [name.decode().lower() for name, _ in start["headers"]]
    assert len(names) == len(set(names))
    assert headers_of([start])["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers_of([start])["cache-control"] == "private"


def test_two_cookies_stay_two() -> None:
    start, _ = House(headers=[("set-cookie", "a=1"), ("set-cookie", "b=2")]).visit()
    assert [value for name, value in start["headers"] if name == b"set-cookie"] == [b"a=1", b"b=2"]


def test_the_body_is_passed_on_as_it_is() -> None:
    assert House().visit()[1:] == [{"type": "http.response.body", "body": b"inside"}]


@pytest.mark.parametrize("scripts", [[], ["'sha256-a'", "'sha256-b'"]])
def test_the_chats_policy_opens_nothing_but_itself(scripts: list[str]) -> None:
    rules = dict(rule.split(" ", 1) for rule in chat_policy(scripts).split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == " ".join(("'self'", *scripts, "'unsafe-eval'"))
    assert rules["connect-src"] == rules["form-action"] == rules["manifest-src"] == "'self'"
    assert {source for rule in rules.values() for source in rule.split()} - set(scripts) == {
        "'none'",
        "'self'",
        "'unsafe-inline'",
        "'unsafe-eval'",
        "data:",
        "blob:",
    }
    assert [name for name, rule in rules.items() if "unsafe-inline" in rule] == ["style-src"]
    assert [name for name, rule in rules.items() if "unsafe-eval" in rule] == ["script-src"]
    assert [name for name, rule in rules.items() if "data:" in rule] == ["img-src", "font-src"]
