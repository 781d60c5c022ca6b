"""The life of forecasters at the terminal: challenged, compared, promoted, rolled back, and heeded."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from desk.cli import FAILED, OK, REFUSED
from desk.consent import account_name
from support.started_desks import Run

pytest_plugins = ["support.desks"]


def listed(run: Run) -> dict[str, Any]:
    code, out, err = run("forecasters", "--json")
    assert code == OK, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_challenger_leads_once_the_word_is_typed_and_until_it_is_taken_back(
    run: Run, started_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run("train", "--family", "ridge")
    assert code == OK, err
    assert "as challengers: scored beside the champion, heard by nobody" in out
    standings = {each["forecaster"]: each for each in listed(run)["forecasters"]}
    assert [(each["role"], each["speaks"]) for each in standings.values()] == [
        ("champion", True),
        ("challenger", True),
        ("challenger", True),
        ("challenger", False),
    ]
    gbm, ridge = standings["gbm"]["version"], standings["ridge"]["version"]

    code, out, err = run("explain", "AAPL")
    assert code == OK, err
    assert out.startswith(f"Why {gbm} ranks AAPL where it does on ")
    assert out.count(" members: ") == out.count(" - ") == 5

    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    declined, out, err = run("promote", ridge)
    assert (declined, out) == (FAILED, "Nothing was changed.")
    assert f"- {ridge} leads over 5 sessions in place of {gbm}, from the next decision on" in err
    code, _, err = run("promote", ridge, "--why", "a try", "--yes")
    assert code == OK, err
    assert run("advance", "1")[0] == OK
    replayed = json.loads(run("replay", "last", "--json")[1])
    assert replayed["same"], "a decision under another champion is taken again as it was"

    card = started_folder / "forecasters" / ridge / "card.json"
    whole = card.read_text()
    card.write_text(whole + " ")
    assert f"{ridge} is unavailable: expected hash" in run("forecasters")[1]
    assert run("advance", "1")[0] == OK, "the desk goes on without it"
    card.write_text(whole)
    code, out, err = run("rollback", "--yes")
    assert code == OK, err
    assert out.endswith("from the next decision on, pinned.")
    assert [each["version"] for each in listed(run)["forecasters"] if each["pinned"]] == [gbm]
    code, out, err = run("unpin", "--why", "enough", "--yes")
    assert code == OK, err
    assert out.endswith(f"{gbm} is pinned no longer; the next training of gbm takes its place.")
    now = listed(run)
    assert not any(each["pinned"] for each in now["forecasters"])
    assert now["promotions"][0]["kind"] == "unpinned"
    made = now["promotions"][1:3]
    assert [(each["kind"], each["version"], each["why"]) for each in made] == [
        ("rolled_back", gbm, "no reason was given"),
        ("promoted", ridge, "a try"),
    ]
    assert made[0]["by"] == account_name()
    assert run("verify")[0] == OK


def test_tuning_makes_a_challenger_and_every_trial_is_on_record(run: Run) -> None:
    code, out, err = run("tune", "ridge", "--trials", "2", "--folds", "2", "--every", "8", "--json")
    assert code == OK, err
    made = json.loads(out)
    (card,) = made["cards"]
    assert (card["forecaster"], card["trials"]) == ("ridge-tuned", 2 * len(made["chosen"]))
    standings = [each for each in listed(run)["forecasters"] if each["forecaster"] == "ridge-tuned"]
    assert [(each["version"], each["role"], each["speaks"]) for each in standings] == [
        (card["version"], "challenger", False)
    ]
    tried = standings[0]["luck"]["tried"]
    assert tried["of_name"] == card["trials"] + 1, "its own training, and what its sizes were searched among"
    assert tried["claims"] <= tried["total"] - card["trials"]
    again = run("train", "--family", "ridge", "--tuned", "--json")
    assert again[0] == OK, again[2]
    assert json.loads(again[1])["cards"] == [card], "on the same data the same sizes give the same version"
    assert run("verify")[0] == OK, "the trials are a chain that holds"
    for wrong in (("momentum",), ("rigde",), ("ridge", "--trials", "0"), ("ridge", "--on", "rey")):
        code, _, err = run("tune", *wrong)
        assert (code, "expected" in err) == (REFUSED, True), wrong


def test_an_ensemble_of_the_register_leads_and_its_decision_is_taken_again(run: Run) -> None:
    code, out, err = run(
        "train", "--family", "ensemble", "--members", "gbm", "--members", "reversal", "--json"
    )
    assert code == OK, err
    (card,) = json.loads(out)["cards"]
    assert [each["forecaster"] for each in card["ensemble"]["members"]] == ["gbm", "reversal"]
    assert set(card["baseline_rank_ic"]) == {"gbm", "reversal", "plain mean of the members"}
    code, _, err = run("promote", card["version"], "--explain", "few sessions", "--yes")
    assert code == OK, err
    assert run("advance", "1")[0] == OK
    assert json.loads(run("replay", "last", "--json")[1])["same"], (
        "what an ensemble led is taken again as it was"
    )
