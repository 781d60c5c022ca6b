"""Advancing from a terminal: what is asked, what is told, and when it is refused."""

import io
import json
from contextlib import closing
from pathlib import Path

import pytest

from db.engine import transaction
from db.trading_state import TradingState
from desk.bootstrap import open_desk
from desk.cli import FAILED, OK, REFUSED
from support.started_desks import UNPLAYED, Run, settings_for

pytest_plugins = ["support.desks"]


def test_advance_shows_a_line_a_session(run: Run) -> None:
    code, out, _ = run("advance", "2")
    assert code == OK
    assert out.count("decided") == 2
    assert f"2 of 2 sessions played, {UNPLAYED - 2} left" in out


class Keyboard(io.StringIO):
    """Standard input with a person at it."""

    def isatty(self) -> bool:
        return True


def left(run: Run) -> int:
    unplayed = json.loads(run("status", "--json")[1])["unplayed_sessions"]
    assert isinstance(unplayed, int)
    return unplayed


@pytest.mark.parametrize("typed", ["n\n", "\n", "", "maybe\n"])
def test_many_sessions_are_asked_about_and_anything_but_yes_plays_none(
    run: Run, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    before = left(run)
    monkeypatch.setattr("sys.stdin", Keyboard(typed))
    code, out, err = run("advance", "99")
    assert code == FAILED
    assert out.endswith(f"No session was played, {before} left: it was not confirmed.")
    asked = (
        f"Play {before} sessions (99 were asked for, no more are left)? An advance cannot be undone. [y/N]"
    )
    assert asked in f"{out} {err}"
    assert left(run) == before


@pytest.mark.parametrize(
    ("arguments", "typed"), [(("6",), "y\n"), (("6", "--yes"), ""), (("6", "--json"), ""), (("1",), "")]
)
def test_what_is_confirmed_or_few_is_played(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], typed: str
) -> None:
    before = left(run)
    monkeypatch.setattr("sys.stdin", Keyboard(typed))
    code, out, err = run("advance", *arguments)
    assert code == OK
    assert ("cannot be undone" in f"{out} {err}") == bool(typed)
    assert left(run) == before - int(arguments[0])


def test_while_trading_is_paused_an_advance_says_so_first_and_names_the_cause(
    run: Run, started_folder: Path, small_bundle: Path
) -> None:
    def switch(to: str) -> None:
        settings = settings_for(started_folder, small_bundle)
        with closing(open_desk(settings)) as desk, transaction(desk.engine) as connection:
            turn = getattr(TradingState(connection), to)
            turn(by="owner", reason="on holiday", at=desk.clock.now())

    switch("pause")
    try:
        code, out, err = run("advance")
        as_json = json.loads(run("advance", "--json")[1])
    finally:
        switch("resume")
    assert code == OK
    assert "Trading was paused by owner (on holiday): nothing will be decided." in err
    assert "halted: trading was paused by owner: on holiday" in out
    assert [each["cause"] for each in as_json["played"]] == ["trading was paused by owner: on holiday"]


def test_on_the_real_clock_an_advance_is_refused(
    run: Run, started_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = started_folder / "version.json"
    before = version.read_text()
    version.write_text('{"format": 1, "mode": "live"}')
    monkeypatch.setenv("DESK_FEED", str(tmp_path))
    try:
        code, out, err = run("advance")
    finally:
        version.write_text(before)
    assert (code, out) == (REFUSED, "")
    assert err == "Error: the desk runs on the real clock, which cannot be advanced"


def test_with_no_session_left_an_advance_is_one_sentence_and_fails(run: Run) -> None:
    assert "the data end there" in run("advance", "99")[1]
    code, out, _ = run("advance")
    assert (code, out) == (FAILED, "No session was played, none left: the data end there.")
