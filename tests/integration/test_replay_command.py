"""`desk replay` as its owner runs it: what it prints, its exit codes, and what it refuses."""

import json
from pathlib import Path

import pytest

from desk.cli import FAILED, OK, REFUSED
from support.kept_records import change, kept_in
from support.started_desks import Run

pytest_plugins = ["support.desks"]


def last_session(folder: Path) -> str:
    return str(kept_in(folder).tables["cycles"][-1][0]).removeprefix("daily-")


def test_the_last_decision_is_replayed_byte_for_byte_and_its_hash_is_shown(
    run: Run, started_folder: Path
) -> None:
    before = kept_in(started_folder)
    code, out, _ = run("replay", "last")
    told = json.loads(run("replay", last_session(started_folder), "--json")[1])
    assert code == OK
    assert f"the same decision, byte for byte (sha256 {told['sha256_then']})" in out
    assert told["same"]
    assert told["sha256_now"] == told["sha256_then"]
    assert told["cycle_id"] in out
    assert kept_in(started_folder) == before


def test_one_changed_limit_is_shown_ticker_by_ticker_with_its_clamps(run: Run) -> None:
    code, out, _ = run("replay", "last", "--limit", "max_position=0.01")
    assert code == OK, "a change that was asked for is no failure"
    assert "max_position=0.01: another decision" in out
    assert "Now cut:" in out
    assert "by max_position" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("last", "--limit", "max_positon=1"), REFUSED, "did you mean limits.max_position?"),
        (("last", "--limit", "max_position"), REFUSED, "expected a limit such as max_position=0.05"),
        (
            ("last", "--limit", "max_position=much"),
            REFUSED,
            "limits.max_position must be a number, was 'much'",
        ),
        (("last", "--limit", "max_names=1.5"), REFUSED, "limits.max_names must be a whole number, was 1.5"),
        (("last", "--limit", "allow_short=maybe"), REFUSED, "limits.allow_short must be true or false"),
        (("last", "--limit", "max_position=NaN"), REFUSED, "limits.max_position must be a number"),
        (("last", "--limit", "max_net=3"), REFUSED, "cannot be above limits.max_gross"),
        (("last", "--without-role", "portfolio_manager"), REFUSED, "without it nothing is proposed"),
        (
            ("last", "--without-role", "scout"),
            REFUSED,
            "expected a role of the committee that can be left out",
        ),
        (("last", "--drop-news", "h-0"), FAILED, "expected a headline that this decision was shown"),
        (("last", "--llm", "anthropic:claude-sonnet-5"), REFUSED, "needs a key of anthropic, found none"),
        (("last", "--llm", "somebody"), REFUSED, "expected anthropic:<llm>"),
        (("last", "--without-memory", "--llm", "offline"), REFUSED, "not allowed with argument"),
        (("yesterday",), FAILED, "expected a cycle on record, was 'yesterday'; nearest: daily-"),
        (
            ("daily-1999-01-04",),
            FAILED,
            "expected a cycle on record, was 'daily-1999-01-04'; nearest: daily-",
        ),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.delenv("DESK_ANTHROPIC_API_KEY", raising=False)
    answer = run("replay", *arguments)
    assert answer[:2] == (code, "")
    assert said in answer[2]
    assert "Traceback" not in answer[2]


def test_a_desk_that_was_never_started_has_nothing_to_replay(run: Run, tmp_path: Path) -> None:
    code, _, err = run("replay", "last", "--data-dir", str(tmp_path / "nothing"))
    assert (code, err) != (OK, "")


def test_nothing_is_replayed_from_books_that_do_not_add_up(run: Run, started_folder: Path) -> None:
    day = last_session(started_folder)
    edit = (
        "ALTER TABLE desk.cycles DISABLE TRIGGER ALL; UPDATE desk.cycles "
        "SET record = replace(record, '\"{old}\"', '\"{new}\"') WHERE session = '{day}'"
    )
    change(started_folder, edit.format(old="decided", new="held", day=day))
    code, out, _ = run("replay", day)
    as_json = run("replay", day, "--json")
    change(started_folder, edit.format(old="held", new="decided", day=day))
    assert (code, as_json[0]) == (FAILED, FAILED)
    assert f"daily-{day}" in out
    assert "Nothing is replayed from books that do not add up." in out
    assert json.loads(as_json[1])["findings"][0]["table"] == "cycles"
    assert run("replay", day)[0] == OK
