"""Every number of every reply, in its words and in its tables, is in the result it tells (INV-19)."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from db.record_codec import to_json
from fund.forecasting.forecast import Forecast
from graph.chat_events import ChatEvent, Table
from graph.desk_answers import ForecastAnswer, MarketAnswer, SimilarAnswer, TopForecasts
from graph.desk_control import AdvanceSummary, HeardName, Hearing, PlayedSession
from graph.replies.book import holdings_reply
from graph.replies.decision import decision_reply, why_reply
from graph.replies.desk import advanced_reply
from graph.replies.hearing import hearing_reply
from graph.replies.limits import LIMIT_NAMES, limits_reply
from graph.replies.outlook import forecast_reply, market_reply, similar_reply, top_reply
from graph.replies.results import performance_reply, trades_reply
from support import any_results as any_
from support.books import a_fill
from support.explanations import a_nets_explanation
from support.sourcing import unsourced
from support.talk import text_of
from support.tool_results import DAY, a_chart, a_daily_value, a_report
from tools.exposure import Exposure, LimitsReport
from tools.figures import Figure
from tools.forecasts import ForecasterRecord
from tools.market import MarketSnapshot, SeriesReading
from tools.memory import SimilarTrade
from tools.portfolio import Portfolio
from tools.told import CycleSummary, TickerDecision
from tools.track_record import Comparison, Costs, TradeList, TradeResult

LABELS = {"95", "10", "90", "20", "50", "60", "120"}
"""Numbers that name a figure (95% interval, 60 sessions, the 10 % quantile) and are none."""


def strays(result: object, events: Iterator[ChatEvent], *worked_out: float) -> set[str]:
    """Return the numbers told, in words or cells, that the result does not hold."""
    gathered = list(events)
    cells = [
        str(cell)
        for table in gathered
        if isinstance(table, Table)
        for row in table.rows
        for cell in (*row, *table.columns, table.title)
    ]
    held = [to_json(result), *map(repr, worked_out)]
    return set(unsourced(" ; ".join((text_of(gathered), *cells)), held)) - LABELS


def means(returns: list[float | None]) -> list[float]:
    """Return the one figure an answer works out itself: the mean of similar trades."""
    known = [each for each in returns if each is not None]
    return [sum(known) / len(known)] if known else []


@given(any_.portfolios)
def test_the_book(portfolio: Portfolio) -> None:
    assert strays(portfolio, holdings_reply(portfolio)) == set()


@given(any_.limits, st.sampled_from(["", *LIMIT_NAMES]))
def test_the_limits(report: LimitsReport, asked: str) -> None:
    used = [float(use.used) for use in report.limits if use.used is not None]
    money = [float(use.value * report.equity) for use in report.limits if use.value is not None]
    assert strays(report, limits_reply(report, asked), *used, *money) == set()


@given(
    any_.figures,
    any_.comparisons,
    any_.figures,
    any_.costs,
    any_.several(any_.trades),
    any_.money,
    any_.money,
    any_.counts,
)
def test_the_results(
    desk: Figure,
    against: Comparison,
    above: Figure,
    paid: Costs,
    ended: tuple[TradeResult, ...],
    equity: Decimal,
    profit: Decimal,
    sessions: int,
) -> None:
    report = a_report(
        desk=(desk,),
        comparisons=(against,),
        above_benchmark=above,
        costs=paid,
        best=ended[:2],
        worst=ended[2:],
        equity=equity,
        profit=profit,
        sessions=sessions,
    )
    value = a_daily_value(equity=equity, return_fraction=0.0123, drawdown=-0.05)
    chart = a_chart(value)
    assert strays((report, chart.values), performance_reply(report, chart)) == set()


@given(
    any_.several(any_.trades),
    any_.several(st.builds(a_fill, any_.names, st.just("buy"), any_.quantities, any_.prices)),
    any_.figures,
)
def test_the_trades(ended: tuple[TradeResult, ...], filled: Any, rate: Figure) -> None:
    listed = TradeList(span="the last week", fills=filled, closed=ended, figures=(rate,))
    assert strays(listed, trades_reply(listed)) == set()


@given(any_.decisions)
def test_a_decision_about_a_name(decision: TickerDecision) -> None:
    similar = [trade.return_fraction for trade in decision.seen.similar] if decision.seen else []
    assert strays(decision, why_reply(decision), *means(similar)) == set()


@given(any_.summaries)
def test_a_decision_of_a_session(summary: CycleSummary) -> None:
    assert strays(summary, decision_reply(summary)) == set()


@given(any_.several(any_.played, 3), any_.counts)
def test_an_advance(sessions: tuple[PlayedSession, ...], left: int) -> None:
    summary = AdvanceSummary(played=sessions, unplayed=left, stopped="")
    assert strays(summary, advanced_reply(summary, len(sessions))) == set()


@given(
    any_.several(any_.forecasts, 3),
    st.none() | st.tuples(any_.counts, any_.counts),
    any_.several(any_.tracks, 2),
)
def test_a_forecast(told: tuple[Forecast, ...], place: Any, worth: tuple[ForecasterRecord, ...]) -> None:
    answer = ForecastAnswer(
        ticker="AAPL",
        name="Apple",
        session=DAY,
        forecasts=told,
        place=place,
        track_records=worth,
        explanation=a_nets_explanation(),
    )
    assert strays(answer, forecast_reply(answer)) == set()
    if told:
        best = TopForecasts(session=DAY, names=480, forecasts=told, track_records=worth)
        assert strays(best, top_reply(best)) == set()


@given(st.lists(any_.fractions, max_size=5))
def test_similar_trades(returns: list[float]) -> None:
    trades_found = tuple(
        SimilarTrade(
            memory_id=f"m{n}",
            ticker="KO",
            opened=DAY,
            held_sessions=8,
            return_fraction=value,
            distance=0.125,
        )
        for n, value in enumerate(returns)
    )
    answer = SimilarAnswer(ticker="AAPL", name="Apple", session=DAY, trades=trades_found)
    assert strays(answer, similar_reply(answer), *means([*returns])) == set()


@given(
    st.tuples(any_.maybe, any_.maybe, any_.maybe, any_.maybe, any_.maybe, any_.maybe),
    any_.counts,
    any_.maybe,
    any_.maybe,
)
def test_the_market(
    seen_of: tuple[float | None, ...], members: int, change: float | None, score: float | None
) -> None:
    fields = ("return_5", "return_20", "return_60", "volatility_20", "drawdown_120", "breadth")
    snapshot = MarketSnapshot(
        benchmark="SPY",
        session=DAY,
        members=members,
        **dict(zip(fields, seen_of, strict=True)),  # type: ignore[arg-type]
    )
    reading = SeriesReading(
        series_id="VIX", name="Cboe VIX", day=DAY, value=12.75, change_20=change, z_score=score
    )
    answer = MarketAnswer(market=snapshot, readings=(reading,), headlines=())
    assert strays(answer, market_reply(answer)) == set()


def test_a_number_that_a_reply_would_make_up_is_found() -> None:
    told: Callable[[object], Iterator[ChatEvent]] = lambda _: holdings_reply(PLANTED)  # noqa: E731
    honest = asdict(PLANTED) | {"equity": Decimal("1.00")}
    assert strays(honest, told(None)) == {"54,321.00"}


PLANTED = Portfolio(
    session=DAY,
    equity=Decimal("54321.00"),
    cash=Decimal("77.00"),
    unrealised=Decimal("0.00"),
    holdings=(),
    exposure=Exposure(gross=Decimal(0), net=Decimal(0), cash=Decimal(1), sectors={}),
    open_orders=(),
)


HEARD_WEIGHTS = st.decimals("-0.5", "0.5", places=4)


@given(
    st.builds(
        Hearing,
        hearing_id=st.just("hearing-cmd"),
        session=st.just(DAY),
        provider=st.just("offline rules, no LLM"),
        status=st.sampled_from(["decided", "held", "halted"]),
        cause=st.sampled_from(["", "a role was silent"]),
        names=st.lists(
            st.builds(
                HeardName,
                ticker=st.sampled_from(["AAPL", "MSFT"]),
                held=HEARD_WEIGHTS,
                wanted=st.none() | HEARD_WEIGHTS,
                allowed=st.none() | HEARD_WEIGHTS,
                would=st.sampled_from(["", "buy 12", "sell 1500"]),
                reason=st.sampled_from(["", "conviction fell"]),
            ),
            max_size=3,
        ).map(tuple),
    )
)
def test_a_hearing(heard: Hearing) -> None:
    assert strays(heard, hearing_reply(heard), float(len(heard.names))) == set()
    said = text_of(list(hearing_reply(heard)))
    assert "othing is ordered" in said.split("\n")[0]
