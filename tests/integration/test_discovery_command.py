"""`desk discover` and the two halves of `desk watchlist` at the terminal."""

import json

from desk.cli import OK, REFUSED
from support.started_desks import Run

pytest_plugins = ["support.desks"]


def test_discover_runs_once_a_session_shows_what_it_found_and_fills_the_list(run: Run) -> None:
    code, out, _ = run("discover")
    assert code == OK
    assert "Discovery of " in out
    assert "It was on record already" not in out
    assert "suggested, rank 1" in out
    assert "Returns are followed from the open of " in out
    code, out, _ = run("discover")
    assert code == OK
    assert "It was on record already; nothing was done again." in out
    found = json.loads(run("discover", "--json")[1])
    assert not found["fresh"]
    assert len(found["run"]["names"]) == 10
    listed = json.loads(run("watchlist", "--json")[1])
    assert [each["ticker"] for each in listed["discovered"]] == [
        e["ticker"] for e in found["run"]["names"][:8]
    ]
    code, out, _ = run("watchlist")
    assert (code, "Discovered" in out, "The watchlist is empty" in out) == (OK, True, True)


def test_performance_says_what_is_not_known_yet_and_runs_nothing(run: Run) -> None:
    before = json.loads(run("discover", "--json")[1])["run"]["run_id"]
    code, out, _ = run("discover", "--performance", "--sessions", "20")
    assert code == OK
    assert "It is not known yet what any suggestion returned." in out
    report = json.loads(run("discover", "--performance", "--json")[1])
    assert (report["horizon_sessions"], report["scores"]) == (5, [])
    assert json.loads(run("discover", "--json")[1])["run"]["run_id"] == before
    assert run("discover", "--performance", "--sessions", "7")[0] == REFUSED
