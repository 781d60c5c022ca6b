"""What may be read of the desk: each question as a plain method, and how its answer is shown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from graph.chat_events import ChatEvent
from graph.desk_tools import DeskTools
from graph.replies import (
    alerts,
    attribution,
    bakeoff,
    book,
    comparison,
    concerns,
    cut_scores,
    decision,
    discovery,
    evaluations,
    forecasters,
    jobs,
    limits,
    outlook,
    pairs,
    patterns,
    pictures,
    records,
    requested_closes,
    results,
    sentiment,
    shadows,
    state,
    stress,
    volatility,
    watchlist,
)
from graph.replies.breaker import evidence_table
from graph.replies.sql import sql_reply
from tools.decisions import Aspect
from tools.spans import parse_span

Told = Callable[[Any], Iterator[ChatEvent]]


def readers(tools: DeskTools, who: Callable[[], str]) -> tuple[tuple[str, Callable[..., Any], Told], ...]:
    """Return what may be read of the desk: a name, the method, and how its result is shown in the chat.

    The LLM, the HTTP API and MCP offer exactly these; `who` says who asks, for the record of questions.
    """

    def performance(span: str = "all") -> Any:
        report = tools.performance.performance(span)
        return report, tools.performance.equity_chart_over(parse_span(span))

    def compare(tickers: Sequence[str] = (), span: str = "all") -> Any:
        found = tools.performance.compare(tickers, span)
        return found, tools.performance.comparison_chart_over(tickers, parse_span(span))

    compare.__doc__ = tools.performance.compare.__doc__

    def drawdowns(span: str = "all") -> Any:
        report = tools.performance.drawdowns(span)
        return report, tools.performance.equity_chart_over(parse_span(span))

    drawdowns.__doc__ = tools.performance.drawdowns.__doc__
    performance.__doc__ = tools.performance.performance.__doc__
    return (
        ("holdings", tools.portfolio.holdings, book.holdings_reply),
        ("portfolio_state", tools.portfolio.state, state.state_reply),
        ("difference", tools.portfolio.difference, state.difference_reply),
        ("limits", tools.portfolio.limits, limits.limits_reply),
        ("refused", tools.portfolio.refused, limits.refused_reply),
        ("stress", tools.stress.stress, stress.stress_reply),
        ("performance", performance, lambda found: results.performance_reply(*found)),
        ("compare", compare, lambda found: comparison.comparison_reply(*found)),
        ("drawdowns", drawdowns, lambda found: comparison.drawdowns_reply(*found)),
        ("attribution", tools.attribution.attribution, attribution.attribution_reply),
        ("trades", tools.performance.trades, results.trades_reply),
        ("ticker", tools.ticker, lambda _: iter(())),
        ("why", _why(tools), decision.why_reply),
        ("decision", _decision(tools), decision.decision_reply),
        ("forecast", tools.forecast, outlook.forecast_reply),
        *_of_forecasters(tools),
        ("top_forecasts", tools.top_forecasts, outlook.top_reply),
        ("similar_trades", tools.similar, outlook.similar_reply),
        ("market", tools.market, outlook.market_reply),
        ("search_records", tools.records.search, records.search_reply),
        ("record", tools.records.record, records.record_reply),
        ("status", tools.status, lambda _: iter(())),
        ("records_schema", tools.sql.schema, lambda _: iter(())),
        ("query_records", _query(tools, who), sql_reply),
        ("watchlist", tools.watchlist.watchlist, watchlist.watchlist_reply),
        ("news_sentiment", tools.news.news_sentiment, sentiment.sentiment_reply),
        ("alerts", tools.alerts.alerts, alerts.alerts_reply),
        ("jobs", tools.jobs.jobs, jobs.jobs_reply),
        ("evaluations", tools.evaluations.evaluations, evaluations.evaluations_reply),
        ("discovery", tools.discovery.status, discovery.status_reply),
        ("suggestions", tools.discovery.suggestions, discovery.suggestions_reply),
        ("picker_performance", tools.discovery.performance, discovery.pickers_reply),
        ("shadows", tools.shadows.performance, shadows.shadows_reply),
        ("shadow_decisions", tools.shadows.decisions, shadows.shadow_day_reply),
        ("concerns", tools.patterns.concerns, concerns.concerns_reply),
        ("confidence", tools.patterns.confidence, patterns.confidence_reply),
        ("outcomes_by", tools.patterns.outcomes_by, patterns.outcomes_reply),
        ("holding_periods", tools.patterns.holding_periods, patterns.outcomes_reply),
        ("candles", _candles(tools), lambda found: pictures.candles_reply(found[1])),
        ("correlations", tools.correlations.correlations, pictures.correlations_reply),
        ("clamps", tools.patterns.clamps, cut_scores.cuts_reply),
        ("requested_closes", tools.closes.requested_closes, requested_closes.requested_closes_reply),
        ("bakeoff", tools.bakeoffs.bakeoff, bakeoff.bakeoff_reply),
        ("breaker", tools.control.breaker, lambda found: evidence_table(found.evidence)),
    )


def _of_forecasters(tools: DeskTools) -> tuple[tuple[str, Callable[..., Any], Told], ...]:
    return (
        ("outlook", tools.outlook, forecasters.outlook_reply),
        ("forecasters", tools.forecasters.forecasters, forecasters.forecasters_reply),
        ("compare_forecasters", tools.forecasters.compare, forecasters.compared_reply),
        ("volatility", tools.volatility.volatility, volatility.volatility_reply),
        ("regime", tools.volatility.regime, volatility.regime_reply),
        ("pairs", tools.pairs.pairs, pairs.pairs_reply),
    )


def _query(tools: DeskTools, who: Callable[[], str]) -> Callable[..., Any]:
    def query_records(sql: str, question: str) -> Any:
        """Answer a question about the desk's records by one SELECT, where no other tool answers it.

        Views: positions, orders, fills, closed_trades, equity_daily, decisions, signals, forecasts, reviews,
        events, llm_calls, job_runs, hearings, suggestions, alerts, headline_readings, shadow_decisions,
        eval_scores, forecasters, promotions, live_scores, retrainings; records_schema lists their columns,
        call it first.
        At most 200 rows come back.

        Args:
            sql: One PostgreSQL SELECT over the views: joins, WITH, aggregates and window functions, plain
                types, lists, JSON, patterns in quotes; no parameters and no other schemas.
            question: What is asked, in words.
        """
        return tools.sql.ask(sql, question, who())

    return query_records


def _why(tools: DeskTools) -> Callable[..., Any]:
    def why(ticker: str, session: date | None = None, aspect: Aspect = "any") -> Any:
        return tools.decisions.why(ticker, session, aspect)

    why.__doc__ = tools.decisions.why.__doc__
    return why


def _candles(tools: DeskTools) -> Callable[..., Any]:
    """The picture has every candle; an LLM reads the rest."""

    def candles(ticker: str, span: str = "all") -> Any:
        chart = tools.candles.candles(ticker, span)
        return replace(chart, candles=()), chart

    candles.__doc__ = tools.candles.candles.__doc__
    return candles


def _decision(tools: DeskTools) -> Callable[..., Any]:
    def decision_of(session: date | None = None) -> Any:
        return tools.decisions.decision(session)

    decision_of.__doc__ = tools.decisions.decision.__doc__
    return decision_of


def data_of(result: Any) -> Any:
    """Return what of a reader's result is data; what follows it is there to be shown."""
    return result[0] if isinstance(result, tuple) else result
