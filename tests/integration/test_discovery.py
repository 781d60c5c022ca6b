"""A desk that discovers: who picked what, what it returned, and what list and committee make of it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import text

from db.discovery import Discoveries, StoredReturn
from db.engine import in_transaction, transaction
from db.events import Events
from db.watchlist import DiscoveredList, Watchlist
from desk.attention import DISCOVERED, Wishes
from desk.bootstrap import Desk
from desk.discovery import DiscoveryRun, run_discovery
from desk.discovery_list import CHANGED, DIVERGED, divergence
from desk.discovery_returns import fill_forward_returns
from desk.rebuild import Rebuilder
from desk.talk import Sight, desk_tools
from desk.worker import DeskWorker
from fund.discovery.ensemble import ENSEMBLE
from fund.discovery.forward import exit_of
from fund.discovery.rules import DiscoveryRules
from fund.errors import QueryRefusedError
from support.discoveries import a_run, some_candidates
from tools.discovery import DiscoveryTools

pytest_plugins = ["support.desks"]


def at(desk: Desk, session: date) -> datetime:
    return desk.history.calendar.decision_time(session)


def last_of(desk: Desk) -> date:
    session = desk.player.last_session()
    assert session is not None
    return session


def calls(desk: Desk) -> int:
    with transaction(desk.engine) as connection:
        counted = connection.execute(text("SELECT count(*) FROM desk.llm_calls WHERE role = 'scout'"))
        return int(counted.scalar_one())


@pytest.fixture(scope="module")
def tools(desk: Desk) -> DiscoveryTools:
    return DiscoveryTools(desk.engine, Sight(desk).view, desk.mandate)


@pytest.fixture(scope="module")
def worker(desk: Desk) -> Iterator[DeskWorker]:
    with closing(DeskWorker(desk)) as working:
        yield working


@pytest.fixture(scope="module")
def first(desk: Desk) -> DiscoveryRun:
    """The first run, some sessions before the desk's clock."""
    session = desk.history.calendar.shift(last_of(desk), -8)
    return run_discovery(desk, at(desk, session), "first")


def test_a_run_hears_every_picker_and_the_lot_and_merges_the_others(desk: Desk, first: DiscoveryRun) -> None:
    turns = {turn.picker: turn for turn in first.run.pickers}
    assert first.fresh
    assert list(turns) == ["metric", "fuzzy", "scout", "random"]
    assert turns["scout"].speaker == "offline rules, no LLM"
    assert [turns[name].weight for name in ("metric", "fuzzy", "scout", "random")] == pytest.approx(
        [1 / 3] * 3 + [0]
    )
    assert all(not turn.silent and turn.names == 10 for turn in turns.values())
    by_picker: dict[str, set[str]] = {}
    for pick in first.picks:
        by_picker.setdefault(pick.candidate.picker, set()).add(pick.candidate.ticker)
    found = {pick.candidate.ticker for pick in first.suggestions}
    assert found <= by_picker["metric"] | by_picker["fuzzy"] | by_picker["scout"]
    view = desk.history.view(first.run.as_of)
    assert set.union(*by_picker.values()) <= view.members()
    assert first.run.entry_session == desk.history.calendar.next_session(first.run.session)
    assert all(": " in reason for pick in first.suggestions for reason in pick.candidate.reasons)


def test_the_same_slot_twice_is_one_run_and_asks_nobody_again(desk: Desk, first: DiscoveryRun) -> None:
    asked = calls(desk)
    again = run_discovery(desk, at(desk, last_of(desk)), "first")
    assert not again.fresh
    assert (again.run, set(again.picks), again.changes) == (first.run, set(first.picks), first.changes)
    assert again.suggestions == first.suggestions
    assert calls(desk) == asked >= 1


