"""The desk's tools for other assistants, asked by the protocol's own client: the same answers, no power."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from sqlalchemy import Engine

from db.accounts import Accounts
from db.commands import Commands
from db.engine import transaction
from desk.owner import OwnerGate
from desk.web.server import create_app
from fund.clock import FixedClock
from graph.chat import DeskConversation
from graph.readers import readers
from graph.toolbox import UNTRUSTED
from support.chat_client import Visitor, serving
from support.desk_records import NOW, PlayedDesk, a_played_desk
from support.fake_desk import FakeDesk

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "tests", "version": "1"},
    },
}


@pytest.fixture(scope="module")
def played(engine: Engine) -> PlayedDesk:
    return a_played_desk(engine, clock=FixedClock(NOW))


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def address(played: PlayedDesk, gate: OwnerGate, engine: Engine) -> Iterator[str]:
    tools = played.tools()
    desk = FakeDesk(conversation=DeskConversation(tools, InMemorySaver()))  # type: ignore[arg-type]
    with serving(create_app(desk, gate=gate, engine=engine, tools=tools, clock=FixedClock(NOW))) as address:
        yield address


def key_of(engine: Engine, name: str) -> str:
    with transaction(engine) as connection:
        accounts = Accounts(connection)
        if accounts.get(name) is None:
            accounts.add(name, "viewer", "correct horse battery", now=NOW)
        return accounts.create_key(name, "tests", now=NOW)[0]


@asynccontextmanager
async def client(address: str, key: str) -> AsyncIterator[ClientSession]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(headers=headers) as http,
        streamable_http_client(f"{address}/mcp", http_client=http) as (read, write, _),
        ClientSession(read, write, read_timeout_seconds=timedelta(seconds=20)) as session,
    ):
        yield session


def content_of(result: Any) -> dict[str, Any]:
    assert json.loads(result.content[0].text) == result.structuredContent
    found: dict[str, Any] = result.structuredContent
    return found


async def test_an_assistant_finds_the_llms_readers_and_one_tool_that_proposes(
    address: str, engine: Engine, played: PlayedDesk
) -> None:
    async with client(address, key_of(engine, "vera")) as session:
        begun = await session.initialize()
        tools = (await session.list_tools()).tools
    assert UNTRUSTED in (begun.instructions or "")
    assert [tool.name for tool in tools] == [
        name for name, _, _ in readers(played.tools(), lambda: "vera")
    ] + ["propose"]
    for tool in tools:
        assert tool.annotations is not None
        assert tool.annotations.readOnlyHint == (tool.name != "propose")
        assert tool.description


async def test_a_question_is_answered_as_structured_data_marked_as_data(address: str, engine: Engine) -> None:
    async with client(address, key_of(engine, "vera")) as session:
        await session.initialize()
        result = await session.call_tool("why", {"ticker": "MSFT", "session": "2016-11-01"})
    content = content_of(result)
    assert not result.isError
    assert content["note"] == UNTRUSTED
    assert content["result"]["ticker"] == "MSFT"


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("why", {}, "the argument 'ticker' is needed"),
        ("ticker", {"ticker": "AAPL", "as_owner": True}, "unknown argument 'as_owner'"),
        ("confirm", {"id": "x"}, "there is no tool 'confirm'"),
        ("kill_switch", {}, "there is no tool 'kill_switch'"),
        ("propose", {"action": "pause"}, "a viewer may look at everything and change nothing"),
    ],
)
async def test_what_is_refused_comes_back_as_a_sentence(
    address: str, engine: Engine, tool: str, given: dict[str, Any], said: str
) -> None:
    async with client(address, key_of(engine, "vera")) as session:
        await session.initialize()
        result = await session.call_tool(tool, given)
    assert result.isError
    assert said in content_of(result)["refused"]


async def test_a_proposal_of_the_owners_assistant_waits_and_is_not_done(address: str, engine: Engine) -> None:
    async with client(address, key_of(engine, "owner")) as session:
        await session.initialize()
        result = await session.call_tool("propose", {"action": "pause"})
    proposed = content_of(result)["proposed_not_done"]
    with transaction(engine) as connection:
        command = Commands(connection).get(proposed["id"])
    assert command is not None
    assert (command.status, command.user_id) == ("pending", "owner")


def test_without_a_key_a_cookie_of_the_owners_is_not_enough(address: str, gate: OwnerGate) -> None:
    browser = Visitor(address).enter(gate)
    answer = browser.ask("POST", "/mcp", payload=INITIALIZE, headers={"Origin": address})
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert Visitor(address).ask("POST", "/mcp", payload=INITIALIZE).status == 401


def test_a_body_too_long_is_refused(address: str, engine: Engine) -> None:
    headers = {"X-API-Key": key_of(engine, "vera"), "Accept": "application/json, text/event-stream"}
    payload = {**INITIALIZE, "x": "y" * 70_000}
    assert Visitor(address).ask("POST", "/mcp", payload=payload, headers=headers).status == 413
    assert Visitor(address).ask("POST", "/mcp", payload=INITIALIZE, headers=headers).status == 200
