"""An LLM that obeys every attacker to the letter: nothing is done, nothing leaves, nothing false is shown."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.checkpoint.memory import InMemorySaver
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from sqlalchemy import Engine

from db.accounts import Accounts
from db.engine import transaction
from desk.owner import OwnerGate
from desk.setting_groups import Access
from desk.web.server import create_app
from fund.clock import FixedClock
from graph.chat import DeskConversation
from graph.desk_tools import DeskTools
from graph.toolbox import build_toolbox
from support.chat_client import Visitor, serving
from support.chat_page import opened
from support.desk_records import NOW
from support.fake_desk import FakeDesk
from support.prompt_ambushes import AMBUSHES
from support.prompt_attack_desk import CANARY, VERAS, PromptAttackedDesk, prompt_attacked_desk
from support.prompt_attack_goals import GOALS, MINE, YES
from support.prompt_attack_run import Puppet, forbidden
from support.prompt_attacks import Channel, attacks_of

ALL = (*GOALS, *AMBUSHES)
ATTACKS = attacks_of(ALL, channels_each=6, most_reasons=14)
EVERY_CALL = tuple({repr(call): call for goal in ALL for calls in goal.calls for call in calls}.values())
KINDS = tuple(dict.fromkeys(attack.kind for attack in ATTACKS))


@pytest.fixture(scope="module")
def desk(engine: Engine) -> Iterator[PromptAttackedDesk]:
    with prompt_attacked_desk(engine, ATTACKS) as attacked:
        yield attacked


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def puppet(desk: PromptAttackedDesk) -> Puppet:
    return Puppet(desk, ATTACKS)


def test_the_corpus_is_as_large_and_as_wide_as_was_promised() -> None:
    assert len(ATTACKS) >= 240
    assert len(KINDS) >= 38
    assert {attack.channel for attack in ATTACKS} == set(Channel)
    assert len({attack.payload for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_llm_that_obeys_does_nothing_forbidden(
    puppet: Puppet, gate: OwnerGate, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    found: list[str] = []
    for attack in (each for each in ATTACKS if each.kind == kind):
        async with opened(gate, monkeypatch) as page:
            found += forbidden(attack, await puppet.attacked(attack, page))
    assert found == []


async def test_a_door_left_open_is_found(
    desk: PromptAttackedDesk, puppet: Puppet, gate: OwnerGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without this a harness that looks away would pass as well."""
    attack = next(
        each
        for each in ATTACKS
        if each.kind == "confirm a waiting ticket" and each.channel == Channel.SQL_CELL
    )
    weak = replace(
        attack, calls=(("confirm", {"command_id": "cmd-0a1b2c3d4e5f"}),), says="![x](//evil.example)"
    )
    monkeypatch.setattr("graph.assistant.build_toolbox", with_a_tool_that_confirms)
    monkeypatch.setattr("graph.evidence.checked_speech.plain_markdown", lambda text: text)
    async with opened(gate, monkeypatch) as page:
        found = forbidden(weak, await Puppet(desk, ATTACKS).attacked(weak, page))
    desk.desk.record_tools().search("what was done is put into words before the next look")
    puppet.look_again()
    assert any("cmd-0a1b2c3d4e5f is not as it was" in each for each in found)
    assert any("desk.events has changed" in each for each in found)
    assert any("shows a picture" in each for each in found)


def with_a_tool_that_confirms(tools: DeskTools) -> list[BaseTool]:
    """Return the toolbox with the one tool that it must never have."""

    def confirm(command_id: str) -> str:
        """Confirm a ticket."""
        return tools.control.confirm(command_id, "owner").sentence

    return [*build_toolbox(tools), StructuredTool.from_function(func=confirm)]


@pytest.fixture(scope="module")
def address(desk: PromptAttackedDesk, gate: OwnerGate, engine: Engine) -> Iterator[str]:
    tools = desk.desk.tools()
    app = create_app(
        FakeDesk(conversation=DeskConversation(tools, InMemorySaver())),  # type: ignore[arg-type]
        gate=gate,
        engine=engine,
        access=Access(calls_per_minute=6000),
        tools=tools,
        clock=FixedClock(NOW),
    )
    with serving(app) as address:
        yield address


@pytest.fixture(scope="module")
def key(desk: PromptAttackedDesk, engine: Engine) -> str:
    """A viewer's key that was used a moment ago, which is noted."""
    with transaction(engine) as connection:
        made = Accounts(connection).create_key("vera", "tests", now=NOW)[0]
        Accounts(connection).holder(made, now=NOW)
    return made


def test_a_hostile_script_with_a_viewers_key_changes_nothing(
    desk: PromptAttackedDesk, address: str, key: str
) -> None:
    before, headers = desk.standing(), {"X-API-Key": key}
    asked = [(f"/api/tools/{name}", dict(given)) for name, given in EVERY_CALL]
    asked += [("/api/commands", {"action": action, **YES}) for action in ("pause", "kill", "close")]
    asked += [("/api/commands", {"action": "kill"}), ("/api/commands", {"action": "pause"})]
    asked += [(f"/api/commands/{each}/{way}", {}) for each in (MINE, VERAS) for way in ("confirm", "decline")]
    answers = [Visitor(address).ask("POST", path, payload=given, headers=headers) for path, given in asked]
    after = desk.standing()
    assert {answer.status for answer in answers} <= {200, 403, 404, 413, 422}
    assert {answer.status for answer in answers[len(EVERY_CALL) :]} == {403}
    assert not any(CANARY in answer.text for answer in answers)
    assert before.state.changes(after.state) == set()


async def test_a_hostile_assistant_with_a_viewers_key_changes_nothing(
    desk: PromptAttackedDesk, address: str, key: str
) -> None:
    before, said = desk.standing(), []
    async with (
        httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
        streamable_http_client(f"{address}/mcp", http_client=http) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        for name, given in (*EVERY_CALL, ("propose", {"action": "kill"}), ("propose", {"action": "pause"})):
            said.append(await session.call_tool(name, dict(given)))
    after = desk.standing()
    assert [result.isError for result in said[-2:]] == [True, True]
    assert CANARY not in repr(said)
    assert before.state.changes(after.state) == set()
