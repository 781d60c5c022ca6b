"""The state of the account and where profit came from, read back from a played desk: exact at any date."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from db.decisions import Decisions
from db.engine import transaction
from db.openings import Openings
from db.past import Past
from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from fund.metrics.inference import Interval
from fund.signals.blend import confidence_of
from support.database import DatabaseServer, own_database
from support.desk_records import MANDATE, NOW, PlayedDesk, a_played_desk
from tools.attribution import WAYS, Attribution, AttributionTools
from tools.attribution_groups import By
from tools.book_state import PortfolioState
from tools.consensus import COMMITTEE, SESSIONS_READ, ConsensusTools, SignalGround
from tools.heard import Heard
from tools.performance import PerformanceTools
from tools.portfolio import PortfolioTools
from tools.spans import between, trailing

ZERO = Decimal(0)


@pytest.fixture(scope="module")
def desk(engine: Engine) -> PlayedDesk:
    return a_played_desk(engine, clock=FixedClock(NOW))


def portfolio(desk: PlayedDesk) -> PortfolioTools:
    return PortfolioTools(desk.engine, desk.view, MANDATE)


def attribution(desk: PlayedDesk) -> AttributionTools:
    return AttributionTools(desk.engine, desk.view, MANDATE)


def adds_up(state: PortfolioState) -> bool:
    """Tell whether both sides of INV-2 hold, and its parts by name, to the last decimal."""
    earned = state.realised + state.unrealised + state.dividends - state.fees - state.borrow
    return (
        state.equity == state.cash + sum((held.value for held in state.holdings), ZERO)
        and state.equity - state.net_deposits == earned
        and sum((each.profit for each in state.profits), ZERO) == earned
    )


def test_at_every_session_the_account_adds_up_and_is_the_recorded_one(desk: PlayedDesk) -> None:
    for mark in desk.marks:
        state = portfolio(desk).state(mark.session)
        assert adds_up(state)
        assert (state.session, state.note) == (mark.session, "")
        assert (state.equity, state.cash, state.net_deposits) == (mark.equity, mark.cash, mark.deposits)
        assert {held.ticker: (held.quantity, held.mark) for held in state.holdings} == {
            position.ticker: (position.quantity, position.price) for position in mark.positions
        }


def test_at_the_clock_it_is_what_the_holdings_say(desk: PlayedDesk) -> None:
    state, shown = portfolio(desk).state(), portfolio(desk).holdings()
    assert state == portfolio(desk).state(desk.session)
    assert [held.ticker for held in state.holdings] == [held.ticker for held in shown.holdings]
    assert state.exposure == shown.exposure
    assert state.open_orders == shown.open_orders
    assert state.limits == portfolio(desk).limits().limits


def test_the_orders_that_waited_at_a_close_are_those_of_its_decision(desk: PlayedDesk) -> None:
    for record in desk.records:
        waiting = portfolio(desk).state(record.session).open_orders
        assert [(o.ticker, o.side, o.quantity) for o in waiting] == [
            (o.ticker, o.side, o.quantity) for o in record.orders
        ]
        assert all(order.filled == 0 for order in waiting)


def test_the_past_is_the_same_whatever_was_booked_since(desk: PlayedDesk) -> None:
    early = desk.sessions[5]
    with desk.engine.connect() as connection:
        seen = Past(connection).journal_until(early)
    assert {transaction.session <= early for transaction in seen} == {True}
    assert portfolio(desk).state(early).realised == -sum(
        (entry.amount for t in seen for entry in t.entries if entry.account == "realised"), ZERO
    )


def test_a_weekend_is_told_by_the_close_before_with_a_note(desk: PlayedDesk) -> None:
    friday = next(day for day in desk.sessions[5:] if day.weekday() == 4)
    state = portfolio(desk).state(friday + timedelta(days=1))
    assert state.session == friday
    assert state.note == (f"{friday + timedelta(days=1)} has no close; this is that of {friday.isoformat()}.")


@pytest.mark.parametrize("day", [date(2001, 1, 1), date(2100, 1, 1)])
def test_a_day_before_the_first_close_or_in_the_future_is_refused(desk: PlayedDesk, day: date) -> None:
    with pytest.raises(QueryRefusedError, match=f"no book of {day}; it has {desk.sessions[0]} to"):
        portfolio(desk).state(day)


def test_a_desk_without_money_has_no_state(database_server: DatabaseServer, desk: PlayedDesk) -> None:
    with own_database(database_server) as empty:
        with pytest.raises(QueryRefusedError, match="holds no money yet"):
            PortfolioTools(empty, desk.view, MANDATE).state()
        with pytest.raises(QueryRefusedError, match="no book of"):
            PortfolioTools(empty, desk.view, MANDATE).state(desk.session)


def test_what_changed_between_two_closes_accounts_for_the_profit(desk: PlayedDesk) -> None:
    first, last = desk.marks[2].session, desk.marks[-4].session
    change = portfolio(desk).difference(last, first)
    marks = {mark.session: mark for mark in desk.marks}
    assert (change.first, change.last) == (first, last)
    assert change.profit == marks[last].equity - marks[first].equity
    assert sum((name.profit for name in change.names), ZERO) == change.profit
    assert change.fills == sum(1 for fill in desk.fills if first < fill.session <= last)


def test_two_days_of_one_close_have_no_difference(desk: PlayedDesk) -> None:
    with pytest.raises(QueryRefusedError, match="the same close"):
        portfolio(desk).difference(desk.sessions[3], desk.sessions[3])


def whole(found: Attribution) -> bool:
    """Tell whether each way of dividing the profit adds up to all of it, and each row to its parts."""
    return all(
        sum((row.profit for row in part.rows), ZERO) == found.profit
        and all(row.profit == row.price + row.dividends - row.fees - row.borrow for row in part.rows)
        for part in found.parts
    )


@pytest.mark.parametrize("by", WAYS)
def test_the_groups_add_up_to_the_profit_of_any_span(desk: PlayedDesk, by: By) -> None:
    days = desk.sessions[: len(desk.records)]
    marks = {mark.session: mark for mark in desk.marks}
    for first, last in ((1, len(days) - 1), (3, 9), (8, 8), (len(days) - 4, len(days) - 1)):
        found = attribution(desk).attribution_over(between(days[first], days[last]), by)
        assert whole(found)
        assert found.profit == marks[days[last]].equity - marks[days[first - 1]].equity
        assert found.base == days[first - 1]


def test_a_name_brings_over_all_what_its_trades_and_its_position_brought(desk: PlayedDesk) -> None:
    rows = {row.name: row for row in attribution(desk).attribution().parts[0].rows}
    profits = {each.ticker: each.profit for each in portfolio(desk).state().profits}
    assert {name: row.profit for name, row in rows.items()} == profits


def test_the_positions_of_a_span_are_those_held_or_opened_in_it(desk: PlayedDesk) -> None:
    found = attribution(desk).attribution_over(trailing(3))
    base = next(mark for mark in desk.marks if mark.session == found.base)
    opened = {fill.ticker for fill in desk.fills if fill.session > found.base}
    assert {row.name for row in found.parts[0].rows} == {p.ticker for p in base.positions} | opened


def test_positions_are_grouped_by_what_the_decision_before_their_first_fill_said(desk: PlayedDesk) -> None:
    parts = {part.name: part for part in attribution(desk).attribution(by="role").parts}
    assert set(parts) == {"quant_researcher", "validator", "risk_officer"}
    rows = {row.name: row.positions for row in parts["quant_researcher"].rows}
    assert rows["conviction above 0"] == sum(
        1 for key in opened_positions(desk) if key[0] in ("AAPL", "MSFT", "JNJ", "GE", "KO", "NVDA")
    )
    assert rows["no view"] == sum(1 for key in opened_positions(desk) if key[0] in ("XOM", "SPY", "JPM"))
    difference = parts["validator"].difference
    assert difference is not None
    assert difference.value is None
    assert difference.note == "there are no positions on one side"


def test_by_forecaster_the_mean_forecast_is_that_of_the_decisions(desk: PlayedDesk) -> None:
    (part,) = attribution(desk).attribution(by="forecaster").parts
    named = {row.name: row for row in part.rows}
    assert set(named) <= {"gbm", "no forecast on record"}
    assert named["gbm"].mean_forecast is not None
    assert abs(named["gbm"].mean_forecast) <= 0.005
    assert "association" in part.measured


def opened_positions(desk: PlayedDesk) -> set[tuple[str, date]]:
    """Return ticker and first session of every position there has been."""
    still = {(ticker, position.opened) for ticker, position in desk.book.positions.items()}
    return still | {(trade.ticker, trade.opened) for trade in desk.closed}


def test_every_position_has_the_decision_that_opened_it(desk: PlayedDesk) -> None:
    with desk.engine.connect() as connection:
        openings = Openings(connection)
        cycles = openings.cycles()
        evidence = openings.evidence(cycles.values())
    decided = {record.cycle_id: record.session for record in desk.records}
    for ticker, opened in opened_positions(desk):
        assert decided[cycles[ticker, opened]] < opened
        assert "answers" in evidence[cycles[ticker, opened]]


def test_an_unknown_way_of_dividing_is_refused(desk: PlayedDesk) -> None:
    with pytest.raises(QueryRefusedError, match="by ticker, sector, bucket, forecaster, role"):
        attribution(desk).attribution(by="colour")  # type: ignore[arg-type]


def test_the_comparison_the_drawdowns_and_the_performance_tell_one_story(desk: PlayedDesk) -> None:
    tools = PerformanceTools(desk.engine, "SPY", views=desk.view, directory=desk.directory)
    report, beside, falls = tools.performance(), tools.compare(), tools.drawdowns()
    assert beside.desk.figures == report.desk
    assert beside.others[0].name == "SPY"
    assert beside.others[0].figures[0].value == pytest.approx(report.comparisons[0].figures[0].value)
    named = {figure.name: figure for figure in report.desk}
    assert falls.deepest[0].depth == pytest.approx(named["max drawdown"].value)
    assert report.deepest == falls.deepest[0]


def test_without_a_market_at_hand_nothing_is_compared(desk: PlayedDesk) -> None:
    with pytest.raises(QueryRefusedError, match="no market is at hand"):
        PerformanceTools(desk.engine, "SPY").compare(["AAPL"])


RULES = {"rule momentum_12_1", "rule mean_reversion", "rule gaps", "rule earnings_drift"}
"""The rules that speak in a consensus where filings are there."""


def test_forecasters_rules_and_the_committee_are_each_heard_once_and_by_their_worth(desk: PlayedDesk) -> None:
    tools = desk.tools()
    session = desk.view().session
    forecasts, records = tools.forecasts.by_ticker(session), tools.forecasts.track_records(session)
    found = tools.consensus.consensus(session, forecasts, records)
    with transaction(desk.engine) as connection:
        latest = Decisions(connection).latest()
    assert latest is not None
    said = Heard(latest).convictions()
    assert said.keys() & found.keys()
    names = {part.source for each in found.values() for part in each.parts}
    spoke = {each.forecaster for several in forecasts.values() for each in several}
    assert spoke
    assert names == {*spoke, COMMITTEE, *RULES}
    for ticker, each in found.items():
        parts = {part.source: part for part in each.parts}
        assert len(parts) == len(each.parts)
        assert sum(part.share for part in each.parts) <= 1 + 1e-9
        assert -1 <= each.conviction <= 1
        assert each.conviction == pytest.approx(sum(p.share * p.conviction for p in each.parts))
        assert (each.disagreement is None) == (len(each.parts) < 2)
        assert (COMMITTEE in parts) == (ticker in said)
        if COMMITTEE in parts:
            assert parts[COMMITTEE].conviction == said[ticker]
    outlook = tools.outlook([next(iter(said))])
    assert outlook.names[0].consensus == found[outlook.names[0].ticker]


def test_one_that_erred_is_not_heard_and_one_of_worth_is_heard_louder(desk: PlayedDesk) -> None:
    tools = desk.tools()
    session = desk.view().session
    forecasts, (record, *_) = tools.forecasts.by_ticker(session), tools.forecasts.track_records(session)
    ticker = next(iter(forecasts))

    def share(value: float) -> float:
        told = replace(record, rank_ic=value, rank_ic_low=value - 0.001, rank_ic_high=value + 0.001)
        parts = tools.consensus.consensus(session, forecasts, [told])[ticker].parts
        return sum(part.share for part in parts if part.source == record.forecaster)

    assert share(-0.05) == 0.0
    assert 0.0 < share(0.002) < share(0.03)
    unknown = replace(record, rank_ic=None)
    parts = tools.consensus.consensus(session, forecasts, [unknown])[ticker].parts
    shares = {part.source: part.share for part in parts}
    assert shares[record.forecaster] == pytest.approx(shares["rule momentum_12_1"])
    assert confidence_of(Interval(value=0.01, low=-0.01, high=0.03, n=250)) == pytest.approx(0.5)


def test_the_future_changes_no_rule_and_a_later_decision_is_not_heard(desk: PlayedDesk) -> None:
    history, asked = desk.history, []
    session = history.panel.sessions[history.panel.sessions.index(desk.view().session) - 30]
    then = history.truncated(history.calendar.decision_time(session))

    def past(day: date) -> SignalGround:
        asked.append(day)
        return replace(desk.signal_ground(day), reports=then.reports)

    found = ConsensusTools(desk.engine, desk.signal_ground).consensus(session, {}, [])
    tools = ConsensusTools(desk.engine, past)
    assert tools.consensus(session, {}, []) == found
    assert tools.consensus(session, {}, []) == found
    assert asked == [session], "rules are told from once a session"
    assert {part.source for each in found.values() for part in each.parts} == RULES
    assert len(past(session).universe.panel.sessions) == min(
        SESSIONS_READ, history.panel.sessions.index(session) + 1
    )
    silent = ConsensusTools(desk.engine, lambda day: replace(desk.signal_ground(day), reports=()))
    quiet = silent.consensus(session, {}, [])
    assert {p.source for each in quiet.values() for p in each.parts} == RULES - {"rule earnings_drift"}
