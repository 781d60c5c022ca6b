"""A chat page without a browser: a served app, its HTTP side and a socket that remembers what it was sent."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from http.client import HTTPConnection
from typing import Any, Self
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import socketio
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

from db.accounts import Accounts
from db.engine import transaction
from desk.chat.mount import prepare_chainlit
from desk.owner import OwnerGate
from desk.setting_groups import Access

PATIENCE_SECONDS = 20.0
PASSWORD = "correct horse battery"
UNHURRIED = Access(chat_per_minute=10_000)
"""Settings under which a test may ask as fast as it can."""

prepare_chainlit("a secret for tests that is long enough")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@contextmanager
def serving(app: FastAPI, *, grace_seconds: float = PATIENCE_SECONDS) -> Iterator[str]:
    """Serve an app on a free loopback port; yields its address.

    A turn ends with its answer or when its grace is over: on a busy machine a quick answer takes its time.
    """
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1, ws="websockets-sansio")
    server = uvicorn.Server(config)
    ready = threading.Event()
    original = server.startup

    async def startup(*arguments: Any, **options: Any) -> None:
        await original(*arguments, **options)
        ready.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        assert ready.wait(PATIENCE_SECONDS), "the server did not start"
        with patch("desk.chat.runs.GRACE_SECONDS", grace_seconds):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        listener.close()
        assert not thread.is_alive(), "the server did not stop"


class Visitor:
    """The HTTP side of a browser: follows nothing, keeps its cookies."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies: dict[str, str] = {}

    def ask(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        payload: object = None,
        raw: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = self.cookie_header
        body = raw
        if form is not None:
            body, sent["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        elif payload is not None:
            body, sent["Content-Type"] = json.dumps(payload), "application/json"
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body=body, headers=sent)
            found = connection.getresponse()
            answer = Answer(found.status, found.headers, found.read())
        finally:
            connection.close()
        for cookie in answer.headers.get_all("set-cookie") or []:
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        return self.ask("GET", path, **options)

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def enter(self, gate: OwnerGate) -> Self:
        """Follow the entry link, without going where it leads."""
        link = urlsplit(gate.entry_link(self.address))
        assert self.get(f"{link.path}?{link.query}").status == 303
        return self

    def log_in(self, password: str, *, name: str = "owner") -> Answer:
        return self.ask("POST", "/chat/login", form={"username": name, "password": password})


def another_visitor(address: str, engine: Engine, *, name: str = "stranger") -> Visitor:
    """Return a viewer with an account of their own, logged in."""
    with transaction(engine) as connection:
        if Accounts(connection).get(name) is None:
            Accounts(connection).add(name, "viewer", PASSWORD, now=datetime(2026, 1, 1, tzinfo=UTC))
    visitor = Visitor(address)
    assert visitor.log_in(PASSWORD, name=name).status == 200
    return visitor


class ChatClient:
    """One tab on the chat page: asks, clicks, waits, and remembers every step, element and button."""

    def __init__(self, visitor: Visitor, *, thread_id: str = "") -> None:
        self.visitor = visitor
        self.session_id = str(uuid4())
        self.thread_id = thread_id
        self.steps: dict[str, dict[str, Any]] = {}
        self.elements: dict[str, dict[str, Any]] = {}
        self.actions: dict[str, dict[str, Any]] = {}
        self.resumed: dict[str, Any] | None = None
        self.turns_ended = 0
        self.streamed: list[str] = []
        self.told: dict[str, Any] = {}
        """What else the page was sent, by its kind: the newest of each."""
        self._loop = asyncio.new_event_loop()
        self._socket = socketio.AsyncClient(reconnection=False)
        self._changed = asyncio.Condition()
        self._socket.on("*", self._on_event)

    def __enter__(self) -> Self:
        try:
            self._run(self._connect(self._socket))
            self._run(self._socket.emit("connection_successful"))
            return self.wait(lambda: self.turns_ended == 2)
        except BaseException:
            self._close()
            raise

    def __exit__(self, *_: object) -> None:
        self._close()

    def come_and_go(self) -> Self:
        """Connect as a page does that connects twice, and be gone before the desk has answered."""

        async def coming() -> None:
            socket = socketio.AsyncClient(reconnection=False)
            await self._connect(socket)
            await socket.shutdown()

        self._run(coming())
        return self

    async def _connect(self, socket: socketio.AsyncClient) -> None:
        await socket.connect(
            self.visitor.address,
            headers={"Cookie": self.visitor.cookie_header},
            auth={
                "sessionId": self.session_id,
                "clientType": "webapp",
                "threadId": self.thread_id,
                "userEnv": "{}",
                "chatProfile": "",
            },
            transports=["websocket"],
            socketio_path="/chat/ws/socket.io",
            wait_timeout=10,
        )

    def _close(self) -> None:
        self._run(self._socket.shutdown())
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
            with suppress(asyncio.CancelledError):
                self._run(task)
        self._run(self._loop.shutdown_asyncgens())
        self._run(self._loop.shutdown_default_executor())
        self._loop.close()

    def ask(self, question: str, *, command: str | None = None) -> Self:
        """Send a question and wait until its turn has ended and its thread has begun."""
        before = self.turns_ended
        self.send_as(str(uuid4()), question, command=command)
        return self.wait(lambda: self.turns_ended > before and self.thread_id)

    def send(self, question: str) -> None:
        """Send a question and do not wait."""
        self.send_as(str(uuid4()), question)

    def send_as(self, message_id: str, question: str, *, command: str | None = None) -> None:
        """Send a question under an id of one's own choice."""
        message = {
            "id": message_id,
            "threadId": "",
            "name": "owner",
            "type": "user_message",
            "output": question,
            "createdAt": "2026-01-01T00:00:00Z",
            "metadata": {},
            "command": command,
        }
        self._run(self._socket.emit("client_message", {"message": message, "fileReferences": None}))

    def choose(self, settings: Mapping[str, str]) -> None:
        """Confirm the page's settings, and wait until the desk has taken them."""
        self._run(self._socket.call("chat_settings_change", dict(settings)))

    def stop(self) -> None:
        """Press the stop button."""
        self._run(self._socket.emit("stop"))

    def click(self, action_id: str) -> Answer:
        """Press a button of a message."""
        return self.press(self.actions[action_id])

    def press(self, action: Mapping[str, Any]) -> Answer:
        """Press a button as it was once shown."""
        payload = {"action": dict(action), "sessionId": self.session_id}
        work = asyncio.to_thread(self.visitor.ask, "POST", "/chat/project/action", payload=payload)
        return self._run(work)

    def wait(self, until: Callable[[], object]) -> Self:
        """Wait until something holds of what was sent so far."""

        async def waiting() -> None:
            async with self._changed:
                await self._changed.wait_for(until)

        self._run(asyncio.wait_for(waiting(), PATIENCE_SECONDS))
        return self

    def wait_until_closed(self) -> None:
        """Wait until the desk has ended the connection."""
        self._run(asyncio.wait_for(self._socket.wait(), PATIENCE_SECONDS))

    def messages(self) -> list[str]:
        """What the desk said, in order."""
        return [step["output"] for step in self.steps.values() if step["type"] == "assistant_message"]

    def step(self, beginning: str) -> dict[str, Any]:
        """The one step whose name begins so."""
        (found,) = [step for step in self.steps.values() if step["name"].startswith(beginning)]
        return found

    def fetch(self, kind: str) -> Answer:
        """Fetch the newest element of a kind, as the page does."""
        newest = [element for element in self.elements.values() if element["type"] == kind][-1]
        return self.visitor.get(newest["url"])

    def _run(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    async def _on_event(self, event: str, *arguments: Any) -> None:
        async with self._changed:
            self._take(event, arguments[0] if arguments else None)
            self._changed.notify_all()

    def _take(self, event: str, data: Any) -> None:
        match event:
            case "new_message" | "update_message" | "stream_start":
                self.steps[data["id"]] = {**self.steps.get(data["id"], {}), **data}
                if event == "stream_start":
                    self.streamed.append(data["output"])
            case "stream_token":
                self.steps[data["id"]]["output"] += data["token"]
                self.streamed.append(data["token"])
            case "element":
                self.elements[data["id"]] = data
            case "action":
                self.actions[data["id"]] = data
            case "remove_action" | "delete_message":
                shown = self.actions if event == "remove_action" else self.steps
                shown.pop(data["id"], None)
            case "first_interaction":
                self.thread_id = data["thread_id"]
            case "resume_thread":
                self.resumed = data
                self.steps = {step["id"]: step for step in data["steps"]}
                self.elements = {element["id"]: element for element in data["elements"] or ()}
            case "task_end":
                self.turns_ended += 1
            case _:
                self.told[event] = data
