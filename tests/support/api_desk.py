"""Fixtures: a played desk behind its HTTP API, with who runs cycles, and scripts with keys.

A module that wants them says `pytest_plugins = ["support.api_desk"]`; nothing is imported from here.
"""

from collections.abc import Iterator

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import Engine

from desk.owner import OwnerGate
from desk.setting_groups import Access
from desk.web.programs import Runners
from desk.web.server import create_app
from fund.clock import FixedClock
from graph.chat import DeskConversation
from support.chat_client import serving
from support.desk_records import NOW, PlayedDesk, a_played_desk
from support.fake_desk import FakeDesk
from support.scripts import FakeRunner, Script, a_script


@pytest.fixture(scope="module")
def played(engine: Engine) -> PlayedDesk:
    return a_played_desk(engine, clock=FixedClock(NOW))


@pytest.fixture(scope="module")
def runner() -> FakeRunner:
    return FakeRunner()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def address(played: PlayedDesk, runner: FakeRunner, gate: OwnerGate, engine: Engine) -> Iterator[str]:
    tools = played.tools()
    app = create_app(
        FakeDesk(conversation=DeskConversation(tools, InMemorySaver())),  # type: ignore[arg-type]
        gate=gate,
        engine=engine,
        access=Access(calls_per_minute=60_000),
        tools=tools,
        clock=FixedClock(NOW),
        runners=Runners(cycles=runner, discovery=FakeRunner()),
    )
    with serving(app) as address:
        yield address


@pytest.fixture(scope="module")
def owner(address: str, engine: Engine) -> Script:
    return a_script(address, engine)


@pytest.fixture(scope="module")
def vera(address: str, engine: Engine) -> Script:
    return a_script(address, engine, "vera")
