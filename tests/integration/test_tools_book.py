"""The book, its results and its limits as the tools read them back from a real past: all of it adds up."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine

from db.quarantine import Quarantine
from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from fund.portfolio.book import check_identity
from support.database import DatabaseServer
from support.desk_records import MANDATE, NOW, PlayedDesk, a_played_desk
from support.fresh_desks import a_fresh_desk
from support.records import a_refusal
from tools.performance import PerformanceTools
from tools.portfolio import Holding, PortfolioTools
from tools.spans import ALL_SESSIONS, between, parse_span, trailing

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def desk(engine: Engine) -> PlayedDesk:
    return a_played_desk(engine, clock=FixedClock(NOW))


def portfolio_tools(desk: PlayedDesk) -> PortfolioTools:
    return PortfolioTools(desk.engine, desk.view, MANDATE)


def performance_tools(desk: PlayedDesk) -> PerformanceTools:
    return PerformanceTools(desk.engine, "SPY")


def held(desk: PlayedDesk) -> dict[str, Holding]:
    return {holding.ticker: holding for holding in portfolio_tools(desk).holdings().holdings}


def prices(desk: PlayedDesk) -> dict[str, Decimal]:
    return {ticker: desk.view().mark(ticker).price for ticker in desk.book.positions}


def test_what_is_shown_is_the_book_to_the_cent(desk: PlayedDesk) -> None:
    shown, book = portfolio_tools(desk).holdings(), desk.book
    assert shown.session == desk.session
    assert abs(shown.equity - book.equity(prices(desk))) <= CENT / 2
    assert abs(shown.cash - book.cash) <= CENT / 2
    assert {h.ticker: h.quantity for h in shown.holdings} == {
        ticker: position.quantity for ticker, position in book.positions.items()
    }
    rounding = CENT * (len(shown.holdings) + 2)
    assert abs(shown.cash + sum(h.value for h in shown.holdings) - shown.equity) <= rounding
    assert abs(sum(h.unrealised for h in shown.holdings) - shown.unrealised) <= rounding


def test_what_was_earned_is_told_by_its_parts_and_as_a_whole_alike(desk: PlayedDesk) -> None:
    book, report = desk.book, performance_tools(desk).performance()
    check_identity(book, prices(desk))
    shown = portfolio_tools(desk).holdings()
    closed = performance_tools(desk).trades().closed
    parts = book.realised + book.dividends - book.fees + shown.unrealised
    assert abs(report.profit - parts) <= CENT
    assert report.equity == shown.equity
    of_open = sum((p.realised + p.dividends - p.fees for p in book.positions.values()), Decimal(0))
    ended = sum((trade.profit for trade in closed), Decimal(0))
    assert abs(ended + of_open + shown.unrealised - report.profit) <= CENT * (len(closed) + 2)


def test_each_holding_is_the_product_of_what_is_shown_of_it(desk: PlayedDesk) -> None:
    equity = portfolio_tools(desk).holdings().equity
    for holding in held(desk).values():
        assert abs(holding.quantity * holding.mark - holding.value) <= CENT
        assert abs(holding.value / equity - holding.weight) <= Decimal("0.0001")
        assert holding.unrealised_fraction == pytest.approx(
            float(holding.mark / holding.average_cost) - 1, abs=1e-4
        )
        assert holding.marked == desk.session
        assert not holding.stale


def test_a_position_is_held_for_the_sessions_since_its_fill(desk: PlayedDesk) -> None:
    holdings = held(desk)
    assert holdings["AAPL"].opened == desk.sessions[1]
    assert holdings["AAPL"].held_sessions == len(desk.records) - 2
    assert holdings["JNJ"].opened == desk.sessions[19]
    assert holdings["JNJ"].held_sessions == len(desk.records) - 20


def test_a_position_is_explained_by_the_decision_behind_its_last_trade(desk: PlayedDesk) -> None:
    holdings = held(desk)
    assert holdings["JNJ"].why_session == desk.sessions[18]
    assert "0.07 of the book" in holdings["JNJ"].why
    assert holdings["XOM"].why_session == desk.sessions[18]
    assert "0.04 of the book" in holdings["XOM"].why


def test_a_trade_that_a_limit_asked_for_leaves_the_reason_with_the_committee(desk: PlayedDesk) -> None:
    trimmed = [f for f in desk.fills if f.ticker == "MSFT"]
    assert len(trimmed) > 1
    assert held(desk)["MSFT"].why_session == desk.sessions[0]
    assert "MSFT: rank 0.93 of 500" in held(desk)["MSFT"].why


def test_orders_that_wait_are_those_of_the_last_decision(desk: PlayedDesk) -> None:
    shown = portfolio_tools(desk).holdings().open_orders
    assert [(o.ticker, o.side, o.quantity) for o in shown] == [
        (o.ticker, o.side, o.quantity) for o in desk.records[-1].orders
    ]
    assert {o.cycle_id for o in shown} == {desk.records[-1].cycle_id}
    assert all(o.reference_price == desk.view().mark(o.ticker).price for o in shown)


def test_the_limits_are_used_as_the_holdings_say(desk: PlayedDesk) -> None:
    report, shown = portfolio_tools(desk).limits(), portfolio_tools(desk).holdings()
    uses = {use.limit: use for use in report.limits}
    assert uses["max_position"].value == max(h.weight for h in shown.holdings)
    assert uses["max_names"].value == len(shown.holdings)
    assert uses["min_cash"].value == shown.exposure.cash == report.exposure.cash
    assert report.session == desk.session
    assert report.mandate_hash == MANDATE.mandate_hash


def test_the_losses_that_stop_trading_are_among_the_limits(desk: PlayedDesk) -> None:
    uses = {use.limit: use for use in portfolio_tools(desk).limits().limits}
    assert uses["drawdown"].sample == len(desk.records)
    assert uses["drawdown"].cap == MANDATE.breaker.drawdown
    assert 0 <= uses["daily_loss"].value < 1


def test_what_was_refused_in_the_last_session_is_told_and_the_rest_is_earlier(
    database_server: DatabaseServer, desk: PlayedDesk
) -> None:
    before = desk.session - timedelta(days=1)
    now = a_refusal("refused-now", session=desk.session)
    with desk.engine.begin() as connection:
        Quarantine(connection).keep([now, a_refusal("refused-before", session=before)], at=NOW)
    found = portfolio_tools(desk).refused()
    assert (found.session, found.refusals) == (desk.session, (now,))
    assert [each.session for each in found.earlier] == [before]
    with a_fresh_desk(database_server) as fresh:
        nothing = portfolio_tools(fresh).refused()
    assert (nothing.session, nothing.refusals, nothing.earlier) == (None, (), ())


def test_a_desk_without_money_says_what_to_do(database_server: DatabaseServer) -> None:
    with a_fresh_desk(database_server) as fresh:
        for question in (portfolio_tools(fresh).holdings, portfolio_tools(fresh).limits):
            with pytest.raises(QueryRefusedError, match="advance the desk by a session first"):
                question()
        tools = performance_tools(fresh)
        for asked in (tools.performance_over, tools.trades_over, tools.equity_chart_over):
            with pytest.raises(QueryRefusedError, match="advance it by a session first"):
                asked(ALL_SESSIONS)


def test_a_desk_of_one_session_holds_money_and_waits(database_server: DatabaseServer) -> None:
    with a_fresh_desk(database_server, sessions=1) as begun:
        shown = portfolio_tools(begun).holdings()
        assert (shown.holdings, shown.equity, shown.cash) == ((), 100_000, 100_000)
        assert len(shown.open_orders) == 3
        with pytest.raises(QueryRefusedError, match="no session with a return yet"):
            performance_tools(begun).performance()
        assert performance_tools(begun).trades().fills == ()


def test_the_report_is_the_marks_and_nothing_else(desk: PlayedDesk) -> None:
    report = performance_tools(desk).performance()
    first, last = desk.marks[0], desk.marks[-1]
    assert (report.base, report.last, report.sessions) == (first.session, last.session, len(desk.marks) - 1)
    assert report.desk[0].value == pytest.approx(last.unit_value / first.unit_value - 1, abs=1e-12)
    assert report.desk[0].n == report.sessions
    against = desk.view().total_return_index("SPY", len(desk.marks))
    assert report.comparisons[0].figures[0].value == pytest.approx(against[-1] / against[0] - 1, rel=1e-6)


@pytest.mark.parametrize("span", ["week", "10", "all"])
def test_report_chart_and_trades_speak_of_the_same_sessions(desk: PlayedDesk, span: str) -> None:
    tools = performance_tools(desk)
    report, chart, trades = (
        tools.performance(span),
        tools.equity_chart_over(parse_span(span)),
        tools.trades(span),
    )
    assert [chart.values[0].session, chart.values[-1].session] == [report.base, report.last]
    assert len(chart.values) == report.sessions + 1
    inside = [f for f in desk.fills if report.base < f.session <= report.last]
    assert {f.fill_id for f in trades.fills} == {f.fill_id for f in inside}
    assert report.costs.fills == len(inside)
    assert report.costs.commissions == sum((f.commission for f in inside), Decimal(0)).quantize(CENT)
    assert [f.session for f in trades.fills] == sorted((f.session for f in inside), reverse=True)
    assert report.trades == trades.figures


def test_daily_values_compound_to_the_report(desk: PlayedDesk) -> None:
    values = performance_tools(desk).equity_chart_over(parse_span("week")).values
    earned = np.prod([1 + (value.return_fraction or 0.0) for value in values[1:]]) - 1
    report = performance_tools(desk).performance("week")
    assert report.desk[0].value == pytest.approx(earned, abs=1e-12)
    assert abs(values[-1].equity - values[0].equity - report.profit) <= CENT
    assert min(value.drawdown for value in values) == pytest.approx(
        next(f.value for f in report.desk if f.name == "max drawdown"), abs=1e-12
    )


def test_a_day_holds_the_trades_of_that_day(desk: PlayedDesk) -> None:
    day = desk.sessions[1]
    trades = performance_tools(desk).trades_over(between(day, day))
    assert {f.session for f in trades.fills} == {day}
    assert {f.ticker for f in trades.fills} == {"AAPL", "MSFT", "XOM"}
    assert trades.span == day.isoformat()


def test_a_trade_is_counted_where_it_was_closed(desk: PlayedDesk) -> None:
    tools, (first, *_) = performance_tools(desk), sorted(desk.closed, key=lambda trade: trade.closed)
    on_the_day = tools.trades_over(between(first.closed, first.closed)).closed
    assert first.ticker in {trade.ticker for trade in on_the_day}
    before = tools.trades_over(between(None, first.closed - timedelta(days=1))).closed
    assert before == ()
    shown = next(trade for trade in on_the_day if trade.ticker == first.ticker)
    assert (shown.profit, shown.opened) == (first.profit.quantize(CENT), first.opened)
    assert shown.return_fraction == pytest.approx(float(first.profit / first.bought))


@pytest.mark.parametrize("span", ["decade", "-1", "2017-13-01..2017-01-01", "0"])
def test_a_span_that_is_none_is_refused(desk: PlayedDesk, span: str) -> None:
    tools = performance_tools(desk)
    for question in (tools.performance, tools.trades):
        with pytest.raises(QueryRefusedError):
            question(span)


def test_a_span_before_the_desk_began_is_refused_with_what_there_is(desk: PlayedDesk) -> None:
    early = between(None, desk.sessions[0] - timedelta(days=1))
    with pytest.raises(QueryRefusedError, match=rf"the desk has {desk.sessions[1].isoformat()} to"):
        performance_tools(desk).trades_over(early)
    with pytest.raises(QueryRefusedError, match=rf"the desk has {desk.sessions[1].isoformat()} to"):
        performance_tools(desk).performance_over(early)


def test_more_sessions_than_there_are_is_all_there_are(desk: PlayedDesk) -> None:
    tools = performance_tools(desk)
    assert tools.performance_over(trailing(999)).desk == tools.performance().desk
