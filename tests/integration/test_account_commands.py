"""`desk account` and `desk mcp` on a desk that has been started: what they change counts at once."""

import io
import json
import sys
from pathlib import Path

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from desk.cli import FAILED, OK, REFUSED
from desk.owner import OwnerGate
from support.checkout import ROOT
from support.desk_process import DESK, desk_environment
from support.started_desks import Run

pytest_plugins = ["support.desks"]

PASSWORD = "correct horse battery"


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_viewer_is_made_listed_shut_out_and_let_in_again(run: Run) -> None:
    code, out, _ = run("account", "add", "Anna", "--role", "viewer")
    assert code == OK
    assert "anna may enter as viewer. The password, shown only now:" in out
    assert json.loads(run("account", "list", "--json")[1])["accounts"][0]["name"] == "anna"
    assert run("account", "disable", "anna")[0] == OK
    assert "disabled" in run("account", "list")[1]
    assert run("account", "enable", "anna")[1] == "anna may enter again."


def test_a_password_can_be_brought_along_and_is_then_not_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, f"{PASSWORD}\n")
    code, out, err = run("account", "add", "bert", "--stdin")
    assert (code, out) == (OK, "bert may enter as viewer.")
    assert PASSWORD not in out + err
    typed(monkeypatch, "short\n")
    code, _, err = run("account", "password", "bert", "--stdin")
    assert (code, "12 to 256 characters, was 5 long" in err) == (FAILED, True)


def test_the_owners_password_is_replaced_in_the_owners_file_and_nobody_is_locked_out(
    run: Run, started_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = OwnerGate.open(started_folder / "secrets")
    epoch = gate.epoch
    typed(monkeypatch, f"{PASSWORD}\n")
    code, out, _ = run("account", "password", "owner", "--stdin")
    assert (code, out) == (OK, "The password of owner is replaced; its sessions have ended.")
    assert gate.admits("owner", PASSWORD)
    assert gate.epoch == epoch + 1
    code, _, err = run("account", "disable", "owner")
    assert (code, "the owner cannot be disabled" in err) == (FAILED, True)


def test_a_key_is_shown_once_listed_without_itself_and_revoked(run: Run) -> None:
    made = json.loads(run("account", "key", "create", "owner", "--label", "script", "--json")[1])
    assert made["key"].startswith("desk_")
    code, out, _ = run("account", "key", "list")
    assert (code, made["key_id"] in out, made["key"] in out) == (OK, True, False)
    assert "admits nobody any more" in run("account", "key", "revoke", made["key_id"])[1]
    assert "revoked" in run("account", "key", "list", "owner")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("account",), REFUSED, "ACTION"),
        (("account", "add", "1st"), FAILED, "an account's name is a letter"),
        (("account", "add", "owner"), FAILED, "there is an account 'owner' already"),
        (("account", "add", "x2", "--role", "admin"), REFUSED, "admin"),
        (("account", "password", "nobody"), FAILED, "there is no account 'nobody'"),
        (("account", "key", "create", "owner"), REFUSED, "--label"),
        (("account", "key", "create", "owner", "--label", "x", "--days", "0"), REFUSED, "1 to 3650 days"),
        (("account", "key", "revoke", "key-none"), FAILED, "there is no key 'key-none'"),
    ],
)
def test_what_does_not_fit_is_said(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    found, _, err = run(*arguments)
    assert (found, said in err) == (code, True), err


async def test_an_assistant_on_this_machine_asks_over_standard_input(
    started_folder: Path, small_bundle: Path
) -> None:
    environment = desk_environment(started_folder, small_bundle)
    server = StdioServerParameters(
        command=sys.executable, args=[*DESK, "mcp"], env=dict(environment), cwd=str(ROOT)
    )
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        tools = [tool.name for tool in (await session.list_tools()).tools]
        found = await session.call_tool("status", {})
        proposed = await session.call_tool("propose", {"action": "pause"})
    assert tools[-1] == "propose"
    assert found.structuredContent is not None
    assert found.structuredContent["result"]["desk"]["mode"] == "replay"
    assert proposed.structuredContent is not None
    assert "proposed_not_done" in proposed.structuredContent
