"""Why the desk did what it did, asked of a real past that holds every kind of decision once."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from support.database import DatabaseServer
from support.desk_records import NOW, PlayedDesk, a_played_desk
from support.fresh_desks import a_fresh_desk
from support.scripted_committee import FORECAST_NAMES, HALTED, SPEAKER, ListedForecasts
from tools.decisions import Aspect, DecisionTools
from tools.forecasts import ForecastTools


@pytest.fixture(scope="module")
def desk(engine: Engine) -> PlayedDesk:
    return a_played_desk(engine, clock=FixedClock(NOW))


@pytest.fixture(scope="module")
def decisions(desk: PlayedDesk) -> DecisionTools:
    return decision_tools(desk)


def decision_tools(desk: PlayedDesk) -> DecisionTools:
    return DecisionTools(desk.engine, desk.view, desk.directory, ForecastTools([ListedForecasts()]))


@pytest.mark.parametrize(
    ("ticker", "place", "outcome", "cause"),
    [
        ("AAPL", 0, "bought", "ordered"),
        ("MSFT", 0, "bought", "ordered"),
        ("NVDA", 0, "not_bought", "risk_officer"),
        ("GE", 0, "not_bought", "no_conviction"),
        ("PFE", 0, "not_bought", "no_conviction"),
        ("JNJ", 0, "not_bought", "no_target"),
        ("KO", 0, "not_bought", "validator"),
        ("WMT", 0, "not_bought", "no_evidence"),
        ("SPY", 0, "not_bought", "not_tradable"),
        ("BA", 0, "not_bought", "not_a_candidate"),
        ("XOM", 6, "sold", "ordered"),
        ("AAPL", 3, "kept", "kept"),
        ("AAPL", 12, "kept", "too_small"),
        ("AAPL", 8, "kept", "no_answer"),
        ("AAPL", HALTED, "kept", "halted"),
        ("BA", HALTED, "not_bought", "halted"),
    ],
)
def test_every_kind_of_decision_ends_in_its_own_reason(
    desk: PlayedDesk, decisions: DecisionTools, ticker: str, place: int, outcome: str, cause: str
) -> None:
    told = decisions.why(ticker, desk.sessions[place])
    assert (told.verdict.outcome, told.verdict.cause) == (outcome, cause)
    assert (told.ticker, told.session, told.note) == (ticker, desk.sessions[place], "")
    assert told.cycle_id == desk.records[place].cycle_id


def test_a_decision_brings_its_orders_fills_and_words(desk: PlayedDesk, decisions: DecisionTools) -> None:
    told = decisions.why("MSFT", desk.sessions[0])
    order = next(o for o in desk.records[0].orders if o.ticker == "MSFT")
    filled = [f for f in desk.fills if f.order_id == order.order_id]
    assert len(told.orders) == 1
    assert (told.orders[0].side, told.orders[0].quantity) == ("buy", order.quantity)
    assert told.orders[0].fills == tuple(filled)
    assert told.orders[0].status == "filled"
    assert [(c.limit, c.before, c.after) for c in told.clamps] == [
        ("max_position", Decimal("0.15"), Decimal("0.1"))
    ]
    assert (told.weight_before, told.proposed, told.weight_after) == (0, Decimal("0.15"), Decimal("0.1"))
    assert {word.speaker for word in told.words} == {SPEAKER}
    assert told.as_of == desk.records[0].as_of


def test_a_name_is_told_as_its_company_however_it_was_asked_for(decisions: DecisionTools) -> None:
    for asked in ("MSFT", "msft", "$MSFT", "microsoft"):
        told = decisions.why(asked)
        assert (told.ticker, told.name.startswith("Microsoft")) == ("MSFT", True)


def test_the_place_of_a_forecast_counts_the_better_ones(decisions: DecisionTools) -> None:
    names = len(FORECAST_NAMES)
    for place, ticker in enumerate(FORECAST_NAMES[:3], start=1):
        assert decisions.why(ticker).forecast_place == (place, names)


def test_a_name_without_forecast_has_no_place(desk: PlayedDesk, decisions: DecisionTools) -> None:
    assert decisions.why("CVS").forecast_place is None
    without = DecisionTools(desk.engine, desk.view, desk.directory)
    assert without.why("AAPL").forecast_place is None


def test_a_member_that_was_no_candidate_is_told_by_the_rank_it_had(decisions: DecisionTools) -> None:
    assert "ranked number 14 of 14, too low to be looked at" in decisions.why("BA").verdict.sentence


@pytest.mark.parametrize(("aspect", "place"), [("any", 18), ("bought", 18), ("sold", 6)])
def test_without_a_day_the_last_trade_of_that_kind_is_meant(
    desk: PlayedDesk, decisions: DecisionTools, aspect: Aspect, place: int
) -> None:
    assert decisions.why("XOM", aspect=aspect).session == desk.sessions[place]


def test_a_skipped_name_is_asked_of_the_last_decision(desk: PlayedDesk, decisions: DecisionTools) -> None:
    told = decisions.why("XOM", aspect="skipped")
    assert (told.session, told.note) == (desk.records[-1].session, "")


@pytest.mark.parametrize(("aspect", "word"), [("bought", "bought"), ("sold", "sold")])
def test_what_never_happened_is_said_to_have_never_happened(
    decisions: DecisionTools, aspect: Aspect, word: str
) -> None:
    assert decisions.why("KO", aspect=aspect).note == f"The desk has never {word} KO. "


def test_a_name_never_traded_is_asked_of_the_last_decision(
    desk: PlayedDesk, decisions: DecisionTools
) -> None:
    told = decisions.why("KO")
    assert (told.session, told.note) == (desk.records[-1].session, "")


def test_an_order_that_waits_is_the_last_that_matters(desk: PlayedDesk, decisions: DecisionTools) -> None:
    told = decisions.why("JPM", aspect="bought")
    assert told.session == desk.records[-1].session
    assert (told.orders[0].status, told.orders[0].fills) == ("pending", ())


def test_a_first_order_that_has_not_filled_yet_is_not_called_never(
    database_server: DatabaseServer,
) -> None:
    with a_fresh_desk(database_server, sessions=1) as begun:
        told = decision_tools(begun).why("AAPL", aspect="bought")
    assert told.note == ""
    assert told.verdict.outcome == "bought"


def test_a_day_of_a_fill_means_the_decision_behind_it(desk: PlayedDesk, decisions: DecisionTools) -> None:
    told = decisions.why("XOM", desk.sessions[7])
    assert told.session == desk.sessions[6]
    assert told.note == f"What filled on {desk.sessions[7]} was decided on the close before."


def test_a_day_with_its_own_order_means_that_order(desk: PlayedDesk, decisions: DecisionTools) -> None:
    assert decisions.why("XOM", desk.sessions[6]).session == desk.sessions[6]


@pytest.mark.parametrize(("back", "day"), [(1, 0), (2, 0)])
def test_a_day_without_session_means_the_nearest(
    desk: PlayedDesk, decisions: DecisionTools, back: int, day: int
) -> None:
    asked = desk.sessions[0] - timedelta(days=back)
    told = decisions.why("AAPL", asked)
    assert told.session == desk.sessions[day]
    assert told.note == (
        f"There is no decision of {asked.isoformat()}; the nearest is of {told.session.isoformat()}."
    )


def test_of_two_days_equally_near_the_earlier_is_meant(desk: PlayedDesk, decisions: DecisionTools) -> None:
    saturday = next(day for day in all_days(desk) if day.weekday() == 5)
    assert decisions.decision(saturday).session == saturday - timedelta(days=1)
    sunday = saturday + timedelta(days=1)
    assert decisions.decision(sunday).session == sunday + timedelta(days=1)


def all_days(desk: PlayedDesk) -> list[date]:
    first, last = desk.sessions[0], desk.session
    return [first + timedelta(days=n) for n in range((last - first).days)]


def test_a_day_far_from_every_decision_still_finds_the_nearest(
    desk: PlayedDesk, decisions: DecisionTools
) -> None:
    assert decisions.decision(date(2030, 1, 1)).session == desk.session


def test_a_session_is_told_whole(desk: PlayedDesk, decisions: DecisionTools) -> None:
    summary = decisions.decision(desk.sessions[0])
    assert (summary.candidates, summary.orders, summary.revisions, summary.note) == (9, 3, 1, "")
    assert {line.ticker for line in summary.targets} == {"AAPL", "MSFT", "NVDA", "SPY", "XOM"}
    assert [word.role for word in summary.words][:1] == ["macro_researcher"]
    assert (summary.status, summary.strategy) == ("decided", "committee")


def test_without_a_day_the_last_session_is_meant(desk: PlayedDesk, decisions: DecisionTools) -> None:
    assert decisions.decision().cycle_id == desk.records[-1].cycle_id


def test_a_name_that_nobody_bears_is_refused_with_an_offer(decisions: DecisionTools) -> None:
    with pytest.raises(QueryRefusedError, match="did you mean"):
        decisions.why("Microsft")


def test_a_desk_that_has_not_decided_says_what_to_do(database_server: DatabaseServer) -> None:
    with a_fresh_desk(database_server) as desk:
        fresh = decision_tools(desk)
        for question in (fresh.decision, lambda: fresh.why("AAPL")):
            with pytest.raises(QueryRefusedError, match="advance the desk by a session first"):
                question()


def test_a_decision_reads_nothing_of_what_came_after(desk: PlayedDesk, decisions: DecisionTools) -> None:
    early = a_look_back(desk, 5)
    told, then = decisions.why("AAPL", desk.sessions[3]), early.why("AAPL", desk.sessions[3])
    assert replace(told, orders=()) == replace(then, orders=())


def a_look_back(desk: PlayedDesk, place: int) -> DecisionTools:
    """Return the tools as they were asked while the clock stood at an earlier session."""
    standing = desk.sessions[place]
    return DecisionTools(
        desk.engine,
        lambda day: desk.view(day or standing),
        desk.directory,
        ForecastTools([ListedForecasts()]),
    )
