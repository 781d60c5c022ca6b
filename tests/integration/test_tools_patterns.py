"""Patterns and pictures of a real past: every tool answers from the ledger, and nothing beyond the clock."""

from datetime import date

import pytest
from sqlalchemy import Engine

from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from fund.market.history_view import HistoryView
from graph.chat_events import Chart, Table
from graph.replies.concerns import concerns_reply
from graph.replies.cut_scores import cuts_reply
from graph.replies.patterns import confidence_reply, outcomes_reply
from graph.replies.pictures import candles_reply, correlations_reply
from support.database import DatabaseServer
from support.desk_records import NOW, PlayedDesk, a_played_desk
from support.fresh_desks import a_fresh_desk
from support.talk import tables_of, text_of
from tools.outcomes_by import DIMENSIONS
from tools.patterns import PatternTools


@pytest.fixture(scope="module")
def desk(engine: Engine) -> PlayedDesk:
    return a_played_desk(engine, clock=FixedClock(NOW))


@pytest.fixture(scope="module")
def patterns(desk: PlayedDesk) -> PatternTools:
    return desk.tools().patterns


def test_every_closed_trade_is_joined_to_the_decision_that_opened_it(
    desk: PlayedDesk, patterns: PatternTools
) -> None:
    report = patterns.outcomes_by("conviction")
    assert report.trades.n == len(desk.closed) > 0
    assert report.unexplained == 0
    assert report.still_open == len(desk.book.positions)
    names = {group.name: group.n for group in report.trades.groups}
    assert set(names) <= {"not on record", "0.4 to 0.6", "0.6 and more"}


def test_the_money_of_all_groups_is_what_the_closed_trades_made(
    desk: PlayedDesk, patterns: PatternTools
) -> None:
    made = sum(float(trade.profit) for trade in desk.closed)
    for dimension in DIMENSIONS:
        groups = patterns.outcomes_by(dimension).trades.groups
        assert sum(float(group.profit or 0) for group in groups) == pytest.approx(made, abs=0.05)


def test_a_handful_of_trades_is_said_to_be_one(desk: PlayedDesk, patterns: PatternTools) -> None:
    told = text_of(outcomes_reply(patterns.holding_periods()))
    assert f"too few trades to say ({len(desk.closed)} of 20)" in told
    assert "no advice on when to sell" in told


def test_the_sessions_of_a_regime_are_the_desks_own(desk: PlayedDesk, patterns: PatternTools) -> None:
    found = patterns.outcomes_by("regime").sessions
    assert found is not None
    assert found.n == len(desk.marks) - 1
    assert {group.name for group in found.groups} == {"risk_on", "not on record"}


def test_a_concern_about_a_name_nobody_bought_waits_for_twenty_sessions(
    desk: PlayedDesk, patterns: PatternTools
) -> None:
    report = patterns.concerns()
    (kind,) = [score for score in report.passed_over if score.sign == "similar_trades_lost"]
    assert kind.signed >= 1
    young = a_look_back(desk, 10).concerns()
    assert (young.passed_over, young.pending > 0) == ((), True)


def test_cuts_are_judged_by_what_came_after_and_only_once_it_has(
    desk: PlayedDesk, patterns: PatternTools
) -> None:
    report = patterns.clamps(horizon_sessions=5)
    limits = {score.limit for score in report.scores}
    assert limits == {"max_position", "universe"}
    assert report.cuts == sum(score.cuts for score in report.scores)
    assert a_look_back(desk, 4).clamps(horizon_sessions=5).cuts == 0
    told = text_of(cuts_reply(report))
    assert told.startswith("Together")
    assert "from the next open to the close 5 sessions after the decision" in told


def test_forecasts_are_judged_where_their_horizon_is_over(desk: PlayedDesk, patterns: PatternTools) -> None:
    report = patterns.confidence()
    (found,) = report.forecasters
    assert found.forecaster == "gbm"
    assert found.calibration.n < found.calibration.n + report.pending
    assert found.calibration.sessions <= len(desk.records) - 6
    events = list(confidence_reply(report))
    assert [event.title for event in events if isinstance(event, Chart)] == ["Calibration of gbm"]


def a_look_back(desk: PlayedDesk, place: int) -> PatternTools:
    """Return the tools as they see the market from an earlier session, the records being all there."""
    standing = desk.sessions[place]

    def view(session: date | None = None) -> HistoryView:
        return desk.view(session or standing)

    return PatternTools(desk.engine, view, "SPY")


