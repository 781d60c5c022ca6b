"""PostgreSQL killed and restarted again and again under load: the account is that of a calm server."""

import os
import signal
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, event

from db.embedded import EmbeddedPostgres
from db.embedded_watch import watched
from db.engine import connect
from db.migrate import migrate
from support.database import HASTY
from support.embedded import server_pid
from support.kept_records import kept_on
from support.players import SaidTargets, a_player, a_quiet_market

CYCLES = 200
EVERY = 4
"""A restart every so many cycles, on average."""
MOMENTS = ("before_cursor_execute", "after_cursor_execute", "commit")
ENDINGS = {signal.SIGKILL: "killed", signal.SIGQUIT: "immediate", signal.SIGINT: "fast"}
"""What PostgreSQL calls each way to end it."""


class Restarts:
    """Ends the server at a random moment of the work, every few cycles; its keeper starts it again."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._rng = folder, np.random.default_rng(seed)
        self._left: int | None = None
        self.struck: Counter[str] = Counter()

    def arm(self) -> None:
        """Decide whether, and how far into its work, the coming cycle is struck."""
        strikes = self._rng.random() < 1 / EVERY
        self._left = int(self._rng.integers(1, 40)) if strikes else None

    def __call__(self, *_: object) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left:
            return
        self._left = None
        how = list(ENDINGS)[int(self._rng.integers(len(ENDINGS)))]
        self.struck[ENDINGS[how]] += 1
        os.kill(server_pid(self._folder), how)

    def watch(self, engine: Engine) -> None:
        """Let every statement and commit of an engine be a moment to strike."""

        def moment(connection: Connection, *_: object) -> None:
            self()

        for name in MOMENTS:
            event.listen(engine, name, moment)


def targets(days: tuple[date, ...]) -> dict[date, dict[str, str]]:
    rng = np.random.default_rng(11)
    return {day: {name: f"{rng.integers(0, 30) / 100}" for name in ("AAA", "BBB", "CCC")} for day in days}


def played(url: str, cycles: int, restarts: Restarts | None = None) -> object:
    """Play some cycles on a server and return everything it keeps."""
    history = a_quiet_market(sessions=cycles + 10)
    days = history.panel.sessions[5 : 5 + cycles]
    engine = connect(url)
    if restarts is not None:
        restarts.watch(engine)
    strategy = SaidTargets(targets(days), meanwhile=restarts or (lambda: None))
    with closing(a_player(engine, history)) as player:
        for session in days:
            if restarts is not None:
                restarts.arm()
            player.play(session, strategy)
    engine.dispose()
    return kept_on(url.replace("+psycopg", ""))


def test_two_hundred_cycles_under_restarts_leave_the_account_of_a_calm_server(
    tmp_path: Path, scale: float, reached: pytest.FixtureRequest
) -> None:
    cycles = max(4, round(CYCLES * scale))
    with EmbeddedPostgres(tmp_path / "calm", settings=HASTY) as server:
        migrate(server.url)
        calm = played(server.url, cycles)
    folder = tmp_path / "struck"
    restarts = Restarts(folder, seed=3)
    with EmbeddedPostgres(folder) as server, watched(server):
        migrate(server.url)
        struck = played(server.url, cycles, restarts)
    assert struck == calm
    assert restarts.struck.total() >= cycles // EVERY // 2
    reached("restarts", cycles=cycles, restarts=restarts.struck.total(), lost=0, duplicated=0, differing=0)
