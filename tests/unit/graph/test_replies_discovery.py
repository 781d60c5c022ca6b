"""How the discovery is told: names with who found them, pickers with intervals, silence with its cause."""

from dataclasses import replace
from datetime import date

import pytest

from db.discovery import StoredRun
from fund.discovery.track import PickerScore
from graph.chat_events import ChatEvent, Table
from graph.examples.likeness import Likeness
from graph.replies.discovery import pickers_reply, status_reply, suggestions_reply
from graph.replies.watchlist import watchlist_reply
from support.books import MONDAY, at_close
from support.discoveries import a_run, a_turn
from support.questions import outcomes
from support.talk import text_of
from tools.discovery import Afterwards, DiscoveryStatus, PickerReport, SuggestedName, SuggestionReport
from tools.paper_lists import PaperList
from tools.watchlist import WatchedName, WatchlistReport


def a_name(ticker: str = "AAPL", **changes: object) -> SuggestedName:
    name = SuggestedName(
        ticker=ticker,
        name=f"{ticker} Inc.",
        rank=1,
        score=0.83,
        said={"metric": f"{ticker} rose 3.0%", "scout": "worth <b>a look</b>"},
        listed=None,
        afterwards=(
            Afterwards(horizon_sessions=1, excess=0.012, why=""),
            Afterwards(horizon_sessions=5, excess=None, why="no bar on 2016-11-02"),
            Afterwards(horizon_sessions=20, excess=None, why="not over yet"),
        ),
    )
    return replace(name, **changes)  # type: ignore[arg-type]