def test_an_answer_is_kept_until_the_desk_moves_on(database_server: DatabaseServer) -> None:
    with a_fresh_desk(database_server, sessions=2) as begun:
        tools = begun.tools().patterns
        first = tools.outcomes_by("regime")
        assert tools.outcomes_by("regime") is first
        assert tools.outcomes_by("weekday") is not first
        begun.play()
        moved = tools.outcomes_by("regime")
        assert moved.sessions is not None
        assert moved.sessions.n == 2


def test_a_span_without_a_session_is_refused(patterns: PatternTools) -> None:
    with pytest.raises(QueryRefusedError, match="no session in"):
        patterns.concerns("2019-01-01..2019-02-01")
    with pytest.raises(QueryRefusedError, match="a span is one of"):
        patterns.clamps("whenever")


@pytest.mark.parametrize("sessions", [0, -3, 61])
def test_a_horizon_beyond_reason_is_refused(patterns: PatternTools, sessions: int) -> None:
    with pytest.raises(QueryRefusedError, match="for 1 to 60 sessions"):
        patterns.clamps(horizon_sessions=sessions)


def test_a_desk_without_a_session_says_what_to_do(database_server: DatabaseServer) -> None:
    with a_fresh_desk(database_server) as fresh:
        tools = fresh.tools()
        for ask in (tools.patterns.concerns, tools.patterns.confidence, tools.patterns.clamps):
            with pytest.raises(QueryRefusedError, match="advance it by a session first"):
                ask()
        with pytest.raises(QueryRefusedError, match="two holdings, the desk has 0"):
            tools.correlations.correlations()
        assert tools.candles.candles("AAPL").marks == ()


def test_a_desk_of_one_session_answers_that_nothing_is_known_yet(database_server: DatabaseServer) -> None:
    with a_fresh_desk(database_server, sessions=1) as begun:
        tools = begun.tools().patterns
        assert "No trade was closed" in text_of(concerns_reply(tools.concerns()))
        assert "No trade was closed" in text_of(outcomes_reply(tools.outcomes_by("regime")))
        assert "old enough to be judged" in text_of(confidence_reply(tools.confidence()))
        assert "can be judged" in text_of(cuts_reply(tools.clamps()))


def test_the_candles_carry_every_fill_of_the_name(desk: PlayedDesk) -> None:
    chart = desk.tools().candles.candles("xom")
    filled = [fill for fill in desk.fills if fill.ticker == "XOM"]
    assert [(mark.session, mark.side, mark.paid) for mark in chart.marks] == [
        (fill.session, fill.side, fill.price) for fill in filled
    ]
    assert (chart.ticker, chart.weekly, chart.last) == ("XOM", False, desk.session)
    assert chart.sessions == len(chart.candles) == len(desk.marks)
    told = text_of(candles_reply(chart))
    assert told.startswith(f"From {desk.sessions[0]} to {desk.session} XOM moved ")
    assert "Trades in XOM" in tables_of(candles_reply(chart))


def test_candles_see_nothing_beyond_the_clock(desk: PlayedDesk) -> None:
    chart = desk.tools().candles.candles("AAPL", "60")
    assert max(candle.session for candle in chart.candles) == desk.session
    assert len(chart.candles) == 60


def test_a_name_nobody_bears_has_no_candles(desk: PlayedDesk) -> None:
    with pytest.raises(QueryRefusedError, match="did you mean"):
        desk.tools().candles.candles("Microsft")


def test_the_map_is_of_what_is_held(desk: PlayedDesk) -> None:
    found = desk.tools().correlations.correlations(60)
    assert set(found.tickers) | set(found.left_out) == set(desk.book.positions)
    assert found.sessions <= 60
    events = list(correlations_reply(found))
    assert f"{found.sessions} sessions" in text_of(events)
    assert [event.title for event in events if isinstance(event, Table)] == ["Closest pairs"]


@pytest.mark.parametrize("sessions", [59, 253])
def test_correlations_of_noise_are_refused(desk: PlayedDesk, sessions: int) -> None:
    with pytest.raises(QueryRefusedError, match="60 to 252 sessions"):
        desk.tools().correlations.correlations(sessions)


def test_what_is_read_ahead_is_what_the_first_question_needs(desk: PlayedDesk) -> None:
    tools = desk.tools().patterns
    assert tools.read_ahead(2) == 2
    assert tools.read_ahead(10_000) == len(desk.records) - 2
    assert tools.read_ahead(10_000) == 0
    assert tools.concerns() == desk.tools().patterns.concerns()
