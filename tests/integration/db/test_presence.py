"""A claim lasts exactly as long as the process that made it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine, text

from db.engine import connect
from db.presence import Presence

ROOT = Path(__file__).resolve().parents[3]
CLAIMING = """
import sys, signal
from db.engine import connect
from db.presence import Presence
presence = Presence(connect(sys.argv[1]))
print(presence.claim("daily-1"), flush=True)
signal.pause()
"""


def test_a_name_is_claimed_once_and_again_after_its_release(engine: Engine, database_url: str) -> None:
    mine, other_engine = Presence(engine), connect(database_url)
    other = Presence(other_engine)
    try:
        assert mine.claim("daily-1")
        assert not other.claim("daily-1")
        assert other.claim("daily-2")
        mine.release("daily-1")
        assert other.claim("daily-1")
    finally:
        mine.close()
        other.close()
        other.close()
        other_engine.dispose()


def test_a_killed_process_has_no_claim(engine: Engine, database_url: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CLAIMING, database_url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},  # noqa: TID251 - the child needs this process's own
    )
    presence = Presence(engine)
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "True"
        assert not presence.claim("daily-1")
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert _claimed_soon(presence, engine)
    finally:
        presence.close()
        child.kill()
        child.communicate()


def test_a_lost_connection_loses_the_claims_and_a_new_one_claims_again(
    engine: Engine, database_url: str
) -> None:
    mine, other_engine = Presence(engine), connect(database_url, role=None)
    other = Presence(other_engine)
    try:
        assert mine.claim("daily-1")
        with other_engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks "
                    "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
                )
            )
        assert _claimed_soon(other, other_engine)
        assert not mine.claim("daily-1")
        other.release("daily-1")
        assert mine.claim("daily-1")
    finally:
        mine.close()
        other.close()
        other_engine.dispose()


def _claimed_soon(presence: Presence, engine: Engine) -> bool:
    """Try until the server has noticed that the owner is gone."""
    for _ in range(50):
        if presence.claim("daily-1"):
            return True
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_sleep(0.1)"))
    return False
