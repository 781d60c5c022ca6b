"""A cycle that is killed anywhere goes on in a new process: no LLM call again, no order twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.desk_process import PATIENCE_SECONDS, desk_environment, started
from support.kept_records import Kept, change, kept_in
from support.ordeal import RECORDED, UNRECORDED, Ordeal, advance
from support.rule_server import RuleServer, rule_server
from support.started_desks import copy_folder

pytest_plugins = ["support.desks"]
pytestmark = pytest.mark.long

MANAGER = "portfolio_manager"
ROLES = ("macro_researcher", "quant_researcher", "portfolio_manager", "validator", "risk_officer")
BEGUN = ("desk.cycle:advance_session", "before")
UNCOMMITTED = ("db.events:Events.append", "after")
COMMITTED = ("desk.cycle:SessionPlayer.play", "after")


@pytest.fixture(scope="module")
def server() -> Iterator[RuleServer]:
    with rule_server() as serving:
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


def test_the_undisturbed_session_asks_every_role_and_places_orders(
    undisturbed: Kept, server: RuleServer
) -> None:
    assert set(undisturbed.roles_recorded) == set(ROLES)
    assert undisturbed.tables["cycles"][-1][4] == "decided"
    last = undisturbed.tables["cycles"][-1][0]
    assert [row for row in undisturbed.tables["orders"] if last in row]


def test_killed_before_and_after_answers_it_ends_as_if_nothing_had_happened(
    folder: Path, small_bundle: Path, server: RuleServer, undisturbed: Kept
) -> None:
    """Every kind of place once, the answers far apart; `make soak` dies before and after every one."""
    ordeal = Ordeal(folder, small_bundle, server)
    ordeal.die(BEGUN)
    ordeal.die(RECORDED)
    first = len(ordeal.kept.calls)
    assert first > 0
    ordeal.die(UNRECORDED, nth=3)
    assert len(ordeal.kept.calls) == first + 2
    ordeal.die(RECORDED, nth=len(undisturbed.calls) - len(ordeal.kept.calls))
    assert len(ordeal.kept.calls) == len(undisturbed.calls)
    ordeal.die(UNCOMMITTED)
    assert len(ordeal.kept.tables["cycles"]) == len(undisturbed.tables["cycles"]) - 1
    ordeal.die(COMMITTED)
    assert ordeal.kept == undisturbed


def test_a_second_process_on_the_same_session_is_turned_away_and_one_cycle_comes_of_it(
    folder: Path, small_bundle: Path, server: RuleServer, undisturbed: Kept
) -> None:
    server.asked.clear()
    environment = desk_environment(folder, small_bundle, **server.settings)
    with server.holding(MANAGER), started(environment, "advance", "1", "--json") as first:
        assert server.held.wait(PATIENCE_SECONDS)
        second = advance(folder, small_bundle, server)
        server.release.set()
        assert first.end(None) == 0
    assert (second.code, second.json()["played"]) == (1, [])
    assert "another process is playing" in second.json()["stopped"]
    assert server.times_asked() == dict(undisturbed.times_asked)
    assert kept_in(folder) == undisturbed


def test_a_process_frozen_past_its_lease_writes_nothing_after_its_successor(
    folder: Path, small_bundle: Path, server: RuleServer, undisturbed: Kept
) -> None:
    environment = desk_environment(folder, small_bundle, **server.settings)
    with server.holding(MANAGER), started(environment, "advance", "1", "--json") as first:
        assert server.held.wait(PATIENCE_SECONDS)
        change(folder, "UPDATE desk.cycle_leases SET expires_at = now() - interval '1 second'")
        server.held_role = None
        successor = advance(folder, small_bundle, server)
        server.release.set()
        assert first.end(None) == 1
    assert [played["status"] for played in successor.json()["played"]] == ["decided"]
    assert "must stop" in "".join(first.lines)
    assert kept_in(folder).tables == undisturbed.tables
