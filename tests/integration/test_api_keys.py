"""Keys and bodies: a key opens what it was made for, and nothing that is sent breaks the desk."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from db.accounts import Accounts
from db.engine import transaction
from desk.owner import OwnerGate
from desk.setting_groups import Access
from desk.web.server import create_app
from fund.clock import FixedClock
from support.chat_client import serving
from support.desk_records import NOW, PlayedDesk
from support.fake_desk import FakeDesk
from support.scripts import Script, a_script

pytest_plugins = ["support.api_desk"]

SCOPED = (
    ("read", "GET", "/api/portfolio", None),
    ("read", "GET", "/api/cycles", None),
    ("read", "GET", "/api/events", None),
    ("read", "POST", "/api/tools/status", {}),
    ("commands", "POST", "/api/commands", {"action": "nonsense"}),
    ("commands", "POST", "/api/breaker/resume", {}),
    ("commands", "POST", "/api/commands/cmd-none/confirm", {}),
    ("cycles", "POST", "/api/cycles", {}),
)


@pytest.mark.parametrize("held", ["read", "commands", "cycles", "metrics"])
def test_a_key_opens_the_doors_of_its_scopes_and_the_refusal_names_the_missing_one(
    address: str, engine: Engine, held: str
) -> None:
    script = a_script(address, engine, scopes=[held])
    for scope, method, path, body in SCOPED:
        answer = script.ask(method, path, payload=body)
        if scope == held:
            assert answer.status != 403, path
        else:
            assert answer.status == 403, path
            assert f"the scope {scope!r}" in answer.json()["error"]


def test_a_limited_key_opens_no_page_and_no_chat(address: str, engine: Engine) -> None:
    script = a_script(address, engine, scopes=["metrics"])
    assert script.get("/dashboard").status == 303
    assert script.get("/dashboard/parts").status == 401
    for scopes in (["metrics"], ["read"], ["commands", "cycles", "read"]):
        limited = a_script(address, engine, scopes=scopes)
        answer = limited.ask("POST", "/chat/auth/header", payload={})
        assert (answer.status, answer.headers["set-cookie"]) == (403, None)


def test_mcp_asks_for_the_same_scopes(address: str, engine: Engine) -> None:
    def call(script: Script, tool: str, arguments: object) -> Any:
        asked = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": tool, "arguments": arguments},
        }
        headers = {"Accept": "application/json, text/event-stream"}
        return script.post("/mcp", asked, headers=headers).json()["result"]["structuredContent"]

    reader, mover = (a_script(address, engine, scopes=[scope]) for scope in ("read", "commands"))
    assert "result" in call(reader, "status", {})
    assert "the scope 'commands'" in call(reader, "propose", {"action": "pause"})["refused"]
    assert "the scope 'read'" in call(mover, "status", {})["refused"]


def test_who_asks_too_fast_is_told_for_how_long(played: PlayedDesk, gate: OwnerGate, engine: Engine) -> None:
    app = create_app(
        FakeDesk(),
        gate=gate,
        engine=engine,
        access=Access(calls_per_minute=3),
        tools=played.tools(),
        clock=FixedClock(NOW),
    )
    with serving(app) as address:
        script = a_script(address, engine)
        assert script.get("/api/cycles").status == 200
        refused = script.get("/api/cycles")
        assert (refused.status, refused.headers["retry-after"]) == (429, "20")
        assert script.get("/api/me").status == 429, "the pace is the user's, whatever is asked"


HOSTILE = (
    ('{"ticker": "a\\u0000b"}', 422),
    ('{"ticker": "\\ud800"}', 422),
    ('{"ticker": "AAPL", "ticker": "MSFT"}', 200),
    ('{"ticker": NaN}', 400),
    ('{"ticker": 1e999}', 422),
    ('{"ticker": ' + "9" * 4000 + "}", 422),
    ('{"ticker": ' + "9" * 5000 + "}", 400),
    ('{"ticker": ' + "[" * 40 + "]" * 40 + "}", 422),
    ("[" * 30_000, 400),
    ('{"\\u0000": 1}', 422),
    ("\ufeff{}", 400),
    ('"', 400),
)


@pytest.mark.parametrize(("raw", "status"), HOSTILE)
def test_a_hostile_body_is_refused_and_never_a_failure_of_the_desk(
    owner: Script, raw: str, status: int
) -> None:
    answer = owner.ask("POST", "/api/tools/ticker", raw=raw.encode())  # type: ignore[arg-type]
    assert answer.status == status, answer.text
    if status != 200:
        assert answer.json()["log_id"]


def test_bytes_that_are_no_utf8_and_other_kinds_of_content_are_refused(owner: Script) -> None:
    assert owner.ask("POST", "/api/tools/ticker", raw=b'{"ticker": "\xff"}').status == 400  # type: ignore[arg-type]
    for kind, status in (
        ("text/plain", 415),
        ("application/xml", 415),
        ("application/json; charset=utf-8", 200),
    ):
        headers = {"Content-Type": kind}
        answer = owner.ask("POST", "/api/tools/ticker", raw='{"ticker": "AAPL"}', headers=headers)
        assert answer.status == status, kind


@settings(max_examples=60)
@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=20)
)
def test_whatever_json_is_sent_nothing_breaks(owner: Script, given_value: object) -> None:
    for path in ("/api/tools/ticker", "/api/cycles", "/api/commands", "/api/watchlist"):
        body = json.dumps({"ticker": given_value, "tickers": given_value, "reason": given_value})
        answer = owner.ask("POST", path, raw=body, headers={"Idempotency-Key": "k"})
        assert 400 <= answer.status < 500, (path, answer.text)


def test_the_last_use_and_an_expiry_hold_for_every_route(address: str, engine: Engine) -> None:
    with transaction(engine) as connection:
        key, kept = Accounts(connection).create_key(
            "owner", "short", now=NOW - timedelta(days=2), expires_at=NOW - timedelta(days=1)
        )
    assert Script(address, key).get("/api/portfolio").status == 401
    with transaction(engine) as connection:
        (found,) = (each for each in Accounts(connection).keys("owner") if each.key_id == kept.key_id)
    assert found.last_used_at is None
