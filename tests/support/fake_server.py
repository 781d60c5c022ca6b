"""A fake desk served by a process of its own, so that it can be stopped, killed and started again.

Run as `python -m support.fake_server DATABASE_URL GATE_FOLDER [THREAD_WITH_AN_OPEN_TICKET]`; prints its entry
link when it serves and `stopped` when it has released everything.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class FakeServer:
    """A running fake server."""

    process: subprocess.Popen[str]
    link: str

    @property
    def address(self) -> str:
        parts = urlsplit(self.link)
        return f"{parts.scheme}://{parts.netloc}"

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal; returns the exit code and what was still printed."""
        self.process.send_signal(how)
        printed, _ = self.process.communicate(timeout=20)
        return self.process.returncode, printed


@contextmanager
def fake_server(database_url: str, gate_folder: Path, *, open_ticket_in: str = "") -> Iterator[FakeServer]:
    """Start a fake server and wait until it serves."""
    arguments = [database_url, str(gate_folder), open_ticket_in]
    process = subprocess.Popen(
        [sys.executable, "-m", "support.fake_server", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},  # noqa: TID251
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        assert link.startswith("http://127.0.0.1:"), link
        yield FakeServer(process, link)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def main(database_url: str, gate_folder: str, open_ticket_in: str) -> None:
    import socket

    import uvicorn
    from sqlalchemy import create_engine

    from desk.owner import OwnerGate
    from desk.web.server import create_app
    from support.fake_desk import FakeDesk

    class SpokenDesk(FakeDesk):
        async def stop(self) -> None:
            engine.dispose()
            print("stopped", flush=True)  # noqa: T201

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    engine = create_engine(database_url)
    gate = OwnerGate.open(Path(gate_folder))
    desk = SpokenDesk()
    if open_ticket_in:
        desk.conversation.pending["pause-1"] = open_ticket_in
    app = create_app(desk, gate=gate, engine=engine)
    print(gate.entry_link(f"http://127.0.0.1:{listener.getsockname()[1]}"), flush=True)  # noqa: T201
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
