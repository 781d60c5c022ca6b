"""What a terminal shows: every figure with what it rests on, and words as they were written."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from rich.console import Console, RenderableType

from db.finding import Finding
from desk import shown
from desk.shown_risk import risk_table
from desk.web.face import HealthItem, StatusPage, TrackRecord
from fund.backtest.engine import run_backtest
from fund.backtest.report import BacktestReport, report_on
from fund.backtest.strategies import EqualWeight, unconstrained
from fund.cycle import CycleRecord
from fund.execution.orders import Order
from fund.portfolio.arranging import Resized
from fund.portfolio.proposal import Proposal
from fund.risk.exits import ExitSkip
from fund.risk.limits import Clamp, RiskReview
from graph.desk_control import AdvanceSummary, PlayedSession
from support.books import MONDAY, TUESDAY, an_order
from support.players import MANDATE, a_quiet_market
from support.records import a_cycle_record, a_refusal
from support.tool_results import a_limits_report, a_use

PAGE = StatusPage(
    mode="replay",
    session=MONDAY,
    next_session=TUESDAY,
    unplayed_sessions=40,
    equity=Decimal("1012345.67"),
    cash=Decimal("50617.2834"),
    positions=18,
    trading="running",
    provider="offline rules, no LLM",
    record=TrackRecord(
        return_fraction=0.0123, benchmark="SPY", benchmark_fraction=-0.004, sessions=120, equity=(1.0, 1.0123)
    ),
    health=(HealthItem(name="database", ok=True, detail="PostgreSQL 18.4"),),
)


def text_of(*parts: RenderableType) -> str:
    """Return what a plain terminal of the desk's own kind shows, spaces joined."""
    page = io.StringIO()
    console = Console(file=page, width=200, markup=False, emoji=False)
    for part in parts:
        console.print(part)
    return " ".join(page.getvalue().split())


def test_on_the_real_clock_status_shows_when_the_next_session_is_decided_and_what_it_waits_for() -> None:
    at = datetime(2016, 3, 8, 21, 30, tzinfo=UTC)
    live = replace(PAGE, mode="live", unplayed_sessions=None, decides_at=at, waits_for="waiting for bars")
    told = text_of(shown.status_table(live))
    assert "Last session 2016-03-07" in told
    assert "Next session 2016-03-08, decided at 2016-03-08 21:30 UTC; waiting for bars" in told
    assert "Sessions left" not in told


def test_status_shows_clock_book_record_and_health() -> None:
    told = text_of(shown.status_table(PAGE))
    assert "Clock stands at 2016-03-07" in told
    assert "Sessions left 40" in told
    assert "Equity 1,012,345.67 USD" in told
    assert "Cash 50,617.28 USD" in told
    assert "Return +1.23% over 120 sessions, net of costs and deposits" in told
    assert "Benchmark -0.40% (SPY, dividends reinvested)" in told
    assert "Speaking offline rules, no LLM" in told
    assert "Database works: PostgreSQL 18.4" in told


def test_what_is_not_known_is_said_and_is_no_figure() -> None:
    nothing = replace(PAGE, session=None, equity=None, cash=None, positions=0, record=None, health=())
    told = text_of(shown.status_table(nothing))
    assert "Clock stands at nothing has been played" in told
    assert all(f"{name} unknown" in told for name in ("Equity", "Cash", "Return", "Benchmark"))


def test_a_benchmark_without_prices_is_unknown_and_the_return_is_still_told() -> None:
    assert PAGE.record is not None
    told = text_of(shown.status_table(replace(PAGE, record=replace(PAGE.record, benchmark_fraction=None))))
    assert "Return +1.23%" in told
    assert "Benchmark unknown" in told


def test_something_that_fails_is_said_to() -> None:
    broken = HealthItem(name="database", ok=False, detail="OperationalError")
    assert "Database fails: OperationalError" in text_of(shown.status_table(replace(PAGE, health=(broken,))))


def test_an_advance_is_a_line_a_session() -> None:
    played = PlayedSession(
        session=TUESDAY,
        status="decided",
        equity=Decimal("1000999.5"),
        return_fraction=0.001,
        benchmark_return=-0.0005,
        fills=3,
        orders=2,
    )
    without = replace(
        played,
        session=date(2016, 3, 9),
        status="halted",
        benchmark_return=None,
        cause="trading is paused: [holiday]",
    )
    told = text_of(shown.advance_table(AdvanceSummary(played=(played, without), unplayed=38)))
    assert "2016-03-08 │ decided │ 1,000,999.50 │ +0.10% │ -0.05% │ 3 │ 2" in told
    assert "2016-03-09 │ halted │ 1,000,999.50 │ +0.10% │ unknown │ 3 │ 2" in told
    assert told.endswith("2016-03-09 halted: trading is paused: [holiday]")
    assert "2016-03-08 decided:" not in told


def test_an_advance_that_played_nothing_is_one_sentence() -> None:
    nothing = AdvanceSummary(played=(), unplayed=0, stopped="the data end there")
    assert shown.advanced(nothing, 3) == ("No session was played, none left: the data end there.",)


