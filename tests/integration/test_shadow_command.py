"""`desk shadow` at the terminal: what it teaches, what it asks, and what it says where nobody is set."""

import json
from pathlib import Path

import pytest

from agents.llm_spec import OFFLINE_LABEL
from db.shadows import IN_FORCE
from desk.cli import OK, REFUSED
from support.shadow_desks import shadowed_mandate
from support.started_desks import Run

pytest_plugins = ["support.desks"]


def test_without_a_shadow_it_says_so_and_how_to_set_one(run: Run) -> None:
    code, out, _ = run("shadow")
    assert code == OK
    assert out == 'No shadow is set: name one in [llm] of the mandate, such as shadows = ["offline"].'
    assert run("shadow", "--sessions", "7")[0] == REFUSED
    assert "last, or a day such as 2016-06-24, is needed, was 'x'" in run("shadow", "--day", "x")[2]


def test_what_waits_is_asked_now_and_shown_beside_the_committee(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = 'shadows = ["offline", "openai:gpt-5.4"]\n'
    monkeypatch.setenv("DESK_MANDATE", str(shadowed_mandate(tmp_path, named)))
    assert run("advance", "1")[0] == OK
    asked = json.loads(run("shadow", "--ask", "--json")[1])
    assert {each["shadow"]: each["decided"] for each in asked["scores"]} == {IN_FORCE: 1, OFFLINE_LABEL: 1}
    assert asked["skipped"] == {"openai:gpt-5.4": "no key: DESK_OPENAI_API_KEY is not set"}
    code, out, _ = run("shadow", "--day", "last")
    assert code == OK
    assert IN_FORCE in out
    assert OFFLINE_LABEL in out
    assert "Skipped: openai:gpt-5.4 (no key: DESK_OPENAI_API_KEY is not set)" in out