def test_the_past_is_looked_at_as_it_was_known_then(
    desk: Desk, first: DiscoveryRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same moment under another id, the market cut off there: the same picks to the last digit."""
    monkeypatch.setattr(desk.market, "_history", desk.history.truncated(first.run.as_of))
    again = run_discovery(desk, first.run.as_of, "cut")
    told = [[(p.candidate, p.rank) for p in each.picks] for each in (again, first)]
    assert sorted(told[0], key=repr) == sorted(told[1], key=repr)


def test_the_list_is_filled_up_to_its_most_and_its_change_is_told_once(
    desk: Desk, first: DiscoveryRun
) -> None:
    with transaction(desk.engine) as connection:
        listed = DiscoveredList(connection).current()
        told = [each.event for each in Events(connection).latest(kind=CHANGED)]
    assert [each.ticker for each in listed] == [p.candidate.ticker for p in first.suggestions[:8]]
    assert all(each.run_id == "first" for each in listed)
    (event,) = told
    assert event.event_id == "discovery-changed-first"
    assert event.data["joined"] == [each.ticker for each in listed]
    assert event.data["by"] == "discovery"


def test_a_moment_ahead_of_the_desks_clock_is_refused(desk: Desk) -> None:
    ahead = desk.history.calendar.next_session(last_of(desk))
    with pytest.raises(QueryRefusedError, match="expected a moment that the desk's clock has reached"):
        run_discovery(desk, at(desk, ahead), "ahead")
    assert in_transaction(desk.engine, lambda c: Discoveries(c).run("ahead")) is None


def test_returns_are_filled_by_their_rule_when_they_are_known_and_once(
    desk: Desk, first: DiscoveryRun
) -> None:
    last, history = last_of(desk), desk.history
    assert fill_forward_returns(desk) > 0
    assert fill_forward_returns(desk) == 0
    known: dict[tuple[str, int], StoredReturn] = {}
    for each in in_transaction(desk.engine, lambda c: Discoveries(c).returns_of("first")):
        known[each.ticker, each.horizon_sessions] = each
    assert {horizon for _, horizon in known} == {1, 5}, "twenty sessions are not over"
    assert all(each.exit_session <= last for each in known.values())
    pick = first.suggestions[0].candidate.ticker
    column = history.panel.tickers.index(pick)
    entry = history.panel.sessions.index(first.run.entry_session)
    leaving = history.panel.sessions.index(exit_of(history.calendar, first.run.entry_session, 5))
    index, panel = history.panel.total_return_index[:, column], history.panel
    expected = index[leaving] / index[entry] * panel.close[entry, column] / panel.open[entry, column] - 1
    assert known[pick, 5].value == pytest.approx(expected)
    assert leaving - entry == 4
    members = history.view(first.run.as_of).members()
    assert known[pick, 5].universe_names == len(members)
    assert 0 < (known[pick, 5].cost or 0) < 0.01


def test_pickers_are_compared_with_the_lot_over_what_is_known(desk: Desk, tools: DiscoveryTools) -> None:
    fill_forward_returns(desk)
    report = tools.performance(5)
    assert {score.picker for score in report.scores} == {"metric", "fuzzy", "scout", "random", ENSEMBLE}
    assert all(score.low is None and score.sessions == 1 for score in report.scores)
    assert [each.name for each in report.lists] == ["discovered", "manual", "universe"]
    held = {each.name: each for each in report.lists}
    assert held["discovered"].sessions == 8
    assert held["manual"].sessions == 0
    assert held["manual"].value is None
    assert held["discovered"].costs > 0
    assert held["universe"].beyond is None
    with pytest.raises(QueryRefusedError, match="followed over 1, 5, 20 sessions, was 3"):
        tools.performance(3)


def test_the_last_suggestions_are_told_with_what_came_of_them(
    tools: DiscoveryTools, first: DiscoveryRun
) -> None:
    report = tools.suggestions("first")
    assert [each.ticker for each in report.names] == [p.candidate.ticker for p in first.suggestions]
    assert all(each.said.keys() <= {"metric", "fuzzy", "scout"} for each in report.names)
    after = report.names[0].afterwards
    assert [each.horizon_sessions for each in after] == [1, 5, 20]
    assert after[0].excess is not None
    assert after[2].why == "not over yet"
    status = tools.status()
    assert (status.discovered, status.most_discovered, status.runs) == (8, 8, 2)
    with pytest.raises(QueryRefusedError, match="there is no run 'nope' on record"):
        tools.suggestions("nope")


def test_discovered_names_take_their_places_before_the_committee_and_replay_byte_for_byte(
    desk: Desk, worker: DeskWorker, first: DiscoveryRun
) -> None:
    places = desk.mandate.discovery.before_committee
    wishes = in_transaction(desk.engine, partial(Wishes.standing, places=places))
    assert len(wishes.discovered) == places
    assert in_transaction(desk.engine, Wishes.standing).discovered == ()
    (played,) = asyncio.run(worker.advance(1, lambda event: None)).played
    with Rebuilder(desk, desk.settings) as rebuilder:
        rebuilt = rebuilder.rebuild(f"daily-{played.session.isoformat()}")
    assert rebuilt.same
    assert rebuilt.then.inputs[DISCOVERED].split() == list(wishes.discovered)
    assert rebuilt.then.proposal is not None
    seen = {each["ticker"] for each in dict(rebuilt.then.proposal.evidence)["evidence"]["candidates"]}  # type: ignore[index,call-overload]
    assert set(wishes.discovered) <= seen
    run_discovery(desk, at(desk, played.session), "after")
    with Rebuilder(desk, desk.settings) as rebuilder:
        assert rebuilder.rebuild(f"daily-{played.session.isoformat()}").same, "whatever the list is by now"


def test_a_run_of_an_older_moment_does_not_move_the_list(desk: Desk, first: DiscoveryRun) -> None:
    before = in_transaction(desk.engine, lambda c: DiscoveredList(c).history())
    old = run_discovery(desk, first.run.as_of - timedelta(days=7), "late to come")
    assert old.fresh
    assert old.changes == ()
    assert in_transaction(desk.engine, lambda c: DiscoveredList(c).history()) == before


def test_a_name_the_owner_watches_leaves_the_discovered_half(desk: Desk) -> None:
    listed = in_transaction(desk.engine, lambda c: DiscoveredList(c).current())
    mine = listed[0].ticker

    def watch(connection: object, watched: bool) -> None:
        Watchlist(connection).change(  # type: ignore[arg-type]
            [mine], watched=watched, command_id="test", by="owner", at=desk.clock.now()
        )

    in_transaction(desk.engine, partial(watch, watched=True))
    run = run_discovery(desk, at(desk, last_of(desk)) + timedelta(minutes=1), "with mine")
    assert (mine, False) in [(each.ticker, each.joined) for each in run.changes]
    assert all(p.listed == "manual" for p in run.picks if p.candidate.ticker == mine)
    in_transaction(desk.engine, partial(watch, watched=False))


def test_a_picker_that_is_off_is_not_asked_and_one_that_fails_is_silent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = DiscoveryRules(fuzzy=False, suggestions=3)
    monkeypatch.setattr(desk, "mandate", replace(desk.mandate, discovery=rules))
    asked = calls(desk)
    monkeypatch.setattr("agents.offline.RULES", {})
    run = run_discovery(desk, at(desk, last_of(desk)) + timedelta(minutes=2), "two")
    turns = {turn.picker: turn for turn in run.run.pickers}
    assert list(turns) == ["metric", "scout", "random"]
    assert turns["scout"].silent.startswith("answer: ")
    assert turns["scout"].names == 0
    assert run.run.overlap is None, "one list has nothing to be compared with"
    assert [len(run.suggestions), calls(desk) - asked] == [3, 2], "one repair, and then it is silent"


def test_pickers_that_have_nothing_in_common_are_told_of(desk: Desk) -> None:
    lists = {"metric": some_candidates("A", "B"), "fuzzy": some_candidates("C", "D", picker="fuzzy")}
    run = a_run("apart", overlap=0.0)

    def judge(connection: object, below: str) -> bool:
        from decimal import Decimal

        rules = DiscoveryRules(diverged_below=Decimal(below))
        return divergence(connection, run, lists, rules)  # type: ignore[arg-type]

    assert not in_transaction(desk.engine, partial(judge, below="0"))
    assert in_transaction(desk.engine, partial(judge, below="0.01"))
    with transaction(desk.engine) as connection:
        (told,) = [each.event for each in Events(connection).latest(kind=DIVERGED)]
    assert "0.0% of their names in common, less than 1.0%; fuzzy has C first, metric has A first" in told.text
    assert told.data["topic"] == DIVERGED


def test_the_chat_and_the_llm_get_the_same_from_the_desks_tools(desk: Desk, worker: DeskWorker) -> None:
    tools = desk_tools(desk, worker)
    assert tools.discovery.suggestions().names
    report = tools.watchlist.watchlist()
    assert (report.most, report.most_discovered, report.before_committee) == (12, 8, 3)
    assert {each.added_by for each in report.discovered} == {"discovery"}
    assert all(each.reason.startswith("suggested, rank") for each in report.discovered)


def test_json_of_a_run_is_plain(first: DiscoveryRun, tools: DiscoveryTools) -> None:
    from db.record_codec import to_plain

    assert json.loads(json.dumps(to_plain(tools.suggestions("first"))))["run_id"] == "first"
