"""The HTTP API: the LLM's tools for scripts, strict about what comes in; commands the owner confirms."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import Engine

from db.accounts import Accounts
from db.engine import transaction
from db.trading_state import TradingState
from desk.owner import OwnerGate
from desk.setting_groups import Access
from desk.web.server import create_app
from desk.web.tool_catalogue import ToolCatalogue
from fund.clock import FixedClock
from graph.chat import DeskConversation
from graph.readers import readers
from graph.toolbox import build_toolbox
from support.chat_client import Visitor, serving
from support.desk_records import NOW, PlayedDesk, a_played_desk
from support.fake_desk import FakeDesk
from support.scripts import Script

ASKED: Mapping[str, Mapping[str, Any]] = {
    "compare_forecasters": {"first": "gbm", "second": "momentum"},
    "outlook": {"tickers": ["AAPL", "XOM"]},
    "stress": {"scenario": "mar-2020"},
    "performance": {"span": "all"},
    "why": {"ticker": "MSFT", "session": "2016-11-01"},
    "ticker": {"ticker": "AAPL"},
    "forecast": {"ticker": "AAPL"},
    "similar_trades": {"ticker": "AAPL"},
    "portfolio_state": {"at": "2016-11-01"},
    "difference": {"first": "2016-11-01", "last": "2016-11-08"},
    "candles": {"ticker": "AAPL"},
    "volatility": {"tickers": ["AAPL"]},
    "outcomes_by": {"dimension": "weekday"},
    "search_records": {"text": "momentum", "limit": 3},
    "record": {"record_id": "decision-daily-2016-11-01"},
    "query_records": {"sql": "SELECT count(*) AS n FROM fills", "question": "how many?"},
}
"""What the tools that need arguments are asked here."""


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="module")
def played(engine: Engine, clock: FixedClock) -> PlayedDesk:
    return a_played_desk(engine, clock=clock)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def address(played: PlayedDesk, gate: OwnerGate, engine: Engine, clock: FixedClock) -> Iterator[str]:
    tools = played.tools()
    desk = FakeDesk(conversation=DeskConversation(tools, InMemorySaver()))  # type: ignore[arg-type]
    access = Access(calls_per_minute=6000)
    app = create_app(desk, gate=gate, engine=engine, access=access, tools=tools, clock=clock)
    with serving(app) as address:
        yield address


@pytest.fixture(scope="module")
def owner(address: str, engine: Engine) -> Script:
    with transaction(engine) as connection:
        return Script(address, Accounts(connection).create_key("owner", "tests", now=NOW)[0])


@pytest.fixture(scope="module")
def vera(address: str, engine: Engine) -> Script:
    with transaction(engine) as connection:
        Accounts(connection).add("vera", "viewer", "correct horse battery", now=NOW)
        return Script(address, Accounts(connection).create_key("vera", "tests", now=NOW)[0])


@pytest.fixture
def running(engine: Engine, played: PlayedDesk) -> Iterator[None]:
    """Trading runs before and after the test."""
    yield
    with transaction(engine) as connection:
        state = TradingState(connection)
        if state.get().is_paused:
            version, session = state.get().version, played.session
            state.resume(by="tests", reason="over", at=NOW, version=version, session=session)


def test_scripts_are_offered_exactly_the_llms_tools(played: PlayedDesk, owner: Script) -> None:
    tools = played.tools()
    listed = owner.get("/api/tools").json()["tools"]
    assert [each["name"] for each in listed] == [name for name, _, _ in readers(tools, lambda: "vera")]
    offered = {tool.name: tool for tool in build_toolbox(tools)}
    for each in listed:
        schema = offered[each["name"]].tool_call_schema.model_json_schema()  # type: ignore[union-attr]
        assert each["arguments"]["properties"].keys() == schema.get("properties", {}).keys(), each["name"]
        assert each["description"].split(".")[0] in offered[each["name"]].description.replace("\n", " ")
        assert all(said.get("description") for said in each["arguments"]["properties"].values()), each["name"]


def test_every_tool_answers_a_script_in_plain_json(played: PlayedDesk, vera: Script) -> None:
    tools = ToolCatalogue(played.tools()).readers
    answers = {tool.name: vera.post(f"/api/tools/{tool.name}", ASKED.get(tool.name, {})) for tool in tools}
    # This desk has trained nobody, so there are no two to compare, and that is said.
    untrained = answers.pop("compare_forecasters")
    assert (untrained.status, "no forecaster 'gbm'" in untrained.text) == (422, True)
    assert {name: each.text for name, each in answers.items() if each.status != 200} == {}
    assert [each.json()["tool"] for each in answers.values()] == list(answers)
    assert all(each.headers["cache-control"] == "no-store" for each in answers.values())


def test_money_comes_as_exact_text(vera: Script) -> None:
    found = vera.post("/api/tools/holdings").json()["result"]
    assert isinstance(found["cash"], str)


@pytest.mark.parametrize(
    ("tool", "given", "status", "said"),
    [
        ("tickr", {}, 404, "there is no tool 'tickr'; the nearest is 'ticker'"),
        ("ticker", {}, 422, "the argument 'ticker' is needed"),
        ("ticker", {"ticker": "AAPL", "x": 1}, 422, "unknown argument 'x'; known are ticker"),
        ("ticker", {"ticker": ["AAPL"]}, 422, "ticker: Input should be a valid string"),
        ("ticker", {"ticker": "AAPLL"}, 422, "AAPL"),
        ("ticker", ["AAPL"], 422, "the arguments of ticker are an object, was list"),
        ("decision", {"session": "yesterday"}, 422, "session: "),
        ("why", {"ticker": "MSFT", "aspect": "none"}, 422, "aspect: "),
        ("performance", {"span": "<script>"}, 422, "span"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence_with_a_log_id(
    owner: Script, tool: str, given: object, status: int, said: str
) -> None:
    answer = owner.post(f"/api/tools/{tool}", given)
    assert answer.status == status
    assert said in answer.json()["error"]
    assert len(answer.json()["log_id"]) == 8


def test_a_body_too_long_or_no_json_is_refused(owner: Script, address: str) -> None:
    assert owner.post("/api/tools/ticker", {"ticker": "x" * 70_000}).status == 413
    answer = owner.ask("POST", "/api/tools/ticker", raw="not json")
    assert (answer.status, answer.json()["error"]) == (400, "the body is to be JSON in UTF-8, and is not")
    form = owner.ask("POST", "/api/tools/ticker", form={"ticker": "AAPL"})
    assert (form.status, "application/json" in form.json()["error"]) == (415, True)
    deep = owner.ask("POST", "/api/tools/ticker", raw="[" * 60_000)
    assert deep.status == 400


@pytest.mark.parametrize("path", ["/api/tools", "/api/openapi.json", "/api/me", "/api/commands"])
def test_nobody_without_a_key_or_a_cookie_is_answered(address: str, path: str) -> None:
    answer = Visitor(address).get(path)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert Script(address, "desk_" + "x" * 43).get(path).status == 401


def test_a_cookie_reads_and_posts_only_from_the_desks_own_pages(address: str, gate: OwnerGate) -> None:
    browser = Visitor(address).enter(gate)
    assert browser.get("/api/me").json() == {
        "name": "owner",
        "role": "owner",
        "scopes": ["commands", "cycles", "metrics", "read"],
    }
    for headers, status in (
        ({}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": address, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": address}, 200),
    ):
        assert browser.ask("POST", "/api/tools/status", payload={}, headers=headers).status == status, headers


def test_the_document_describes_every_path_that_is_served(owner: Script, played: PlayedDesk) -> None:
    document = owner.get("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    named = {f"/api/tools/{tool.name}" for tool in ToolCatalogue(played.tools()).readers}
    assert named <= document["paths"].keys()
    body = document["paths"]["/api/tools/why"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["ticker"]
    ids = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))


def test_a_pause_is_proposed_shown_and_done_by_its_confirmation_once(
    owner: Script, engine: Engine, running: None
) -> None:
    proposed = owner.post("/api/commands", {"action": "pause"})
    assert proposed.status == 201
    command = proposed.json()
    assert command["sentence"]
    assert command["expires_at"].startswith((NOW + timedelta(minutes=5)).isoformat()[:16])
    assert command["id"] in {each["id"] for each in owner.get("/api/commands").json()["commands"]}
    with transaction(engine) as connection:
        assert not TradingState(connection).get().is_paused
    confirmed = owner.post(f"/api/commands/{command['id']}/confirm")
    assert (confirmed.status, confirmed.json()["status"]) == (200, "executed")
    assert "Trading is paused" in confirmed.json()["said"]
    with transaction(engine) as connection:
        assert TradingState(connection).get().is_paused
    again = owner.post(f"/api/commands/{command['id']}/confirm")
    assert (again.status, "already executed" in again.json()["error"]) == (409, True)
    assert owner.get(f"/api/commands/{command['id']}").json()["status"] == "executed"


def test_an_advance_is_carried_out_by_its_confirmation(owner: Script) -> None:
    command = owner.post("/api/commands", {"action": "advance", "sessions": 1}).json()
    done = owner.post(f"/api/commands/{command['id']}/confirm")
    assert done.status in (200, 202)
    assert done.json()["status"] in ("executed", "running")


def test_a_declined_or_expired_command_is_never_done(
    owner: Script, engine: Engine, clock: FixedClock, running: None
) -> None:
    declined = owner.post("/api/commands", {"action": "pause"}).json()["id"]
    assert owner.post(f"/api/commands/{declined}/decline").json()["status"] == "declined"
    assert owner.post(f"/api/commands/{declined}/confirm").status == 409
    stale = owner.post("/api/commands", {"action": "pause"}).json()["id"]
    clock.move(clock.now() + timedelta(minutes=6))
    assert owner.post(f"/api/commands/{stale}/confirm").status == 410
    with transaction(engine) as connection:
        assert not TradingState(connection).get().is_paused


def test_a_viewer_changes_nothing_and_sees_no_ticket_of_the_owners(
    owner: Script, vera: Script, engine: Engine, running: None
) -> None:
    assert vera.get("/api/me").json() == {
        "name": "vera",
        "role": "viewer",
        "scopes": ["metrics", "read"],
    }
    refused = vera.post("/api/commands", {"action": "pause"})
    assert (refused.status, "a viewer may look at everything" in refused.json()["error"]) == (403, True)
    command = owner.post("/api/commands", {"action": "pause"}).json()["id"]
    assert vera.get("/api/commands").json() == {"commands": []}
    assert vera.get(f"/api/commands/{command}").status == 404
    for way in ("confirm", "decline"):
        assert vera.post(f"/api/commands/{command}/{way}").status == 403
    with transaction(engine) as connection:
        assert not TradingState(connection).get().is_paused
    assert owner.post(f"/api/commands/{command}/decline").status == 200


def test_another_owner_does_not_confirm_what_was_not_asked_by_them(
    owner: Script, address: str, engine: Engine
) -> None:
    with transaction(engine) as connection:
        Accounts(connection).add("carl", "owner", "correct horse battery", now=NOW)
        carl = Script(address, Accounts(connection).create_key("carl", "tests", now=NOW)[0])
    command = owner.post("/api/commands", {"action": "pause"}).json()["id"]
    assert carl.post(f"/api/commands/{command}/confirm").status == 404
    with transaction(engine) as connection:
        Accounts(connection).disable("carl", now=NOW)
    assert carl.get("/api/me").status == 401
    assert owner.post(f"/api/commands/{command}/decline").status == 200


def test_the_same_idempotency_key_proposes_once(owner: Script) -> None:
    headers = {"Idempotency-Key": "order-1"}
    first = owner.post("/api/commands", {"action": "pause"}, headers=headers)
    second = owner.post("/api/commands", {"action": "pause"}, headers=headers)
    assert first.json() == second.json()
    other = owner.post("/api/commands", {"action": "kill"}, headers=headers)
    assert (other.status, other.json()["error"]) == (409, "this Idempotency-Key was used for something else")
    assert owner.post("/api/commands", {"action": "pause"}, headers={"Idempotency-Key": ""}).status == 400
    owner.post(f"/api/commands/{first.json()['id']}/decline")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"action": "sell everything"},
        {"action": "pause", "user": "owner"},
        {"action": "pause", "confirmed": True},
        {"action": "advance", "sessions": 10_000},
        {"action": "deposit", "amount": "NaN"},
    ],
)
def test_a_proposal_that_makes_no_sense_opens_no_ticket(owner: Script, given: object) -> None:
    before = owner.get("/api/commands").json()
    answer = owner.post("/api/commands", given)
    assert (answer.status, bool(answer.json()["error"])) == (422, True)
    assert owner.get("/api/commands").json() == before


@pytest.mark.parametrize("command_id", ["cmd-none", "x" * 500, "%00", "..%2f..", "'%20OR%201=1"])
def test_an_unknown_command_is_not_found(owner: Script, command_id: str) -> None:
    assert owner.get(f"/api/commands/{command_id}").status == 404
    assert owner.post(f"/api/commands/{command_id}/confirm").status == 404
