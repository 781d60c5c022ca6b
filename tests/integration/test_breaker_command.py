"""The kill switch and the resume at the terminal, on a desk that has been started before."""

import io
import json

import pytest

from desk.cli import FAILED, OK
from desk.consent import account_name
from support.started_desks import Run

pytest_plugins = ["support.desks"]


@pytest.fixture(autouse=True)
def closed(run: Run) -> None:
    """Begin every test with a closed breaker, whatever the one before left."""
    run("resume", "--yes")


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.mark.parametrize("text", ["", "\n", "yes\n", "resume\n"])
def test_a_halt_that_is_not_confirmed_does_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    typed(monkeypatch, text)
    code, out, _ = run("halt")
    assert code == FAILED
    assert out == "Withdrawn: nothing was done (throw the kill switch)."
    assert "Breaker closed" in run("status")[1]


def test_a_typed_halt_latches_and_a_typed_resume_shows_its_evidence_and_ends_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "halt\n")
    code, out, err = run("halt")
    assert code == OK
    assert out.startswith("The kill switch is thrown: ")
    told = run("status")[1]
    assert "Trading halted" in told
    assert "Breaker open, latched, since " in told
    assert f"by {account_name()} (the kill switch): confirmed at the terminal" in told
    assert "To resume The book is " in told
    assert "kill switch is on since" in run("halt", "--yes")[2]
    typed(monkeypatch, "resume\n")
    code, out, err = run("resume")
    assert (code, out) == (OK, "Trading is resumed. The next session is decided as usual.")
    assert "- The Sharpe ratio takes 7 sessions since the change, there are 0" in err
    assert "Breaker closed" in run("status")[1]


def test_as_json_it_says_who_approved_on_what_evidence(run: Run) -> None:
    assert run("halt", "--yes", "--json")[0] == OK
    code, out, _ = run("resume", "--yes", "--json")
    said = json.loads(out)
    assert (code, said["done"], said["by"]) == (OK, True, account_name())
    assert [each["name"] for each in said["evidence"]] == ["drawdown", "winning_sessions", "sharpe"]


def test_under_the_kill_switch_a_session_is_played_and_nothing_is_decided(run: Run) -> None:
    run("halt", "--yes")
    code, out, err = run("advance")
    assert code == OK
    assert "The kill switch was thrown by " in err
    assert "halted: the kill switch was thrown by " in out


def test_what_is_not_open_is_not_resumed(run: Run) -> None:
    code, _, err = run("resume", "--yes")
    assert code == FAILED
    assert "there is nothing to resume" in err
