"""What a view answers, and what the broker may ask of the history itself."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from fund.errors import DataError, NoDataError
from fund.market.history import History
from fund.market.history_view import HistoryView
from fund.market.view import MarketView
from support.markets import (
    a_calendar,
    a_dividend,
    a_headline,
    a_history,
    a_panel,
    a_quiet_history,
    a_report,
    a_spell,
    a_split,
    a_telling,
    an_observation,
)

NAN = math.nan
CALENDAR = a_calendar()
DAYS = CALENDAR.sessions(CALENDAR.first, CALENDAR.last)
CLOSES = {"AAA": [10.0, 11.0, 12.0, 13.0, 14.0], "BBB": [NAN, 20.0, NAN, 21.0, NAN]}


def view_on(history: History, place: int) -> HistoryView:
    return history.view(CALENDAR.decision_time(DAYS[place]))


def test_a_view_is_a_market_view() -> None:
    view: MarketView = view_on(a_quiet_history(CLOSES), 1)
    assert view.as_of == CALENDAR.decision_time(DAYS[1])
    assert view.session == DAYS[1]


def test_a_bar_is_known_from_its_close_and_not_before() -> None:
    history = a_quiet_history(CLOSES)
    close = CALENDAR.close_at(DAYS[1])
    assert history.view(close).mark("AAA").price == Decimal(11)
    assert history.view(close - timedelta(microseconds=1)).mark("AAA").price == Decimal(10)


def test_a_moment_before_the_first_close_or_without_a_timezone_has_no_view() -> None:
    calendar = a_calendar(count=20)
    later = History(panel=a_panel({"AAA": [10.0]}, sessions=[DAYS[3]]), calendar=calendar)
    with pytest.raises(NoDataError, match=f"after the first session closed, {DAYS[3]}"):
        later.view(calendar.decision_time(DAYS[1]))
    with pytest.raises(DataError, match="timezone-aware"):
        later.view(datetime(2016, 1, 8, 12))  # noqa: DTZ001 - the naive moment under test


def test_sessions_are_those_of_the_calendar_since_the_history_began() -> None:
    history = a_quiet_history(CLOSES)
    assert view_on(history, 3).sessions(2) == DAYS[2:4]
    assert view_on(history, 3).sessions(100) == DAYS[:4]
    assert view_on(history, 3).sessions(0) == ()
    assert view_on(history, 7).sessions(2) == DAYS[6:8]


def test_a_mark_is_stale_when_the_session_has_no_bar() -> None:
    history = a_quiet_history(CLOSES)
    fresh, stale = view_on(history, 1).mark("BBB"), view_on(history, 2).mark("BBB")
    assert (fresh.price, fresh.session, fresh.stale) == (Decimal(20), DAYS[1], False)
    assert (stale.price, stale.session, stale.stale) == (Decimal(20), DAYS[1], True)


def test_every_mark_is_stale_once_the_bars_end() -> None:
    history = a_quiet_history(CLOSES, membership=(a_spell("AAA"),))
    assert view_on(history, 4).members() == {"AAA"}
    assert view_on(history, 5).members() == frozenset()
    assert view_on(history, 5).mark("AAA").stale


def test_members_are_in_the_index_and_have_a_fresh_mark() -> None:
    spells = (a_spell("AAA", DAYS[0], DAYS[3]), a_spell("BBB"), a_spell("ZZZ"))
    history = a_quiet_history(CLOSES, membership=spells)
    members = [view_on(history, place).members() for place in range(4)]
    assert members == [{"AAA"}, {"AAA", "BBB"}, {"AAA"}, {"BBB"}]


def test_tickers_appear_with_their_first_bar() -> None:
    history = a_quiet_history(CLOSES)
    assert view_on(history, 0).tickers() == {"AAA"}
    assert view_on(history, 1).tickers() == {"AAA", "BBB"}
    assert view_on(history, 1).instrument("BBB").name == "BBB Inc"


@pytest.mark.parametrize(
    "ask",
    [
        lambda view: view.instrument("BBB"),
        lambda view: view.mark("BBB"),
        lambda view: view.bars("BBB", 1),
        lambda view: view.total_return_index("BBB", 1),
        lambda view: view.average_volume("BBB", 1),
        lambda view: view.actions("BBB", date.min),
        lambda view: view.report("BBB"),
    ],
)
def test_a_ticker_not_seen_yet_is_unknown_to_every_question(ask: object) -> None:
    with pytest.raises(NoDataError, match=f"expected a ticker with bars by {DAYS[0]}, found 'BBB'"):
        ask(view_on(a_quiet_history(CLOSES), 0))  # type: ignore[operator]


def test_bars_without_metadata_say_so() -> None:
    history = a_quiet_history(CLOSES, instruments={})
    with pytest.raises(NoDataError, match="expected an instrument for 'AAA', found bars only"):
        view_on(history, 0).instrument("AAA")


def test_bars_leave_gaps_out_and_come_oldest_first() -> None:
    view = view_on(a_quiet_history(CLOSES), 4)
    assert [bar.session for bar in view.bars("BBB", 5)] == [DAYS[1], DAYS[3]]
    assert [bar.close for bar in view.bars("AAA", 2)] == [Decimal(13), Decimal(14)]
    assert view.bars("AAA", 0) == ()
    assert view.bars("BBB", 5)[0] is view.bars("BBB", 2)[0]


def test_bars_are_raw_and_exact_to_four_decimals() -> None:
    history = a_quiet_history({"AAA": [1 / 3, 0.1]}, actions=(a_split(ex_date=DAYS[1], ratio="3"),))
    assert [bar.close for bar in view_on(history, 1).bars("AAA", 2)] == [Decimal("0.3333"), Decimal("0.1000")]


def test_the_index_is_read_only_and_not_copied() -> None:
    view = view_on(a_quiet_history(CLOSES), 4)
    values = view.total_return_index("AAA", 3)
    assert values.tolist() == pytest.approx([1.2, 1.3, 1.4])
    assert np.shares_memory(values, view.total_return_index("AAA", 5))
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 2.0


def test_the_average_volume_is_in_todays_shares() -> None:
    history = a_quiet_history({"AAA": [10.0, 10.0, 5.0]}, actions=(a_split(ex_date=DAYS[2]),))
    assert view_on(history, 1).average_volume("AAA", 2) == 1_000.0
    assert view_on(history, 2).average_volume("AAA", 2) == 1_500.0
    assert view_on(history, 2).average_volume("AAA", 1) == 1_000.0


def test_actions_are_known_on_their_session_and_listed_after_a_day() -> None:
    dividend, split = a_dividend(ex_date=DAYS[1]), a_split(ex_date=DAYS[3])
    history = a_quiet_history(CLOSES, actions=(split, dividend))
    assert view_on(history, 2).actions("AAA", date.min) == (dividend,)
    assert view_on(history, 3).actions("AAA", date.min) == (dividend, split)
    assert view_on(history, 3).actions("AAA", DAYS[1]) == (split,)
    assert view_on(history, 3).actions("BBB", date.min) == ()


@pytest.mark.parametrize("value", ["NaN", "-1", "0", "Infinity", "99999999999"])
def test_an_action_whose_figure_cannot_be_true_restates_nothing(value: str) -> None:
    split = replace(a_split(ex_date=DAYS[3]), value=Decimal(value))
    dividend = replace(a_dividend(ex_date=DAYS[2]), value=Decimal(value))
    told, calm = a_quiet_history(CLOSES, actions=(split, dividend)), a_quiet_history(CLOSES)
    seen, usual = view_on(told, 3), view_on(calm, 3)
    assert seen.actions("AAA", date.min) == ()
    assert list(seen.total_return_index("AAA", 4)) == list(usual.total_return_index("AAA", 4))
    assert seen.average_volume("AAA", 4) == usual.average_volume("AAA", 4)
    assert told.actions_on(DAYS[3]) == (split,), "the ledger is told, to refuse it with a reason"


def test_of_a_revised_day_the_vintage_known_last_counts() -> None:
    first, second = an_observation(day=DAYS[0], value=1.0), an_observation(day=DAYS[1], value=2.0)
    revised = an_observation(day=DAYS[0], value=9.0, known_at=CALENDAR.close_at(DAYS[2]))
    history = a_quiet_history(CLOSES, macro=(revised, second, first))
    assert view_on(history, 1).macro("VIX", 5) == (first, second)
    assert view_on(history, 2).macro("VIX", 5) == (revised, second)
    assert view_on(history, 2).macro("VIX") == (second,)


def test_macro_of_an_unknown_series_or_before_its_first_value_is_empty() -> None:
    history = a_quiet_history(CLOSES, macro=(an_observation(day=DAYS[2]),))
    assert view_on(history, 1).macro("VIX", 3) == ()
    assert view_on(history, 3).macro("VXI", 3) == ()
    assert view_on(history, 3).macro("VIX", 0) == ()


def test_headlines_come_newest_first() -> None:
    early, late = (a_headline(f"h{place}", CALENDAR.open_at(DAYS[place])) for place in (1, 2))
    history = a_quiet_history(CLOSES, headlines=(early, late))
    assert view_on(history, 4).headlines(5) == (late, early)
    assert view_on(history, 4).headlines(1) == (late,)
    assert view_on(history, 1).headlines(5) == (early,)
    assert view_on(history, 4).headlines(0) == ()


def test_an_amendment_replaces_its_period_and_hides_no_newer_one() -> None:
    old, new = a_report(end_date=date(2015, 9, 30)), a_report(known_at=CALENDAR.open_at(DAYS[1]))
    amended = a_report(known_at=CALENDAR.open_at(DAYS[2]), revenue=2e9)
    old_amended = a_report(end_date=date(2015, 9, 30), known_at=CALENDAR.open_at(DAYS[3]))
    history = a_quiet_history(CLOSES, reports=(old_amended, amended, new, old))
    assert [view_on(history, place).report("AAA") for place in range(4)] == [old, new, amended, amended]
    assert view_on(history, 1).report("BBB") is None


@pytest.mark.parametrize(
    "facts",
    [
        {"headlines": (a_headline(known_at=datetime(2016, 1, 4)),)},  # noqa: DTZ001
        {"macro": (an_observation(known_at=datetime(2016, 1, 4)),)},  # noqa: DTZ001
        {"reports": (a_report(known_at=datetime(2016, 1, 4)),)},  # noqa: DTZ001
    ],
    ids=["headline", "observation", "report"],
)
def test_a_fact_dated_without_a_timezone_is_refused(facts: dict[str, object]) -> None:
    with pytest.raises(DataError, match="expected a known_at with a timezone"):
        a_quiet_history(CLOSES, **facts)


def test_the_panel_of_a_view_holds_the_past_of_the_tickers_seen() -> None:
    history = a_quiet_history(CLOSES)
    assert view_on(history, 0).panel().tickers == ("AAA",)
    panel = view_on(history, 3).panel(2)
    assert panel.sessions == DAYS[2:4]
    assert panel.close[:, 0].tolist() == [12.0, 13.0]
    assert np.shares_memory(panel.close, history.panel.close)


def test_the_bars_of_a_session_are_for_the_broker() -> None:
    history = a_quiet_history(CLOSES)
    bars = history.next_bars(DAYS[2])
    assert list(bars) == ["AAA"]
    assert len(bars) == 1
    assert bars["AAA"].close == Decimal(12)
    assert bars.get("BBB") is None
    assert "ZZZ" not in bars
    with pytest.raises(NoDataError, match=f"expected a session with bars between {DAYS[0]} and {DAYS[4]}"):
        history.next_bars(DAYS[5])


def test_actions_of_a_session_are_for_the_ledger() -> None:
    dividend, split = a_dividend("BBB", DAYS[1]), a_split("AAA", DAYS[1])
    history = a_quiet_history(CLOSES, actions=(dividend, split, a_split("AAA", DAYS[2])))
    assert history.actions_on(DAYS[1]) == (split, dividend)
    assert history.actions_on(DAYS[4]) == ()


def test_an_action_on_a_day_the_exchange_is_closed_would_be_booked_by_nobody() -> None:
    saturday = DAYS[4] + timedelta(days=1)
    assert saturday.isoweekday() == 6
    with pytest.raises(DataError, match=r"on a session, found CorporateAction\(ticker='AAA'"):
        a_quiet_history({"AAA": [10.0] * 8}, actions=(a_split("AAA", saturday),))
    a_quiet_history({"AAA": [10.0] * 5}, actions=(a_split("AAA", saturday),))


def test_an_open_that_was_carried_over_is_suspect() -> None:
    history = a_quiet_history(
        {"AAA": [10.0, 12.0, 12.5, NAN, 13.0]}, opens={"AAA": [10.0, 10.0, 12.4, NAN, 12.9]}
    )
    assert history.suspect("AAA", DAYS[1])
    assert not history.suspect("AAA", DAYS[2])
    assert not history.suspect("AAA", DAYS[3])
    assert not history.suspect("ZZZ", DAYS[2])


def test_the_version_is_that_of_the_content() -> None:
    history, same, other = a_history(1), a_history(1), a_history(2)
    assert history.data_version == same.data_version
    assert history.data_version != other.data_version
    assert len(history.data_version) == 64


@pytest.mark.parametrize(
    "facts",
    [
        {"actions": (a_split(ex_date=DAYS[1]),)},
        {"macro": (an_observation(),)},
        {"headlines": (a_headline(),)},
        {"reports": (a_report(),)},
        {"membership": (a_spell("AAA"),)},
        {"instruments": {}},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_every_kind_of_fact_counts_in_the_version(facts: dict[str, object]) -> None:
    assert a_quiet_history(CLOSES, **facts).data_version != a_quiet_history(CLOSES).data_version


def test_one_bit_of_one_price_counts_in_the_version() -> None:
    nudged = {**CLOSES, "AAA": [10.0, 11.0, np.nextafter(12.0, 13.0), 13.0, 14.0]}
    history, other = a_quiet_history(CLOSES), a_quiet_history(nudged)
    assert view_on(history, 1).data_version == view_on(other, 1).data_version
    assert view_on(history, 2).data_version != view_on(other, 2).data_version


def test_a_view_reports_its_moment_in_utc() -> None:
    history = a_quiet_history(CLOSES)
    elsewhere = CALENDAR.decision_time(DAYS[2]).astimezone()
    assert history.view(elsewhere).as_of.tzinfo is UTC
    assert history.view(elsewhere).session == DAYS[2]


def test_who_told_a_headline_is_part_of_the_version_once_it_is_known_and_changes_none_before() -> None:
    facts = {"headlines": (a_headline("h1"),)}
    without = a_quiet_history(CLOSES, **facts)
    told = a_quiet_history(CLOSES, **facts, tellings=(a_telling("h1", CALENDAR.decision_time(DAYS[1])),))
    assert view_on(without, 0).data_version == view_on(told, 0).data_version
    assert view_on(without, 1).data_version != view_on(told, 1).data_version
    assert view_on(told, 0).tellings("h1") == ()
    assert [each.headline_id for each in view_on(told, 1).tellings("h1")] == ["h1"]
    assert view_on(told, 1).tellings("h2") == ()


def test_headlines_since_a_moment_are_those_known_later_than_it_newest_first() -> None:
    history = a_quiet_history(
        CLOSES, headlines=(a_headline("h1"), a_headline("h2", CALENDAR.decision_time(DAYS[1])))
    )
    view = view_on(history, 1)
    assert [each.headline_id for each in view.headlines_since(view.as_of - timedelta(days=30))] == [
        "h2",
        "h1",
    ]
    assert [each.headline_id for each in view.headlines_since(a_headline("h1").known_at)] == ["h2"]
    assert view_on(history, 0).headlines_since(view.as_of) == ()