def a_decision(**changes: object) -> CycleRecord:
    weights = {"AAPL": Decimal("0.12"), "MSFT": Decimal("0.05"), "GE": Decimal(0)}
    reasons = {"AAPL": "[/best] of all", "MSFT": "[red]steady", "GE": "weak :smile:"}
    orders: tuple[Order, ...] = (
        an_order("GE", "sell", 40),
        an_order("AAPL", "buy", 10),
        an_order("XOM", "sell", 5),
    )
    record = a_cycle_record(
        proposal=Proposal(weights=weights, reasons=reasons),
        review=RiskReview(
            weights={"AAPL": Decimal("0.1"), "GE": Decimal(0), "XOM": Decimal("0.08")},
            clamps=(
                Clamp(limit="max_position", ticker="AAPL", before=Decimal(1), after=Decimal(0), reason=""),
            ),
        ),
        orders=orders,
        weights_before={"GE": Decimal("0.04"), "XOM": Decimal("0.09")},
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def test_a_decision_shows_what_was_held_asked_allowed_and_ordered() -> None:
    told = text_of(shown.decision_table(a_decision()))
    assert "AAPL │ 0.00% │ 12.00% │ 10.00% │ buy 10 │" in told
    assert "GE │ 4.00% │ 0.00% │ 0.00% │ sell 40 │" in told
    assert "MSFT │ 0.00% │ 5.00% │ refused │ │" in told


def test_what_a_limit_ordered_and_nobody_asked_for_is_shown_too() -> None:
    assert "XOM │ 9.00% │ │ 8.00% │ sell 5 │" in text_of(shown.decision_table(a_decision()))


def test_both_legs_of_a_turn_through_zero_are_shown() -> None:
    legs = (an_order("GE", "sell", 40), an_order("GE", "sell", 7, order_id="second"))
    assert "sell 40, sell 7" in text_of(shown.decision_table(a_decision(orders=legs)))


def test_an_llms_words_are_shown_as_they_are_and_never_obeyed() -> None:
    told = text_of(shown.decision_table(a_decision()))
    assert "[/best] of all" in told
    assert "[red]steady" in told
    assert "weak :smile:" in told


def test_everything_that_changed_a_target_is_shown_with_before_after_and_why() -> None:
    sized = Resized(
        ticker="AAPL", before=Decimal("0.2"), after=Decimal("0.12"), rule="kelly", why="half is believed"
    )
    skip = ExitSkip(ticker="XOM", rule="trailing_stop", reason="too few bars")
    told = text_of(*shown.cuts_table(a_decision(resized=(sized,), exits_skipped=(skip,))))
    assert "sizing: kelly │ AAPL │ 20.00% │ 12.00% │ half is believed" in told
    assert "max_position │ AAPL │ 100.00% │ 0.00% │" in told
    assert "XOM: trailing_stop could not be judged: too few bars" in told
    assert shown.cuts_table(a_decision(review=None)) == ()


def test_what_was_refused_in_the_last_session_is_in_the_status() -> None:
    told = text_of(shown.status_table(replace(PAGE, refused=(a_refusal(),) * 7)))
    assert f"Refused {a_refusal().kind}" in told
    assert "and 2 more" in told
    assert "Refused" not in text_of(shown.status_table(PAGE))


def test_limits_are_shown_with_their_use_state_and_sample() -> None:
    uses = (
        a_use("max_var", "0.01", "0.025", detail="ewma, 95%", sample=252),
        replace(a_use("max_beta", cap="1.3"), value=None),
        a_use("max_gross", "0.95"),
    )
    told = text_of(*risk_table(a_limits_report(*uses)))
    assert "VaR of one session (ewma, 95%) │ 1.00% │ at most 2.50% │ 40% │ kept │ 252 sessions" in told
    assert "beta of the book held │ n/a │ at most 1.30 │ n/a │ not measured │" in told
    assert "gross exposure │ 95.00% │ at most 90.00% │ 106% │ past it │" in told
    assert "100,000.00 USD" in told


def test_a_held_book_is_an_empty_table() -> None:
    held = a_decision(proposal=None, review=None, orders=())
    assert "Ticker" in text_of(shown.decision_table(held))
    assert shown.decision_table(held).row_count == 0


@pytest.fixture(scope="module")
def report() -> BacktestReport:
    history = a_quiet_market()
    days = history.panel.sessions
    return report_on(run_backtest(EqualWeight(), history, unconstrained(MANDATE), days[0], days[-1]), history)


def test_a_backtest_is_shown_beside_its_baselines_with_everything_it_rests_on(report: BacktestReport) -> None:
    told = text_of(shown.backtest_table(report))
    assert "equal weight ┃ SPY ┃" in told
    assert f"Total return │ {report.net.total:+.2%} │ {report.benchmark.total:+.2%}" in told
    assert f"{report.first} to {report.last}, 89 daily returns. decided on the close, filled" in told
    assert told.count("n = 89") >= 8
    assert "A year over equal weight:" in told
    assert "closed trades, win rate" in told
    assert "costs" in told
    assert all(f"Doubt: {doubt}" in told for doubt in report.doubts)


def test_sessions_without_an_answer_are_counted(report: BacktestReport) -> None:
    assert "No answer" not in text_of(shown.backtest_table(report))
    told = text_of(shown.backtest_table(replace(report, silent_sessions=7)))
    assert "No answer in 7 sessions: held." in told


def test_a_figure_without_a_sample_is_said_to_be_none(report: BacktestReport) -> None:
    bare = replace(report.net, sessions=3, total=None, sharpe=None, max_drawdown=None)
    told = text_of(shown.backtest_table(replace(report, net=bare, trades=3, win_rate=None)))
    assert "Total return │ too few sessions │" in told
    assert "Sharpe ratio (95 %) │ too few to say (n = 3) │" in told
    assert "win rate too few to say (n = 3)" in told


def test_books_that_add_up_are_said_to_and_what_does_not_is_listed() -> None:
    assert "add up" in text_of(shown.findings_table(()))
    finding = Finding(table="fills", row="fil-1", problem="the journal does not have it")
    assert "fills │ fil-1 │ the journal does not have it" in text_of(shown.findings_table([finding]))
