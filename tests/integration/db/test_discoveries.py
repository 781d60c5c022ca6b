"""Runs, picks, returns and the list as they are kept: once, in order, and never changed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from db.discovery import Discoveries
from db.discovery_tables import APPEND_ONLY_OF_DISCOVERY
from db.watchlist import DISCOVERY, DiscoveredList, Watchlist
from fund.discovery.shortlist import ListChange
from support.discoveries import ENTRY, RAN, SESSION, a_return, a_run, some_picks

LATER, NEXT = date(2016, 11, 9), date(2016, 11, 10)


@pytest.fixture
def kept(connection: Connection) -> Discoveries:
    """Two runs, the second a week later, each with three lists."""
    runs = Discoveries(connection)
    for run, names in ((a_run(), ("A", "B")), (a_run("run-2", LATER, NEXT), ("B", "C"))):
        picks = [
            *some_picks(run.run_id, "metric", names),
            *some_picks(run.run_id, "random", ("Z", names[0])),
            *some_picks(run.run_id, "ensemble", names),
        ]
        assert runs.record(run, picks)
    return runs


def test_a_run_comes_back_as_it_was_with_every_list(kept: Discoveries) -> None:
    assert kept.run("run-1") == a_run()
    assert kept.run("nope") is None
    assert [run.run_id for run in kept.runs()] == ["run-2", "run-1"]
    assert [run.run_id for run in kept.runs(1)] == ["run-2"]
    assert (kept.count(), kept.first_session()) == (2, SESSION)
    assert list(kept.picks("run-1")) == sorted(
        [
            *some_picks("run-1", "ensemble", ("A", "B")),
            *some_picks("run-1", "metric", ("A", "B")),
            *some_picks("run-1", "random", ("Z", "A")),
        ],
        key=lambda pick: (pick.candidate.picker, pick.rank),
    )
    assert kept.suggested("metric", ["run-1", "run-2", "none"]) == {
        "run-1": frozenset("AB"),
        "run-2": frozenset("BC"),
        "none": frozenset(),
    }


def test_a_run_is_kept_once_and_the_first_stays(kept: Discoveries) -> None:
    assert not kept.record(a_run(universe=1), some_picks("run-1", "scout", ("X",)))
    assert kept.run("run-1") == a_run()
    assert "scout" not in {pick.candidate.picker for pick in kept.picks("run-1")}


def test_every_pick_waits_for_its_three_returns_until_each_is_filled(kept: Discoveries) -> None:
    due = kept.unfilled()
    assert {(each.entry_session, each.ticker) for each in due} == {
        (ENTRY, "A"), (ENTRY, "B"), (ENTRY, "Z"), (NEXT, "B"), (NEXT, "C"), (NEXT, "Z"),
    }  # fmt: skip
    assert len(due) == 18
    assert kept.fill([a_return("A"), a_return("B", None)]) == 2
    assert kept.fill([a_return("A", 0.9), a_return("A", horizon=1)]) == 1
    assert len(kept.unfilled()) == 15
    by_horizon = {each.horizon_sessions: each for each in kept.returns_of("run-1") if each.ticker == "A"}
    assert by_horizon[5] == a_return("A"), "filled once"
    assert by_horizon[5].excess == pytest.approx(0.01)
    assert [each.excess for each in kept.returns_of("run-1") if each.ticker == "B"] == [None]
    assert kept.returns_of("run-2") == ()


def test_outcomes_join_picks_with_what_is_known_by_a_session(kept: Discoveries) -> None:
    kept.fill([a_return("A"), a_return("Z", -0.01), a_return("B", None)])
    kept.fill([a_return("B", 0.03, NEXT, exit_session=date(2016, 11, 17))])
    told = [(each.run_id, each.picker, each.ticker, round(each.excess, 4)) for each in kept.outcomes(5)]
    assert told == [
        ("run-1", "ensemble", "A", 0.01),
        ("run-1", "metric", "A", 0.01),
        ("run-1", "random", "Z", -0.02),
        ("run-1", "random", "A", 0.01),
        ("run-2", "ensemble", "B", 0.02),
        ("run-2", "metric", "B", 0.02),
        ("run-2", "random", "B", 0.02),
    ]
    assert kept.outcomes(1) == ()
    by = {
        day: len(kept.outcomes(5, known_by=day))
        for day in (date(2016, 11, 7), date(2016, 11, 8), date(2016, 11, 17))
    }
    assert list(by.values()) == [0, 4, 7], "nothing before its exit has closed"


def test_the_discovered_half_is_what_its_changes_make_it(connection: Connection, kept: Discoveries) -> None:
    listed = DiscoveredList(connection)
    assert listed.current() == listed.best_first() == listed.history() == ()
    joined = [ListChange(ticker=t, joined=True, reason=f"suggested {t}") for t in "ACB"]
    listed.change(joined, run_id="run-1", at=RAN)
    listed.change(
        [ListChange(ticker="A", joined=False, reason="gone")], run_id="run-2", at=RAN + timedelta(days=1)
    )
    assert [(each.ticker, each.run_id, each.reason) for each in listed.current()] == [
        ("C", "run-1", "suggested C"),
        ("B", "run-1", "suggested B"),
    ]
    assert listed.best_first() == ("B", "C"), "B was ranked first in the last run"
    assert [each.change.ticker for each in listed.history()] == ["A", "C", "B", "A"]
    assert [each.entry_session for each in listed.history()] == [ENTRY] * 3 + [NEXT]
    assert listed.changes_of("run-2") == (ListChange(ticker="A", joined=False, reason="gone"),)
    by = connection.execute(text("SELECT DISTINCT changed_by FROM desk.discovered_changes")).scalars().all()
    assert by == [DISCOVERY]
    assert Watchlist(connection).current() == (), "the owner's half is another list"


@pytest.mark.parametrize("table", [table.fullname for table in APPEND_ONLY_OF_DISCOVERY])
def test_nothing_that_was_recorded_can_be_changed(
    connection: Connection, kept: Discoveries, table: str
) -> None:
    kept.fill([a_return("A")])
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with connection.begin_nested() as savepoint:
            with pytest.raises(DBAPIError, match=r"permission denied|append"):
                connection.execute(text(statement))
            savepoint.rollback()
