"""Routes with a name: they answer what the tools answer, and a cycle is asked for once."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from db.accounts import Accounts
from db.engine import transaction
from db.trading_state import TradingState
from desk.owner import OwnerGate
from desk.web.api_named import NAMED
from desk.web.tool_catalogue import ToolCatalogue
from support.chat_client import Visitor
from support.desk_records import NOW, PlayedDesk
from support.scripts import FakeRunner, Script, a_script

pytest_plugins = ["support.api_desk"]

FILLED = {"ticker": "AAPL"}


def test_a_named_route_answers_what_its_tool_answers(vera: Script) -> None:
    for named in NAMED:
        answer = vera.get(named.path.format(**FILLED))
        assert answer.status == 200, (named.path, answer.text)
        arguments = FILLED if "{" in named.path else {}
        assert answer.json() == vera.post(f"/api/tools/{named.tool}", arguments).json(), named.path


def test_every_named_route_is_a_tool_of_the_catalogue(played: PlayedDesk, vera: Script) -> None:
    catalogue = ToolCatalogue(played.tools())
    assert [named for named in NAMED if catalogue.reader(named.tool) is None] == []
    assert {named.path for named in NAMED} <= vera.get("/api/openapi.json").json()["paths"].keys()


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/performance?span=2016", 200, ""),
        ("/api/performance?spam=2016", 422, "unknown argument 'spam'; known are span"),
        ("/api/performance?span=all&span=2016", 422, "'span' is asked for once, and was given 2 times"),
        ("/api/forecasts/AAPL?ticker=MSFT", 422, "'ticker' is in the path already"),
        ("/api/forecasts/%00", 422, "a text holds NUL"),
        ("/api/decisions?session=2016-11-01", 200, ""),
        ("/api/decisions?session=yesterday", 422, "session: "),
        ("/api/decisions/MSFT?session=2016-11-01", 200, ""),
    ],
)
def test_a_query_is_read_as_strictly_as_a_body(vera: Script, path: str, status: int, said: str) -> None:
    answer = vera.get(path)
    assert answer.status == status, answer.text
    assert said in answer.text


def test_cycles_are_listed_in_pages_without_a_gap(vera: Script, played: PlayedDesk) -> None:
    whole = vera.get("/api/cycles?limit=200").json()
    seqs = [each["seq"] for each in whole["cycles"]]
    assert whole["next"] is None
    assert seqs == sorted(seqs, reverse=True)
    assert len(seqs) > 4
    found: list[int] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        before = f"&before={page['next']}" if page["next"] else ""
        page = vera.get(f"/api/cycles?limit=3{before}").json()
        found += [each["seq"] for each in page["cycles"]]
    assert found == seqs
    one = whole["cycles"][0]
    assert vera.get(f"/api/cycles?session={one['session']}&job={one['job']}").json()["cycles"] == [one]
    assert vera.get("/api/cycles?job=none").json() == {"cycles": [], "next": None}


def test_one_cycle_comes_with_its_orders(vera: Script) -> None:
    cycles = vera.get("/api/cycles").json()["cycles"]
    shown = [vera.get(f"/api/cycles/{each['cycle_id']}").json() for each in cycles]
    assert [each["record"] for each in shown] == cycles
    orders = [order for each in shown for order in each["orders"]]
    assert orders
    assert all(isinstance(order["quantity"], str) for order in orders)
    for unknown in ("none", "%00", "x" * 500, "..%2f..", "'%20OR%201=1"):
        assert vera.get(f"/api/cycles/{unknown}").status == 404


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "before=-1",
        "before=99999999999999999999",
        "session=never",
        "x=1",
        "job=%00",
    ],
)
def test_a_page_that_cannot_be_is_refused(vera: Script, query: str) -> None:
    assert vera.get(f"/api/cycles?{query}").status == 422


def test_a_cycle_is_asked_for_once_however_often_it_is_sent(owner: Script, runner: FakeRunner) -> None:
    asked, once = (
        {"tickers": ["aapl", "MSFT", "AAPL"], "reason": "AAPL fell 6 %"},
        {"Idempotency-Key": "move-1"},
    )
    first = owner.post("/api/cycles", asked, headers=once)
    assert (first.status, first.json()["status"]) == (202, "waiting")
    assert owner.post("/api/cycles", asked, headers=once).json() == first.json()
    (taken,) = runner.taken.values()
    assert (taken.tickers, taken.reason, taken.by) == (("AAPL", "MSFT"), "AAPL fell 6 %", "owner")
    standing = owner.get(f"/api/cycles/{first.json()['cycle_id']}").json()
    assert (standing["status"], standing["record"]) == ("waiting", None)
    other = owner.post("/api/cycles", {**asked, "reason": "another"}, headers=once)
    assert (other.status, other.json()["error"]) == (409, "this Idempotency-Key was used for something else")
    assert len(runner.taken) == 1


def test_the_same_key_of_two_owners_is_two_cycles(address: str, engine: Engine, owner: Script) -> None:
    with transaction(engine) as connection:
        Accounts(connection).add("carl", "owner", "correct horse battery", now=NOW)
    once, asked = {"Idempotency-Key": "same"}, {"reason": "news"}
    ids = {
        script.post("/api/cycles", asked, headers=once).json()["cycle_id"]
        for script in (owner, a_script(address, engine, "carl"))
    }
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        ({"reason": "x"}, None, 400),
        ({"reason": "x"}, "k" * 201, 400),
        ({}, "k", 422),
        ({"reason": ""}, "k", 422),
        ({"reason": "x" * 1001}, "k", 422),
        ({"reason": "a\x00b"}, "k", 422),
        ({"reason": "x", "tickers": ["A"] * 61}, "k", 422),
        ({"reason": "x", "tickers": ["A; DROP"]}, "k", 422),
        ({"reason": "x", "tickers": "AAPL"}, "k", 422),
        ({"reason": "x", "by": "carl"}, "k", 422),
        (["x"], "k", 422),
    ],
)
def test_a_cycle_that_makes_no_sense_is_not_taken_in(
    owner: Script, runner: FakeRunner, body: object, key: str | None, status: int
) -> None:
    before = dict(runner.taken)
    answer = owner.post("/api/cycles", body, headers={"Idempotency-Key": key} if key else {})
    assert (answer.status, bool(answer.json()["error"])) == (status, True)
    assert runner.taken == before


def test_while_trading_is_halted_a_cycle_is_refused_in_a_sentence(owner: Script, runner: FakeRunner) -> None:
    runner.halted = "the desk is ending"
    answer = owner.post("/api/cycles", {"reason": "x"}, headers={"Idempotency-Key": "late"})
    runner.halted = ""
    assert (answer.status, answer.json()["error"]) == (409, "the desk is ending")


def test_a_discovery_run_is_asked_for_as_a_cycle_is(owner: Script, vera: Script) -> None:
    once = {"Idempotency-Key": "look"}
    first = owner.post("/api/discovery/run", {"reason": "a quiet day"}, headers=once)
    assert (first.status, first.json()["status"]) == (202, "waiting")
    assert owner.post("/api/discovery/run", {"reason": "a quiet day"}, headers=once).json() == first.json()
    assert vera.post("/api/discovery/run", {"reason": "x"}, headers=once).status == 403


def test_a_resume_is_a_ticket_and_nothing_is_resumed_by_asking(owner: Script, engine: Engine) -> None:
    assert owner.post("/api/breaker/resume").status == 422, "trading is running"
    with transaction(engine) as connection:
        TradingState(connection).pause(by="owner", reason="lunch", at=NOW)
    proposed = owner.post("/api/breaker/resume")
    assert proposed.status == 201
    with transaction(engine) as connection:
        assert TradingState(connection).get().is_paused
    assert owner.post("/api/breaker/resume", {"confirmed": True}).status == 422
    done = owner.post(f"/api/commands/{proposed.json()['id']}/confirm")
    assert (done.status, done.json()["status"]) == (200, "executed")
    with transaction(engine) as connection:
        assert not TradingState(connection).get().is_paused


def test_the_watchlist_is_changed_by_tickets(owner: Script) -> None:
    def watched() -> set[str]:
        return {each["ticker"] for each in owner.get("/api/watchlist").json()["result"]["names"]}

    before = watched()
    proposed = owner.post("/api/watchlist", {"tickers": ["MSFT"]}, headers={"Idempotency-Key": "watch-1"})
    assert proposed.status == 201, proposed.text
    again = owner.post("/api/watchlist", {"tickers": ["MSFT"]}, headers={"Idempotency-Key": "watch-1"})
    assert again.json() == proposed.json()
    assert watched() == before
    assert owner.post(f"/api/commands/{proposed.json()['id']}/confirm").status == 200
    assert watched() == before | {"MSFT"}
    gone = owner.ask("DELETE", "/api/watchlist/MSFT")
    assert gone.status == 201, gone.text
    owner.post(f"/api/commands/{gone.json()['id']}/confirm")
    assert watched() == before


def test_a_viewer_reads_and_moves_nothing(vera: Script, runner: FakeRunner) -> None:
    before = dict(runner.taken)
    for method, path, body in (
        ("POST", "/api/cycles", {"reason": "x"}),
        ("POST", "/api/breaker/resume", {}),
        ("POST", "/api/watchlist", {"tickers": ["MSFT"]}),
        ("DELETE", "/api/watchlist/MSFT", None),
    ):
        answer = vera.ask(method, path, payload=body, headers={"Idempotency-Key": "v"})
        assert (answer.status, "ask the owner" in answer.json()["error"]) == (403, True), path
    assert runner.taken == before


def test_a_cookie_moves_nothing_from_another_page(address: str, gate: OwnerGate, runner: FakeRunner) -> None:
    browser, before = Visitor(address).enter(gate), dict(runner.taken)
    for headers in (
        {},
        {"Origin": "http://evil.example"},
        {"Origin": address, "Sec-Fetch-Site": "cross-site"},
    ):
        for method, path in (("POST", "/api/cycles"), ("DELETE", "/api/watchlist/MSFT")):
            sent = {**headers, "Idempotency-Key": "x"}
            assert browser.ask(method, path, payload={"reason": "x"}, headers=sent).status == 403
    assert runner.taken == before


def test_the_document_is_what_is_served(owner: Script) -> None:
    document = owner.get("/api/openapi.json").json()
    kept = json.dumps(document)
    for name in ("CyclePage", "OneCycle", "CycleAccepted", "EventPage", "Ticket", "ToolResult", "Me"):
        assert name in document["components"]["schemas"]
        assert f"#/components/schemas/{name}" in kept
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["x-scope"] in ("read", "commands", "cycles", "metrics"), path
            assert {"401", "403", "429"} <= operation["responses"].keys(), path
            answer = Visitor(owner.address).ask(method.upper(), path.replace("{", "").replace("}", ""))
            assert answer.status == 401, f"{method} {path} is served, and not to anybody"
    assert document["paths"]["/api/cycles"]["post"]["parameters"][0]["required"]
