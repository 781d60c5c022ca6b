"""Plans about patterns in how trades ended, and about the pictures of names and forecasts."""

from fund.errors import QueryRefusedError
from graph.desk_tools import DeskTools
from graph.intent import Intent
from graph.plans.plan import Plan, plan
from graph.replies import concerns, cut_scores, pairs, patterns, pictures
from tools.spans import ALL_SESSIONS


def pattern(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show what told wins from losses, by the pattern that is asked after."""
    span = intent.span or ALL_SESSIONS
    if intent.pattern == "concerns":
        return plan(
            "patterns.concerns",
            span.label,
            lambda: tools.patterns.concerns_over(span),
            concerns.concerns_reply,
        )
    if intent.pattern == "clamps":
        return plan(
            "patterns.clamps", span.label, lambda: tools.patterns.clamps_over(span), cut_scores.cuts_reply
        )
    if intent.pattern in ("confidence", ""):
        return calibrated(intent, tools)
    by = intent.pattern
    return plan(
        "patterns.outcomes_by",
        f"{by}, {span.label}",
        lambda: tools.patterns.outcomes_by_over(by, span),
        patterns.outcomes_reply,
    )


def calibrated(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show how confidence and probabilities compare with what happened."""
    span = intent.span or ALL_SESSIONS
    return plan(
        "patterns.confidence",
        span.label,
        lambda: tools.patterns.confidence_over(span),
        patterns.confidence_reply,
    )


def candles(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show a name's prices with the desk's entries, exits and stops."""
    span, name = intent.span or ALL_SESSIONS, intent.ticker or intent.asked_name
    if name is None:
        raise QueryRefusedError("which name is to be drawn? Ask for example: candle chart of AAPL.")
    return plan(
        "candles",
        f"{name}, {span.label}",
        lambda: tools.candles.candles_over(name, span),
        pictures.candles_reply,
    )


def correlated(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show how the holdings move together."""
    return plan("correlations", "", tools.correlations.correlations, pictures.correlations_reply)


def paired(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show which names are expected back when they run away from each other."""
    names = intent.tickers
    return plan("pairs", ", ".join(names), lambda: tools.pairs.pairs(names), pairs.pairs_reply)
