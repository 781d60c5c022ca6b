"""Live signals: every event once and in order, over reconnections; by server-sent events and by WebSocket."""

import json
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse
from itertools import count
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from db.accounts import Accounts
from db.engine import transaction
from db.events import Event, Events
from desk.owner import OwnerGate
from desk.web import event_tail, signal_socket
from fund.alert_rules import Severity
from support.chat_client import Visitor
from support.desk_records import NOW
from support.scripts import Script, a_script

pytest_plugins = ["support.api_desk"]

NUMBERS = count(1)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_tail, "TICK_SECONDS", 0.01)


def record(engine: Engine, kind: str = "news", severity: Severity = "info", how_many: int = 1) -> list[int]:
    """Record events and return their places."""
    made = [
        Event(
            event_id=f"made-{next(NUMBERS)}",
            at=NOW,
            kind=kind,
            severity=severity,
            text="an event\nof two lines",
        )
        for _ in range(how_many)
    ]
    with transaction(engine) as connection:
        Events(connection).append(made)
        latest = Events(connection).latest(limit=how_many)
    return [each.seq for each in latest][::-1]


class Stream:
    """An open stream of server-sent events, read block by block."""

    def __init__(self, script: Visitor, path: str = "/api/stream", **headers: str) -> None:
        self._connection = HTTPConnection(urlsplit(script.address).netloc, timeout=20)
        key = {"X-API-Key": script.key} if isinstance(script, Script) else {"Cookie": script.cookie_header}
        self._connection.request("GET", path, headers={**key, **headers})
        self.answer: HTTPResponse = self._connection.getresponse()
        assert self.answer.status == 200, self.answer.read()
        self.opening = self.block()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def block(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            found[name] = value
        return found

    def event(self) -> dict[str, Any]:
        block = self.block()
        while "data" not in block:
            block = self.block()
        event: dict[str, Any] = json.loads(block["data"])
        assert "event" in block or block["id"] == str(event["seq"])
        return event


def seqs(stream: Stream, how_many: int) -> list[int]:
    return [stream.event()["seq"] for _ in range(how_many)]


@pytest.fixture
def vera(address: str, engine: Engine) -> Script:
    return a_script(address, engine, "vera")


def test_events_are_told_as_they_are_recorded(vera: Script, engine: Engine) -> None:
    with Stream(vera) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert stream.answer.headers["cache-control"] == "no-store"
        assert "retry" in stream.opening
        places = record(engine, how_many=3)
        assert int(stream.opening["id"]) == places[0] - 1
        first = stream.event()
        assert (first["seq"], first["kind"], first["text"]) == (places[0], "news", "an event\nof two lines")
        assert seqs(stream, 2) == places[1:]
        assert seqs_after(record(engine), stream)


def seqs_after(places: Sequence[int], stream: Stream) -> bool:
    return seqs(stream, len(places)) == list(places)


def test_a_stream_goes_on_where_it_was_cut_without_loss_or_doubles(vera: Script, engine: Engine) -> None:
    heard: list[int] = []
    places = record(engine)
    last = str(places[0] - 1)
    for cut in (1, 3, 2, 5, 1, 4):
        places += record(engine, how_many=4)
        with Stream(vera, **{"Last-Event-ID": last}) as stream:
            heard += seqs(stream, min(cut, len(places) - len(heard)))
            last = str(heard[-1])
    with Stream(vera, f"/api/stream?after={last}") as stream:
        heard += seqs(stream, len(places) - len(heard))
    assert heard == places


def test_who_is_far_behind_reads_the_table_page_by_page(
    vera: Script, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_tail, "KEPT", 7)
    places = record(engine, how_many=40)
    with Stream(vera, f"/api/stream?after={places[0] - 1}") as stream:
        assert seqs(stream, 40) == places
        assert seqs_after(record(engine, how_many=3), stream)


def test_a_filter_lets_through_what_was_asked_for_and_the_place_moves_on(
    vera: Script, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_tail, "HEARTBEAT_TICKS", 3)
    with Stream(vera, "/api/stream?severity=warning&kind=fire&kind=flood") as stream:
        record(engine, "fire", "info")
        record(engine, "news", "critical")
        wanted = record(engine, "fire", "warning") + record(engine, "flood", "critical")
        assert seqs(stream, 2) == wanted
        unwanted = record(engine, "fire", "info")
        block = stream.block()
        while block.get("id") != str(unwanted[0]):
            assert "data" not in block
            block = stream.block()


def test_a_page_of_events_says_where_to_go_on(vera: Script, engine: Engine) -> None:
    places = record(engine, "page", how_many=5)
    assert [each["seq"] for each in vera.get("/api/events?limit=2").json()["events"]] == places[-2:]
    page = vera.get(f"/api/events?after={places[1]}&limit=2&kind=page").json()
    assert ([each["seq"] for each in page["events"]], page["last"]) == (places[2:4], places[-1])
    assert vera.get(f"/api/events?after={places[-1]}").json()["events"] == []
    assert vera.get("/api/events?severity=critical&kind=page").json()["events"] == []


@pytest.mark.parametrize(
    ("query", "given", "status"),
    [
        ("", "x", 400),
        ("", "-1", 400),
        ("", "\u00b2", 400),
        ("", "9" * 19, 422),
        ("", "99999999999", 409),
        ("?after=99999999999", None, 409),
        ("?after=-1", None, 422),
        ("?severity=loud", None, 422),
        ("?kind=" + "&kind=".join("abcdefghijklmnopqrstu"), None, 422),
        ("?begin=1", None, 422),
    ],
)
def test_a_place_that_cannot_be_is_refused(vera: Script, query: str, given: str | None, status: int) -> None:
    headers = {} if given is None else {"Last-Event-ID": given}
    answer = vera.get(f"/api/stream{query}", headers=headers)
    assert (answer.status, bool(answer.json()["error"])) == (status, True)


def test_a_key_that_is_revoked_ends_the_stream_with_a_reason(vera: Script, engine: Engine) -> None:
    with Stream(vera) as stream:
        revoke_all(engine, "vera")
        assert stream.event() == {"reason": "the account, the key or the session ended"}
        assert stream.answer.read().strip() == b""


def revoke_all(engine: Engine, account: str) -> None:
    with transaction(engine) as connection:
        accounts = Accounts(connection)
        for key in accounts.keys(account):
            accounts.revoke(key.key_id, now=NOW)


@pytest.mark.parametrize("scopes", [["metrics"], ["commands"], ["cycles"]])
def test_only_who_may_read_listens(address: str, engine: Engine, scopes: list[str]) -> None:
    script = a_script(address, engine, scopes=scopes)
    assert script.get("/api/stream").status == 403
    with socket_of(script) as socket:
        code, reason = ended(socket)
    assert (code, "'read'" in reason) == (4403, True)


def socket_of(script: Visitor, query: str = "", **headers: str) -> ClientConnection:
    key = {"X-API-Key": script.key} if isinstance(script, Script) else {}
    target = f"{script.address.replace('http', 'ws')}/api/ws{query}"
    return connect(target, additional_headers={**key, **headers}, open_timeout=20, proxy=None)


def message(socket: ClientConnection) -> dict[str, Any]:
    while True:
        said: dict[str, Any] = json.loads(socket.recv(timeout=20))
        if said["type"] != "heartbeat":
            return said


def ended(socket: ClientConnection) -> tuple[int, str]:
    """Read a socket to its end and return code and reason."""
    with suppress(ConnectionClosed):
        while True:
            socket.recv(timeout=20)
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


def test_a_socket_tells_what_the_stream_tells(vera: Script, engine: Engine) -> None:
    before = record(engine, how_many=2)
    with socket_of(vera, f"?after={before[0]}") as socket, Stream(vera) as stream:
        assert message(socket) == {"type": "hello", "seq": before[0]}
        assert message(socket)["seq"] == before[1]
        record(engine, "both", "warning", how_many=2)
        for _ in range(2):
            assert message(socket) == {"type": "event", **stream.event()}


def test_a_key_may_come_as_the_first_message(address: str, vera: Script, engine: Engine) -> None:
    with socket_of(Visitor(address), "?severity=critical") as socket:
        socket.send(json.dumps({"key": vera.key}))
        assert message(socket)["type"] == "hello"
        record(engine, "quiet", "info")
        loud = record(engine, "loud", "critical")
        assert message(socket)["seq"] == loud[0]
        revoke_all(engine, "vera")
        assert ended(socket) == (4401, "the account, the key or the session ended")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "x",
        "[]",
        '{"key": 1}',
        '{"key": "desk_' + "x" * 43 + '"}',
        "[" * 900,
        "x" * 2000,
        b"\x00\xff",
        '{"key": "\\ud800"}',
    ],
)
def test_a_first_message_without_a_key_that_holds_closes_the_socket(address: str, said: str | bytes) -> None:
    with socket_of(Visitor(address)) as socket:
        socket.send(said)
        assert ended(socket)[0] == 4401


