"""A loopback mail server that answers as it is told and keeps what it was sent (after RFC 5321)."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

PATIENCE_SECONDS = 10.0


class SMTPStub:
    """What the server says to each command beyond its usual answer, and the mails it took."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = answers
        self.mails: list[str] = []
        self.port = 0


@contextmanager
def mail_server(**answers: str) -> Iterator[SMTPStub]:
    """Serve on a free loopback port; `answers` are by command in lower case, such as data="451 later"."""
    stub = SMTPStub(answers)
    handler = type("Handler", (_Handler,), {"stub": stub})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = False
        stub.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()


class _Handler(socketserver.StreamRequestHandler):
    stub: ClassVar[SMTPStub]

    def handle(self) -> None:
        self._say("220 stub")
        self.connection.settimeout(PATIENCE_SECONDS)
        while line := self.rfile.readline().decode().strip():
            command = line.split()[0].lower()
            said = self.stub.answers.get(command)
            if said is not None:
                self._say(said)
            elif command == "data":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.stub.mails.append(b"".join(lines).decode())
                self._say(self.stub.answers.get("taken", "250 taken"))
            elif command == "quit":
                self._say("221 bye")
                return
            else:
                self._say("250 well")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