def a_report(*names: SuggestedName, **changes: object) -> SuggestionReport:
    run = a_run()
    report = SuggestionReport(
        run_id=run.run_id,
        session=run.session,
        as_of=run.as_of,
        entry_session=run.entry_session,
        universe=run.universe,
        overlap=run.overlap,
        pickers=(a_turn(), a_turn("scout", speaker="offline rules, no LLM")),
        names=names,
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def a_score(picker: str = "metric", **changes: object) -> PickerScore:
    score = PickerScore(
        picker=picker,
        mean=0.004,
        low=-0.002,
        high=0.010,
        sessions=60,
        independent=12,
        names=600,
        beyond_lot=0.003,
        beyond_low=-0.004,
        beyond_high=0.009,
    )
    return replace(score, **changes)  # type: ignore[arg-type]


def a_comparison(*scores: PickerScore, **changes: object) -> PickerReport:
    report = PickerReport(
        horizon_sessions=5,
        first=date(2016, 1, 4),
        last=date(2016, 12, 1),
        scores=scores,
        cost=0.0006,
        lists=(),
        lists_since=date(2016, 1, 4),
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def tables(events: list[ChatEvent]) -> list[Table]:
    return [event for event in events if isinstance(event, Table)]


def test_what_was_found_is_told_with_who_found_it_and_what_came_of_it() -> None:
    events = list(suggestions_reply(a_report(a_name(), a_name("MSFT", rank=2, listed="manual"))))
    said = text_of(events)
    assert "the discovery found 2 names among 480; first AAPL, MSFT." in said
    assert "The scout spoke by offline rules, no LLM." in said
    assert "Nothing here is bought" in said
    found, words = tables(events)
    assert found.rows[0][:6] == (1, "AAPL", "AAPL Inc.", "0.83", "no", "metric, scout")
    assert found.rows[0][6:] == ("+1.20%", "no bar on 2016-11-02", "not over yet")
    assert found.rows[1][4] == "yours"
    assert ("AAPL", "scout", "worth  b a look /b") in [tuple(row) for row in words.rows]


def test_a_silent_picker_and_an_empty_run_are_said() -> None:
    report = a_report(pickers=(a_turn("scout", silent="budget: spent", names=0),))
    said = text_of(list(suggestions_reply(report)))
    assert "The discovery of 2016-11-01 found no name." in said
    assert "The scout picker was silent: budget: spent." in said
    assert "spoke by" not in said
    assert "No discovery has run yet" in text_of(list(suggestions_reply(a_report(run_id=""))))


def test_pickers_are_told_with_their_intervals_and_nothing_is_claimed_of_noise() -> None:
    lot = a_score("random", mean=0.001, beyond_lot=None, beyond_low=None, beyond_high=None)
    said = text_of(list(pickers_reply(a_comparison(a_score(), lot))))
    assert (
        "came to +0.40% on average beyond the universe, over 60 sessions of which 12 do not overlap" in said
    )
    assert "drawn by lot: +0.10%" in said
    assert "None of them can be told from the lot." in said
    (shown,) = tables(list(pickers_reply(a_comparison(a_score(), lot))))
    assert shown.rows[0][1:5] == ("+0.40%", "-0.20% to +1.00%", "+0.30%", "-0.40% to +0.90%")
    better = text_of(list(pickers_reply(a_comparison(a_score(beyond_low=0.001), lot))))
    assert "Told from the lot by its interval: metric." in better


def test_too_few_sessions_and_none_at_all_are_said() -> None:
    few = a_score(low=None, high=None, beyond_low=None, beyond_high=None, sessions=7)
    said = text_of(list(pickers_reply(a_comparison(few))))
    assert "too few sessions to tell any of them from the lot" in said
    assert "It is not known yet what any suggestion returned after 5 sessions." in text_of(
        list(pickers_reply(a_comparison(cost=None)))
    )


def test_the_lists_on_paper_stand_beside_the_universe() -> None:
    held = PaperList(
        name="discovered",
        sessions=40,
        value=0.021,
        beyond=0.0002,
        beyond_low=-0.001,
        beyond_high=0.0014,
        turnover=3.4,
        costs=0.0011,
    )
    never = replace(
        held, name="manual", sessions=0, value=None, beyond=None, beyond_low=None, beyond_high=None
    )
    (shown,) = tables(list(pickers_reply(a_comparison(lists=(held, never)))))
    assert shown.rows[0][:4] == ("discovered", "+2.10%", "+0.020%", "-0.100% to +0.140%")
    assert shown.rows[1][:4] == ("manual", "n/a", "n/a", "too few sessions")


def status_of(run: StoredRun | None, **changes: object) -> DiscoveryStatus:
    status = DiscoveryStatus(
        runs=3,
        last=run,
        diverged=False,
        diverged_below=0.01,
        manual=2,
        most_manual=12,
        discovered=8,
        most_discovered=8,
    )
    return replace(status, **changes)  # type: ignore[arg-type]


def test_the_status_tells_the_last_run_and_both_lists() -> None:
    said = text_of(list(status_reply(status_of(a_run()))))
    assert "The discovery has run 3 times, last at 2016-11-01 21:00 UTC over 480 names." in said
    assert "8 of at most 8 discovered names, 2 of at most 12 of yours" in said
    assert "25.0% of their names in common, two by two." in said
    assert "they diverge" in text_of(list(status_reply(status_of(a_run(overlap=0.0), diverged=True))))
    assert "No discovery has run yet" in text_of(list(status_reply(status_of(None))))


def test_both_halves_of_the_watchlist_are_shown() -> None:
    name = WatchedName(
        ticker="NI",
        name="NiSource",
        added_by="discovery",
        added_at=at_close(MONDAY),
        price=None,
        return_20=None,
        held=False,
        may_be_bought=True,
        reason="suggested, rank 1",
    )
    report = WatchlistReport(
        session=MONDAY, names=(), most=12, discovered=(name,), most_discovered=8, before_committee=3
    )
    said = text_of(list(watchlist_reply(report)))
    assert "The watchlist is empty." in said
    assert "Discovered: 1 name of at most 8; up to 3 of them take a place before the committee." in said
    (shown,) = tables(list(watchlist_reply(report)))
    assert shown.rows[0] == (
        "NI",
        "NiSource",
        "n/a",
        "n/a",
        "no",
        "yes",
        "suggested, rank 1",
        "2016-03-07 21:30",
    )


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("What did discovery find?", "discovery"),
        ("whats new from the discovery", "discovery"),
        ("which names did you discover?", "discovery"),
        ("did the scout turn up anything", "discovery"),
        ("How do the pickers compare?", "pickers"),
        ("are the pickers any better than chance", "pickers"),
        ("did the discovered names beat the universe?", "pickers"),
        ("What is on the watchlist?", "watchlist"),
        ("did the alert go out?", "alerts"),
    ],
)
def test_questions_about_discovery_are_understood(question: str, intent: str) -> None:
    threads = [{"level": "easy", "turns": [{"ask": question, "intent": intent}]}]
    assert [each.right for each in outcomes(threads, Likeness())] == [True]