def test_who_says_nothing_is_not_waited_for_forever(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal_socket, "FIRST_MESSAGE_SECONDS", 0.05)
    with socket_of(Visitor(address)) as socket:
        assert ended(socket)[0] == 4401


def test_only_so_many_wait_without_a_key(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal_socket, "MOST_UNKNOWN", 0)
    with socket_of(Visitor(address)) as socket:
        assert ended(socket)[0] == 4429


def test_a_browser_listens_from_the_desks_own_pages_only(address: str, gate: OwnerGate) -> None:
    browser = Visitor(address).enter(gate)
    cookie = {"Cookie": browser.cookie_header}
    with socket_of(browser, Origin=address, **cookie) as socket:
        assert message(socket)["type"] == "hello"
    with socket_of(browser, **cookie) as socket:
        assert ended(socket)[0] == 4403
    for foreign in ("http://evil.example", "null", f"{address}.evil.example"):
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            socket_of(browser, Origin=foreign, **cookie).recv(timeout=20)


def test_a_socket_only_tells(vera: Script) -> None:
    with socket_of(vera) as socket:
        message(socket)
        socket.send("pause")
        assert ended(socket) == (4400, "this socket only tells; ask over HTTP")


@pytest.mark.parametrize("query", ["?after=x", "?after=-1", "?severity=loud", "?x=1", "?after=99999999999"])
def test_a_socket_with_a_query_that_makes_no_sense_says_what_is_wrong(vera: Script, query: str) -> None:
    with socket_of(vera, query) as socket:
        code, reason = ended(socket)
    assert (code, bool(reason)) == (4400, True)


def test_streams_and_sockets_share_the_places_of_their_user(
    address: str, engine: Engine, vera: Script
) -> None:
    other = a_script(address, engine, "otto")
    with Stream(vera), Stream(vera), Stream(vera), socket_of(vera) as socket, socket_of(vera) as second:
        message(socket)
        message(second)
        refused = vera.get("/api/stream")
        assert (refused.status, refused.headers["retry-after"]) == (429, "30")
        with socket_of(vera) as third:
            assert ended(third) == (4429, "too many streams are open; close one")
        with Stream(other):
            pass
        socket.close()
        record(engine)
        assert message(second)["type"] == "event"
        with socket_of(vera) as third:
            assert message(third)["type"] == "hello"


def test_a_database_that_is_away_for_a_moment_ends_no_stream(
    vera: Script, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, refused = event_tail._page, iter((True, True, False))

    def away(connection: Connection, after: int) -> Any:
        if next(refused, False):
            raise OperationalError("SELECT", {}, Exception("the server went away"))
        return read(connection, after)

    with Stream(vera) as stream:
        monkeypatch.setattr(event_tail, "_page", away)
        assert seqs_after(record(engine, how_many=2), stream)
        assert next(refused, "used up") == "used up"
