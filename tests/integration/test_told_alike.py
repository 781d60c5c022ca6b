"""The same questions at every door of one desk: chat, terminal, HTTP, MCP and dashboard say the same."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import httpx
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from sqlalchemy import text

from db.accounts import Accounts
from db.engine import transaction
from desk.bootstrap import Desk
from desk.owner import OwnerGate
from desk.running import RunningDesk
from desk.talk import converse, desk_tools
from desk.web.server import create_app
from desk.worker import DeskWorker
from graph.desk_tools import DeskTools
from graph.replies.limits import limit_name, shown
from graph.replies.phrases import percent, usd
from support.chat_client import UNHURRIED, ChatClient, Visitor, serving
from support.started_desks import Run

pytest_plugins = ["support.desks"]

READ: dict[str, dict[str, Any]] = {
    "holdings": {},
    "portfolio_state": {},
    "limits": {},
    "performance": {},
    "drawdowns": {},
    "decision": {},
    "status": {},
    "breaker": {},
}
ASKED = (
    "how much cash do we have?",
    "what is our account worth?",
    "what is our biggest position?",
    "what is our gross exposure?",
    "what is our drawdown?",
    "what did you decide last session?",
    "what are our limits?",
    "how is the circuit breaker?",
    "are we trading?",
)
DEPOSIT = Decimal("150000")


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def worker(desk: Desk) -> Iterator[DeskWorker]:
    with closing(DeskWorker(desk)) as worker:
        yield worker


@pytest.fixture(scope="module")
def tools(desk: Desk, worker: DeskWorker) -> DeskTools:
    """A desk to which the owner has just brought money that its next session will open with."""
    tools = desk_tools(desk, worker, may_act=lambda name: name == "owner")
    pending = tools.control.propose("deposit", None, "owner", None, DEPOSIT)
    tools.control.confirm(pending.command_id, "owner")
    return tools


@pytest.fixture(scope="module")
def address(desk: Desk, worker: DeskWorker, tools: DeskTools, gate: OwnerGate) -> Iterator[str]:
    async def released() -> None:
        """The fixtures end what they began."""

    running = RunningDesk(desk, worker, converse(desk, worker, InMemorySaver(), tools), released)
    with serving(
        create_app(running, gate=gate, engine=desk.engine, tools=tools, access=UNHURRIED)
    ) as address:
        yield address


@pytest.fixture(scope="module")
def key(desk: Desk, address: str) -> str:
    with transaction(desk.engine) as connection:
        return Accounts(connection).create_key("owner", "tests", now=desk.clock.now())[0]


@pytest.fixture(scope="module")
def by_http(address: str, key: str) -> dict[str, Any]:
    script = Visitor(address)
    answers = {
        name: script.ask("POST", f"/api/tools/{name}", payload=given, headers={"X-API-Key": key}).json()
        for name, given in READ.items()
    }
    return {name: answer["result"] for name, answer in answers.items()}


@pytest.fixture(scope="module")
def by_chat(address: str, gate: OwnerGate) -> dict[str, str]:
    with ChatClient(Visitor(address).enter(gate)) as chat:
        answers = {}
        for question in ASKED:
            before = len(chat.messages())
            chat.ask(question)
            answers[question] = chat.messages()[before]
        return answers


@pytest.fixture(scope="module")
def by_dashboard(address: str, gate: OwnerGate) -> str:
    return unescape(Visitor(address).enter(gate).get("/dashboard").text)


@pytest.fixture(scope="module")
def closed_with(desk: Desk) -> dict[str, Decimal]:
    """What the last close came to, as its row has it."""
    with desk.engine.connect() as connection:
        row = connection.execute(
            text("SELECT equity, cash, gross, net FROM desk.equity_daily ORDER BY session DESC LIMIT 1")
        )
        return {name: Decimal(value) for name, value in row.mappings().one().items()}


def test_the_account_is_that_of_the_last_close_for_every_tool(
    by_http: dict[str, Any], closed_with: dict[str, Decimal]
) -> None:
    held, state, limits = (by_http[name] for name in ("holdings", "portfolio_state", "limits"))
    equity, cash = (closed_with[name].quantize(Decimal("0.01")) for name in ("equity", "cash"))
    assert Decimal(held["equity"]) == Decimal(limits["equity"]) == equity
    assert Decimal(by_http["performance"]["equity"]) == equity
    assert Decimal(state["equity"]) == closed_with["equity"]
    assert Decimal(held["cash"]) == cash
    assert Decimal(state["cash"]) == closed_with["cash"]
    gross = percent(closed_with["gross"] / closed_with["equity"])
    assert {percent(Decimal(each["exposure"]["gross"])) for each in (held, state, limits)} == {gross}
    assert held["exposure"] == state["exposure"] == limits["exposure"]
    assert [each["ticker"] for each in held["holdings"]] == [each["ticker"] for each in state["holdings"]]
    assert state["limits"] == limits["limits"]
    assert Decimal(held["coming"]) == DEPOSIT
    assert "A deposit of 150,000.00 USD is booked for the next open" in state["note"]


async def test_another_assistant_reads_what_a_script_reads(
    address: str, key: str, by_http: dict[str, Any]
) -> None:
    async with (
        httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
        streamable_http_client(f"{address}/mcp", http_client=http) as (read, write, _),
        ClientSession(read, write, read_timeout_seconds=timedelta(seconds=20)) as session,
    ):
        await session.initialize()
        told = {
            name: (await session.call_tool(name, given)).structuredContent for name, given in READ.items()
        }
    assert {name: content["result"] for name, content in told.items() if content} == by_http


def test_the_terminal_says_what_a_script_reads(run: Run, by_http: dict[str, Any]) -> None:
    code, told, _ = run("status", "--json")
    page = json.loads(told)
    held = by_http["holdings"]
    assert code == 0
    assert Decimal(page["equity"]).quantize(Decimal("0.01")) == Decimal(held["equity"])
    assert Decimal(page["cash"]).quantize(Decimal("0.01")) == Decimal(held["cash"])
    assert (page["positions"], page["session"]) == (len(held["holdings"]), held["session"])
    assert page["trading"] == by_http["status"]["trading"]
    assert page["breaker"] == by_http["breaker"]
    _, told, _ = run("risk", "--json")
    limits = json.loads(told)
    for use in limits["limits"]:
        del use["used"], use["kept"]
    assert limits == by_http["limits"]


def test_the_terminal_is_answered_as_the_chat_is(run: Run, by_chat: dict[str, str]) -> None:
    for question in (ASKED[0], ASKED[4]):
        _, told, _ = run("ask", question, "--json")
        first = json.loads(told)["answer"].partition("\n\n")[0]
        assert plainly(by_chat[question]).startswith(plainly(first))


def test_the_chat_says_what_a_script_reads(by_chat: dict[str, str], by_http: dict[str, Any]) -> None:
    held, drawdowns = by_http["holdings"], by_http["drawdowns"]
    equity, cash = (usd(Decimal(held[name])) for name in ("equity", "cash"))
    largest = held["holdings"][0]
    said = {question: plainly(answer) for question, answer in by_chat.items()}
    assert said[ASKED[0]].startswith(f"There are {cash} in cash at the close of {held['session']}, ")
    assert f"{equity} equity. A deposit of 150,000.00 USD is booked for the next open" in said[ASKED[0]]
    assert said[ASKED[1]].startswith(f"The account is worth {equity} at the close of {held['session']}.")
    assert said[ASKED[2]].startswith(
        f"The largest position is {largest['ticker']}: {usd(Decimal(largest['value']))}, "
    )
    assert f"Exposure is {percent(Decimal(held['exposure']['gross']))} gross" in said[ASKED[3]]
    assert percent(drawdowns["deepest"][0]["depth"]) in said[ASKED[4]]
    decision = by_http["decision"]
    assert decision["session"] in said[ASKED[5]]
    assert f"placed {decision['orders']} order" in said[ASKED[5]]
    assert f"Gross exposure is {percent(Decimal(held['exposure']['gross']))} and cash" in said[ASKED[6]]
    assert by_http["breaker"]["status"]["state"] in said[ASKED[7]]
    assert said[ASKED[8]].startswith(f"Trading is {by_http['status']['trading']}")


def test_the_dashboard_shows_what_a_script_reads(
    by_dashboard: str, by_http: dict[str, Any], tools: DeskTools
) -> None:
    held = by_http["holdings"]
    tiles = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", by_dashboard))
    assert tiles["Equity"] == usd(Decimal(held["equity"]))
    assert tiles["Cash"] == usd(Decimal(held["cash"]))
    assert tiles["Gross exposure"] == percent(Decimal(held["exposure"]["gross"]))
    assert tiles["Drawdown"] == percent(by_http["drawdowns"]["now"])
    assert f"deepest {percent(by_http['drawdowns']['deepest'][0]['depth'])}" in by_dashboard
    assert tiles["Return"] == percent(by_http["performance"]["desk"][0]["value"], signed=True)
    for each in held["holdings"]:
        assert f"<b>{each['ticker']}</b>" in by_dashboard
        assert usd(Decimal(each["value"])) in by_dashboard
    for use in tools.portfolio.limits().limits:
        assert limit_name(use) in by_dashboard
        assert f"{shown(use, use.value)}, " in by_dashboard or use.value is None
    decision = by_http["decision"]
    assert f"{decision['session']}: {decision['status']}, {decision['candidates']} candidates" in by_dashboard


def plainly(answer: str) -> str:
    """Return an answer without the signs that keep it from being read as Markdown."""
    return " ".join(answer.replace("\\", "").split())
