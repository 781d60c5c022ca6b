"""The door of the reports: the owner alone, one file of one experiment, and nothing that it could run."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from desk.eval_asking import PAGE
from desk.web.doors import Visitor
from desk.web.guard import Receive, Scope, Send
from desk.web.report_door import POLICY, add_reports

NAME = "bakeoff-0123456789ab"
OWNER = Visitor(name="ann", role="owner", by="cookie")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (NAME, "night-0123456789ab", "Bakeoff-0123456789ab", "bakeoff-0123456789abc", "end_to-end"):
        (tmp_path / "evals" / name).mkdir(parents=True)
        (tmp_path / "evals" / name / PAGE).write_text("<p>größer</p>", encoding="utf-8")
    (tmp_path / PAGE).write_text("<p>not a report</p>", encoding="utf-8")
    (tmp_path / "evals" / "run-0123456789ab" / PAGE).mkdir(parents=True)
    (tmp_path / "evals" / "gate-0123456789ab").mkdir()
    (tmp_path / "evals" / "gate-0123456789ab" / PAGE).write_bytes(b"\xff\xfe")
    return tmp_path / "evals"


def asked(root: Path, path: str, visitor: Visitor | None) -> tuple[int, str, str | None]:
    """Return the status, the text and the policy of an answer."""
    app = FastAPI()
    add_reports(app, root)

    async def let_in(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"visitor": visitor}}, receive, send)

    found = TestClient(let_in).get(f"/evals/{path}")
    return found.status_code, found.text, found.headers.get("content-security-policy")


def test_the_owner_reads_a_report_that_can_run_nothing(root: Path) -> None:
    for name in (NAME, "night-0123456789ab"):
        assert asked(root, name, OWNER) == (200, "<p>größer</p>", POLICY)
    assert {"default-src 'none'", "sandbox"} <= set(POLICY.split("; "))
    assert "script-src" not in POLICY


@pytest.mark.parametrize(
    ("visitor", "status"),
    [
        (None, 401),
        (Visitor(name="ann", role="owner", by="key", key_scopes=frozenset({"metrics"})), 401),
        (Visitor(name="bob", role="viewer", by="cookie"), 403),
        (Visitor(name="bob", role="viewer", by="key", key_scopes=frozenset({"read"})), 403),
    ],
)
def test_nobody_else_learns_even_which_reports_there_are(
    root: Path, visitor: Visitor | None, status: int
) -> None:
    there, nowhere = asked(root, NAME, visitor), asked(root, "bakeoff-ffffffffffff", visitor)
    assert there == nowhere
    assert there[0] == status


@pytest.mark.parametrize(
    "path",
    [
        "bakeoff-ffffffffffff",
        "Bakeoff-0123456789ab",
        "bakeoff-0123456789abc",
        "end_to-end",
        "..",
        "%2e%2e",
        "..%2f",
        f"{NAME}%2f..%2f{NAME}",
        f"{NAME}%0a",
        f"{NAME}%00",
        "bakeoff-%D9%A0123456789ab",
        f"{'a' * 5000}-0123456789ab",
        "run-0123456789ab",
        "gate-0123456789ab",
    ],
)
def test_whatever_is_no_report_is_not_found(root: Path, path: str) -> None:
    status, text, _ = asked(root, path, OWNER)
    assert status == 404
    assert "not a report" not in text
