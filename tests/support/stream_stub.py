"""A loopback WebSocket server that speaks as Alpaca's stream of trades (documentation: WebSocket Stream)."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from queue import Queue

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from support.vendor_stub import KEY

PATIENCE_SECONDS = 10.0
KEY_ID = "id-31415"


class StreamStub:
    """The server's side: what it heard, and what it is to say."""

    def __init__(self) -> None:
        self.port = 0
        self.refuses: Mapping[str, object] | None = None
        """What it says instead of letting anybody in."""
        self.heard: Queue[dict[str, object]] = Queue()
        self.paths: list[str] = []
        self.connections: Queue[ServerConnection] = Queue()
        self._open: set[ServerConnection] = set()
        self._lock = threading.Lock()

    def say(self, connection: ServerConnection, *messages: object) -> None:
        """Send messages in one frame."""
        connection.send(json.dumps(list(messages)))

    def next_heard(self) -> dict[str, object]:
        """Return what came in next."""
        return self.heard.get(timeout=PATIENCE_SECONDS)

    def next_connection(self) -> ServerConnection:
        """Return the next connection that has subscribed."""
        return self.connections.get(timeout=PATIENCE_SECONDS)

    def talk(self, connection: ServerConnection) -> None:
        """Speak with one client until it goes."""
        with self._lock:
            self._open.add(connection)
        self.paths.append(connection.request.path if connection.request else "")
        try:
            self._speak(connection)
        except ConnectionClosed:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)

    def end_all(self) -> None:
        """Cut every connection, without a word."""
        with self._lock:
            found = list(self._open)
        for each in found:
            each.close_socket()

    def _speak(self, connection: ServerConnection) -> None:
        self.say(connection, {"T": "success", "msg": "connected"})
        let_in = False
        for frame in connection:
            message = json.loads(frame)
            self.heard.put(message)
            if message["action"] == "auth":
                if self.refuses is not None:
                    self.say(connection, self.refuses)
                    return
                let_in = (message["key"], message["secret"]) == (KEY_ID, KEY)
                if not let_in:
                    self.say(connection, {"T": "error", "code": 402, "msg": "auth failed"})
                    return
                self.say(connection, {"T": "success", "msg": "authenticated"})
            elif message["action"] == "subscribe" and let_in:
                self.say(connection, {"T": "subscription", "trades": message["trades"], "quotes": []})
                self.connections.put(connection)


@contextmanager
def stream_server() -> Iterator[StreamStub]:
    """Serve on a free loopback port."""
    stub = StreamStub()
    with serve(stub.talk, "127.0.0.1", 0, close_timeout=1) as server:
        stub.port = server.socket.getsockname()[1]
        thread = threading.Thread(target=Server.serve_forever, args=(server,))
        thread.start()
        try:
            yield stub
        finally:
            stub.end_all()
            server.shutdown()
            thread.join()
