"""A cycle that is killed anywhere goes on in a new process: no LLM call again, no order twice."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.desk_process import Finished, desk_environment, run_desk, started
from support.started_desks import copy_folder
from support.kept_records import Kept, change, kept_in
from support.rule_server import RuleServer, rule_server

pytest_plugins = ["support.desks"]

ROLES = ("macro_researcher", "quant_researcher", "portfolio_manager", "validator", "risk_officer")
LEASED = ("desk.cycle:SessionPlayer._take_lease", "after")
ASKING = ("agents.clients:ChatClient.answer", "before")
UNRECORDED = ("graph.call_log:DatabaseCallLog.record", "before")
RECORDED = ("graph.call_log:DatabaseCallLog.record", "after")
STEP_KEPT = ("langgraph.checkpoint.postgres.aio:AsyncPostgresSaver.aput_writes", "after")
UNCOMMITTED = ("db.events:Events.append", "after")
COMMITTED = ("desk.cycle:SessionPlayer.play", "after")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuleServer]:
    with rule_server(budget_in=tmp_path_factory.mktemp("mandate")) as serving:
        yield serving


@pytest.fixture
def folder(first_start: Path, tmp_path: Path) -> Path:
    return copy_folder(first_start, tmp_path / "desk")


@pytest.fixture(scope="module")
def undisturbed(
    server: RuleServer, first_start: Path, small_bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Kept:
    """What the next session comes to when nothing goes wrong."""
    folder = copy_folder(first_start, tmp_path_factory.mktemp("undisturbed") / "desk")
    assert advance(folder, small_bundle, server).code == 0
    kept = kept_in(folder)
    server.asked.clear()
    return kept


def advance(folder: Path, bundle: Path, server: RuleServer) -> Finished:
    """Play the next session to its end."""
    return run_desk(desk_environment(folder, bundle, **server.settings), "advance", "1", "--json")


def die(folder: Path, bundle: Path, server: RuleServer, point: tuple[str, str]) -> None:
    """Play the next session in a process that is killed at the first call of a point."""
    arguments = (*point, "1", "KILL", "advance", "1", "--json")
    environment = desk_environment(folder, bundle, **server.settings)
    with started(environment, *arguments, module="support.dying_desk") as run:
        assert run.end(None) == -signal.SIGKILL, f"{point} was never reached: {''.join(run.lines)}"


def test_the_undisturbed_session_asks_every_role_and_places_orders(
    undisturbed: Kept, server: RuleServer
) -> None:
    assert set(undisturbed.roles_recorded) == set(ROLES)
    assert undisturbed.tables["cycles"][-1][4] == "decided"
    last = undisturbed.tables["cycles"][-1][0]
    assert [row for row in undisturbed.tables["orders"] if last in row]


def test_killed_at_every_node_in_turn_it_ends_as_if_nothing_had_happened(
    folder: Path, small_bundle: Path, server: RuleServer, undisturbed: Kept
) -> None:
    server.asked.clear()
    lost = 0
    die(folder, small_bundle, server, LEASED)
    assert not server.asked
    while len(kept_in(folder).calls) < len(undisturbed.calls):
        before = len(kept_in(folder).calls)
        asked = len(server.asked)
        die(folder, small_bundle, server, UNRECORDED)
        lost += len(server.asked) - asked
        assert len(kept_in(folder).calls) == before
        die(folder, small_bundle, server, RECORDED)
        assert len(kept_in(folder).calls) > before
        die(folder, small_bundle, server, STEP_KEPT)
    die(folder, small_bundle, server, UNCOMMITTED)
    assert advance(folder, small_bundle, server).code == 0
    assert kept_in(folder) == undisturbed
