"""kill -9 before and after every effect of a session, session after session: nothing lost, nothing twice."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from support.kept_records import Kept, kept_in
from support.ordeal import RECORDED, UNRECORDED, Ordeal, Point, advance
from support.rule_server import RuleServer, rule_server
from support.started_desks import copy_folder

pytest_plugins = ["support.desks"]

SESSIONS = 8
RECOVERY_SECONDS = 10.0
OPENING: tuple[Point, ...] = (
    ("desk.cycle:advance_session", "before"),
    ("desk.cycle:advance_session", "after"),
    ("graph.checkpoints:AsyncPostgresSaver.aput", "before"),
    ("graph.checkpoints:AsyncPostgresSaver.aput", "after"),
)
"""Before a role has spoken."""
CLOSING: tuple[Point, ...] = tuple(
    (call, moment)
    for call in (
        "graph.strategy:proposal_from",
        "desk.cycle:decide",
        "db.leases:Leases.require",
        "db.ledger:Ledger.record_settlement",
        "db.ledger:Ledger.mark_session",
        "db.decisions:Decisions.record_cycle",
        "db.ledger:Ledger.record_orders",
        "desk.recollection:Recollector.remember_session",
        "db.events:Events.append",
    )
    for moment in ("before", "after")
)
"""Between the last answer and the commit."""
COMMITTED: Point = ("desk.cycle:SessionPlayer.play", "after")


@pytest.fixture(scope="module")
def server() -> Iterator[RuleServer]:
    with rule_server() as serving:
        yield serving


def undisturbed(folder: Path, bundle: Path, server: RuleServer, sessions: int) -> list[Kept]:
    """Return what is on record after each session when nothing goes wrong."""
    kept = []
    for _ in range(sessions):
        assert advance(folder, bundle, server).code == 0
        kept.append(kept_in(folder))
    return kept


def test_killed_at_every_effect_of_every_session_the_record_is_that_of_a_calm_desk(
    first_start: Path,
    small_bundle: Path,
    server: RuleServer,
    tmp_path: Path,
    scale: float,
    reached: pytest.FixtureRequest,
) -> None:
    sessions = max(1, round(SESSIONS * scale))
    calm = undisturbed(copy_folder(first_start, tmp_path / "calm"), small_bundle, server, sessions)
    ordeal = Ordeal(copy_folder(first_start, tmp_path / "struck"), small_bundle, server)
    for expected in calm:
        for point in OPENING:
            ordeal.die(point, looking=False)
        while len(ordeal.kept.calls) < len(expected.calls):
            ordeal.die(UNRECORDED)
            ordeal.die(RECORDED)
        for point in CLOSING:
            ordeal.die(point, looking=False)
        ordeal.die(COMMITTED)
        assert ordeal.kept == expected
    slowest = float(np.quantile(ordeal.recoveries, 0.95))
    reached(
        "kills", kills=ordeal.deaths, lost=0, duplicated=0, calls_repeated=0, recovery_p95_seconds=slowest
    )
    assert slowest <= RECOVERY_SECONDS
