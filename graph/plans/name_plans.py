"""Plans about one name, and about the decisions of a session."""

from graph.desk_tools import DeskTools
from graph.intent import Intent
from graph.plans.plan import Plan, plan
from graph.replies import book, decision, outlook, sentiment
from graph.replies.forecasters import outlook_reply
from graph.replies.volatility import volatility_reply
from tools.sentiment import MOST_SESSIONS, USUAL_SESSIONS
from tools.spans import NAMED_SPANS, Span
from tools.volatility import USUAL_AHEAD


def about_a_name(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show how a name stands, why it was traded, what is forecast for it or what it is like."""
    name = intent.ticker or intent.asked_name
    if name is None:
        return _nameless(intent, tools)
    if intent.name == "ticker":
        return plan("ticker", name, lambda: tools.ticker(name), book.ticker_reply)
    if intent.name == "forecast" and len(_names(intent)) > 1:
        names = _names(intent)
        return plan("outlook", ", ".join(names), lambda: tools.outlook(names), outlook_reply)
    if intent.name == "forecast":
        return plan("forecasts", name, lambda: tools.forecast(name), outlook.forecast_reply)
    if intent.name == "similar":
        return plan("memory.similar", name, lambda: tools.similar(name), outlook.similar_reply)
    asked = f"{name} {intent.day or ''} {intent.aspect}".replace("  ", " ")
    return plan(
        "decisions.why",
        asked,
        lambda: tools.decisions.why(name, intent.day, intent.aspect),
        lambda found: decision.why_reply(found, intent.role),
    )


def news(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show how the news leans on a name, or on the market where none is named."""
    name, sessions = intent.ticker or intent.asked_name, _sessions_of(intent.span)
    return plan(
        "news_sentiment",
        f"{name or 'market'} {sessions}",
        lambda: tools.news.news_sentiment(name, sessions),
        sentiment.sentiment_reply,
    )


def volatility(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show how far the names that are meant may move."""
    names = _names(intent)
    ahead = USUAL_AHEAD if intent.sessions is None else intent.sessions
    return plan(
        "volatility",
        f"{', '.join(names)} {ahead}",
        lambda: tools.volatility.volatility(names, ahead),
        volatility_reply,
    )


def _names(intent: Intent) -> tuple[str, ...]:
    """Return every name that is meant; one that a follow-up put in their place stands alone."""
    return intent.tickers if intent.ticker in intent.tickers else tuple(filter(None, [intent.ticker]))


def _sessions_of(span: Span | None) -> int:
    """Return over how many last sessions is asked; news older than that is left out."""
    if span is None:
        return USUAL_SESSIONS
    sessions = span.sessions or (NAMED_SPANS[span.unit] if span.unit is not None else USUAL_SESSIONS)
    return max(1, min(sessions, MOST_SESSIONS))


def _nameless(intent: Intent, tools: DeskTools) -> Plan[object]:
    if intent.name == "why":
        return plan(
            "decisions.decision",
            intent.day.isoformat() if intent.day else "",
            lambda: tools.decisions.decision(intent.day),
            decision.decision_reply,
        )
    if intent.name == "ticker":
        return plan("portfolio.holdings", "", tools.portfolio.holdings, book.holdings_reply)
    return plan("forecasts.top", "", tools.top_forecasts, outlook.top_reply)
