"""Results of the desk's tools, with a default for everything, for tests of how they are told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from fund.portfolio.book import ClosedTrade
from fund.portfolio.session_mark import SessionMark
from graph.desk_answers import TickerAnswer
from graph.desk_control import AdvanceSummary, DeskStatus, PlayedSession
from support.books import MONDAY, Number, at_close
from tools.control import PendingCommand
from tools.exposure import Exposure, LimitsReport, LimitUse
from tools.figures import Figure, trade_figures
from tools.heard import RoleWord, SeenForecast, SeenTicker
from tools.market import TickerSnapshot
from tools.portfolio import Holding, Portfolio
from tools.track_record import Comparison, Costs, DailyValue, EquityChart, PerformanceReport, TradeResult

DAY = date(2016, 12, 13)


def a_holding(ticker: str = "AAPL", value: Number = 22_000, **changes: object) -> Holding:
    """Return a position that is a tenth above its cost."""
    worth = Decimal(value)
    holding = Holding(
        ticker=ticker,
        name=f"{ticker} Inc.",
        sector="Technology",
        quantity=Decimal(200),
        average_cost=Decimal(100),
        mark=Decimal(110),
        marked=DAY,
        stale=False,
        value=worth,
        weight=(worth / 100_000).quantize(Decimal("0.0001")),
        unrealised=worth / 11,
        unrealised_fraction=0.1,
        opened=date(2016, 11, 2),
        held_sessions=28,
        why="rank 0.93 of 500",
        why_session=date(2016, 11, 1),
    )
    return replace(holding, **changes)  # type: ignore[arg-type]


def a_portfolio(*holdings: Holding, **changes: object) -> Portfolio:
    """Return a book worth 100,000 that holds these, and the rest in cash."""
    held = sum((h.value for h in holdings), Decimal(0))
    gross = (held / 100_000).quantize(Decimal("0.0001"))
    portfolio = Portfolio(
        session=DAY,
        equity=Decimal(100_000),
        cash=100_000 - held,
        unrealised=sum((h.unrealised for h in holdings), Decimal(0)),
        holdings=holdings,
        exposure=Exposure(gross=gross, net=gross, cash=1 - gross, sectors={"Technology": gross}),
        open_orders=(),
    )
    return replace(portfolio, **changes)  # type: ignore[arg-type]


def a_use(limit: str = "max_gross", value: str = "0.5", cap: str = "0.9", **changes: object) -> LimitUse:
    """Return a limit that half of the equity uses."""
    use = LimitUse(limit=limit, value=Decimal(value), cap=Decimal(cap), kind="most", detail="")
    return replace(use, **changes)  # type: ignore[arg-type]


def a_limits_report(*uses: LimitUse, **changes: object) -> LimitsReport:
    """Return a report of these limits."""
    report = LimitsReport(
        session=DAY,
        equity=Decimal(100_000),
        mandate="paper",
        mandate_hash="m" * 64,
        limits=uses,
        exposure=Exposure(
            gross=Decimal("0.5"), net=Decimal("0.5"), cash=Decimal("0.5"), sectors={"Energy": Decimal("0.5")}
        ),
        shorts_allowed=False,
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def a_ticker_answer(
    holding: Holding | None = None, closed: tuple[TradeResult, ...] = (), **changes: object
) -> TickerAnswer:
    """Return how a name stands at the close of the day; the changes are those of its snapshot."""
    snapshot = TickerSnapshot(
        ticker="AAPL",
        name="Apple Inc.",
        sector="Technology",
        price=110.0,
        stale=False,
        session=DAY,
        return_5=0.01,
        return_20=-0.02,
        return_60=0.03,
        return_120=0.04,
        volatility_20=0.2,
        drawdown_60=-0.03,
        average_dollar_volume=1e9,
        report=None,
    )
    seen = replace(snapshot, **changes)  # type: ignore[arg-type]
    return TickerAnswer(session=DAY, snapshot=seen, holding=holding, closed=closed)


def a_figure(name: str = "return", value: float | None = 0.02, **changes: object) -> Figure:
    """Return a statistic of 40 sessions with its interval."""
    figure = Figure(name=name, value=value, unit="fraction", n=40, counted="sessions", low=-0.01, high=0.05)
    return replace(figure, **changes)  # type: ignore[arg-type]


def a_report(**changes: object) -> PerformanceReport:
    """Return the desk's results over 40 sessions."""
    report = PerformanceReport(
        span="since the start, 2016-11-02 to 2016-12-13",
        base=date(2016, 11, 1),
        last=DAY,
        sessions=40,
        equity=Decimal("102000.00"),
        profit=Decimal("2000.00"),
        desk=(a_figure(),),
        comparisons=(Comparison(name="SPY (total return)", figures=(a_figure(value=0.03),)),),
        above_benchmark=a_figure("return above benchmark", -0.01, low=-0.03, high=0.01),
        trades=trade_figures([]),
        best=(),
        worst=(),
        costs=Costs(commissions=Decimal("12.00"), traded=Decimal("50000.00"), fills=12, turnover=0.5),
        note="",
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def a_daily_value(session: date = DAY, **changes: object) -> DailyValue:
    """Return a close at the equity of the start."""
    value = DailyValue(
        session=session,
        equity=Decimal(100_000),
        deposits=Decimal(100_000),
        return_fraction=0.0,
        benchmark_return=0.0,
        drawdown=0.0,
    )
    return replace(value, **changes)  # type: ignore[arg-type]


def a_chart(*values: DailyValue) -> EquityChart:
    """Return a chart over these closes."""
    return EquityChart(title="Equity against SPY", figure={"data": [], "layout": {}}, values=values)


def a_trade_result(ticker: str = "JPM", profit: Number = 10, **changes: object) -> TradeResult:
    """Return a trade that came to its end."""
    result = TradeResult(
        ticker=ticker, opened=MONDAY, closed=DAY, profit=Decimal(profit), return_fraction=0.01
    )
    return replace(result, **changes)  # type: ignore[arg-type]


def a_closed_trade(ticker: str = "AAPL", realised: Number = 10, **changes: object) -> ClosedTrade:
    """Return a trade of 1,000 USD, closed two weeks after it was opened."""
    trade = ClosedTrade(
        trade_id=f"trade-{ticker}-{realised}",
        ticker=ticker,
        opened=MONDAY,
        closed=MONDAY + timedelta(days=14),
        bought=Decimal(1000),
        realised=Decimal(realised),
        dividends=Decimal(0),
        fees=Decimal(0),
    )
    return replace(trade, **changes)  # type: ignore[arg-type]


def session_marks(
    units: Sequence[float],
    benchmark: Sequence[float | None] | None = None,
    deposits: Sequence[int] | None = None,
    first: date = MONDAY,
) -> tuple[SessionMark, ...]:
    """Return closes a day apart whose unit values are given; `deposits[i]` arrives before close i."""
    marks: list[SessionMark] = []
    equity = brought = Decimal(0)
    for place, unit in enumerate(units):
        new = Decimal(deposits[place]) if deposits else Decimal(0 if place else 100_000)
        growth = Decimal(repr(unit)) / Decimal(repr(units[place - 1])) if place else Decimal(1)
        equity, brought = (equity + new) * growth, brought + new
        session, peak = first + timedelta(days=place), max(units[: place + 1])
        marks.append(
            SessionMark(
                session=session,
                at=at_close(session),
                equity=equity,
                cash=equity,
                deposits=brought,
                gross=Decimal(0),
                net=Decimal(0),
                unit_value=unit,
                peak=peak,
                drawdown=unit / peak - 1,
                benchmark_index=benchmark[place] if benchmark else 1.0 + 0.001 * place,
                positions=(),
            )
        )
    return tuple(marks)


def a_seen_forecast(**changes: object) -> SeenForecast:
    """Return a forecast as a committee was shown it."""
    forecast = SeenForecast(
        forecaster="gbm",
        horizon_sessions=5,
        expected=0.004,
        low=-0.03,
        high=0.04,
        probability_up=0.54,
        rank=0.9,
    )
    return replace(forecast, **changes)  # type: ignore[arg-type]


def a_seen_ticker(**changes: object) -> SeenTicker:
    """Return the evidence on a candidate that nobody forecast and memory does not know."""
    seen = SeenTicker(
        price=100.0,
        return_5=0.0,
        return_20=0.01,
        return_60=0.02,
        volatility_20=0.2,
        forecasts=(),
        track_records=(),
        similar=(),
    )
    return replace(seen, **changes)  # type: ignore[arg-type]


def a_word(role: str = "quant_researcher", said: str = "strong momentum", **changes: object) -> RoleWord:
    """Return what a role said of a ticker."""
    word = RoleWord(role=role, said=said, figure="conviction", value=0.7, speaker="offline rules, no LLM")
    return replace(word, **changes)  # type: ignore[arg-type]


def a_status(**changes: object) -> DeskStatus:
    """Return a replay with 74 sessions left."""
    status = DeskStatus(
        mode="replay",
        session=DAY,
        next_session=date(2016, 12, 14),
        unplayed=74,
        provider="offline rules, no LLM",
    )
    return replace(status, **changes)  # type: ignore[arg-type]


def a_played_session(session: date = DAY, **changes: object) -> PlayedSession:
    """Return a session that was decided."""
    played = PlayedSession(
        session=session,
        status="decided",
        equity=Decimal("100100.50"),
        return_fraction=0.001,
        benchmark_return=-0.002,
        fills=2,
        orders=1,
    )
    return replace(played, **changes)  # type: ignore[arg-type]


def an_advance(*played: PlayedSession, **changes: object) -> AdvanceSummary:
    """Return what an advance brought, with ten sessions left."""
    return replace(AdvanceSummary(played=played, unplayed=10), **changes)  # type: ignore[arg-type]


def a_pending(action: str = "pause", sessions: int | None = None, **changes: object) -> PendingCommand:
    """Return a command that waits for its owner."""
    pending = PendingCommand(
        command_id="cmd-000001",
        action=action,  # type: ignore[arg-type]
        sessions=sessions,
        sentence="Pause trading: no new orders are planned.",
        expires_at=datetime(2026, 11, 20, 12, 5, tzinfo=UTC),
        thread_id="thread-1",
    )
    return replace(pending, **changes)  # type: ignore[arg-type]
