"""Plans about results: returns, trades, and what they are compared with."""

from graph.desk_tools import DeskTools
from graph.intent import Intent
from graph.plans.plan import Plan, plan
from graph.replies import attribution, comparison, outlook, results
from graph.replies.only import trades_only_reply
from tools.spans import ALL_SESSIONS


def performance(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show the results of a span with the equity chart."""
    span = intent.span or ALL_SESSIONS
    return plan(
        "performance",
        span.label,
        lambda: (tools.performance.performance_over(span), tools.performance.equity_chart_over(span)),
        lambda found: results.performance_reply(*found, intent.statistic),
    )


def trades(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show the fills and the closed trades of a span, or only its winners or losers."""
    span = intent.span or ALL_SESSIONS
    return plan(
        "performance.trades",
        span.label,
        lambda: tools.performance.trades_over(span),
        (lambda found: trades_only_reply(found, intent.only))
        if intent.only
        else (lambda found: results.trades_reply(found, intent.statistic, intent.extreme)),
    )


def periods(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show the returns period by period."""
    span, unit = intent.span or ALL_SESSIONS, intent.period or "month"
    return plan(
        "performance.returns_by",
        f"{unit}, {span.label}",
        lambda: tools.performance.returns_by(unit, span),
        results.periods_reply,
    )


def skill(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show how good each forecaster has been."""
    return plan("forecasts.track_records", "", tools.track_records, outlook.skill_reply)


def compared(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show the desk beside its benchmark, or beside the names that are asked for."""
    span = intent.span or ALL_SESSIONS
    names = intent.tickers or tuple(name for name in (intent.ticker, intent.against) if name)
    return plan(
        "performance.compare",
        ", ".join((*names, span.label)),
        lambda: (
            tools.performance.compare_over(names, span),
            tools.performance.comparison_chart_over(names, span),
        ),
        lambda found: comparison.comparison_reply(*found),
    )


def drawdowns(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show the deepest falls of the account and how long each took to recover."""
    span = intent.span or ALL_SESSIONS
    return plan(
        "performance.drawdowns",
        span.label,
        lambda: (tools.performance.drawdowns_over(span), tools.performance.equity_chart_over(span)),
        lambda found: comparison.drawdowns_reply(*found),
    )


def attributed(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show where the profit of a span came from, by what is asked for."""
    span, by = intent.span or ALL_SESSIONS, intent.dimension or "ticker"
    return plan(
        "attribution",
        f"{by}, {span.label}",
        lambda: tools.attribution.attribution_over(span, by),
        attribution.attribution_reply,
    )
