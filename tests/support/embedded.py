"""Looking at an embedded server from outside, and the process that uses it as another desk would."""

import subprocess
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from db import embedded_keeper as keeper
from db.file_lock import FileLock

USER = """
import sys
from pathlib import Path
from db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.start(), flush=True)
if sys.stdin.readline() == "release\\n":
    server.release()
    print("released", flush=True)
sys.stdin.readline()
"""


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def sockets_of(url: str) -> Path:
    return Path(str(make_url(url).query["host"]))


def server_pid(folder: Path) -> int:
    return int((folder / "cluster" / "postmaster.pid").read_text().split()[0])


def is_running(folder: Path) -> bool:
    return keeper.is_held(folder / keeper.SERVER_LOCK)


def wait_until_stopped(folder: Path) -> None:
    """Return when no process of the server is left; the kernel, not a clock, says when."""
    FileLock(folder / keeper.SERVER_LOCK).__enter__().close()


def query(url: str, statement: str) -> object:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone() if statement.startswith("SELECT") else None
        if row is None:
            connection.execute(statement.encode())
    return row and row[0]
